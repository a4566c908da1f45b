"""When a run stops: at a signal, held back until nothing is lost, or where no more is to gain."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["StopRequest", "stop_requests"]


class StopRequest:
    """Whether a signal has asked the run to stop.

    Attributes:
        number: the first signal that came; None before.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._pressed = False

    def __bool__(self) -> bool:
        return self.number is not None

    def _handle(self, number: int, frame: Any) -> None:
        if self.number is None:
            self.number = number
        if number == signal.SIGINT:
            if self._pressed:
                raise KeyboardInterrupt
            self._pressed = True


_active: StopRequest | None = None


@contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Hold back Ctrl-C, SIGTERM and SIGHUP; yield what tells whether one of them has come.

    A second Ctrl-C interrupts at once. What is ignored already, as SIGHUP is under `nohup`, stays
    ignored. Within another such block its request is yielded again, so that who trains and then
    writes the result holds signals back over both. In other threads than the main one, which no
    signal reaches, nothing is held back.

    Example:
        >>> with stop_requests() as stop:
        ...     signal.raise_signal(signal.SIGINT)
        ...     bool(stop), stop.number == signal.SIGINT
        (True, True)
    """
    global _active
    if threading.current_thread() is not threading.main_thread():
        yield StopRequest()
        return
    if _active is not None:
        yield _active
        return
    _active = request = StopRequest()
    before: dict[int, Any] = {}
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP
            number = getattr(signal, name, None)
            if number is None:
                continue
            # A shell has what it starts in the background ignore Ctrl-C; who sends it means it.
            if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
                before[number] = signal.signal(number, request._handle)
        yield request
    finally:
        _active = None
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
