"""A recurrent decoder that attends to what an encoder read."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
from keras import ops

from zoo.layers.bahdanau_attention import BahdanauAttention
from zoo.layers.initializers import GlorotUniform, Orthogonal

__all__ = ["AttentionDecoder"]


@keras.saving.register_keras_serializable(package="zoo")
class AttentionDecoder(keras.layers.Layer):
    """A GRU with additive attention and input feeding.

    At every step the GRU reads the embedded token and the output of the step before; its new
    state is the query whose attention gives the context; and state, context and token make the
    output, `tanh(W [state; context; token] + b)`, which the next step reads. The equations of
    the GRU are those of `keras.layers.GRU` (`reset_after=True`, gates in the order update,
    reset, candidate), the output being a second input with the kernel `feed_kernel`.

    Args:
        units: size of the state.
        attention_units: size of the space in which states and values are compared.
        output_dim: size of the output.
        recurrent_dropout: share of the state's dimensions that the gates do not see, the same
            ones at every step of a row, in training.
        seed: seed of the dropout.

    Call with `inputs`, embedded tokens of shape (batch, time, features); `values`, of shape
    (batch, steps, value features); `mask`, boolean of shape (batch, steps); and `state`, the
    initial state of shape (batch, units). Returns `(outputs, weights)`, of shapes
    (batch, time, output_dim) and (batch, time, steps).

    Example:
        >>> decoder = AttentionDecoder(units=6, attention_units=4, output_dim=3)
        >>> inputs, values = np.ones((1, 2, 3)), np.ones((1, 5, 8))
        >>> outputs, _ = decoder(inputs, values, np.ones((1, 5), bool), np.zeros((1, 6)))
        >>> outputs.shape
        (1, 2, 3)

    Reference:
        [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473),
        [Cho et al., 2014](https://arxiv.org/abs/1406.1078),
        [Luong et al., 2015](https://arxiv.org/abs/1508.04025) (input feeding),
        [Gal & Ghahramani, 2016](https://arxiv.org/abs/1512.05287) (dropout of the state)
    """

    def __init__(
        self,
        units: int,
        attention_units: int,
        output_dim: int,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.attention_units = attention_units
        self.output_dim = output_dim
        self.recurrent_dropout = recurrent_dropout
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        # The mask of the values is an argument; what Keras may carry along ends here.
        self.supports_masking = True
        self.attention = BahdanauAttention(
            attention_units, dtype=self.dtype_policy, name="attention"
        )

    def build(self, inputs_shape: Any, values_shape: Any, *_: Any, **__: Any) -> None:
        size, features = 3 * self.units, inputs_shape[-1]
        kernels = {
            "kernel": (features, size),
            "feed_kernel": (self.output_dim, size),
            "state_output_kernel": (self.units, self.output_dim),
            "context_output_kernel": (values_shape[-1], self.output_dim),
            "token_output_kernel": (features, self.output_dim),
        }
        for name, shape in kernels.items():
            weight = self.add_weight(shape, initializer=GlorotUniform(), name=name)
            setattr(self, name, weight)
        self.recurrent_kernel = self.add_weight(
            (self.units, size), initializer=Orthogonal(), name="recurrent_kernel"
        )
        self.bias = self.add_weight((2, size), initializer="zeros", name="bias")
        self.output_bias = self.add_weight(
            (self.output_dim,), initializer="zeros", name="output_bias"
        )
        self.attention.build((None, self.units), values_shape)
        self.built = True

    def _cell(self, inputs: Any, state: Any, seen: Any) -> Any:
        """Return the next state; `inputs` and `seen` are what the gates see, `state` what stays."""
        units = self.units
        recurrent = ops.matmul(seen, self.recurrent_kernel) + self.bias[1]
        gates = ops.sigmoid(inputs[:, : 2 * units] + recurrent[:, : 2 * units])
        update, reset = gates[:, :units], gates[:, units:]
        candidate = ops.tanh(inputs[:, 2 * units :] + reset * recurrent[:, 2 * units :])
        return update * state + (1.0 - update) * candidate

    def project(self, inputs: Any) -> tuple[Any, Any]:
        """Return what embedded tokens add to the gates and to the output.

        Args:
            inputs: tensor of shape (..., features).
        """
        gates = ops.matmul(inputs, self.kernel) + self.bias[0]
        return gates, ops.matmul(inputs, self.token_output_kernel) + self.output_bias

    def step(
        self,
        projected: tuple[Any, Any],
        state: Any,
        fed: Any,
        values: Any,
        keys: Any,
        mask: Any,
        seen: Any = None,
    ) -> tuple[Any, Any, Any]:
        """Take one step; return the new state, the output and the weights.

        Args:
            projected: what `project` returned for one token a row.
            state: tensor of shape (batch, units).
            fed: the output of the step before, (batch, output_dim); zeros before the first.
            values: tensor of shape (batch, steps, value features).
            keys: what `attention.keys(values)` returned.
            mask: boolean tensor of shape (batch, steps).
            seen: what the gates see of the state; by default all of it.
        """
        gates, token = projected
        gates = gates + ops.matmul(fed, self.feed_kernel)
        state = self._cell(gates, state, state if seen is None else seen)
        weights = self.attention.weigh(state, keys, mask)
        context = ops.squeeze(ops.matmul(ops.expand_dims(weights, 1), values), 1)
        read = ops.matmul(state, self.state_output_kernel)
        read = read + ops.matmul(context, self.context_output_kernel)
        return state, ops.tanh(read + token), weights

    def call(
        self, inputs: Any, values: Any, mask: Any, state: Any, training: bool = False
    ) -> tuple[Any, Any]:
        # Whatever does not depend on the state is computed for all steps at once.
        # In one tensor: Keras' scan refuses several of unknown length on TensorFlow.
        gates, token = self.project(inputs)
        split = gates.shape[-1]
        projected = ops.transpose(ops.concatenate([gates, token], axis=-1), (1, 0, 2))
        keys = self.attention.keys(values)
        kept = None
        if training and self.recurrent_dropout:
            kept = keras.random.dropout(
                ops.ones_like(state), self.recurrent_dropout, seed=self.seed_generator
            )

        def step(carry: Any, token: Any) -> Any:
            state, fed, _ = carry
            seen = None if kept is None else state * kept
            own = token[:, :split], token[:, split:]
            carry = self.step(own, state, fed, values, keys, mask, seen)
            return carry, carry

        # On TensorFlow what a scan gives at every step must be like what it carries.
        start = (state, ops.zeros_like(projected[0, :, split:]), ops.zeros_like(keys[:, :, 0]))
        _, (_, outputs, weights) = ops.scan(step, start, projected)
        return ops.transpose(outputs, (1, 0, 2)), ops.transpose(weights, (1, 0, 2))

    def compute_mask(self, *args: Any, **kwargs: Any) -> tuple[None, None]:
        return None, None

    def compute_output_spec(self, inputs: Any, values: Any, *_: Any, **__: Any) -> Any:
        batch, time = inputs.shape[:2]
        return tuple(
            keras.KerasTensor((batch, time, size), dtype=self.compute_dtype)
            for size in (self.output_dim, values.shape[1])
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "units": self.units,
            "attention_units": self.attention_units,
            "output_dim": self.output_dim,
            "recurrent_dropout": self.recurrent_dropout,
            "seed": self.seed,
        }
