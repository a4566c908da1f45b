"""What a Keras model was given that it knows too little of, found where texts are encoded.

`predict` encodes texts batch by batch, in threads of `tf.data`, while the network computes.
Encoding them twice to find out would cost a tenth of its time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from zoo.text.doubts import Doubts, WordDoubts

__all__ = ["Watch", "note_doubts", "watch"]


class Watch:
    """Collects the doubtful texts that a tokenizer encodes.

    Args:
        tokenizer: a `WordTokenizer`.
    """

    def __init__(self, tokenizer: Any) -> None:
        self.tokenizer = tokenizer
        self._find = WordDoubts(tokenizer.hf_tokenizer)
        self._texts: dict[str, set[str]] = {}
        self._limit = 0

    def note(
        self,
        texts: Sequence[str],
        sequences: Sequence[np.ndarray],
        cut: np.ndarray,
        limit: int,
        tail: bool,
    ) -> None:
        """Find the doubtful ones among texts that were encoded."""
        self._limit = limit
        for kind, rows in self._find(sequences, cut, limit, tail).rows.items():
            self._texts.setdefault(kind, set()).update(texts[row] for row in rows)

    def doubts(self, texts: Sequence[str]) -> Doubts:
        """Return the doubts about texts, all of which were encoded."""
        return Doubts(
            len(texts),
            {
                kind: np.array([text in found for text in texts], bool)
                for kind, found in self._texts.items()
            },
            self._limit,
        )


_watches: list[Watch] = []


def note_doubts(
    tokenizer: Any,
    texts: Sequence[str],
    sequences: Sequence[np.ndarray],
    cut: np.ndarray,
    limit: int,
    tail: bool,
) -> None:
    """Tell those who watch a tokenizer what it encoded.

    Args:
        tokenizer: the tokenizer.
        texts: what was encoded.
        sequences: the token ids that are read of each.
        cut: bool array of shape (texts,), whether there were more.
        limit: how many are read at most.
        tail: whether the end of a text that is cut is read.
    """
    for current in tuple(_watches):
        if current.tokenizer is tokenizer:
            current.note(texts, sequences, cut, limit, tail)


@contextmanager
def watch(tokenizer: Any) -> Iterator[Watch]:
    """Collect the doubtful texts that a tokenizer encodes until the end of a block.

    Several may watch at once, in threads of their own: each asks for its own texts in the end.

    Args:
        tokenizer: a `WordTokenizer`.
    """
    current = Watch(tokenizer)
    _watches.append(current)
    try:
        yield current
    finally:
        _watches.remove(current)
