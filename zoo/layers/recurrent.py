"""Recurrent layers that train fast, whose gradient can be cut in time, and that hand on states."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import keras
from keras import ops

from zoo.common.cores import cores
from zoo.errors import InputError, shown
from zoo.layers.initializers import GlorotUniform, Orthogonal

__all__ = ["GRU", "LSTM", "CarriedState", "SimpleRNN", "both_ways"]

# Arguments of the layers by place before those that say how kernels start, at least.
_BEFORE_KERNEL = 3


class _Truncation:
    """What cuts the gradient of a recurrent layer's state; a base beside the layer's own.

    LSTMs and GRUs are trained by `zoo.layers.tensorflow_loops` where those can; they compute the
    same. The recurrent kernels start orthogonal, as Keras' do, whatever their dtype.

    Attributes:
        bptt_steps: in training the gradient of the state does not reach back over every such
            number of steps, each row's own counted in the order they are read; None for all.
            It is no part of the layer's configuration.
        weight_drop: share of the numbers of the recurrent kernel that are zeros in a call in
            training, drawn anew for every call, the others larger by as much; no part of the
            configuration either. See `zoo.fitting.weight_drop`.
        beside_another: whether another such layer computes at the same time, as the two of a
            `keras.layers.Bidirectional` do; no part of the configuration either.
    """

    bptt_steps: int | None = None
    weight_drop: float = 0.0
    beside_another: bool = False
    cell: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("recurrent_initializer", Orthogonal())
        if len(args) <= _BEFORE_KERNEL and "kernel_initializer" not in kwargs:
            kwargs["kernel_initializer"] = GlorotUniform()
        super().__init__(*args, **kwargs)

    def inner_loop(
        self, sequences: Any, initial_state: Any, mask: Any, training: bool = False
    ) -> Any:
        layer: Any = self
        loop = _loop(layer) if training and self.bptt_steps is None else None
        drop = training and self.weight_drop
        with _dropped(layer.cell, self.weight_drop) if drop else nullcontext():
            if loop is not None:
                return _by_loop(loop, layer, sequences, initial_state, mask)
            return self._plain_loop(sequences, initial_state, mask, training)

    def _plain_loop(self, sequences: Any, initial_state: Any, mask: Any, training: bool) -> Any:
        layer: Any = self
        if self.bptt_steps is None or not training:
            return super().inner_loop(  # type: ignore[misc]
                sequences, initial_state, mask, training=training
            )
        loop = keras.layers.RNN(
            _TruncatingCell(layer.cell, self.bptt_steps),
            return_sequences=layer.return_sequences,
            go_backwards=layer.go_backwards,
            zero_output_for_mask=layer.zero_output_for_mask,
            name=f"{layer.name}_loop",
        )
        count = ops.zeros_like(initial_state[0][:, :1], dtype="int32")
        last, outputs, (*states, _) = loop.inner_loop(
            sequences, [*initial_state, count], mask, training=training
        )
        return last, outputs, states


def _dropped(cell: Any, share: float) -> keras.StatelessScope:
    """Return what has a cell read its recurrent kernel with a share of its numbers dropped."""
    values = {variable.path: ops.convert_to_tensor(variable) for variable in cell.variables}
    kernel = cell.recurrent_kernel
    values[kernel.path] = keras.random.dropout(values[kernel.path], share, seed=cell.seed_generator)
    # All of them: what a scope does not hold is read from outside of any other.
    return keras.StatelessScope([(one, values[one.path]) for one in cell.variables])


def _loop(layer: Any) -> Callable[..., Any] | None:
    """Return what trains a layer faster than Keras' own loop does, if anything does."""
    cell = layer.cell
    if keras.backend.backend() != "tensorflow" or layer.unroll:
        return None
    if type(cell) not in (keras.layers.LSTMCell, keras.layers.GRUCell):
        return None
    import tensorflow as tf

    from zoo.layers.tensorflow_loops import gru_loop, lstm_loop

    usual = (
        cell.activation is keras.activations.tanh
        and cell.recurrent_activation is keras.activations.sigmoid
        and cell.use_bias
        and getattr(cell, "reset_after", True)
        and not cell.dropout
        and not cell.recurrent_dropout
        and cell.compute_dtype == cell.variable_dtype
    )
    # On a GPU Keras calls a kernel for the whole of it.
    if not usual or tf.config.list_logical_devices("GPU"):
        return None
    return lstm_loop if isinstance(cell, keras.layers.LSTMCell) else gru_loop


def _by_loop(
    loop: Callable[..., Any], layer: Any, sequences: Any, state: Any, mask: Any
) -> tuple[Any, Any, list[Any]]:
    """Return what `inner_loop` does."""
    import tensorflow as tf

    cell = layer.cell
    state = state if isinstance(state, list | tuple) else [state]
    mask = None if mask is None else ops.cast(mask, "bool")

    def run(rows: slice) -> tuple[Any, list[Any]]:
        return loop(
            sequences[rows],
            [one[rows] for one in state],
            None if mask is None else mask[rows],
            kernel=ops.convert_to_tensor(cell.kernel),
            recurrent_kernel=ops.convert_to_tensor(cell.recurrent_kernel),
            bias=ops.convert_to_tensor(cell.bias),
            backwards=layer.go_backwards,
            zeros=layer.zero_output_for_mask,
        )

    if cores() < (4 if layer.beside_another else 2):
        outputs, states = run(slice(None))
    else:
        # Products of a step are too small for cores to share them: each half runs by itself.
        half = tf.shape(sequences)[0] // 2
        found = run(slice(half)), run(slice(half, None))
        outputs = tf.concat([one for one, _ in found], axis=0)
        states = [tf.concat(pair, axis=0) for pair in zip(*(one for _, one in found), strict=True)]
        for part in (outputs, *states):
            part.set_shape([sequences.shape[0], *part.shape[1:]])
    last = outputs[:, -1]
    return last, outputs if layer.return_sequences else last[:, None], states


