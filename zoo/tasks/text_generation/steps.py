"""A language model's network without Keras: a pure function of its state and of tokens.

Steps are taken through a graph, of one text too: the products are as fast as NumPy's, whose library
shares even small ones among the cores, and waits for them where others compute there.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from zoo.errors import CheckpointError
from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.networks.recurrent.graph import state_size
from zoo.tasks.text_generation.graph import language_model_graph

__all__ = ["LanguageSteps"]

# Tokens of a text that are read at once.
_BLOCK = 1_024


class LanguageSteps:
    """Takes tokens of several texts, or many of one; the state is that of the published graph.

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
        self.size = state_size(source.backbone)

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source,)

    def _session(self, **gives: Any) -> Any:
        try:
            return make_session(language_model_graph(self._source, **gives))
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {self._source.path}: {error}") from error

    @cached_property
    def _reader(self) -> Any:
        return self._session(gives="state")

    @cached_property
    def _writer(self) -> Any:
        return self._session(gives="logits")

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
        feed = {"token_ids": tokens[:, None].astype(np.int32), "state": before}
        after, logits = self._writer.run(["next_state", "logits"], feed)
        return after, logits

    def read(self, before: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Return the state after further tokens of one text, however many they are.

        Args:
            before: the state before them, float32 of shape (size,).
            tokens: int32 token ids, of shape (tokens,).
        """
        for start in range(0, len(tokens), _BLOCK):
            feed = {"token_ids": tokens[None, start : start + _BLOCK], "state": before[None]}
            before = self._reader.run(["next_state"], feed)[0][0]
        return before
