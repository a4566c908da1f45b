"""The routes: what can be asked of a server, and how it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import repeat
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, Router

from zoo.errors import InputError, shown
from zoo.interfaces import Pipeline
from zoo.serving.engine import Engine
from zoo.serving.entries import Entry
from zoo.serving.figures import MEDIA_TYPE, Figures
from zoo.serving.hearing import hearing
from zoo.serving.limits import Limits
from zoo.serving.openapi import document
from zoo.serving.page import Page
from zoo.serving.problems import ProblemError, as_json, problem_details
from zoo.serving.requests import body_of, hung_up
from zoo.serving.sessions import Held, Sessions

__all__ = ["Service"]

# Events of a stream: of a longer input several pieces are one.
_EVENTS = 500
_SWEEP_SECONDS = 5.0
_Answer = Callable[[Request], Awaitable[Response]]


class Service:
    """What answers: the entries, their sessions, and who computes for them.

    Args:
        pipelines: what answers for each entry.
        limits: what is taken at most.
        threads: batches computed side by side.

    Attributes:
        entries: by name.
        draining: whether it is about to end, and is ready for nothing more.
        router: the routes, an ASGI application.

    Raises:
        InputError: two entries have one name.

    Example:
        >>> import zoo
        >>> list(Service([zoo.pipeline("lstm-imdb")], Limits()).entries)
        ['lstm-imdb']
    """

    def __init__(self, pipelines: Sequence[Pipeline], limits: Limits, threads: int = 1) -> None:
        self.entries: dict[str, Entry] = {}
        for pipeline in pipelines:
            entry = Entry(pipeline, limits)
            if entry.name in self.entries:
                raise InputError(
                    "Expected entries of different names, by which they are asked. Received: two "
                    f"called {entry.name}. Serve one of them on a port of its own"
                )
            self.entries[entry.name] = entry
        self.limits, self.figures, self.draining = limits, Figures(), False
        self.sessions = Sessions(limits)
        self.engine = Engine(threads, limits.waiting, self.figures.batch)
        gauge = self.figures.gauge
        gauge("zoo_inputs_waiting", "Inputs that wait.", lambda: self.engine.waiting)
        gauge("zoo_sessions", "Open sessions.", lambda: len(self.sessions))
        self._page = Page()
        self._document = as_json(document(self.entries, limits))
        self._models = [entry.described() for entry in self.entries.values()]
        self.router = Router(self._routes(), redirect_slashes=False, lifespan=self._lifespan)

    def _routes(self) -> list[Route]:
        model = "/v1/models/{name}"
        session = f"{model}/sessions/{{session}}"
        return [
            _route(f"{model}/predict", POST=self._predict),
            _route("/", GET=self._show_page),
            _route("/openapi.json", GET=self._show_document),
            _route("/health", GET=self._health),
            _route("/ready", GET=self._ready),
            _route("/metrics", GET=self._metrics),
            _route("/v1/models", GET=self._list),
            _route(model, GET=self._describe),
            _route(f"{model}/stream", POST=self._stream),
            _route(f"{model}/sessions", POST=self._open),
            _route(session, DELETE=self._close),
            _route(f"{session}/step", POST=self._step),
            _route(f"{session}/fork", POST=self._fork),
            _route(f"{session}/reset", POST=self._reset),
            _route(f"{session}/state", GET=self._read_state, PUT=self._write_state),
        ]

    @asynccontextmanager
    async def _lifespan(self, _: Any) -> AsyncIterator[None]:
        async with self.running():
            yield

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Compute, and end idle sessions, as long as this is open."""
        self.engine.start()

        async def sweep() -> None:
            while True:
                await asyncio.sleep(_SWEEP_SECONDS)
                self.sessions.sweep()

        sweeper = asyncio.create_task(sweep())
        try:
            with hearing():
                yield
        finally:
            sweeper.cancel()
            self.engine.end()

    def _entry(self, request: Request) -> Entry:
        name = request.path_params["name"]
        entry = self.entries.get(name)
        if entry is None:
            served = ", ".join(self.entries)
            raise ProblemError(
                404, f"Expected a model that is served here: {served}. Received: {shown(name, 60)}"
            )
        return entry

    async def _ask(
        self, request: Request, entry: Entry, kind: Any, compute: Any, items: Any, **how: Any
    ) -> list[Any]:
        how = {"seconds": self.limits.seconds, **how}
        gone = partial(hung_up, request)
        return await self.engine.ask((entry.name, kind), compute, items, gone=gone, **how)

    async def _show_page(self, _: Request) -> Response:
        return Response(self._page.content, headers=self._page.headers, media_type="text/html")

    async def _show_document(self, _: Request) -> Response:
        return _json(self._document)

    async def _health(self, _: Request) -> Response:
        return _json(b'{"status":"ok"}')

    async def _ready(self, _: Request) -> Response:
        if self.draining:
            raise ProblemError(
                503, "Expected a server that goes on. Received: one that is about to end"
            )
        return _json(b'{"status":"ready"}')

    async def _metrics(self, _: Request) -> Response:
        return Response(self.figures.text(), media_type=MEDIA_TYPE)

    async def _list(self, _: Request) -> Response:
        return _json(as_json({"models": self._models}))

    async def _describe(self, request: Request) -> Response:
        return _json(as_json(self._entry(request).described()))

    async def _predict(self, request: Request) -> Response:
        entry = self._entry(request)
        question = entry.read(await body_of(request, self.limits))
        kind = tuple(sorted(question.options.items()))
        compute = partial(entry.answer, question.options)
        found = await self._ask(request, entry, kind, compute, question.inputs)
        self.figures.answered(entry.name, "predict", len(found))
        if question.single:
            ((answer, said),) = found
            return _json(as_json({"output": answer, "warnings": said}))
        answers = {"outputs": [answer for answer, _ in found], "warnings": [s for _, s in found]}
        return _json(as_json(answers))

    async def _made(self, request: Request, entry: Entry, body: bytes, **how: Any) -> Any:
        """Return a new session, for the input in a request where the task's begin with one, and
        what there is to warn of."""
        if entry.refusal is not None:
            raise ProblemError(409, entry.refusal)
        begun = entry.begun(body)
        (made,) = await self._ask(request, entry, "session", entry.sessions, [begun], **how)
        return made

    async def _open(self, request: Request) -> Response:
        entry = self._entry(request)
        body = await body_of(request, self.limits)
        self.sessions.check_room()
        session, said = await self._made(request, entry, body)
        return self._opened(entry, self.sessions.add(entry.name, session), said)

    def _opened(self, entry: Entry, name: str, said: Sequence[str] = ()) -> Response:
        place = f"/v1/models/{entry.name}/sessions/{name}"
        content = {"session": name, "idle_seconds": self.limits.idle, "warnings": said}
        return Response(as_json(content), 201, {"location": place}, "application/json")

    async def _step(self, request: Request) -> Response:
        entry, name = self._entry(request), request.path_params["session"]
        body = await body_of(request, self.limits)
        if entry.asked.begins:
            entry.read_as("nothing", body)
            piece = None
        else:
            (piece,) = entry.pieces(entry.read_as("piece", body).input, 1)
        held = self.sessions.take(entry.name, name)
        untouched = partial(self.sessions.release, held)
        items = [(held.session, piece)]
        ((found, said),) = await self._ask(
            request, entry, "step", entry.steps, items, untouched=untouched
        )
        try:
            held.grow(piece, self.limits)
        except ProblemError:
            self.sessions.discard(name)
            raise
        self.figures.answered(entry.name, "session", 1)
        return _json(as_json({"output": found, "warnings": said}))

    async def _fork(self, request: Request) -> Response:
        entry = self._entry(request)
        await self._nothing(request, entry)
        with self.sessions.at(entry.name, request.path_params["session"]) as held:
            return self._opened(
                entry, self.sessions.add(entry.name, held.session.fork(), held.size)
            )

    async def _reset(self, request: Request) -> Response:
        entry = self._entry(request)
        await self._nothing(request, entry)
        with self.sessions.at(entry.name, request.path_params["session"]) as held:
            held.session.reset()
        return Response(status_code=204)

    async def _nothing(self, request: Request, entry: Entry) -> None:
        entry.read_as("nothing", await body_of(request, self.limits))

    async def _close(self, request: Request) -> Response:
        self.sessions.drop(self._entry(request).name, request.path_params["session"])
        return Response(status_code=204)

    async def _read_state(self, request: Request) -> Response:
        entry = self._entry(request)
        with self.sessions.at(entry.name, request.path_params["session"]) as held:
            return _json(as_json({"state": held.session.to_bytes()}))

    async def _write_state(self, request: Request) -> Response:
        entry = self._entry(request)
        body = await body_of(request, self.limits, self.limits.state_body)
        given = entry.read_as("state", body).state
        with self.sessions.at(entry.name, request.path_params["session"]) as held:
            try:
                held.session.restore(given)
            except InputError as error:
                raise ProblemError(409, str(error)) from None
            held.size = len(given)
        return Response(status_code=204)

    async def _stream(self, request: Request) -> Response:
        entry = self._entry(request)
        body = await body_of(request, self.limits)
        given = entry.read_as("piece", body).input
        ends = time.monotonic() + self.limits.seconds
        body = body if entry.asked.begins else b""
        session, said = await self._made(request, entry, body)
        # What is written ends by itself, or when its time is over.
        pieces: Any = repeat(None) if entry.asked.begins else entry.pieces(given, _EVENTS)

        held = Held(entry.name, session)

        async def events() -> AsyncIterator[bytes]:
            told = list(said)
            try:
                for count, piece in enumerate(pieces):
                    seconds = max(0.001, ends - time.monotonic())
                    # Who hangs up ends this: the answer is written beside a listener.
                    ((found, more),) = await self.engine.ask(
                        (entry.name, "step"), entry.steps, [(session, piece)], seconds
                    )
                    told += [one for one in more if one not in told]
                    if bytes(found) == b"null":
                        break
                    held.grow(piece, self.limits)
                    self.figures.answered(entry.name, "stream", 1)
                    yield _event("output", as_json({"output": found, "count": count + 1}))
                yield _event("end", as_json({"warnings": told}))
            except (ProblemError, InputError) as error:
                problem = (
                    error if isinstance(error, ProblemError) else ProblemError(422, str(error))
                )
                yield _event("problem", as_json(problem_details(problem)))

        return StreamingResponse(events(), media_type="text/event-stream")


def _event(kind: str, data: bytes) -> bytes:
    """Return a server-sent event; JSON has no line breaks."""
    return b"event: %s\ndata: %s\n\n" % (kind.encode(), data)


def _json(content: bytes) -> Response:
    return Response(content, media_type="application/json")


class _Endpoint:
    """What answers at a path, by method; an application itself, for Starlette wraps a function into
    two more, which take as long as all the rest.
    """

    def __init__(self, path: str, endpoints: Mapping[str, _Answer]) -> None:
        self._path, self._endpoints = path, endpoints

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        scope["route_name"] = self._path
        answer = self._endpoints["GET" if scope["method"] == "HEAD" else scope["method"]]
        response = await answer(Request(scope, receive, send))
        await response(scope, receive, send)


def _route(path: str, **endpoints: _Answer) -> Route:
    """Return a route with a function for every method."""
    return Route(path, _Endpoint(path, endpoints), methods=list(endpoints))
