"""Entries that are served: what they take and answer, as types and as JSON schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from zoo.common.counts import counted
from zoo.errors import InputError, shown
from zoo.interfaces import Asked, Bound, Pipeline
from zoo.serving.hearing import heard
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemError, as_json, brief, unfit
from zoo.task import asked_of, options_of

__all__ = ["Entry", "Question", "State"]


# What may be a key, within a text too.
_KEY = re.compile(rb'"\s*:')
# The first half of a character without the second, where no backslash of its own is meant.
_HALF = re.compile(rb"(?<!\\)(?:\\\\)*\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])")
_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


class State(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state of a session, as base64 writes bytes."""

    state: Annotated[bytes, Meta(extra_json_schema={"pattern": _BASE64})]


class Question(msgspec.Struct, frozen=True):
    """What a request asks a model.

    Attributes:
        inputs: the inputs.
        single: whether one was given, and not a list of them.
        options: the options that are not left to the model.
    """

    inputs: Sequence[Any]
    single: bool
    options: Mapping[str, Any]


class Entry:
    """An entry that is served.

    Args:
        pipeline: what answers.
        limits: what the server takes at most.

    Attributes:
        name: by which it is asked: that of its record.
        info: its record.
        asked: how it is asked.
        examples: inputs to begin with.
        refusal: why it has no sessions; None where it has.
        types: the types of what it takes and answers, by what they are: `one`, `many`, `answer`,
            `answers`, and those of sessions.

    Example:
        >>> import zoo
        >>> Entry(zoo.pipeline("lstm-imdb"), Limits()).read(b'{"input": "A film."}').inputs
        ['A film.']
    """

    def __init__(self, pipeline: Pipeline, limits: Limits) -> None:
        self.pipeline, self.info, self.name = pipeline, pipeline.info, pipeline.info.name
        self.asked: Asked = asked_of(self.info.task)
        self.examples = list(self.asked.examples(pipeline))
        self.types = self._types(limits)
        self._either = self._reader(limits)
        self._readers = {
            kind: msgspec.json.Decoder(self.types[kind]) for kind in ("piece", "nothing", "state")
        }
        self._example = as_json(self.example())
        self.refusal = self._refusal()

    def _field(self, name: str, bound: Bound) -> tuple[str, Any, Any]:
        """Return an option as a field of a request."""
        if bound.levels:
            level = Annotated[float, Meta(gt=0, lt=1)]
            several = Meta(min_length=1, max_length=bound.most, description=bound.help)
            levels = Annotated[tuple[level, ...], several]
            return (name, levels, ...) if bound.required else (name, levels | UnsetType, UNSET)
        declared = options_of(self.info.task, "predict")[name]
        more: dict[str, Any] = {} if bound.default is None else {"default": bound.default}
        least: dict[str, Any] = {"ge": declared.least}
        # In JSON 5.0 is a whole number, too.
        meta = Meta(
            **(least if bound.above is None else {"gt": bound.above}),
            le=bound.most,
            multiple_of=None if bound.real else 1,
            description=bound.help,
            extra_json_schema=more if bound.real else {"type": "integer", **more},
        )
        number = Annotated[float, meta]
        return (name, number, ...) if bound.required else (name, number | UnsetType, UNSET)

    def _types(self, limits: Limits) -> dict[str, Any]:
        asked, base = self.asked, _camel(self.name)
        output: Any = asked.output
        one = asked.input(self.pipeline, limits.size)
        many = Annotated[list[one], Meta(min_length=1, max_length=limits.inputs)]  # type: ignore[valid-type]
        options = [self._field(name, bound) for name, bound in asked.options.items()]
        begun_with = [self._field(name, asked.options[name]) for name in asked.begun_with]
        warnings = list[str]
        make = partial(msgspec.defstruct, kw_only=True, frozen=True, forbid_unknown_fields=True)

        def struct(name: str, fields: Sequence[Any], doc: str) -> Any:
            plain = [field[:2] if field[2] is ... else field for field in fields]
            return make(f"{base}{name}", plain, namespace={"__doc__": doc})

        noun = asked.noun
        return {
            "one": struct("One", [("input", one, ...), *options], f"One {noun}."),
            "many": struct("Many", [("inputs", many, ...), *options], f"Several inputs: {noun}s."),
            "answer": struct(
                "Answer",
                [("output", asked.output, ...), ("warnings", warnings, ...)],
                "The answer, and what there is to warn of.",
            ),
            "answers": struct(
                "Answers",
                [("outputs", list[output], ...), ("warnings", list[warnings], ...)],
                "The answers in the order of the inputs, and what there is to warn of each.",
            ),
            "piece": struct(
                "Piece",
                [("input", asked.piece(self.pipeline, one), ...), *begun_with],
                f"A {noun}, or a piece of one.",
            ),
            "nothing": struct("Nothing", [], "Nothing."),
            "state": State,
            "step": struct(
                "Step",
                [("output", asked.step, ...), ("warnings", warnings, ...)],
                "The answer so far, and what there is to warn of the piece.",
            ),
        }

    def _reader(self, limits: Limits) -> Any:
        """Return what reads a request in either form, which one type of msgspec cannot tell."""
        one = self.asked.input(self.pipeline, limits.size)
        many = Annotated[list[one], Meta(min_length=1, max_length=limits.inputs)]  # type: ignore[valid-type]
        options = [self._field(name, bound) for name, bound in self.asked.options.items()]
        fields = [
            ("input", one | UnsetType, UNSET),
            ("inputs", many | UnsetType, UNSET),
            *(field[:2] if field[2] is ... else field for field in options),
        ]
        either = msgspec.defstruct("Either", fields, kw_only=True, forbid_unknown_fields=True)
        return msgspec.json.Decoder(either)

    def _refusal(self) -> str | None:
        if not hasattr(self.pipeline, "step_sessions"):
            return f"Models of the task {self.info.task} have no sessions"
        try:
            self.session(self.examples[0])
        except InputError as error:
            return str(error)
        return None

    def session(self, source: Any, options: Mapping[str, Any] | None = None) -> Any:
        """Return a new session.

        Args:
            source: the input that it is made for, of a task whose sessions begin with one.
            options: what such a session is given beside it.
        """
        if not self.asked.begins:
            return self.pipeline.session()
        return self.pipeline.session(source, **(options or {}))

    def sessions(self, begun: list[tuple[Any, Mapping[str, Any]]]) -> list[tuple[Any, list[str]]]:
        """Return a new session for each of several inputs with options, and what it warns of."""
        found = []
        for source, options in begun:
            with heard() as said:
                found.append((self.session(source, options), said))
        return found

    def begun(self, body: bytes) -> tuple[Any, dict[str, Any]]:
        """Return what a request begins a session with: an input and options, if it is to.

        Args:
            body: its JSON.

        Raises:
            ProblemError: it is no JSON, or does not fit.
        """
        if not self.asked.begins:
            self.read_as("nothing", body)
            return None, {}
        found = self.read_as("piece", body)
        return found.input, self._given(found, self.asked.begun_with)

    def _given(self, found: Any, names: Iterable[str]) -> dict[str, Any]:
        """Return the options of a request that are not left to the model."""
        options = {}
        for name in names:
            bound, value = self.asked.options[name], getattr(found, name)
            if value is UNSET:
                if bound.default is not None:
                    options[name] = bound.default
            else:
                options[name] = value if bound.levels or bound.real else int(value)
        return options

    def example(self) -> dict[str, Any]:
        """Return a request that fits."""
        options = {
            name: bound.default or min(bound.most, 10)
            for name, bound in self.asked.options.items()
            if bound.required
        }
        return {"input": self.examples[0], **options}

    def read(self, body: bytes) -> Question:
        """Return what a request asks.

        Args:
            body: its JSON.

        Raises:
            ProblemError: it is no JSON, or does not fit.
        """
        found = decoded(self._either, body, self._example)
        single = found.input is not UNSET
        if single == (found.inputs is not UNSET):
            raise ProblemError(
                422,
                f"Expected either input or inputs, as in {self._example[:160].decode()}. "
                f"Received: {'both' if single else 'neither'}. See /openapi.json",
            )
        options = self._given(found, self.asked.options)
        inputs = [found.input] if single else found.inputs
        for name, bound in self.asked.options.items():
            if bound.total is None:
                continue
            several = {one: options[one] for one in bound.beside if options.get(one, 1) > 1}
            most = bound.total // (len(inputs) * max(several.values(), default=1))
            if (options.get(name) or 0) > most:
                said = "".join(f" and {one} of {value:,}" for one, value in several.items())
                raise ProblemError(
                    422,
                    f"Expected {name} of at most {most:,} for {counted(len(inputs), 'input')} at "
                    f"once{said}. Received: {options[name]:,}. Ask for less at a time",
                )
        return Question(inputs, single, options)

    def read_as(self, kind: str, body: bytes) -> Any:
        """Return a request of a session.

        Args:
            kind: which of the `types` it is: `piece`, `nothing` or `state`.
            body: the JSON; nothing stands for an empty object.

        Raises:
            ProblemError: it is no JSON, or does not fit.
        """
        examples = {"piece": {"input": self.examples[0]}, "state": {"state": "gqRraW5k"}}
        example = as_json(examples.get(kind, {}))
        return decoded(self._readers[kind], body or b"{}", example)

    def answer(
        self, options: Mapping[str, Any], inputs: list[Any]
    ) -> list[tuple[msgspec.Raw, list[str]]]:
        """Return the answers to inputs as JSON, and what there is to warn of each.

        Args:
            options: what they have in common.
            inputs: the inputs.
        """
        answers, doubts = self.asked.answer(self.pipeline, inputs, options)
        return [
            (msgspec.Raw(as_json(answer)), list(said))
            for answer, said in zip(answers, doubts, strict=True)
        ]

    def steps(self, taken: list[tuple[Any, Any]]) -> list[tuple[msgspec.Raw, list[str]]]:
        """Take a step in several sessions, all or none; return their answers as JSON, and warnings.

        Args:
            taken: a session and what it takes in, of each.
        """
        sessions, pieces = zip(*taken, strict=True)
        before = [session.fork() for session in sessions]
        with heard() as said:
            found = self.pipeline.step_sessions(sessions, pieces)
        warned = [said]
        if len(sessions) > 1:
            # Which of them it is about shows when each takes the step alone, from where it was.
            warned = [
                self._warned(*one) if said else [] for one in zip(before, pieces, strict=True)
            ]
        return [
            (msgspec.Raw(as_json(self.asked.stepped(self.pipeline, answer))), own)
            for answer, own in zip(found, warned, strict=True)
        ]

    def _warned(self, session: Any, piece: Any) -> list[str]:
        with heard() as said:
            self.pipeline.step_sessions([session], [piece])
        return said

    def described(self) -> dict[str, Any]:
        """Return what clients are told of it."""
        info = self.info
        (reference,), found = msgspec.json.schema_components(
            [self.types["one"]], ref_template="{name}"
        )
        schema = found[reference["$ref"]]
        properties = dict(schema["properties"])
        return {
            **self.asked.facts(self.pipeline),
            "name": self.name,
            "task": info.task,
            "architecture": info.architecture,
            "description": info.description,
            "parameters": info.parameters,
            "labels": list(info.labels),
            "noun": self.asked.noun,
            "input": properties.pop("input"),
            "options": properties,
            "required": list(schema["required"]),
            "examples": self.examples,
            "sessions": self.refusal is None,
            "no_sessions": self.refusal,
            "begins": self.asked.begins,
            "begun_with": list(self.asked.begun_with),
        }

    def pieces(self, value: Any, most: int) -> Sequence[Any]:
        """Return what a session takes in one after the other of an input, so many at most."""
        return self.asked.pieces(value, most)


