"""What a task gives the tests that run over every task: its module `testing` holds one `Cases`.

Nothing in the package imports those modules; `tests/suite` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Cases", "Damage", "Goal", "NotApplicable", "Streamed"]


@dataclass(frozen=True)
class NotApplicable:
    """Why a task has no cases of a kind.

    Attributes:
        reason: a sentence.
    """

    reason: str


@dataclass(frozen=True)
class Damage:
    """A checkpoint that is not as its task needs it, though its hashes are right.

    Attributes:
        file: what is changed: `config.json`, the weights, or the file of a vocabulary.
        change: changes the JSON of such a file, or its tensors by name.
        words: what the error says, as a regular expression.
    """

    file: str
    change: Callable[[Any], Any]
    words: str


@dataclass(frozen=True)
class Goal:
    """What a tiny model reaches that was tuned on the tiny data.

    Attributes:
        metric: the name of a figure of its record.
        least: what it is at least; None for no bound.
        most: what it is at most.
    """

    metric: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, kw_only=True)
class Streamed:
    """How a session reads or writes an input piece by piece.

    Attributes:
        begin: returns a session of a pipeline, for an input.
        pieces: cuts an input into what the steps take in, at shares of it in ascending order.
        joined: what the answers of all steps come to, of a pipeline.
        whole: what the pipeline answers to the whole input.
        refused: what is no piece, with words of the error, as a regular expression.
    """

    begin: Callable[[Any, Any], Any]
    pieces: Callable[[Any, Sequence[float]], Sequence[Any]]
    joined: Callable[[Any, Sequence[Any]], Any]
    whole: Callable[[Any, Any], Any]
    refused: tuple[Any, str]


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What the tests of every task need to know of one.

    Attributes:
        variants: writers of a tiny checkpoint, at least one of every family that the task takes;
            each takes the directory to make and returns it.
        shallow: the variant that stands for all where one is enough.
        inputs: usual inputs of different lengths.
        fitting: returns such inputs that fit any checkpoint of the task, the bundled ones too.
        odd: inputs that are answered though they are unusual.
        refused: what is no input, each with words of the error, as a regular expression.
        ask_model: what a Keras model answers to inputs: arrays, or texts, one an input.
        ask_pipeline: the same of a pipeline.
        command: writes an input in a folder, and returns the arguments that `zoo predict` takes
            after the source, and what its rows of JSON hold, asked of a pipeline.
        file: writes several inputs in a folder, as a file or as another folder, and returns what
            `zoo predict` takes as --data, the options beside it, and what the rows of its output
            hold beside the columns that are kept, asked of a pipeline.
        example: what the card's example for ONNX Runtime computed, and what a pipeline answers to
            the same. It takes the value of the last line, or all names where that has none; the
            pipeline; the checkpoint; and the example.
        tolerance: how far numbers of the two may differ.
        data: returns a tiny data set of the kind that the task is scored on, which fits the
            variants.
        fit: trains a Keras model on such data, a little.
        own: writes data of a user's own in a folder, one of two parts, 0 and 1, and returns it
            with the options that name its columns.
        recipe: returns a recipe of a tiny network on the one part of it, given where that is.
        settings: how a tiny model is tuned on it.
        goal: what it reaches.
        seeds: runs of different seeds that the first figure of a bundled entry is the spread of,
            at least; 0 where there is one run. By the entry where they differ.
        damages: by a name of each.
        streamed: how a session reads or writes an input piece by piece.
        explained: an input that `zoo.explain` explains, or what writes its file into a folder and
            returns its path.
        inspected: the same of `zoo.inspect`.
        board: what is written to TensorBoard, the beginnings of the tags.
    """

    variants: Mapping[str, Callable[[Path], Path]]
    shallow: str
    inputs: Sequence[Any]
    fitting: Callable[[Any], Sequence[Any]]
    odd: Sequence[Any]
    refused: Sequence[tuple[Any, str]]
    ask_model: Callable[[Any, Sequence[Any]], list[Any]]
    ask_pipeline: Callable[[Any, Sequence[Any]], list[Any]]
    command: Callable[[Path], tuple[list[str], Callable[[Any], Sequence[Mapping[str, Any]]]]]
    file: Callable[
        [Path], tuple[Path, Mapping[str, Any], Callable[[Any], Sequence[Mapping[str, Any]]]]
    ]
    example: Callable[[Any, Any, Any, str], tuple[Sequence[Any], Sequence[Any]]]
    tolerance: float
    data: Callable[[], Any]
    fit: Callable[[Any, Any], Any]
    own: Callable[[Path, int], tuple[Any, Mapping[str, str]]]
    recipe: Callable[[Any], Any]
    settings: Mapping[str, Any]
    goal: Goal
    seeds: int | Mapping[str, int]
    damages: Mapping[str, Damage]
    streamed: Streamed | NotApplicable
    explained: str | Callable[[Path], str] | NotApplicable
    inspected: str | Callable[[Path], str] | NotApplicable
    board: tuple[str, ...] | NotApplicable
