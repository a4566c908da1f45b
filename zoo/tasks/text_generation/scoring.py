"""How a language model is scored, and text of a user's own is read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.statistics import bootstrap, figure
from zoo.tables.columns import reading_of
from zoo.tables.running_text import read_running_text
from zoo.text.corpora import TextCorpus
from zoo.text.doubts import UNKNOWN_CHARACTERS, UNKNOWN_WORDS
from zoo.text.language import END, Unknown

if TYPE_CHECKING:
    from zoo.tasks.text_generation.pipeline import TextGenerationPipeline

__all__ = ["Surprises", "evaluate", "read", "score"]

# What is hard to expect comes in stretches, as long as an article: what is drawn anew for an
# interval are pieces of a text, of so many tokens at most, and of fewer where they would be few.
# The standard error of a 5-gram's mean on the Penn Treebank is 0.011 by tokens, 0.025 by pieces of
# 100, 0.050 by pieces of 800 and 0.056 by pieces of 1,600.
_PIECE, _LEAST, _PIECES = 1_000, 100, 30
# The lines that are told: those least expected, of so many tokens at least.
_LINES, _LONG, _SHOWN = 3, {"words": 5, "characters": 25}, 100
_LN_2 = math.log(2)


@dataclass(frozen=True)
class Surprises:
    """How little every token of some texts was expected.

    Attributes:
        ids: of every text the tokens that count, int32 (tokens,).
        nats: of every text -ln p of those, float64 (tokens,).
        unknown: what the vocabulary does not hold of them.
    """

    ids: list[np.ndarray]
    nats: list[np.ndarray]
    unknown: Unknown


def read(model: TextGenerationPipeline, data: Any, how: Scoring) -> TextCorpus:
    """Return texts of a user's own.

    Args:
        model: the pipeline, of no matter here.
        data: whatever `read_running_text` takes.
        how: its options name the column of a table, and say how a file is to be read.
    """
    column = how.options.get("text_column") or "text"
    return TextCorpus(read_running_text(data, column, reading_of(how.options)).texts)


def evaluate(model: TextGenerationPipeline, data: TextCorpus, how: Scoring) -> tuple[Metric, ...]:
    """Return the perplexity a word, or the nats and bits a character, with 95 % intervals.

    Every word counts, every line's end as one, and what is unknown as `<unk>`; of characters all
    but the first of a text. The state goes on over the whole of a text, however long. Intervals are
    bootstraps over pieces of texts, 1,000 tokens each or fewer where that would be few pieces;
    they are the examples of the figures.

    Args:
        model: the pipeline.
        data: the texts.
        how: the split, who is told of the progress, and who is shown what was expected least.

    Raises:
        InputError: the texts hold no token that counts.
    """
    found = score(model, data.texts, how)
    characters = model.encoder.unit == "characters"
    if not sum(map(len, found.ids)):
        raise InputError(
            f"Expected a text of at least {'2 characters' if characters else '1 word'} to score. "
            f"Received: {shown(data.texts[0]) if data.texts else 'none'}"
        )
    _warn(model, data.texts, found.unknown)
    if how.tell is not None:
        how.tell(_told(model, data.texts, found))
    if how.show is not None:
        from zoo.tasks.text_generation.plots import draw_surprises

        how.show("surprise", draw_surprises(model.encoder, found.ids, found.nats))
    size = max(_LEAST, min(_PIECE, sum(map(len, found.nats)) // _PIECES))
    pieces = [
        item[start : start + size] for item in found.nats for start in range(0, len(item), size)
    ]
    sums, sizes = np.array([item.sum() for item in pieces]), np.array(list(map(len, pieces)))
    names = ("nats_per_character", "bits_per_character") if characters else ("perplexity",)

    def estimate(rows: Any) -> tuple[float, ...]:
        mean = sums[rows].sum() / sizes[rows].sum()
        return (mean, mean / _LN_2) if characters else (np.exp(mean),)

    low, high = bootstrap(estimate, len(sums), progress=how.progress)
    values = estimate(slice(None))
    return tuple(
        figure(name, how.split, values[index], (low[index], high[index]), len(sums))
        for index, name in enumerate(names)
    )


def score(
    model: TextGenerationPipeline, texts: Sequence[str], how: Scoring | None = None
) -> Surprises:
    """Return how little a pipeline expects the tokens of texts that have nothing to do with others.

    Args:
        model: the pipeline.
        texts: the texts, each of any length.
        how: who is told of the progress.

    Raises:
        InputError: one is no text.

    Example:
        >>> import tempfile, pathlib, zoo
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> pipe = zoo.pipeline(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
        >>> found = score(pipe, ["the cat\\n", "an eel"])
        >>> [len(ids) for ids in found.ids], found.unknown
        ([3, 2], Unknown(count=1, total=5, examples=('eel',)))
    """
    how = how or Scoring()
    first = 1 if model.encoder.unit == "characters" else 0
    ids, nats = [], []
    count = total = 0
    examples: dict[str, None] = {}
    done, all_of_them = 0, sum(map(len, texts))
    for text in texts:

        def advance(part: int, tokens: int, done: int = done, size: int = len(text)) -> None:
            how.advance("characters", done + size * part // tokens, all_of_them)

        some, logs = model.score_tokens(text, advance)
        ids.append(some[first:])
        nats.append(-logs[first:])
        unknown = model.encoder.unknown(text)
        count, total = count + unknown.count, total + unknown.total
        examples |= dict.fromkeys(unknown.examples)
        done += len(text)
    return Surprises(ids, nats, Unknown(count, total, tuple(examples)[:5]))


def _nouns(model: TextGenerationPipeline) -> tuple[str, str]:
    unit = model.encoder.unit
    return unit, unit.removesuffix("s")


def _share(unknown: Unknown) -> str:
    return f"{unknown.count:,} of {unknown.total:,} ({unknown.count / unknown.total:.1%})"


def _warn(model: TextGenerationPipeline, texts: Sequence[str], unknown: Unknown) -> None:
    """Warn of what is unknown of texts, for that is expected as one word, whichever it is."""
    if not unknown.count:
        return
    several, one = _nouns(model)
    most = UNKNOWN_WORDS if several == "words" else UNKNOWN_CHARACTERS
    much = unknown.count > most * unknown.total
    examples = ", ".join(shown(some, 40) for some in unknown.examples)
    message = (
        f"{'Many' if much else 'Some'} {several} of the text are unknown to the model, "
        f"{_share(unknown)}, such as {examples}. Each counts as an unknown {one}, whichever it is: "
    )
    message += (
        "the figures say little of this text"
        if much
        else "the figures do not compare with those of a text without any"
    )
    if several == "words":
        lowered = sum(model.encoder.unknown(text.lower()).count for text in texts)
        if lowered < unknown.count / 2:
            message += f". In small letters {lowered:,} of them would be unknown"
    warn_user(message)


def _told(model: TextGenerationPipeline, texts: Sequence[str], found: Surprises) -> str:
    """Return in lines what the figures do not say: what is unknown, and what was expected least."""
    several, one = _nouns(model)
    lines = [f"{_share(found.unknown)} {several} are unknown to the model"]
    worst: dict[str, float] = {}
    for whole, ids, nats in zip(texts, found.ids, found.nats, strict=True):
        starts = np.concatenate([[0], np.flatnonzero(ids == END) + 1])
        starts = starts[starts < len(ids)]
        if not len(starts):
            continue
        lengths = np.diff(np.append(starts, len(ids)))
        means = np.add.reduceat(nats, starts) / lengths
        means[lengths < _LONG[several]] = -math.inf
        own: dict[str, float] = {}
        for row in np.argsort(-means, kind="stable"):
            if len(own) == _LINES or not math.isfinite(means[row]):
                break
            start, end = starts[row], starts[row] + lengths[row]
            if several == "characters":  # as it stands there, with what is unknown
                text = whole[start + 1 : end + 1]
            else:
                text = model.encoder.decode(ids[start:end])
            own.setdefault(text.strip(), float(means[row]))
        worst |= {text: max(mean, worst.get(text, mean)) for text, mean in own.items()}
    if worst:
        lines.append(f"expected least, in nats a {one}:")
        least = sorted(worst.items(), key=lambda item: -item[1])[:_LINES]
        lines += [f"{mean:6.2f}  {shown(text, _SHOWN)}" for text, mean in least]
    return "\n".join(lines) + "\n"
