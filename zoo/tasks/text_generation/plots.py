"""Pictures of how little the tokens of a text were expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from zoo.text.language import END, UNKNOWN, LanguageEncoder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_surprises", "surprise_by_kind"]

# Words are numbered by how frequent they were in training, the first with this number.
_FIRST = 3
_RANKS = (10, 100, 1_000, 10_000, 100_000)
# Places within a word that are told apart.
_PLACES = 8
_PARTS = 50


def surprise_by_kind(
    encoder: LanguageEncoder, ids: Sequence[np.ndarray], nats: Sequence[np.ndarray]
) -> list[tuple[str, float, float]]:
    """Return the mean surprise of tokens by their kind.

    Words are told apart by how frequent they were where the vocabulary was learnt, characters by
    their place in a word.

    Args:
        encoder: what made tokens of the texts.
        ids: of every text its tokens, int32 (tokens,).
        nats: of every text -ln p of those, float64 (tokens,).

    Returns:
        For every kind that there is its name, the mean in nats, and its share of the tokens.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> encoder = LanguageEncoder(train_plain_words(["a a b"], 9))
        >>> surprise_by_kind(encoder, [encoder.encode("b a\\n")], [np.array([3.0, 1.0, 0.5])])[1]
        ('words 1-10', 2.0, 0.6666666666666666)
    """
    names, kinds = _ranks if encoder.unit == "words" else _places, []
    labels: list[str] = []
    for some in ids:
        labels, kind = names(encoder, some)
        kinds.append(kind)
    kind, surprise = np.concatenate(kinds), np.concatenate(nats)
    counts = np.bincount(kind, minlength=len(labels))
    sums = np.bincount(kind, surprise, minlength=len(labels))
    return [
        (labels[row], float(sums[row] / counts[row]), float(counts[row] / len(kind)))
        for row in np.flatnonzero(counts)
    ]


def _ranks(encoder: LanguageEncoder, ids: np.ndarray) -> tuple[list[str], np.ndarray]:
    lows = [1, *(rank + 1 for rank in _RANKS)]
    labels = [
        "line end",
        *(f"words {low:,}-{high:,}" for low, high in zip(lows, _RANKS, strict=False)),
    ]
    labels += [f"words {lows[-1]:,} on", "unknown"]
    kinds = 1 + np.digitize(ids - _FIRST, _RANKS)
    kinds[ids == END] = 0
    kinds[ids == UNKNOWN] = len(labels) - 1
    return labels, kinds


def _places(encoder: LanguageEncoder, ids: np.ndarray) -> tuple[list[str], np.ndarray]:
    labels = ["white space", *(f"character {place} of a word" for place in range(1, _PLACES))]
    labels.append(f"character {_PLACES} on")
    blank = np.array(
        [encoder.decode([index]).isspace() for index in range(int(ids.max(initial=0)) + 1)]
    )
    spaces = np.concatenate([[-1], np.flatnonzero(blank[ids])])
    at = np.arange(len(ids))
    last = spaces[np.searchsorted(spaces, at, side="right") - 1]
    return labels, np.minimum(at - last, _PLACES)


def draw_surprises(
    encoder: LanguageEncoder, ids: Sequence[np.ndarray], nats: Sequence[np.ndarray]
) -> Figure:
    """Draw the mean surprise of tokens by their kind, and along the texts one after another.

    Args:
        encoder: what made tokens of the texts.
        ids: of every text its tokens, int32 (tokens,).
        nats: of every text -ln p of those, float64 (tokens,).
    """
    from matplotlib.figure import Figure

    found = surprise_by_kind(encoder, ids, nats)
    surprise = np.concatenate(nats)
    one = encoder.unit.removesuffix("s")
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 3))
    labels = [f"{name}\n({share:.1%} of all)" for name, _, share in found]
    left.barh(range(len(found)), [mean for _, mean, _ in found], color="#3477b2")
    left.set_yticks(range(len(found)), labels, fontsize=7)
    left.invert_yaxis()
    left.set_xlabel(f"nats a {one}")
    parts = [part for part in np.array_split(surprise, _PARTS) if len(part)]
    middles = np.cumsum([len(part) for part in parts]) - [len(part) / 2 for part in parts]
    right.plot(middles, [part.mean() for part in parts], color="#3477b2")
    right.axhline(surprise.mean(), color="0.4", linestyle="--", linewidth=1)
    right.set_xlabel(f"{encoder.unit} of the text")
    right.set_ylabel(f"nats a {one}")
    right.set_ylim(bottom=0)
    # Long numbers, which more of would touch.
    right.locator_params(axis="x", nbins=5)
    right.xaxis.set_major_formatter("{x:,.0f}")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.suptitle(f"How little each {one} was expected")
    return figure
