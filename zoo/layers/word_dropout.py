"""Word dropout."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class WordDropout(keras.layers.Layer):
    """Replaces random token ids by the unknown token, in training only.

    Args:
        rate: share of the tokens replaced, from 0 to 1.
        unknown_id: id of the unknown token.
        padding_id: id that is never replaced.
        seed: seed of the draws.

    Call with token ids, an integer tensor of any shape; returns a tensor of the same shape.

    Example:
        >>> WordDropout(0.5, unknown_id=1)(np.array([[5, 6, 0]]), training=False)

    Reference:
        [Iyyer et al., 2015](https://aclanthology.org/P15-1162/)
    """

    def __init__(
        self,
        rate: float,
        unknown_id: int,
        padding_id: int = 0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.rate = rate
        self.unknown_id = unknown_id
        self.padding_id = padding_id
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.built = True

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        drawn = keras.random.uniform(ops.shape(inputs), seed=self.seed_generator)
        replaced = ops.logical_and(drawn < self.rate, ops.not_equal(inputs, self.padding_id))
        return ops.where(replaced, ops.cast(self.unknown_id, inputs.dtype), inputs)

    def compute_output_spec(self, inputs: Any, training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, dtype=inputs.dtype)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "rate": self.rate,
            "unknown_id": self.unknown_id,
            "padding_id": self.padding_id,
            "seed": self.seed,
        }