def decoded(decoder: Any, body: bytes, example: bytes) -> Any:
    """Return JSON as it is meant to be.

    Args:
        decoder: a decoder of msgspec.
        body: the JSON.
        example: a request that fits.

    Raises:
        ProblemError: it is no JSON in UTF-8, has a key twice, or does not fit.
    """
    try:
        body.decode("utf-8")
        found = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise unfit(error, body, example, decoder.type) from None
    except UnicodeDecodeError as error:
        raise ProblemError(
            400,
            f"Expected JSON in UTF-8. Received: byte 0x{body[error.start]:02x} at position "
            f"{error.start}",
        ) from None
    except (msgspec.DecodeError, RecursionError) as error:
        reason = str(error) if body else "nothing"
        if "surrogate" in reason or _HALF.search(body):
            reason = "half a character: \\ud800 to \\udfff stand in pairs alone"
        raise ProblemError(
            400, f"Expected JSON such as {brief(example)}. Received: {reason}"
        ) from None
    if len(_KEY.findall(body)) > 1:
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, of whose keys no two are the same: which of them counts?"""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ProblemError(400, f"Expected every key once. Received: {shown(key)} twice")
        found[key] = value
    return found


def _camel(name: str) -> str:
    """Return a name as those of types are written.

    Example:
        >>> _camel("lstm-imdb")
        'LstmImdb'
    """
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", name))
