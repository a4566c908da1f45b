"""One token at a time through a classifier's network, with NumPy: a pure function of its state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.pooling import pooled_sizes
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.recurrent.steps import RecurrentSteps

__all__ = ["TextSteps"]


class TextSteps:
    """Takes tokens one by one, of several texts at once.

    The state is that of the stream's graph: of the recurrent layers, the n-grams that end there,
    counted from 1, and what has been pooled.

    Args:
        spec: arguments of a backbone that reads in one direction.
        pooling: kinds of pooling.
        tensors: the weights of backbone and head, by name.

    Attributes:
        size: numbers of a text's state.
    """

    def __init__(
        self,
        spec: RecurrentBackboneSpec,
        pooling: tuple[str, ...],
        tensors: Mapping[str, np.ndarray],
    ) -> None:
        self._table = tensors["token_embedding/embeddings"]
        self._recurrent = RecurrentSteps(spec, tensors)
        self._skip, self._pooling = spec.skip, pooling
        self._vocabulary = spec.vocabulary_size
        self._ngrams: list[tuple[np.ndarray, np.ndarray]] = []
        if isinstance(spec, NgramRecurrentBackboneSpec):
            for length in range(2, 2 + len(spec.ngram_sizes)):
                keys, table = (
                    tensors[f"ngram_embedding/{part}_{length}"] for part in ("keys", "embeddings")
                )
                # One more row, of zeros: of what is unknown.
                none = np.zeros((1, table.shape[1]), table.dtype)
                self._ngrams.append((keys.astype(np.int64), np.concatenate([table, none])))
        start = self._recurrent.size
        self._rows = slice(start, start + len(self._ngrams))
        start = self._rows.stop
        self._parts: dict[str, slice] = {}
        for name, size in pooled_sizes(pooling, spec.features).items():
            self._parts[name] = slice(start, start + size)
            start += size
        self.size = start
        # A count is followed by the sum, where there is one.
        parts = self._parts
        self._adds, self._count = None, 0
        if "count" in parts:
            self._count = parts["count"].start
            self._adds = slice(parts["count"].start, parts.get("sum", parts["count"]).stop)
        self._highest, self._last = parts.get("max"), parts.get("last")
        self._kernel = tensors["logits/kernel"].astype(np.float32)
        self._bias = tensors["logits/bias"].astype(np.float32)

    def zeros(self, batch: int) -> np.ndarray:
        """Return the states before the first token: float32 zeros of shape (batch, size)."""
        return np.zeros((batch, self.size), np.float32)

    def step(self, before: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Return the states after a token of every text.

        Args:
            before: the states before it, float32 of shape (batch, size).
            tokens: token ids, of shape (batch,).
        """
        after = np.empty_like(before)
        x = self._table[tokens]
        if self._ngrams:
            x = self._with_ngrams(x, tokens, before[:, self._rows], after[:, self._rows])
        read = self._recurrent(x, before, after)
        if self._skip:
            read = np.concatenate([read, x], axis=1, dtype=np.float32)
        if self._adds is not None:
            # The number of steps, and their sum.
            ones_and_states = after[:, self._adds]
            ones_and_states[:, 0] = 1.0
            ones_and_states[:, 1:] = read[:, : ones_and_states.shape[1] - 1]
            ones_and_states += before[:, self._adds]
        if self._highest is not None:
            old, new = before[:, self._highest], after[:, self._highest]
            np.maximum(old, read, out=new)
            counts = before[:, self._count]
            if not counts.all():
                # Before the first step there is no maximum, and zero stands for it.
                np.copyto(new, read, where=counts[:, None] == 0)
        if self._last is not None:
            after[:, self._last] = read
        return after

    def _with_ngrams(
        self, x: np.ndarray, tokens: np.ndarray, before: np.ndarray, after: np.ndarray
    ) -> np.ndarray:
        """Return the vectors of tokens and n-grams; fill in the rows for the next token."""
        parts, rows = [x], tokens.astype(np.int64)
        for at, (keys, table) in enumerate(self._ngrams):
            after[:, at] = rows + 1
            # Zero is no n-gram, and no key is below that of the first.
            key = (before[:, at].astype(np.int64) - 1) * self._vocabulary + tokens
            rows = np.searchsorted(keys, key)
            unknown = len(keys)
            found = keys[np.minimum(rows, unknown - 1)] == key
            rows = np.where(found, rows, unknown)
            parts.append(table[rows])
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def holds(self, state: np.ndarray, count: int | None) -> bool:
        """Return whether numbers can be a state: rows of n-grams that there are, and a count.

        Args:
            state: finite numbers, float32 of shape (size,).
            count: number of tokens that it must hold; None takes any.
        """
        most = [self._vocabulary, *(len(keys) + 1 for keys, _ in self._ngrams)]
        rows = state[self._rows]
        whole = bool((rows == np.floor(rows)).all() and (rows >= 0).all())
        within = all(row <= limit for row, limit in zip(rows, most, strict=False))
        counted = "count" not in self._parts or count in (None, int(state[self._parts["count"]][0]))
        return whole and within and counted

    def probabilities(self, states: np.ndarray) -> np.ndarray:
        """Return the probability of every class for what has been read.

        Args:
            states: the states, float32 of shape (batch, size), after at least one token.

        Returns:
            float32 array of shape (batch, classes).
        """
        parts = self._parts
        pooled = []
        for kind in self._pooling:
            if kind == "mean":
                pooled.append(states[:, parts["sum"]] / states[:, parts["count"]])
            elif kind == "sqrtn":
                pooled.append(states[:, parts["sum"]] / np.sqrt(states[:, parts["count"]]))
            else:
                pooled.append(states[:, parts[kind]])
        logits = np.concatenate(pooled, axis=1) @ self._kernel
        logits += self._bias
        logits -= logits.max(axis=1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= logits.sum(axis=1, keepdims=True)
        return logits
