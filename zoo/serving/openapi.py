"""The OpenAPI document of a server: of each entry exactly what it takes and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

import zoo
from zoo.interfaces import Bound
from zoo.serving.entries import Entry
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemDetails

__all__ = ["document"]

_PLACE = "#/components/schemas/{name}"
_MEANINGS = {
    400: "The request is no JSON.",
    403: "The request comes from a page of another origin.",
    404: "There is no such model or session.",
    405: "The path has no such method.",
    408: "The request came too slowly.",
    409: "Another request is at the session, or the state is none of this model.",
    413: "The request is too large.",
    415: "The request is not of the type application/json.",
    421: "The header Host names another machine.",
    422: "The request does not fit: what was expected, and what was received.",
    503: "The server has enough to do: ask again after Retry-After.",
    504: "The answer takes too long.",
}
_GUARDED = (403, 421, 503)
_ASKED = (400, 403, 408, 413, 415, 421, 422, 503, 504)


def document(entries: Mapping[str, Entry], limits: Limits) -> dict[str, Any]:
    """Return the document.

    Args:
        entries: what is served, by name.
        limits: what is taken at most.
    """
    types = [entry.types[kind] for entry in entries.values() for kind in sorted(entry.types)]
    _, schemas = msgspec.json.schema_components([ProblemDetails, *types], ref_template=_PLACE)
    for entry in entries.values():
        for kind, example in (("one", entry.example()), ("many", _several(entry))):
            schemas[entry.types[kind].__name__]["examples"] = [example]
    paths = _common(list(entries))
    for entry in entries.values():
        paths |= _of_entry(entry, limits)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Recurrent networks with trained weights",
            "version": zoo.__version__,
            "description": "Answers of the models " + ", ".join(entries) + ".",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _several(entry: Entry) -> dict[str, Any]:
    example = entry.example()
    return {"inputs": [example.pop("input")], **example}


def _schema(kind: Any) -> dict[str, Any]:
    return {"$ref": _PLACE.format(name=kind.__name__)}


def _answers(
    refusals: tuple[int, ...],
    status: int = 200,
    content: Mapping[str, Any] | None = None,
    text: str = "The answer.",
) -> dict[str, Any]:
    """Return what an operation may answer: one good answer, and refusals."""
    good: dict[str, Any] = {"description": text}
    if content:
        good["content"] = content
    found: dict[str, Any] = {str(status): good}
    for code in sorted(refusals):
        problem = {"schema": _schema(ProblemDetails)}
        found[str(code)] = {
            "description": _MEANINGS[code],
            "content": {"application/problem+json": problem},
        }
        if code == 503:
            seconds = {"schema": {"type": "integer"}, "description": "Seconds to wait."}
            found["503"]["headers"] = {"Retry-After": seconds}
    return found


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _body(schema: Any, required: bool = True) -> dict[str, Any]:
    return {"required": required, "content": _json(schema)}


def _common(names: list[str]) -> dict[str, Any]:
    """Return the paths that do not ask a model."""

    def get(name: str, summary: str, content: Any) -> dict[str, Any]:
        return {
            "get": {
                "operationId": name,
                "summary": summary,
                "responses": _answers(_GUARDED, content=content),
            }
        }

    status = {
        "type": "object",
        "properties": {"status": {"type": "string"}},
        "required": ["status"],
    }
    text = {"schema": {"type": "string"}}
    anything = {"type": "object"}
    models = {
        "type": "object",
        "properties": {"models": {"type": "array", "items": anything, "minItems": len(names)}},
        "required": ["models"],
    }
    return {
        "/": get("page", "The page on which a person tries the models", {"text/html": text}),
        "/openapi.json": get("openapi", "This document", _json(anything)),
        "/health": get("health", "Whether the server runs", _json(status)),
        "/ready": get(
            "ready", "Whether it takes requests: not when it is about to end", _json(status)
        ),
        "/metrics": get("metrics", "What it counts, for Prometheus", {"text/plain": text}),
        "/v1/models": get("models", "The models that are served", _json(models)),
    }


def _of_entry(entry: Entry, limits: Limits) -> dict[str, Any]:
    """Return the paths of an entry."""
    base, types, noun = f"/v1/models/{entry.name}", entry.types, entry.asked.noun

    def operation(name: str, summary: str, answers: Any, body: Any = None) -> dict[str, Any]:
        found = {
            "operationId": f"{entry.name}-{name}",
            "tags": [entry.name],
            "summary": summary,
            "responses": answers,
        }
        return found if body is None else {**found, "requestBody": body}

    totals = [
        f" {name} times the number of inputs{_beside(bound)} is at most {bound.total:,}."
        for name, bound in entry.asked.options.items()
        if bound.total
    ]
    asked = {"oneOf": [_schema(types["one"]), _schema(types["many"])]}
    answered = {"oneOf": [_schema(types["answer"]), _schema(types["answers"])]}
    predict = operation(
        "predict",
        f"Answer one {noun} or several",
        _answers(_ASKED, content=_json(answered)),
        _body(asked),
    )
    predict["description"] = (
        "With `input`, the answer is in `output`; with `inputs`, the answers are in `outputs`, in "
        f"their order. `warnings` says what the model knows too little of.{''.join(totals)}"
    )
    described = operation(
        "model",
        entry.info.description or entry.name,
        _answers(_GUARDED, content=_json({"type": "object"})),
    )
    paths = {base: {"get": described}, f"{base}/predict": {"post": predict}}
    if entry.refusal is not None:
        return paths
    return paths | _of_sessions(entry, base, operation)


def _beside(bound: Bound) -> str:
    """Return what multiplies an option beside the number of inputs, in words."""
    if not bound.beside:
        return ""
    largest = "the largest of " if len(bound.beside) > 1 else ""
    return f", and {largest}{' and '.join(bound.beside)},"


def _of_sessions(entry: Entry, base: str, operation: Any) -> dict[str, Any]:
    """Return the paths of an entry's sessions."""
    types, begins = entry.types, entry.asked.begins
    nothing = _body(_schema(types["nothing"]), required=False)
    piece = _body(_schema(types["piece"]))
    opened = _json(
        {
            "type": "object",
            "properties": {
                "session": {"type": "string"},
                "idle_seconds": {"type": "number"},
                "warnings": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["session", "idle_seconds", "warnings"],
        }
    )
    links = {
        name: {
            "operationId": f"{entry.name}-{name}",
            "parameters": {"session": "$response.body#/session"},
        }
        for name in ("step", "fork", "reset", "read-state", "write-state", "close")
    }

    def opens(refusals: tuple[int, ...], text: str) -> dict[str, Any]:
        answers = _answers(refusals, 201, opened, text)
        answers["201"]["links"] = links
        return answers

    stated = _json(
        {
            "type": "object",
            "properties": {"state": {"type": "string", "contentEncoding": "base64"}},
            "required": ["state"],
        }
    )
    known = {
        "name": "session",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "pattern": "^[A-Za-z0-9_-]+$"},
    }
    at = f"{base}/sessions/{{session}}"
    of_session = (*_ASKED, 404, 409)
    plain = (*_GUARDED, 404, 409)
    event = {
        "type": "object",
        "description": "An event; its data is JSON.",
        "properties": {
            "event": {"enum": ["output", "end", "problem"]},
            "data": {"type": "string", "contentMediaType": "application/json"},
        },
        "required": ["event", "data"],
    }
    text = {"text/event-stream": {"schema": event}}
    streamed = operation(
        "stream",
        "Answer piece by piece, as server-sent events",
        _answers(_ASKED, content=text),
        piece,
    )
    streamed["description"] = (
        "Events `output` with the answer so far, then one `end`; `problem` where it fails midway."
    )
    return {
        f"{base}/stream": {"post": streamed},
        f"{base}/sessions": {
            "post": operation(
                "open",
                "Open a session",
                opens(_ASKED, "The session, which is known by this alone."),
                piece if begins else nothing,
            )
        },
        at: {
            "parameters": [known],
            "delete": operation(
                "close", "End a session", _answers(plain, 204, None, "It has ended.")
            ),
        },
        f"{at}/step": {
            "parameters": [known],
            "post": operation(
                "step",
                "Ask for the next piece; null after the last" if begins else "Take in a piece",
                _answers(of_session, content=_json(_schema(types["step"]))),
                nothing if begins else piece,
            ),
        },
        f"{at}/fork": {
            "parameters": [known],
            "post": operation(
                "fork",
                "Open another session that goes on from here",
                opens(of_session, "The other session."),
                nothing,
            ),
        },
        f"{at}/reset": {
            "parameters": [known],
            "post": operation(
                "reset",
                "Go back to the beginning",
                _answers(of_session, 204, None, "It is as it began."),
                nothing,
            ),
        },
        f"{at}/state": {
            "parameters": [known],
            "get": operation(
                "read-state",
                "Read the state, to go on from it later",
                _answers(plain, content=stated),
            ),
            "put": operation(
                "write-state",
                "Go on from a state that was read",
                _answers(of_session, 204, None, "It goes on from there."),
                _body(_schema(types["state"])),
            ),
        },
    }
