"""Additive attention, soft and hard."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

from zoo.common.counts import whole
from zoo.layers.initializers import GlorotUniform

__all__ = ["BahdanauAttention"]

# A finite floor instead of minus infinity, for a row without any step: its weights are then
# equal, not NaN. In half precision a lower one would be infinite.
_LOWEST = {"float16": -6e4}


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauAttention(keras.layers.Layer):
    """Additive attention: how much each of the values matters for a query, and their mean by it.

    The score of value `h_j` for query `s` is `v . tanh(W s + U h_j + b)`; a softmax over the
    steps inside the mask makes weights of the scores, and the context is the weighted mean of
    the values.

    Hard attention looks at one value only. In training the value is drawn from the weights, and
    the gradient goes through them as if they had been used (the straight-through estimator);
    otherwise it is the one with the largest weight.

    Args:
        units: size of the space in which queries and values are compared.
        hard: whether one value is looked at instead of a mean of all.
        seed: seed of the draws of hard attention.

    Call with `query` of shape (batch, query features) or (batch, queries, query features),
    `values` of shape (batch, steps, features) and `mask`, boolean of shape (batch, steps), or
    None for all steps. Returns `(context, weights)`: of shapes (batch, features) and
    (batch, steps) for one query a row, and (batch, queries, features) and
    (batch, queries, steps) for several.

    Raises:
        ValueError: `units` is less than 1, or a query has neither two nor three axes.

    Example:
        >>> attention = BahdanauAttention(8)
        >>> context, weights = attention(np.ones((1, 3)), np.ones((1, 5, 4)))
        >>> context.shape, weights.shape
        ((1, 4), (1, 5))

    Reference:
        [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473),
        [Xu et al., 2015](https://arxiv.org/abs/1502.03044) (hard attention),
        [Bengio et al., 2013](https://arxiv.org/abs/1308.3432) (straight-through)
    """

    def __init__(
        self, units: int, hard: bool = False, seed: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        count = whole(units)
        if count is None or count < 1:
            raise ValueError(f"Expected units of at least 1, such as 64. Received: {units}")
        self.units = count
        self.hard = hard
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if hard else None
        # The mask is an argument of the call; what Keras may carry along ends here.
        self.supports_masking = True

    def build(self, query_shape: Any, values_shape: Any = None, **_: Any) -> None:
        if len(query_shape) not in (2, 3):
            raise ValueError(
                "Expected a query of shape (batch, features) or (batch, queries, features). "
                f"Received: {tuple(query_shape)}"
            )
        self.query_kernel = self.add_weight(
            (query_shape[-1], self.units), initializer=GlorotUniform(), name="query_kernel"
        )
        self.key_kernel = self.add_weight(
            (values_shape[-1], self.units), initializer=GlorotUniform(), name="key_kernel"
        )
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")
        self.scale = self.add_weight((self.units, 1), initializer=GlorotUniform(), name="scale")
        self.built = True

    def keys(self, values: Any) -> Any:
        """Return what queries are compared with, (batch, steps, units): once for all queries.

        Args:
            values: tensor of shape (batch, steps, features).
        """
        return ops.matmul(values, self.key_kernel) + self.bias

    def weigh(self, query: Any, keys: Any, mask: Any = None, noise: Any = None) -> Any:
        """Return the weights of one query a row, (batch, steps).

        Args:
            query: tensor of shape (batch, query features).
            keys: what `keys` returned.
            mask: boolean tensor of shape (batch, steps), or None.
            noise: what `gumbel_noise` returned, to draw one step instead; for hard attention.
        """
        query = ops.expand_dims(ops.matmul(query, self.query_kernel), 1)
        # One product with a column for all steps: a sum over the last axis is slower.
        scores = ops.squeeze(ops.matmul(ops.tanh(keys + query), self.scale), -1)
        return self._weights(scores, mask, noise)

    def _weights(self, scores: Any, mask: Any, noise: Any) -> Any:
        if mask is not None:
            lowest = _LOWEST.get(keras.backend.standardize_dtype(scores.dtype), -1e9)
            scores = ops.where(mask, scores, ops.cast(lowest, scores.dtype))
        soft = ops.softmax(scores, axis=-1)
        if not self.hard:
            return soft
        # The largest of scores with Gumbel noise is a draw from their softmax.
        chosen = ops.argmax(scores if noise is None else scores + noise, axis=-1)
        one = ops.one_hot(chosen, ops.shape(scores)[-1], dtype=soft.dtype)
        return one + soft - ops.stop_gradient(soft)

    def gumbel_noise(self, shape: Any) -> Any:
        """Return the noise that makes hard attention a draw, of the given shape.

        Args:
            shape: shape of the scores.
        """
        drawn = keras.random.uniform(
            shape, minval=1e-6, maxval=1 - 1e-6, dtype=self.compute_dtype, seed=self.seed_generator
        )
        return -ops.log(-ops.log(drawn))

    def call(self, query: Any, values: Any, mask: Any = None, training: bool = False) -> Any:
        single = len(query.shape) == 2
        if single:
            query = ops.expand_dims(query, 1)
        query = ops.expand_dims(ops.matmul(query, self.query_kernel), 2)
        keys = ops.expand_dims(self.keys(values), 1)
        scores = ops.squeeze(ops.matmul(ops.tanh(keys + query), self.scale), -1)
        noise = self.gumbel_noise(ops.shape(scores)) if self.hard and training else None
        weights = self._weights(scores, None if mask is None else ops.expand_dims(mask, 1), noise)
        context = ops.matmul(weights, values)
        if single:
            return ops.squeeze(context, 1), ops.squeeze(weights, 1)
        return context, weights

    def compute_mask(self, *args: Any, **kwargs: Any) -> tuple[None, None]:
        return None, None

    def compute_output_shape(self, query_shape: Any, values_shape: Any, **_: Any) -> Any:
        rows = tuple(query_shape[:-1])
        return (*rows, values_shape[-1]), (*rows, values_shape[1])

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "hard": self.hard,
            "seed": self.seed,
        }
