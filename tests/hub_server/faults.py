"""What can go wrong on purpose: rules that change how the server answers some requests."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Fault:
    """A rule for the requests whose method and path match.

    Attributes:
        path: regular expression to find in the path, query included.
        method: regular expression that the whole method matches.
        origin: `"hub"`, `"cdn"` (the second origin), or None for both.
        times: how many requests it applies to; None means all.
        skip: how many matching requests go well first.
        status: answer with this status and nothing else.
        headers: headers to add or replace; None as a value leaves the header out.
        drop: close the connection without an answer.
        truncate: send so many bytes of the body, then close the connection.
        short: answer with the first so many bytes as if they were all.
        flip: change a byte in the middle of the body, which keeps its size.
        body: answer with these bytes instead.
        commit: the commit that the answer claims to be of.
        stall: wait so many seconds before answering, or until the server is reset.
        stall_after: send so many bytes of the body before `stall` sets in.
        drip: send the body a byte at a time, so many seconds apart.
        whole: send the whole body even where a part was asked for.
    """

    path: str = ""
    method: str = ".*"
    origin: str | None = None
    times: int | None = None
    skip: int = 0
    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    drop: bool = False
    truncate: int | None = None
    short: int | None = None
    flip: bool = False
    body: bytes | None = None
    commit: str | None = None
    stall: float = 0.0
    stall_after: int | None = None
    drip: float = 0.0
    whole: bool = False
    seen: int = 0

    def matches(self, origin: str, method: str, path: str) -> bool:
        return (
            self.origin in (None, origin)
            and re.fullmatch(self.method, method) is not None
            and re.search(self.path, path) is not None
        )


class Faults:
    """The rules in force; the first one that matches a request applies to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self.released = threading.Event()  # ends every stall

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._rules.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()
        self.released.set()
        self.released = threading.Event()

    def find(self, origin: str, method: str, path: str) -> Fault | None:
        with self._lock:
            for rule in self._rules:
                if not rule.matches(origin, method, path):
                    continue
                rule.seen += 1
                number = rule.seen - rule.skip
                if number > 0 and (rule.times is None or number <= rule.times):
                    return rule
        return None