class _TruncatingCell:
    """A cell that counts its steps beside the state and cuts the gradient before some of them.

    Steps that the mask leaves out leave the count as they leave the state.
    """

    def __init__(self, cell: Any, steps: int) -> None:
        self.cell, self.steps = cell, steps
        size = cell.state_size
        self.state_size = [*(size if isinstance(size, list | tuple) else [size]), 1]
        self.output_size = cell.output_size

    def call(self, inputs: Any, states: Any) -> tuple[Any, list[Any]]:
        *carried, count = states
        cut = ops.logical_and(count > 0, ops.equal(count % self.steps, 0))
        carried = [ops.where(cut, ops.stop_gradient(state), state) for state in carried]
        output, carried = self.cell(inputs, carried, training=True)
        return output, [*carried, count + 1]

    __call__ = call


@keras.saving.register_keras_serializable(package="zoo")
class SimpleRNN(_Truncation, keras.layers.SimpleRNN):
    """`keras.layers.SimpleRNN` with the attribute `bptt_steps`; see `truncate_bptt`."""


@keras.saving.register_keras_serializable(package="zoo")
class LSTM(_Truncation, keras.layers.LSTM):
    """`keras.layers.LSTM` with the attribute `bptt_steps`; see `truncate_bptt`."""


@keras.saving.register_keras_serializable(package="zoo")
class GRU(_Truncation, keras.layers.GRU):
    """`keras.layers.GRU` with the attribute `bptt_steps`; see `truncate_bptt`."""


def both_ways(layer: keras.layers.RNN, **kwargs: Any) -> keras.layers.Bidirectional:
    """Return a layer that reads in both directions, which are trained at the same time.

    Args:
        layer: one of the layers above.
        **kwargs: as for `keras.layers.Bidirectional`.

    Example:
        >>> both_ways(GRU(4, return_sequences=True))(np.ones((1, 5, 3))).shape
        (1, 5, 8)
    """
    both = keras.layers.Bidirectional(layer, **kwargs)
    both.forward_layer.beside_another = both.backward_layer.beside_another = True
    return both


@keras.saving.register_keras_serializable(package="zoo")
class CarriedState(keras.layers.Layer):
    """A view of a recurrent layer that takes its initial state and returns its final one.

    The layer and its weights are shared, not copied, and nothing of the layer is changed by a
    call: others may use it meanwhile.

    Args:
        layer: a `keras.layers.RNN` that returns sequences, without dropout and not `stateful`.

    Call with `inputs` of shape (batch, time, features), `state`, a list of tensors of shape
    (batch, units), and `padding_mask`, boolean of shape (batch, time), or None. Returns the
    outputs of shape (batch, time, units) and the state after the last step inside the mask, as a
    list.

    Raises:
        InputError: the layer is not as described.

    Example:
        >>> layer = CarriedState(keras.layers.GRU(4, return_sequences=True))
        >>> outputs, state = layer(np.ones((1, 5, 3)), [np.zeros((1, 4))], np.ones((1, 5), bool))
        >>> outputs.shape, len(state)
        ((1, 5, 4), 1)
    """

    def __init__(self, layer: keras.layers.RNN, **kwargs: Any) -> None:
        kept = ("stateful", "dropout", "recurrent_dropout")
        if (
            not isinstance(layer, keras.layers.RNN)
            or not layer.return_sequences
            or any(getattr(layer, name, False) for name in kept)
        ):
            raise InputError(
                "Expected a recurrent layer that returns sequences, without dropout and not "
                "stateful, such as keras.layers.GRU(4, return_sequences=True), for what a call "
                f"leaves in a layer is no value to carry. Received: {shown(layer)}"
            )
        super().__init__(**{"dtype": layer.dtype_policy, **kwargs})
        # The mask that Keras may carry along ends here: the argument is what counts.
        self.supports_masking = True
        self.layer = layer

    def build(self, inputs_shape: Any, *_: Any, **__: Any) -> None:
        if not self.layer.built:
            self.layer.build(inputs_shape)
        self.built = True

    def call(
        self, inputs: Any, state: Any, padding_mask: Any = None, training: bool = False
    ) -> tuple[Any, list[Any]]:
        # What the layer's own call does for outputs and state, of the value given.
        kind = self.compute_dtype
        state = [ops.cast(part, kind) for part in state]
        _, outputs, state = self.layer.inner_loop(inputs, state, padding_mask, training=training)
        return ops.cast(outputs, kind), [ops.cast(part, kind) for part in state]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> None:
        return None

    def compute_output_spec(self, inputs: Any, state: Any, *_: Any, **__: Any) -> Any:
        batch, time = inputs.shape[:2]
        units = state[0].shape[-1]
        outputs = keras.KerasTensor((batch, time, units), dtype=self.compute_dtype)
        return outputs, [
            keras.KerasTensor((batch, part.shape[-1]), dtype=self.compute_dtype) for part in state
        ]

    def get_config(self) -> dict[str, Any]:
        layer = keras.saving.serialize_keras_object(self.layer)
        return {**super().get_config(), "layer": layer}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CarriedState:
        layer = keras.saving.deserialize_keras_object(config["layer"])
        return cls(**{**config, "layer": layer})
