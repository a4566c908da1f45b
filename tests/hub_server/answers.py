"""Responses of the Hub, and those that are errors."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Answer:
    """A response: status, body and headers."""

    status: int = 200
    data: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class HubError(Exception):
    """A response that is an error, with the headers that the client tells errors apart by."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def answer(self) -> Answer:
        headers = {"Content-Type": "application/json", "X-Error-Message": self.message}
        if self.code:
            headers["X-Error-Code"] = self.code
        return Answer(self.status, json.dumps({"error": self.message}).encode(), headers)


def json_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json"})
