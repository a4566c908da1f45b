"""A long sequence as streams side by side, in pieces that follow each other."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

__all__ = ["Streams"]


class Streams:
    """A sequence of token ids cut into streams, and all streams into pieces of the same length.

    Every token is the target of one step, of one stream; what is read at that step is the token
    before it. A piece is a batch: the next steps of every stream. Where the tokens do not divide,
    the last streams have steps of no weight.

    Args:
        tokens: token ids of shape (tokens,), at least one.
        streams: number of streams.
        steps: steps of a piece at most; pieces are made equal.
        before: what is read before the first token.
        warmup: steps at least that a stream reads, without weight, of what lies before its own
            tokens.

    Example:
        >>> streams = Streams(np.array([5, 6, 7, 8]), streams=2, steps=1, before=2)
        >>> features, targets, weights = streams.batch(np.array([1]))
        >>> features["token_ids"].tolist(), targets.tolist(), features["goes_on"].tolist()
        ([[5], [7]], [[6], [8]], [1.0, 1.0])

    Reference:
        [Mikolov et al., 2010](https://doi.org/10.21437/Interspeech.2010-343)
    """

    in_order: ClassVar[bool] = True

    def __init__(
        self, tokens: np.ndarray, streams: int, steps: int, before: int, warmup: int = 0
    ) -> None:
        each = -(-len(tokens) // streams)
        pieces = -(-each // steps)
        self.tokens = np.asarray(tokens, np.int32)
        self.read = np.concatenate([[np.int32(before)], self.tokens[:-1]])
        self.steps = -(-each // pieces)
        self.warm_pieces = -(-warmup // self.steps)
        self.pieces = pieces + self.warm_pieces
        first = np.arange(streams) * pieces - self.warm_pieces
        self._starts = first * self.steps

    @property
    def lengths(self) -> np.ndarray:
        """Steps of every piece."""
        return np.full(self.pieces, self.steps)

    def batch(self, rows: np.ndarray) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
        """Return features, targets and weights of a piece.

        Args:
            rows: its number, alone.
        """
        (piece,) = rows
        places = self._starts[:, None] + piece * self.steps + np.arange(self.steps)
        inside = (places >= 0) & (places < len(self.tokens))
        places = np.where(inside, places, 0)
        # What a stream read before the beginning of the sequence is nothing to go on from.
        goes_on = (piece > 0) & (self._starts + piece * self.steps != 0)
        features = {"token_ids": self.read[places], "goes_on": goes_on.astype(np.float32)}
        weights = inside & (piece >= self.warm_pieces)
        return features, self.tokens[places], weights.astype(np.float32)
