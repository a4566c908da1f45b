"""One token at a time through a classifier's network, with NumPy: a pure function of its state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.recurrent.steps import GivenByRows, RecurrentSteps
from zoo.tasks.text_classification.pooling_graph import pooled_sizes

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
        self._table = table = tensors["token_embedding/embeddings"]
        self._recurrent = recurrent = RecurrentSteps(spec, tensors)
        end = spec.embedding_dim
        self._given = [GivenByRows(table, recurrent.kernel[:end], recurrent.bias)]
        self._skip = spec.skip
        self._vocabulary = spec.vocabulary_size
        self._ngrams: list[np.ndarray] = []
        self._ngram_tables: list[np.ndarray] = []
        if isinstance(spec, NgramRecurrentBackboneSpec):
            for length in range(2, 2 + len(spec.ngram_sizes)):
                keys, table = (
                    tensors[f"ngram_embedding/{part}_{length}"] for part in ("keys", "embeddings")
                )
                # One more row, of zeros: of what is unknown.
                none = np.zeros((1, table.shape[1]), table.dtype)
                table = np.concatenate([table, none])
                start, end = end, end + table.shape[1]
                self._given.append(GivenByRows(table, recurrent.kernel[start:end]))
                self._ngrams.append(keys.astype(np.int64))
                self._ngram_tables.append(table)
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
        # Where what is pooled stands in a state, what weighs it there, and its kind.
        kernels = np.split(tensors["logits/kernel"].astype(np.float32), len(pooling))
        self._weighed = [
            (parts.get(kind, parts.get("sum")), np.ascontiguousarray(kernel), kind)
            for kind, kernel in zip(pooling, kernels, strict=True)
        ]
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
        if len(before) == 1:
            # Without an axis for the batch it takes half the time.
            return self._step(before[0], int(tokens[0]))[None]
        return self._step(before, tokens)

    def _step(self, before: np.ndarray, tokens: np.ndarray | int) -> np.ndarray:
        after = np.empty_like(before)
        rows: list[Any] = [tokens]
        if self._ngrams:
            rows += self._ngram_rows(tokens, before[..., self._rows], after[..., self._rows])
        given = self._given[0](tokens)
        for lookup, row in zip(self._given[1:], rows[1:], strict=True):
            given = given + lookup(row)
        read = self._recurrent(given, before, after)
        if self._skip:
            tables = zip((self._table, *self._ngram_tables), rows, strict=True)
            embedded = [table[row] for table, row in tables]
            read = np.concatenate([read, *embedded], axis=-1, dtype=np.float32)
        if self._adds is not None:
            # The number of steps, and their sum.
            ones_and_states = after[..., self._adds]
            ones_and_states[..., 0] = 1.0
            ones_and_states[..., 1:] = read[..., : ones_and_states.shape[-1] - 1]
            ones_and_states += before[..., self._adds]
        if self._highest is not None:
            old, new = before[..., self._highest], after[..., self._highest]
            np.maximum(old, read, out=new)
            none = before[..., self._count] == 0
            if none if none.ndim == 0 else none.any():
                # Before the first step there is no maximum, and zero stands for it.
                np.copyto(new, read, where=none[..., None])
        if self._last is not None:
            after[..., self._last] = read
        return after

    def _ngram_rows(
        self, tokens: np.ndarray | int, before: np.ndarray, after: np.ndarray
    ) -> list[Any]:
        """Return the rows of the n-grams that end with tokens; fill in those for the next token."""
        found, rows = [], np.asarray(tokens, np.int64)
        for at, keys in enumerate(self._ngrams):
            after[..., at] = rows + 1
            # Zero is no n-gram, and no key is below that of the first.
            key = (before[..., at].astype(np.int64) - 1) * self._vocabulary + tokens
            rows = np.searchsorted(keys, key)
            unknown = len(keys)
            known = keys[np.minimum(rows, unknown - 1)] == key
            rows = np.where(known, rows, unknown)
            found.append(rows)
        return found

    def holds(self, state: np.ndarray, count: int | None) -> bool:
        """Return whether numbers can be a state: rows of n-grams that there are, and a count.

        Args:
            state: finite numbers, float32 of shape (size,).
            count: number of tokens that it must hold; None takes any.
        """
        most = [self._vocabulary, *(len(keys) + 1 for keys in self._ngrams)]
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
        if len(states) == 1:
            return self._softmax(states[0])[None]
        return self._softmax(states)

    def _softmax(self, states: np.ndarray) -> np.ndarray:
        logits = self._bias
        for part, kernel, kind in self._weighed:
            heard = np.dot(states[..., part], kernel)
            if kind in ("mean", "sqrtn"):
                count = states[..., self._count, None]
                heard /= count if kind == "mean" else np.sqrt(count)
            logits = logits + heard
        logits -= np.maximum.reduce(logits, axis=-1, keepdims=True)
        np.exp(logits, out=logits)
        logits /= np.add.reduce(logits, axis=-1, keepdims=True)
        return logits
