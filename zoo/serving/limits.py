"""What a server takes at most, so that no client can take it away from the others."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Limits"]

_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a server takes at most.

    Attributes:
        body: bytes of a request; one that gives back the state of a session may be larger.
        inputs: inputs of a request.
        size: characters of a text, or steps of a series.
        seconds: that a request may take from its first byte to the last of its answer.
        slow: seconds in which the head of a request must have come, then its body, and in which
            a client must take in a piece of its answer.
        waiting: inputs that wait to be computed; more are refused with 503.
        sessions: at a time.
        state: bytes of the state of a session.
        states: bytes of those of all sessions.
        idle: seconds after which a session ends that nobody asks.
        connections: at a time.
        grace: seconds in which what is under way is finished when the server ends.

    Example:
        >>> Limits(body=1000).inputs
        256
    """

    body: Annotated[int, Meta(ge=1_000, le=1 << 30)] = 1 << 20
    inputs: _Count = 256
    size: _Count = 80_000  # in the longest escapes, what fits a body
    seconds: _Seconds = 30.0
    slow: _Seconds = 10.0
    waiting: _Count = 1_024
    sessions: _Count = 1_000
    state: Annotated[int, Meta(ge=10_000)] = 8 << 20
    states: Annotated[int, Meta(ge=10_000)] = 512 << 20
    idle: _Seconds = 600.0
    connections: _Count = 512
    grace: Annotated[float, Meta(ge=0, le=86_400)] = 10.0

    @property
    def state_body(self) -> int:
        """Bytes of a request that gives back a state: the largest one in base64, in an object."""
        return 4 * (self.state // 3 + 1) + 1_000
