"""Errors of what was written against several references, of which the nearest counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

__all__ = ["SYMBOL_RATES", "count_errors", "edits", "error_rates", "nearest", "symbols"]

# What the share of wrong symbols is called, by what a symbol is.
SYMBOL_RATES: Mapping[str, str] = {
    "words": "phone_error_rate",
    "characters": "character_error_rate",
}


def symbols(text: str, unit: str) -> list[str]:
    """Return what a text is compared by.

    Args:
        text: the text.
        unit: `"words"`, what stands between white space, or `"characters"`.

    Example:
        >>> symbols("K AE T", "words"), symbols("cat", "characters")
        (['K', 'AE', 'T'], ['c', 'a', 't'])
    """
    return text.split() if unit == "words" else list(text)


def edits(found: Sequence[str], reference: Sequence[str]) -> int:
    """Return how many symbols must be put in, left out or replaced, at least.

    Args:
        found: what was written.
        reference: what is right.

    Example:
        >>> edits("K AA T".split(), "K AE T S".split())
        2

    Reference:
        [Levenshtein, 1966](https://zbmath.org/0149.15905)
    """
    if found == reference:
        return 0
    row = list(range(len(reference) + 1))
    for number, symbol in enumerate(found, 1):
        before, row[0] = row[0], number
        for place, other in enumerate(reference, 1):
            kept = before + (symbol != other)
            before = row[place]
            row[place] = min(kept, before + 1, row[place - 1] + 1)
    return row[-1]


def nearest(found: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Return the edits from the nearest of several references, and its number of symbols.

    Args:
        found: what was written.
        references: what is right, at least one; of equally near ones the first counts.

    Example:
        >>> nearest(["T", "AH"], [["T", "UW", "M"], ["T", "AH", "M"]])
        (1, 3)
    """
    return min(
        ((edits(found, reference), len(reference)) for reference in references),
        key=lambda pair: pair[0],
    )


def count_errors(
    found: Sequence[str], references: Sequence[Sequence[str]], unit: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far answers are from the nearest of what is right, and how long that is.

    Args:
        found: what was written.
        references: what is right to write, several for a text.
        unit: what a symbol is, as for `symbols`.

    Returns:
        The symbols to put in, leave out or replace, int (texts,); the symbols of the nearest
        reference, int (texts,).

    Example:
        >>> wrong, size = count_errors(["T OW M", "T AH"], [["T AA M"], ["T UW", "T AH"]], "words")
        >>> wrong.tolist(), size.tolist()
        ([1, 0], [3, 2])
    """
    pairs = [
        nearest(symbols(text, unit), [symbols(one, unit) for one in right])
        for text, right in zip(found, references, strict=True)
    ]
    wrong, size = np.array(pairs, np.int64).reshape(-1, 2).T
    return wrong, size


def error_rates(wrong: np.ndarray, size: np.ndarray, unit: str) -> dict[str, float]:
    """Return the shares of wrong words and of wrong symbols.

    Args:
        wrong: symbols that are wrong in each answer, int (texts,).
        size: symbols of the nearest references, int (texts,).
        unit: what a symbol is, as for `symbols`.

    Example:
        >>> error_rates(np.array([1, 0]), np.array([3, 2]), "words")
        {'word_error_rate': 0.5, 'phone_error_rate': 0.2}
    """
    return {
        "word_error_rate": float((wrong > 0).mean()),
        SYMBOL_RATES[unit]: float(wrong.sum() / max(1, size.sum())),
    }
