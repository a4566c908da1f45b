"""Pooling over time."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class SequencePooling(keras.layers.Layer):
    """Makes one vector of a sequence, counting only the steps inside the mask.

    Args:
        modes: any of `"mean"`, `"max"`, `"last"` and `"sqrtn"`, the sum divided by the square
            root of the number of steps; the results of several are concatenated.

    Call with `inputs` of shape (batch, time, features) and `padding_mask`, boolean of shape
    (batch, time), True first and then False. Returns a tensor of shape
    (batch, features * len(modes)); zeros for a row without any True, such as one that fills up a
    batch.

    Example:
        >>> SequencePooling(["mean", "max"])(np.ones((1, 3, 4)), np.array([[True, True, False]]))
    """

    def __init__(self, modes: Sequence[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # The mask that Keras may carry along ends here: the argument is what counts.
        self.supports_masking = True
        self.modes = tuple(modes)
        unknown = set(self.modes) - {"mean", "max", "last", "sqrtn"}
        if unknown or not self.modes:
            raise ValueError(
                "Expected modes out of 'mean', 'max', 'last' and 'sqrtn', such as ['mean', 'max']. "
                f"Received: {modes}"
            )

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        inside = ops.expand_dims(padding_mask, -1)
        weights = ops.cast(inside, inputs.dtype)
        # A row of padding alone divides by 1 and has zeros, and zeros for a gradient: with NaN
        # there, weights of 0 in the loss would not help.
        count = ops.maximum(ops.sum(weights, axis=1), 1)
        some = ops.any(padding_mask, axis=1, keepdims=True)
        pooled = []
        for mode in self.modes:
            if mode in ("mean", "sqrtn"):
                total = ops.sum(inputs * weights, axis=1)
                pooled.append(total / (count if mode == "mean" else ops.sqrt(count)))
            elif mode == "max":
                # A finite floor: float32's lowest number would overflow in float16.
                lowest = ops.cast(-6e4, inputs.dtype)
                highest = ops.max(ops.where(inside, inputs, lowest), axis=1)
                pooled.append(ops.where(some, highest, ops.zeros_like(highest)))
            else:
                last = ops.maximum(ops.sum(ops.cast(padding_mask, "int32"), axis=1) - 1, 0)
                index = ops.expand_dims(ops.expand_dims(last, -1), -1)
                state = ops.squeeze(ops.take_along_axis(inputs, index, axis=1), axis=1)
                pooled.append(ops.where(some, state, ops.zeros_like(state)))
        return ops.concatenate(pooled, axis=-1)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(
        self, inputs_shape: Sequence[int | None], padding_mask_shape: Sequence[int | None]
    ) -> tuple[int | None, int]:
        features = inputs_shape[-1]
        assert features is not None
        return (inputs_shape[0], features * len(self.modes))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "modes": list(self.modes)}


@keras.saving.register_keras_serializable(package="zoo")
class AttentionPooling(keras.layers.Layer):
    """Makes one vector of a sequence: a mean whose weights the network chooses.

    The weight of a step is a softmax over time of `context . tanh(kernel x + bias)`.

    Args:
        units: size of what is compared with the context.

    Call with `inputs` of shape (batch, time, features) and `padding_mask`, boolean of shape
    (batch, time), True first and then False. Returns a tensor of shape (batch, features); zeros
    for a row without any True.

    Example:
        >>> AttentionPooling(8)(np.ones((1, 3, 4)), np.array([[True, True, False]])).shape
        (1, 4)

    Reference:
        [Yang et al., 2016](https://aclanthology.org/N16-1174/)
    """

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.units = units

    def build(self, inputs_shape: Any, padding_mask_shape: Any = None) -> None:
        features = inputs_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), name="kernel")
        self.bias = self.add_weight(shape=(self.units,), initializer="zeros", name="bias")
        self.context = self.add_weight(shape=(self.units, 1), name="context")
        self.built = True

    def call(self, inputs: Any, padding_mask: Any) -> Any:
        inside = ops.expand_dims(padding_mask, -1)
        heard = ops.tanh(ops.matmul(inputs, self.kernel) + self.bias)
        scores = ops.matmul(heard, self.context)
        scores = ops.where(inside, scores, ops.cast(-6e4, scores.dtype))
        # Keras' own softmax warns of series of one step. Past the end there are zeros, so that a
        # row of padding alone has zeros and not a mean of padding.
        weights = ops.exp(scores - ops.max(scores, axis=1, keepdims=True))
        weights = weights * ops.cast(inside, scores.dtype)
        total = ops.maximum(ops.sum(weights, axis=1), ops.cast(1e-6, scores.dtype))
        return ops.sum(weights * inputs, axis=1) / total

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(
        self, inputs_shape: Sequence[int | None], padding_mask_shape: Sequence[int | None]
    ) -> tuple[int | None, int | None]:
        return (inputs_shape[0], inputs_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "units": self.units}
