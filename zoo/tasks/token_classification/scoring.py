"""Scoring of taggers: precision, recall and F1 of whole entities, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo import statistics
from zoo.common.counts import counted
from zoo.common.escape import cut, terminal
from zoo.common.user_warnings import warn_user
from zoo.errors import DataError, InputError, shown
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.tables.columns import reading_of
from zoo.tasks.token_classification.files import read_tagged
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import spans, tags_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline

__all__ = [
    "EntityScores",
    "draw_entity_scores",
    "entity_metrics",
    "entity_scores",
    "evaluate",
    "read",
    "tags_found",
]

_CHUNK = 64  # documents that are tagged before progress is told
_DRAWN = 40
_TYPED = 100  # types of which each is printed


@dataclass(frozen=True)
class EntityScores:
    """How many entities there are, were found, and were found rightly, by document and type.

    An entity is right if its type and all of its words are, neither more nor fewer: what strict
    IOB2 means to seqeval, and what conlleval counts.

    Attributes:
        labels: the types.
        true: int array of shape (documents, types), the entities there are.
        found: the same of those that were found.
        right: the same of those that are both.
    """

    labels: tuple[str, ...]
    true: np.ndarray
    found: np.ndarray
    right: np.ndarray

    def figures(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Return precision, recall and F1 of all types together.

        Args:
            rows: the documents, one perhaps several times; None takes all.
        """
        counts = [
            (side if rows is None else side[rows]).sum()
            for side in (self.true, self.found, self.right)
        ]
        return _figures(*counts)

    def by_type(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Return precision, recall and F1 of every type, float array of shape (types, 3).

        Args:
            rows: the documents, one perhaps several times; None takes all.
        """
        counts = [
            (side if rows is None else side[rows]).sum(axis=0)
            for side in (self.true, self.found, self.right)
        ]
        return _figures(*counts)

    @property
    def text(self) -> str:
        """The figures of every type as lines."""
        often = np.argsort(-self.true.sum(axis=0), kind="stable")
        shown_ = np.sort(often[:_TYPED])
        width = max(9, *(len(cut(self.labels[at], 24)) for at in shown_))
        lines = [f"{'':{width}}  precision  recall      f1  entities"]
        rows = [(cut(self.labels[at], 24), self.by_type()[at], self.true[:, at]) for at in shown_]
        for name, figures, true in [*rows, ("all", self.figures(), self.true)]:
            lines.append(
                f"{name:{width}}  {figures[0]:9.4f}  {figures[1]:6.4f}  {figures[2]:6.4f}  "
                f"{true.sum():8d}"
            )
        if len(shown_) < len(self.labels):
            lines += ["", f"the {len(shown_)} most frequent of {len(self.labels):,} types"]
        return "\n".join(lines) + "\n"


def _figures(true: Any, found: Any, right: Any) -> np.ndarray:
    """Return precision, recall and F1, 0 where there is nothing to divide by."""
    pairs = (right, found), (right, true), (2 * right, true + found)
    return np.stack([np.asarray(a) / np.maximum(1, b) for a, b in pairs], axis=-1)


def entity_scores(
    true: Sequence[Sequence[Sequence[str]]], found: Sequence[Sequence[Sequence[str]]]
) -> EntityScores:
    """Count the entities of documents.

    Args:
        true: of every document the IOB2 tags of its sentences, as they are.
        found: the same as they were found.

    Example:
        >>> scores = entity_scores([[["B-PER", "I-PER", "O"]]], [[["B-PER", "I-PER", "B-LOC"]]])
        >>> scores.figures().tolist()[:2]
        [0.5, 1.0]
    """
    counts: list[list[tuple[int, str]]] = [[], [], []]
    for number, (document, taken) in enumerate(zip(true, found, strict=True)):
        for one, other in zip(document, taken, strict=True):
            there, said = set(spans(one)), set(spans(other))
            for side, names in zip(counts, (there, said, there & said), strict=True):
                side += [(number, kind) for kind, _, _ in names]
    labels = tuple(sorted({kind for side in counts for _, kind in side}))
    place = {label: at for at, label in enumerate(labels)}
    arrays = [np.zeros((len(true), len(labels)), np.int64) for _ in counts]
    for array, side in zip(arrays, counts, strict=True):
        for number, kind in side:
            array[number, place[kind]] += 1
    return EntityScores(labels, *arrays)


def entity_metrics(
    scores: EntityScores, split: str, progress: statistics.Progress | None = None
) -> tuple[Metric, ...]:
    """Return F1, precision and recall of entities with 95 % bootstrap intervals over documents.

    Args:
        scores: the counts.
        split: what the documents are, for the record.
        progress: called with the number of resamples done.
    """
    count = len(scores.true)
    low, high = statistics.bootstrap(scores.figures, count, progress=progress)
    values = scores.figures()
    return tuple(
        statistics.figure(name, split, values[at], (low[at], high[at]), count)
        for name, at in (("f1", 2), ("precision", 0), ("recall", 1))
    )


def tags_found(
    model: TokenClassificationPipeline, words: Sequence[Sequence[Sequence[str]]], how: Scoring
) -> list[list[list[str]]]:
    """Return the IOB2 tags that a tagger gives to documents.

    Args:
        model: the pipeline.
        words: of every document the words of its sentences.
        how: who is told of the progress.
    """
    found: list[list[list[str]]] = [[] for _ in words]
    order = np.argsort([-sum(map(len, document)) for document in words], kind="stable")
    for start in range(0, len(order), _CHUNK):
        rows = order[start : start + _CHUNK]
        documents = [words[row] for row in rows]
        for row, document, said in zip(rows, documents, model.find(documents), strict=True):
            found[row] = [
                tags_of(one.spans, len(sentence))
                for one, sentence in zip(said, document, strict=True)
            ]
        how.advance("documents", start + len(rows), len(order))
    return found


def evaluate(
    model: TokenClassificationPipeline, data: TaggedDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return F1, precision and recall of entities with 95 % bootstrap intervals.

    Args:
        model: the pipeline.
        data: sentences and their tags.
        how: the split, and who is told of the progress and of every type, and shown their F1.

    Raises:
        InputError: there is no entity in the data.
    """
    if not data.labels:
        raise InputError(
            "Expected words and tags with at least one entity, such as 'London B-LOC'. Received: "
            f"{counted(len(data.sentences), 'sentence')} without any"
        )
    strange = sorted(set(data.labels) - set(model.info.labels))
    if strange:
        count = sum(kind in strange for tags in data.sentence_tags for kind, _, _ in spans(tags))
        warn_user(
            f"{counted(count, 'entity is', 'entities are')} of types that {model.info.name} does "
            f"not know, such as {shown(strange[0])}, and count as not found; it knows "
            f"{shown(', '.join(model.info.labels), 200)}."
        )
    scores = entity_scores(data.tags, tags_found(model, data.words, how))
    metrics = entity_metrics(scores, how.split, how.advance)
    if how.tell is not None:
        how.tell(scores.text)
    if how.show is not None:
        how.show("entities", draw_entity_scores(scores))
    return metrics


def read(model: TokenClassificationPipeline, data: Any, how: Scoring) -> TaggedDataset:
    """Return words and tags of a user's own.

    Args:
        model: the pipeline, of no matter here.
        data: whatever `read_tagged` takes.
        how: its options name the columns and the scheme, and say how a file is to be read.

    Raises:
        DataError: it cannot be read.
    """
    options = how.options
    return read_tagged(
        data,
        options.get("text_column"),
        options.get("label_column"),
        reading_of(options),
        options.get("tag_scheme"),
        bool(options.get("strict_tags")),
    ).data


def draw_entity_scores(scores: EntityScores) -> Figure:
    """Draw the F1 of every type with its 95 % interval, the most frequent ones of many.

    Args:
        scores: the counts.

    Raises:
        DataError: there is no entity.
    """
    from matplotlib.figure import Figure

    if not scores.labels:
        raise DataError("Expected entities to draw the scores of. Received: none")
    often = np.argsort(-scores.true.sum(axis=0), kind="stable")[:_DRAWN][::-1]
    values = scores.by_type()[often, 2]
    low, high = statistics.bootstrap(lambda rows: scores.by_type(rows)[often, 2], len(scores.true))
    figure = Figure(figsize=(7, 1.4 + 0.35 * len(often)), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(often))
    axes.barh(places, values, color="#7aecec")
    # A point without a spread is its own interval, whatever rounding makes of it.
    errors = np.maximum(0, [values - low, high - values])
    axes.errorbar(values, places, xerr=errors, fmt="none", ecolor="black", capsize=3)
    names = [f"{terminal(cut(scores.labels[at], 24))} ({scores.true[:, at].sum()})" for at in often]
    axes.set_yticks(places, names, parse_math=False)
    axes.set_xlim(0, 1)
    axes.set_xlabel("F1 of whole entities, with 95 % intervals over documents")
    axes.set_title(f"Entity F1 by type; all together {scores.figures()[2]:.4f}", fontsize=11)
    axes.grid(axis="x", alpha=0.3)
    return figure
