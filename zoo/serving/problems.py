"""Refusals, as a client reads them: problem details in JSON (RFC 9457), in the zoo's words."""

from __future__ import annotations

import http
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from zoo.errors import shown

__all__ = [
    "ProblemDetails",
    "ProblemError",
    "as_json",
    "brief",
    "busy",
    "problem_details",
    "problem_response",
    "unfit",
]

_MEDIA_TYPE = "application/problem+json"
# Of what msgspec says of a value that does not fit its type.
_EXPECTED = re.compile(r"Expected (.*?)(?:, got `(.*?)`)?(?: - at `\$(.*)`)?")
_WHOLE = re.compile(r" (?:and )?that's a multiple of 1\.0")
_OBJECT = re.compile(r"Object (missing|contains) .*? field `(.*?)`(?: - at `\$.*`)?", re.DOTALL)


class ProblemDetails(msgspec.Struct, frozen=True):
    """Why a request was refused: the status code, its name, and what to do."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """A request that is refused.

    Args:
        status: the status code.
        detail: what was expected, what was received, and what to do.
        headers: further headers of the answer.

    Example:
        >>> ProblemError(404, "Expected ... Received: ...").status
        404
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def problem_response(problem: ProblemError) -> Response:
    """Return the answer that tells of a problem."""
    content = msgspec.json.encode(problem_details(problem))
    return Response(content, problem.status, problem.headers, media_type=_MEDIA_TYPE)


def problem_details(problem: ProblemError) -> ProblemDetails:
    """Return a problem as JSON holds it."""
    title = http.HTTPStatus(problem.status).phrase
    return ProblemDetails("about:blank", title, problem.status, problem.detail)


def busy(received: str) -> ProblemError:
    """Return the refusal of a server that has enough to do: to be asked again a little later.

    Args:
        received: what there is too much of.
    """
    return ProblemError(
        503,
        f"Expected a server with room for one more request. Received: {received}. Ask again after "
        "the seconds that Retry-After says",
        {"Retry-After": "1"},
    )


def unfit(error: msgspec.ValidationError, body: bytes, example: bytes, kind: Any) -> ProblemError:
    """Return the refusal of JSON that is not of the type that was asked for.

    Args:
        error: what msgspec says.
        body: the request.
        example: a request that fits.
        kind: the type, a structure of msgspec.
    """
    message = str(error)
    example_ = brief(example)
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(kind)}
    if match := _EXPECTED.fullmatch(message):
        wanted, got, place = match[1].replace("`", ""), match[2], match[3]
        field = fields.get((place or "").removeprefix("."))
        if field is not None and _is_whole(field):
            wanted = _WHOLE.sub("", wanted).replace("float", "a whole number").replace(".0", "")
        got = got or _at(body, place or "")
        where = f" at {place.lstrip('.')}" if place else ""
        detail = f"Expected {wanted}{where}, as in {example_}. Received: {got}"
    elif match := _OBJECT.fullmatch(message):
        verb = "without the field" if match[1] == "missing" else "with the unknown field"
        detail = f"Expected an object such as {example_}. Received: one {verb} {shown(match[2])}"
        if match[1] != "missing":
            detail += f". The fields are {', '.join(fields)}" if fields else ". It has no fields"
    else:
        detail = f"Expected a request such as {example_}. Received: {shown(message)}"
    return ProblemError(422, f"{detail}. See /openapi.json")


def _is_whole(kind: Any) -> bool:
    """Return whether a type takes whole numbers alone, which JSON may write as 5.0 too."""
    return msgspec.json.schema_components([kind])[0][0].get("multipleOf") == 1


def _at(body: bytes, place: str) -> str:
    """Return what stands at a place of a request, in words: a value, or how long it is."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):  # what follows the place is no JSON
        return "another value"
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", place):
        found = found[name or int(index)]
    return f"one of length {len(found):,}" if isinstance(found, str | list) else shown(found)


def brief(example: bytes, most: int = 300) -> str:
    """Return a request that fits as a message shows it: JSON still, with few steps of a series.

    Args:
        example: the request.
        most: characters; one that is longer all the same is not shown.

    Example:
        >>> brief(b'{"input":[' + b",".join([b"[0.5,1.5]"] * 99) + b"]}")
        '{"input":[[0.5,1.5],[0.5,1.5]]}'
    """
    text = example.decode()
    if len(text) > most:
        text = as_json(_cut(msgspec.json.decode(example))).decode()
    return text if len(text) <= most else "the examples there"


def _cut(value: Any) -> Any:
    """Return what JSON holds with lists cut, and not lists in lists, which are single steps."""
    if isinstance(value, dict):
        return {name: _cut(own) for name, own in value.items()}
    return value[:2] if isinstance(value, list) else value


def as_json(value: Any) -> bytes:
    """Return JSON that every reader takes; a number that is not finite becomes null.

    Args:
        value: what JSON holds, or arrays.

    Example:
        >>> as_json({"score": float("nan")})
        b'{"score":null}'
    """
    return msgspec.json.encode(value, enc_hook=_plain)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"Expected what JSON holds. Received: {type(value).__name__}")
