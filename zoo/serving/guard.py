"""What stands before every route: who may ask, what is counted, and how it ends."""

from __future__ import annotations

import asyncio
import ipaddress
import time
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from zoo.errors import InputError, ZooError, shown
from zoo.serving.engine import HungUpError
from zoo.serving.figures import Figures
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemError, busy, problem_response

__all__ = ["Guard", "is_loopback"]

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"}
# What a client that is refused may still send before the connection is closed: closed at once, it
# might never see why.
_LINGER_BYTES, _LINGER_SECONDS = 16 << 20, 1.0


class Guard:
    """An ASGI application around another: checks, counts, and turns what fails into an answer.

    Args:
        app: the routes.
        figures: where requests are counted.
        limits: what is taken at most.
        loopback: whether the server listens on this machine alone; then nothing but a name of this
            machine is taken for its name, or any page on the Web could ask it under one of its own.
        log: called with a line for every request; None writes none.
        fault: called with what is wrong with the server itself.
        connections: returns how many there are.
    """

    def __init__(
        self,
        app: Any,
        figures: Figures,
        limits: Limits,
        *,
        loopback: bool = True,
        log: Callable[[str], None] | None = None,
        fault: Callable[[str], None] = lambda _: None,
        connections: Callable[[], int] = int,
    ) -> None:
        self._app, self._figures, self._limits = app, figures, limits
        self._loopback, self._log, self._fault = loopback, log, fault
        self._connections = connections

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, complete = time.perf_counter(), 0, False
        # A router that knows of an application tells what it does not find by an exception.
        scope["app"] = self
        headers = dict(scope["headers"])
        unread = headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers

        async def received() -> Any:
            nonlocal unread
            message = await receive()
            unread = unread and message.get("more_body", False)
            return message

        async def sent(message: Any) -> None:
            nonlocal status, complete
            if message["type"] == "http.response.start":
                status = message["status"]
                names = {name for name, _ in message["headers"]}
                more = [header for header in _HEADERS if header[0] not in names]
                if unread:  # what comes is not to be taken for another request
                    more.append((b"connection", b"close"))
                message = {**message, "headers": [*message["headers"], *more]}
            else:
                complete = not message.get("more_body", False)
            await send(message)

        try:
            try:
                self._check(scope)
                await self._app(scope, received, sent)
            except HungUpError:
                raise
            except Exception as error:
                if status:
                    raise
                await _refuse(self._problem(error, scope), unread, received, sent)
        except HungUpError:
            self._figures.hung_up()
        except asyncio.CancelledError:
            if not status:  # the time of grace is over
                await _refuse(busy("its end"), unread, received, sent)
        except Exception as error:  # after the answer has begun
            self._problem(error, scope)
        finally:
            seconds = time.perf_counter() - started
            route = scope.get("route_name", "none")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._figures.request(route, method, status, seconds)
            if self._log is not None:
                hung_up = "" if complete else ", not taken in"
                told = f"{method} {_place(scope)} {status} {1000 * seconds:.1f} ms{hung_up}"
                self._log(told)

    def _check(self, scope: Any) -> None:
        """Refuse what comes from a page of somebody else, or by a name that is not this machine's.

        Raises:
            ProblemError: it does.
        """
        if self._connections() > self._limits.connections:
            raise busy(f"{self._connections():,} connections")
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        if self._loopback and not is_loopback(_host_name(host)):
            raise ProblemError(
                421,
                "Expected a name of this machine in the header Host, such as localhost. "
                f"Received: {shown(host)}. To be asked by another, serve with --host",
            )
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and urlsplit(f"//{host}").netloc != _netloc(origin):
            raise ProblemError(
                403,
                f"Expected a request of no page but the server's own. Received: one of "
                f"{shown(origin)}. Ask from a program, or put both behind one origin",
            )

    def _problem(self, error: Exception, scope: Any) -> ProblemError:
        if isinstance(error, ProblemError):
            return error
        if isinstance(error, HTTPException):
            return _unrouted(error, scope)
        if isinstance(error, InputError):
            return ProblemError(422, str(error))
        if isinstance(error, MemoryError):
            return busy("one for which there is not enough memory")
        if isinstance(error, ZooError):
            self._fault(str(error))
        else:
            self._fault("".join(traceback.format_exception(error)))
        return ProblemError(
            500,
            "Expected an answer. Received: a fault of the server, which its standard error tells "
            "of. Report it to who runs the server",
        )


def _place(scope: Any) -> str:
    """Return what was asked for, without what a session is known by: that is its client's alone."""
    if "route_name" in scope:
        name: str = scope["path_params"].get("name", "")
        return str(scope["route_name"]).replace("{name}", shown(name, 80)[1:-1])
    return shown(scope["path"], 120)[1:-1]


async def _refuse(problem: ProblemError, unread: bool, receive: Any, send: Any) -> None:
    """Answer with a problem; what a client goes on to send then is thrown away for a while."""
    response = problem_response(problem)
    start = {"type": "http.response.start", "status": problem.status}
    await send({**start, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": unread})
    if unread:
        await _linger(receive)
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Any) -> None:
    """Throw away what a client goes on to send, for a while."""
    seen = 0
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while seen < _LINGER_BYTES:
                message = await receive()
                seen += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _unrouted(error: HTTPException, scope: Any) -> ProblemError:
    """Return the refusal of a path or a method that there is not."""
    if error.status_code == 405:
        allowed = dict(error.headers or {})
        return ProblemError(
            405,
            f"Expected one of the methods {allowed.get('Allow', '')} here. "
            f"Received: {scope['method']}. See /openapi.json",
            allowed,
        )
    return ProblemError(
        404,
        "Expected a path such as /v1/models. "
        f"Received: {shown(scope['path'], 60)}. See /openapi.json",
    )


def _host_name(host: str) -> str:
    """Return the name in a header Host, without its port.

    Example:
        >>> _host_name("[::1]:8000"), _host_name("localhost")
        ('::1', 'localhost')
    """
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Return whether a name or an address is one of this machine alone.

    Args:
        name: such as `"localhost"` or `"::1"`.

    Example:
        >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
        (True, False)
    """
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
