"""Sentence pairs as batches, the loss of their tokens, and greedy translation."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.text.encoding import PAD, START
from zoo.text.subwords import END

__all__ = ["Pairs", "SmoothedCrossEntropy", "greedy"]


@dataclass(frozen=True)
class Pairs:
    """Token ids of sentences and their translations, both ending with the end token.

    Attributes:
        sources: token ids of the sentences.
        targets: token ids of the translations.
        buckets: lengths to which batches are padded, ascending: a compiling backend compiles
            once for each. What is longer than the last has a length of its own.
    """

    sources: list[np.ndarray]
    targets: list[np.ndarray]
    buckets: Sequence[int]

    @property
    def lengths(self) -> np.ndarray:
        """The longer side of every pair, by which batches are made."""
        return np.array(
            [max(len(s), len(t)) for s, t in zip(self.sources, self.targets, strict=True)]
        )

    def batch(self, rows: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
        """Return features, targets and weights of some rows, for teacher forcing.

        The decoder reads the start token and the translation without its end; the targets are
        the translation. Padding has no weight.
        """
        longest = max(max(len(self.sources[row]), len(self.targets[row])) for row in rows)
        length = next((bucket for bucket in self.buckets if bucket >= longest), longest)
        sources = _padded([self.sources[row] for row in rows], length)
        targets = _padded([self.targets[row] for row in rows], length)
        read = np.full_like(targets, START)
        read[:, 1:] = targets[:, :-1]
        features = {
            "encoder_token_ids": sources,
            "encoder_padding_mask": sources != PAD,
            "decoder_token_ids": read,
            "decoder_padding_mask": read != PAD,
        }
        return features, targets, (targets != PAD).astype(np.float32)


def _padded(sequences: Sequence[np.ndarray], length: int) -> np.ndarray:
    padded = np.full((len(sequences), length), PAD, np.int32)
    for row, sequence in zip(padded, sequences, strict=True):
        row[: len(sequence)] = sequence
    return padded


@keras.saving.register_keras_serializable(package="zoo")
class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy of logits with label smoothing, for targets that are token ids.

    Equal to `keras.losses.CategoricalCrossentropy` of one-hot targets, which would take as much
    memory as the logits. The mean is over the weights, so that padding does not count.

    Args:
        smoothing: share of the target spread over all classes.

    Reference:
        [Szegedy et al., 2016](https://arxiv.org/abs/1512.00567)
    """

    def __init__(self, smoothing: float = 0.0, name: str = "cross_entropy", **kwargs: Any) -> None:
        super().__init__(name=name, reduction="mean_with_sample_weight", **kwargs)
        self.smoothing = smoothing

    def call(self, y_true: Any, y_pred: Any) -> Any:
        index = ops.expand_dims(ops.cast(y_true, "int32"), -1)
        chosen = ops.squeeze(ops.take_along_axis(y_pred, index, axis=-1), -1)
        target = (1.0 - self.smoothing) * chosen + self.smoothing * ops.mean(y_pred, axis=-1)
        return ops.logsumexp(y_pred, axis=-1) - target

    def get_config(self) -> dict[str, Any]:
        return {"smoothing": self.smoothing, "name": self.name}


def greedy(model: Any, pairs: Pairs, length: int, batch_size: int = 128) -> list[np.ndarray]:
    """Translate by greedy search with the compiled `generate` function of a model.

    Args:
        model: a compiled translator.
        pairs: token ids of the sentences; their translations are of no matter.
        length: most tokens of a translation, the start token included.
        batch_size: sentences at once.

    Returns:
        int32 arrays of token ids, one a sentence, without start.
    """
    generate = model.make_generate_function()
    order = np.argsort(pairs.lengths, kind="stable")
    found: list[np.ndarray] = [np.zeros(0, np.int32)] * len(order)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        # The last batch is filled up: compiled backends see few shapes.
        features, _, _ = pairs.batch(np.resize(rows, batch_size))
        prompt = np.full((batch_size, length), PAD, np.int32)
        prompt[:, 0] = START
        features |= {"decoder_token_ids": prompt, "decoder_padding_mask": prompt != PAD}
        ids = generate(features, stop_token_ids=(END,))["decoder_token_ids"]
        for row, sequence in zip(rows, np.asarray(keras.ops.convert_to_numpy(ids)), strict=False):
            found[row] = sequence[1:]
    return found
