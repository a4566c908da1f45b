"""A language model's network without Keras.

A token of one text is read with NumPy, which takes less time than a runtime takes to begin with it;
several tokens, of one text or of several, are read through a graph.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.steps import GivenByRows, RecurrentSteps
from zoo.tasks.text_generation.graph import head_graph, language_model_graph, logits_bias

__all__ = ["LanguageSteps"]

# As many tokens and more of one text are faster through a graph than step by step.
_MANY = 16
# How many it reads at once: so many states stay where they are quickly found again.
_BLOCK = 1_024
# A product of more numbers than this is faster through a runtime, which takes time to begin with.
_LARGE = 1 << 16


class LanguageSteps:
    """Takes tokens one by one, of several texts at once; the state is that of the graph.

    Args:
        source: a verified checkpoint of the task `text-generation`.

    Attributes:
        size: numbers of a text's state.

    Example:
        >>> import tempfile, pathlib
        >>> from zoo import checkpoint
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> path = make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny")
        >>> steps = LanguageSteps(checkpoint.read(path))
        >>> state = steps.read(steps.zeros(1)[0], np.array([2, 3, 4], np.int32))
        >>> after, logits = steps.step(state[None], np.array([5]))
        >>> logits.shape
        (1, 17)
    """

    def __init__(self, source: Checkpoint) -> None:
        self._source = source
        self._recurrent = RecurrentSteps(source.backbone, source.tensors)
        self._given = GivenByRows(
            source.tensors["token_embedding/embeddings"],
            self._recurrent.kernel,
            self._recurrent.bias,
        )
        self.size = self._recurrent.size
        sizes = state_sizes(source.backbone)
        # The last layer's states, without the cells of an LSTM.
        start = sum(map(sum, sizes[:-1]))
        self._states = slice(start, start + sizes[-1][0])

    def __reduce__(self) -> Any:
        # Steps are closures over folded weights: they are made anew from what was read.
        return type(self), (self._source,)

    @cached_property
    def _reader(self) -> Any:
        return make_session(language_model_graph(self._source, scores=False))

    @cached_property
    def _head(self) -> Callable[[np.ndarray], np.ndarray]:
        """Return what makes logits, (rows, vocabulary), of states, (rows, units)."""
        source, tensors = self._source, self._source.tensors
        if source.backbone.vocabulary_size * source.backbone.features > _LARGE:
            session = make_session(head_graph(source))

            def by_graph(states: np.ndarray) -> np.ndarray:
                logits: np.ndarray = session.run(None, {"states": states})[0]
                return logits

            return by_graph
        if source.head.tied:
            kernel = tensors["token_embedding/embeddings"].astype(np.float32).T
            if "projection/kernel" in tensors:
                kernel = tensors["projection/kernel"].astype(np.float32) @ kernel
        else:
            kernel = tensors["logits/kernel"].astype(np.float32)
        kernel, bias = np.ascontiguousarray(kernel), logits_bias(source)

        def by_product(states: np.ndarray) -> np.ndarray:
            logits = np.dot(states, kernel)
            logits += bias
            return logits

        return by_product

    def zeros(self, rows: int) -> np.ndarray:
        """Return the states before the first token: float32 zeros of shape (rows, size)."""
        return np.zeros((rows, self.size), np.float32)

    def step(self, before: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the states after a token of every text, and the logits of the next.

        Args:
            before: the states before it, float32 of shape (rows, size).
            tokens: token ids, of shape (rows,).

        Returns:
            float32 arrays of shape (rows, size) and (rows, vocabulary).
        """
        if len(before) > 1:
            feed = {"token_ids": tokens[:, None].astype(np.int32), "state": before}
            (after,) = self._reader.run(["next_state"], feed)
            return after, self._head(np.ascontiguousarray(after[:, self._states]))
        after = np.empty_like(before)
        # Without an axis for the rows it takes half the time.
        states = self._recurrent(self._given(int(tokens[0])), before[0], after[0])
        return after, self._head(states[None])

    def read(self, before: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Return the state after further tokens of one text, however many they are.

        Args:
            before: the state before them, float32 of shape (size,).
            tokens: int32 token ids, of shape (tokens,).
        """
        if len(tokens) < _MANY:
            for token in tokens.tolist():
                after = np.empty_like(before)
                self._recurrent(self._given(token), before, after)
                before = after
            return before
        for start in range(0, len(tokens), _BLOCK):
            feed = {"token_ids": tokens[None, start : start + _BLOCK], "state": before[None]}
            before = self._reader.run(["next_state"], feed)[0][0]
        return before
