"""A session: a stream whose state is a value, which can be read, kept, set and branched."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

from zoo.errors import InputError, shown
from zoo.schema import ModelInfo
from zoo.sessions.packing import Part, pack, unpack

__all__ = ["Session", "Stream", "Streaming", "Writing", "begins", "fingerprint"]

Begun = TypeVar("Begun")
Given = ParamSpec("Given")
State = TypeVar("State")


class Stream(Protocol[State]):
    """What sessions are steps of: a pure function of states and inputs.

    Attributes:
        model: fingerprint of the checkpoint, without which a state means nothing.
    """

    model: str

    def step_many(
        self, states: Sequence[State], inputs: Sequence[Any]
    ) -> tuple[list[State], list[Any]]:
        """Return the states after a step of several streams, and their answers.

        Args:
            states: the states before it, which stay as they are.
            inputs: what each of them reads.

        Raises:
            InputError: an input is not as the model needs it.
        """

    def shown(self, state: State) -> Any:
        """Return a state as `Session.state` shows it: nothing that is done to it changes it."""

    def checked(self, value: Any) -> State:
        """Return the state that a value is.

        Raises:
            InputError: it is none.
        """

    def parts(self, state: State) -> Mapping[str, Part]:
        """Return what a state consists of, for `Session.to_bytes`."""

    def of_parts(self, parts: Mapping[str, Any]) -> State:
        """Return the state that consists of parts, which may come from a stranger.

        Raises:
            InputError: they are no state of the checkpoint.
        """


class Session(Generic[State]):
    """A stream that is read or written piece by piece; made by `session()` of a pipeline.

    Snapshot, branch and rewind are assignments: `other.state = session.state`. One session is
    for one thread at a time; sessions do not disturb each other.

    Args:
        stream: what takes the steps.
        state: the state that it begins with.

    Example:
        >>> import zoo
        >>> session = zoo.pipeline("lstm-imdb").session()
        >>> session.step("A mov")[0]["label"]
        'positive'
        >>> branch = session.fork()
        >>> session.step("ing film.")[0]["label"]
        'positive'
        >>> branch.step("ie to forget: dull, and far too long.")[0]["label"]
        'negative'
    """

    def __init__(self, stream: Stream[State], state: State) -> None:
        self._stream = stream
        self._first = self._state = state

    def step(self, x: Any = None) -> Any:
        """Take in a piece, and answer.

        Args:
            x: the piece, in the form that the pipeline says; None where it reads nothing more.

        Returns:
            The answer to all that was taken in so far, in the form that the pipeline says.

        Raises:
            InputError: the piece is not as the model needs it. The state stays.
        """
        (self._state,), (answer,) = self._stream.step_many([self._state], [x])
        return answer

    @property
    def state(self) -> Any:
        """What was taken in, as a value; set it to go on from there."""
        return self._stream.shown(self._state)

    @state.setter
    def state(self, value: Any) -> None:
        self._state = self._stream.checked(value)

    def fork(self) -> Session[State]:
        """Return another session that goes on from here; neither disturbs the other."""
        branch = Session(self._stream, self._first)
        branch._state = self._state
        return branch

    def reset(self) -> None:
        """Go back to the state before the first step."""
        self._state = self._first

    def to_bytes(self) -> bytes:
        """Return the state as bytes, for `restore` in another process or at another time."""
        return pack(self._stream.model, self._stream.parts(self._state))

    def restore(self, data: bytes) -> None:
        """Go on from a state that `to_bytes` returned; the answers are exactly the same.

        Args:
            data: the bytes, of a session of the same checkpoint.

        Raises:
            InputError: they are something else, damaged, or of another checkpoint. The state
                stays.
        """
        self._state = self._stream.of_parts(unpack(data, self._stream.model))


class Streaming:
    """What every pipeline has that makes sessions; `_stream` is what they are of.

    What a call of one does not take is refused in the zoo's words.
    """

    _stream: Any

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__call__" in vars(cls):
            call = _refusing(cls.__call__, "what the pipeline is called with")
            cls.__call__ = call  # type: ignore[method-assign]

    def step_sessions(self, sessions: Sequence[Any], inputs: Sequence[Any]) -> list[Any]:
        """Step several sessions at once, in less time than one by one.

        Args:
            sessions: sessions of this pipeline, no two of them the same.
            inputs: what each of them takes in, as `step` does.

        Returns:
            What `step` of each returns.

        Raises:
            InputError: a session is of another pipeline or stands twice, the inputs are more or
                fewer, or one is not as the model needs it. All states stay.
        """
        sessions, inputs = _several("sessions", sessions), _several("inputs", inputs)
        for session in sessions:
            if not isinstance(session, Session) or session._stream.model != self._stream.model:
                what = "one of another" if isinstance(session, Session) else shown(session)
                raise InputError(f"Expected sessions of this pipeline. Received: {what}")
        if len({id(session) for session in sessions}) < len(sessions):
            raise InputError(
                "Expected every session once, for one step cannot begin before the other has "
                "ended. Received: one of them twice"
            )
        if len(inputs) != len(sessions):
            raise InputError(
                f"Expected an input a session: {len(sessions)}. Received: {len(inputs)}"
            )
        states = [session._state for session in sessions]
        after, answers = self._stream.step_many(states, inputs) if states else ([], [])
        for session, state in zip(sessions, after, strict=True):
            session._state = state
        found: list[Any] = answers
        return found


def begins(session: Callable[Given, Begun]) -> Callable[Given, Begun]:
    """Have a pipeline's `session` refuse in the zoo's words what it does not take.

    Args:
        session: the method.
    """
    return _refusing(
        session,
        "what a session begins with, which writes one token after the other and searches no "
        "further",
        ". Leave it out, or call the pipeline itself",
    )


def _refusing(
    method: Callable[Given, Begun], what: str, advice: str = ""
) -> Callable[Given, Begun]:
    """Return a method that tells what it takes when it is given something else, or too little."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def checked(*given: Given.args, **options: Given.kwargs) -> Begun:
        try:
            signature.bind(*given, **options)
        except TypeError as error:
            names = ", ".join(list(signature.parameters)[1:])
            raise InputError(f"Expected {what}: {names}. Received: {error}{advice}") from None
        return method(*given, **options)

    return checked


class Writing(Streaming):
    """What every pipeline has whose sessions write a text; its `session` is one that `begins`."""

    session: Any

    def stream(self, *given: Any, **options: Any) -> Iterator[str]:
        """Yield what a session writes, piece by piece, as it comes.

        Args:
            *given: what `session` takes.
            **options: what `session` takes by name.

        Raises:
            InputError: as for `session`.

        Example:
            >>> import zoo
            >>> "".join(zoo.pipeline("bahdanau-multi30k-de-en").stream("Ein Mann fährt Rad."))
            'A man is riding a bike.'
        """
        session = self.session(*given, **options)
        return filter(None, iter(session.step, None))


def _several(what: str, given: Any) -> list[Any]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InputError(
            f"Expected a list of {what}, one for each session, such as step_sessions([session], "
            f"[piece]). Received: {shown(given)}"
        )
    return list(given)


def fingerprint(info: ModelInfo) -> str:
    """Return what tells a checkpoint from every other: a hash of its files'.

    Args:
        info: its record.

    Example:
        >>> import zoo
        >>> len(fingerprint(zoo.info("lstm-imdb")))
        64
    """
    files = "\n".join(f"{name} {file.sha256}" for name, file in sorted(info.files.items()))
    return hashlib.sha256(files.encode()).hexdigest()
