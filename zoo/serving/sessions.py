"""Sessions of clients: each is known by a number that nobody guesses, and ends when it is idle."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zoo.errors import shown
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemError, busy

__all__ = ["Held", "Sessions"]

# Characters or steps after which a state is measured again.
_MEASURED = 100


class Held:
    """A session that the server holds.

    Attributes:
        entry: the name of the entry that it is of.
        session: the session of its pipeline.
        used: when it was asked last.
        taken: whether a request is at it.
        size: bytes of its state, when that was measured last.
        more: characters or steps that it has taken in since.
    """

    __slots__ = ("entry", "more", "session", "size", "taken", "used")

    def __init__(self, entry: str, session: Any, used: float = 0.0) -> None:
        self.entry, self.session, self.used, self.taken = entry, session, used, False
        self.size, self.more = 0, 0

    def grow(self, piece: Any, limits: Limits) -> None:
        """Measure the state now and then: some keep all that they have read.

        Args:
            piece: what was taken in last.
            limits: the most bytes of a state.

        Raises:
            ProblemError: it has become too large.
        """
        self.more += len(piece) if hasattr(piece, "__len__") else 1
        if self.size and self.more < _MEASURED:
            return
        self.size, self.more = len(self.session.to_bytes()), 0
        if self.size > limits.state:
            raise ProblemError(
                413,
                f"Expected a session with a state of at most {limits.state:,} bytes. "
                f"Received: one of {self.size:,}, which has ended. Open another for what follows",
            )


class Sessions:
    """The sessions of a server, all used in one event loop.

    Args:
        limits: how many there may be, and after what time they end.
        clock: tells the time in seconds.

    Example:
        >>> sessions = Sessions(Limits())
        >>> with sessions.at("lstm-imdb", sessions.add("lstm-imdb", object())) as held:
        ...     held.entry
        'lstm-imdb'
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits, self._clock = limits, clock
        self._held: dict[str, Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    def sweep(self) -> None:
        """End the sessions that nobody has asked for long."""
        end = self._clock() - self._limits.idle
        for name, held in list(self._held.items()):
            if held.used < end and not held.taken:
                del self._held[name]

    def check_room(self) -> None:
        """Refuse one more session where there are as many as there may be.

        Raises:
            ProblemError: there are.
        """
        self.sweep()
        if len(self._held) >= self._limits.sessions:
            raise busy(f"{len(self._held):,} open sessions")
        size = sum(held.size for held in self._held.values())
        if size > self._limits.states:
            raise busy(f"open sessions with states of {size:,} bytes")

    def add(self, entry: str, session: Any, size: int = 0) -> str:
        """Hold a session, and return what it is known by.

        Args:
            entry: the name of the entry that it is of.
            session: the session.
            size: bytes of its state, as far as they are known.

        Raises:
            ProblemError: there are as many as there may be.
        """
        self.check_room()
        name = secrets.token_urlsafe(24)
        self._held[name] = held = Held(entry, session, self._clock())
        held.size = size
        return name

    @contextmanager
    def at(self, entry: str, name: str) -> Iterator[Held]:
        """Give a session to one request alone, as `take` does, and take it back.

        Args:
            entry: the name of the entry that it is of.
            name: what it is known by.
        """
        held = self.take(entry, name)
        try:
            yield held
        finally:
            self.release(held)

    def release(self, held: Held) -> None:
        """Take a session back."""
        held.taken, held.used = False, self._clock()

    def take(self, entry: str, name: str) -> Held:
        """Give a session to one request alone.

        Args:
            entry: the name of the entry that it is of.
            name: what it is known by.

        Raises:
            ProblemError: there is none, or another request is at it.
        """
        held = self._held.get(name)
        if held is not None and held.used < self._clock() - self._limits.idle and not held.taken:
            del self._held[name]
            held = None
        if held is None or held.entry != entry:
            raise ProblemError(
                404,
                f"Expected a session of {entry} that is open, as POST /v1/models/{entry}/sessions "
                f"gives one. Received: {shown(name, 40)}. It may have ended after "
                f"{self._limits.idle:g} seconds without a request: open another",
            )
        if held.taken:
            raise ProblemError(
                409,
                "Expected one request at a time for a session. Received: another while the last "
                "one is computed. Wait for its answer first",
            )
        held.taken = True
        return held

    def drop(self, entry: str, name: str) -> None:
        """End a session.

        Args:
            entry: the name of the entry that it is of.
            name: what it is known by.

        Raises:
            ProblemError: there is none, or a request is at it.
        """
        with self.at(entry, name):
            self.discard(name)

    def discard(self, name: str) -> None:
        """End a session, whoever is at it."""
        self._held.pop(name, None)
