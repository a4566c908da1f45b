"""N-gram language models in NumPy: what a count of words or characters comes to beside a network.

Contexts of every length from none to `order - 1` tokens are mixed, by modified Kneser-Ney smoothing
as SRILM and KenLM do it, or by that of Witten and Bell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["NGrams"]

Smoothing = Literal["kneser-ney", "witten-bell"]


@dataclass(frozen=True)
class _Order:
    """The n-grams of one length, sorted by their keys.

    Attributes:
        keys: int64 (grams,), the number of the context times the size of the vocabulary, and the
            last token.
        own: float64 (grams,), what a gram has of its own of the probability of its last token.
        rest: float64 (contexts,), the share of a context that is left to shorter ones, by the
            number of the context, which is a gram one token shorter; NaN of one that nothing
            follows.
    """

    keys: np.ndarray
    own: np.ndarray
    rest: np.ndarray


class NGrams:
    """An n-gram model that interpolates contexts of all lengths.

    Args:
        lines: texts that no context reaches beyond, int arrays of token ids.
        vocabulary_size: number of token ids, each of which may come.
        order: tokens of the longest n-grams.
        smoothing: `"kneser-ney"`, modified, or `"witten-bell"`.
        start: whether the start of a line is told from the inside of one: a context of its own.

    Example:
        >>> model = NGrams([np.array([0, 1, 0, 1, 1])], 2, order=2, smoothing="witten-bell")
        >>> model.log_probabilities([np.array([0, 1])])[0].shape
        (2,)

    Reference:
        [Chen & Goodman, 1998](https://dash.harvard.edu/handle/1/25104739),
        [Witten & Bell, 1991](https://doi.org/10.1109/18.87000)
    """

    def __init__(
        self,
        lines: list[np.ndarray],
        vocabulary_size: int,
        order: int = 5,
        smoothing: Smoothing = "kneser-ney",
        start: bool = True,
    ) -> None:
        self.vocabulary_size, self.order, self.start = vocabulary_size, order, start
        # One more id is that of a line's start, which is read and never comes.
        self._size = vocabulary_size + 1
        tokens, places = self._joined(lines)
        # Numbers of the grams that end at every place, by their length; -1 where there is none.
        grams = [np.where(tokens < vocabulary_size, tokens, -1)]
        keys = [np.arange(self._size, dtype=np.int64)]
        context = tokens
        for length in range(2, order + 1):
            before = np.concatenate([[-1], context[:-1]])
            valid = (places >= length - 1) & (before >= 0)
            key = before * self._size + tokens
            found, numbers = np.unique(key[valid], return_inverse=True)
            context = np.full(len(tokens), -1, np.int64)
            context[valid] = numbers
            grams.append(context)
            keys.append(found)
        self._orders = self._estimated(tokens, places, grams, keys, smoothing)

    def _joined(self, lines: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """Return all tokens with the starts of lines, and the place of each in its line."""
        begin = np.array([self.vocabulary_size] * self.start, np.int64)
        parts = [part for line in lines for part in (begin, np.asarray(line, np.int64))]
        lengths = np.array([len(line) + len(begin) for line in lines])
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.concatenate(parts), np.arange(len(starts)) - starts

    def _estimated(
        self,
        tokens: np.ndarray,
        places: np.ndarray,
        grams: list[np.ndarray],
        keys: list[np.ndarray],
        smoothing: Smoothing,
    ) -> list[_Order]:
        orders = []
        for length in range(1, self.order + 1):
            here, all_keys = grams[length - 1], keys[length - 1]
            counts = np.bincount(here[here >= 0], minlength=len(all_keys)).astype(np.float64)
            if smoothing == "kneser-ney" and length < self.order:
                counts = self._continuations(counts, here, grams[length], places, length)
            if length == 1:
                contexts, number = 1, np.zeros(len(all_keys), np.int64)
            else:
                contexts, number = len(keys[length - 2]), all_keys // self._size
            totals = np.bincount(number, counts, minlength=contexts)
            kinds = np.bincount(number, counts > 0, minlength=contexts)
            with np.errstate(invalid="ignore", divide="ignore"):
                if smoothing == "kneser-ney":
                    taken = _discounts(counts)[np.minimum(counts, 3).astype(np.int64)]
                    own = (counts - taken) / totals[number]
                    rest = np.bincount(number, taken, minlength=contexts) / totals
                else:
                    own = counts / (totals + kinds)[number]
                    rest = kinds / (totals + kinds)
            rest[totals == 0] = np.nan
            orders.append(_Order(all_keys, own, rest))
        return orders

    def _continuations(
        self,
        counts: np.ndarray,
        here: np.ndarray,
        longer: np.ndarray,
        places: np.ndarray,
        length: int,
    ) -> np.ndarray:
        """Return how many different tokens stand before every gram; its count at a line's start."""
        _, first = np.unique(longer, return_index=True)
        first = first[longer[first] >= 0]
        found = np.bincount(here[first], minlength=len(counts)).astype(np.float64)
        if self.start and length > 1:
            at_start = np.unique(here[(places == length - 1) & (here >= 0)])
            found[at_start] = counts[at_start]
        return found

    def log_probabilities(self, lines: list[np.ndarray]) -> list[np.ndarray]:
        """Return the log-probability of every token of some lines after those before it.

        Args:
            lines: int arrays of token ids.

        Returns:
            float64 arrays of the same shapes, in nats.
        """
        tokens, places = self._joined(lines)
        value = np.full(len(tokens), 1 / self.vocabulary_size)
        context = tokens  # the gram that ends here, one token long, then two and so on
        for length, order in enumerate(self._orders, 1):
            before = np.zeros(len(tokens), np.int64)
            if length > 1:
                before = np.concatenate([[-1], context[:-1]])
                before[places < length - 1] = -1
            known = before >= 0
            key = np.where(known, before * self._size * (length > 1) + tokens, -1)
            at = np.minimum(np.searchsorted(order.keys, key), len(order.keys) - 1)
            hit = known & (order.keys[at] == key)
            rest = np.where(known, order.rest[before], np.nan)
            usable = ~np.isnan(rest)
            value = np.where(usable, np.where(hit, order.own[at], 0) + rest * value, value)
            context = np.where(hit, at, -1)
        found = np.log(value)
        lengths = np.array([len(line) + self.start for line in lines])
        parts = np.split(found, np.cumsum(lengths)[:-1])
        return [part[self.start :] for part in parts]


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Return what is taken from counts of 0, 1, 2 and of 3 or more, float64 (4,)."""
    fallback = np.array([0.0, 0.5, 1.0, 1.5])  # KenLM's, where the counts are too few to tell
    ones = [int((counts == number).sum()) for number in range(1, 5)]
    if not all(ones):
        return fallback
    share = ones[0] / (ones[0] + 2 * ones[1])
    taken = np.array(
        [0.0]
        + [number - (number + 1) * share * ones[number] / ones[number - 1] for number in (1, 2, 3)]
    )
    return taken if (taken >= 0).all() else fallback
