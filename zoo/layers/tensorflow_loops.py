"""Recurrent loops for training on TensorFlow, with gradients of their own.

Keras' loop multiplies the inputs of every step apart, and TensorFlow's gradient of it adds up the
gradients of the kernels at every step. Here only what depends on the step before is in the loop:
inputs are projected in one product before it, and one product after it gives the gradient of the
recurrent kernel. What is computed is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

__all__ = ["gru_loop", "lstm_loop"]

Body = Callable[[Any, Any], tuple[tuple[Any, ...], tuple[Any, ...]]]


def lstm_loop(
    sequences: Any,
    state: Sequence[Any],
    mask: Any,
    *,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    backwards: bool,
    zeros: bool,
) -> tuple[Any, list[Any]]:
    """Run an LSTM with the usual activations over sequences.

    Args:
        sequences: inputs of shape (batch, time, features).
        state: hidden and cell state to begin with, of shape (batch, units) each.
        mask: boolean of shape (batch, time), True for steps that count; or None.
        kernel: of shape (features, 4 * units), its gates in Keras' order: input, forget, cell,
            output.
        recurrent_kernel: of shape (units, 4 * units).
        bias: of shape (4 * units,).
        backwards: whether the last step is read first.
        zeros: whether outputs outside the mask are zeros; else they are those of the step before.

    Returns:
        The hidden state after every step, of shape (batch, time, units) in the order in which they
        were read, and the last states.
    """
    units = recurrent_kernel.shape[0]

    def gates(weights: Any) -> Any:
        # What a sigmoid goes over lies together.
        i, f, c, o = tf.split(weights, 4, axis=-1)
        return tf.concat([i, f, o, c], axis=-1)

    projected = _projected(sequences, gates(kernel), gates(bias))
    inside = _Mask(mask, zeros, sequences.dtype)

    @tf.custom_gradient
    def loop(projected: Any, recurrent: Any, hidden: Any, cell: Any) -> Any:
        count = tf.shape(projected)[0]
        place = _places(count, backwards)

        def forward(step: Any, state: Any) -> Any:
            hidden, cell = state
            summed = projected[place(step)] + tf.matmul(hidden, recurrent)
            opened = tf.sigmoid(summed[:, : 3 * units])
            candidate = tf.tanh(summed[:, 3 * units :])
            i, f, o = tf.split(opened, 3, axis=-1)
            following = f * cell + i * candidate
            squashed = tf.tanh(following)
            new = inside.choose(place(step), o * squashed, hidden)
            following = inside.choose(place(step), following, cell)
            kept = (new, cell, squashed, candidate, i, f, o, inside.shown(place(step), new))
            return (new, following), kept

        last, kept = _run(count, forward, (hidden, cell), (units,) * 8, projected.dtype)
        states = kept[0].stack()

        def gradient(d_states: Any, d_hidden: Any, d_cell: Any) -> Any:
            transposed = tf.transpose(recurrent)

            def back(step: Any, state: Any) -> Any:
                d_hidden, through_hidden = inside.parted(place(step), state[0], d_states[step])
                d_cell, through_cell = inside.parted(place(step), state[1])
                cell, squashed, candidate, i, f, o = (part.read(step) for part in kept[1:-1])
                d_new = d_cell + _tanh_gradient(squashed, d_hidden * o)
                d_summed = tf.concat(
                    [
                        _sigmoid_gradient(i, d_new * candidate),
                        _sigmoid_gradient(f, d_new * cell),
                        _sigmoid_gradient(o, d_hidden * squashed),
                        _tanh_gradient(candidate, d_new * i),
                    ],
                    axis=-1,
                )
                d_before = tf.matmul(d_summed, transposed) + through_hidden
                return (d_before, d_new * f + through_cell), (d_summed,)

            d_first, (summed,) = _run(
                count, back, (d_hidden, d_cell), (4 * units,), projected.dtype, back=place
            )
            d_summed = summed.stack()
            d_recurrent = _kernel_gradient(states, hidden, d_summed, backwards)
            return d_summed, d_recurrent, *d_first

        return (kept[-1].stack() if zeros else states, *last), gradient

    states, *last = loop(projected, gates(tf.identity(recurrent_kernel)), *state)
    outputs = _outputs(states, state[0], None if zeros else mask, backwards)
    return _shaped(outputs, last, sequences, state)


def gru_loop(
    sequences: Any,
    state: Sequence[Any],
    mask: Any,
    *,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any,
    backwards: bool,
    zeros: bool,
) -> tuple[Any, list[Any]]:
    """Run a GRU with the usual activations, its reset gate after the product, over sequences.

    Args:
        sequences: inputs of shape (batch, time, features).
        state: hidden state to begin with, of shape (batch, units), in a sequence of its own.
        mask: boolean of shape (batch, time), True for steps that count; or None.
        kernel: of shape (features, 3 * units), its gates in Keras' order: update, reset, hidden.
        recurrent_kernel: of shape (units, 3 * units).
        bias: of the inputs and of the state, of shape (2, 3 * units).
        backwards: whether the last step is read first.
        zeros: whether outputs outside the mask are zeros; else they are those of the step before.

    Returns:
        The hidden state after every step, of shape (batch, time, units) in the order in which they
        were read, and the last one, in a list.
    """
    units = recurrent_kernel.shape[0]
    projected = _projected(sequences, kernel, bias[0])
    inside = _Mask(mask, zeros, sequences.dtype)

    @tf.custom_gradient
    def loop(projected: Any, recurrent: Any, bias: Any, hidden: Any) -> Any:
        count = tf.shape(projected)[0]
        place = _places(count, backwards)

        def forward(step: Any, state: Any) -> Any:
            (hidden,) = state
            inner = tf.nn.bias_add(tf.matmul(hidden, recurrent), bias)
            read = projected[place(step)]
            opened = tf.sigmoid((read + inner)[:, : 2 * units])
            update, reset = tf.split(opened, 2, axis=-1)
            remembered = inner[:, 2 * units :]
            candidate = tf.tanh(read[:, 2 * units :] + reset * remembered)
            change = hidden - candidate
            new = inside.choose(place(step), candidate + update * change, hidden)
            kept = (new, change, remembered, candidate, update, reset)
            return (new,), (*kept, inside.shown(place(step), new))

        last, kept = _run(count, forward, (hidden,), (units,) * 7, projected.dtype)
        states = kept[0].stack()

        def gradient(d_states: Any, d_hidden: Any) -> Any:
            transposed = tf.transpose(recurrent)

            def back(step: Any, state: Any) -> Any:
                d_hidden, through = inside.parted(place(step), state[0], d_states[step])
                change, remembered, candidate, update, reset = (
                    part.read(step) for part in kept[1:-1]
                )
                d_before = d_hidden * update
                d_candidate = _tanh_gradient(candidate, d_hidden - d_before)
                opened = [
                    _sigmoid_gradient(update, d_hidden * change),
                    _sigmoid_gradient(reset, d_candidate * remembered),
                ]
                d_inner = tf.concat([*opened, d_candidate * reset], axis=-1)
                d_before = tf.matmul(d_inner, transposed) + d_before + through
                return (d_before,), (tf.concat([*opened, d_candidate], axis=-1), d_inner)

            d_first, (read, inner) = _run(
                count, back, (d_hidden,), (3 * units, 3 * units), projected.dtype, back=place
            )
            d_inner = inner.stack()
            d_recurrent = _kernel_gradient(states, hidden, d_inner, backwards)
            return read.stack(), d_recurrent, tf.reduce_sum(d_inner, axis=(0, 1)), *d_first

        return (kept[-1].stack() if zeros else states, *last), gradient

    states, *last = loop(projected, tf.identity(recurrent_kernel), bias[1], *state)
    outputs = _outputs(states, state[0], None if zeros else mask, backwards)
    return _shaped(outputs, last, sequences, state)


def _projected(sequences: Any, kernel: Any, bias: Any) -> Any:
    """Return the inputs times the kernel, by time."""
    by_time = tf.transpose(sequences, (1, 0, 2))
    time, batch = tf.unstack(tf.shape(by_time)[:2])  # none of them may be -1: a batch may be empty
    rows = tf.reshape(by_time, (time * batch, kernel.shape[0]))
    summed = tf.nn.bias_add(tf.matmul(rows, kernel), bias)
    return tf.reshape(summed, (time, batch, kernel.shape[1]))


def _places(count: Any, backwards: bool) -> Callable[[Any], Any]:
    """Return where in the sequence a step reads."""
    return (lambda step: count - 1 - step) if backwards else (lambda step: step)


def _run(
    count: Any,
    body: Body,
    state: tuple[Any, ...],
    sizes: Sequence[int],
    dtype: Any,
    back: Callable[[Any], Any] | None = None,
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Run a loop; return its last state, and what it kept of every step, in arrays.

    Args:
        count: number of steps.
        body: from the number of a step and a state to the next state and what is kept.
        state: the state to begin with.
        sizes: features of what is kept.
        dtype: its type.
        back: given for a loop from the last step to the first, says where what is kept of a step
            belongs.
    """
    arrays = tuple(
        tf.TensorArray(
            dtype,
            size=count,
            element_shape=(state[0].shape[0], size),
            clear_after_read=False,
        )
        for size in sizes
    )

    def one(at: Any, arrays: Any, state: Any) -> Any:
        step = at if back is None else count - 1 - at
        state, kept = body(step, state)
        place = step if back is None else back(step)
        written = (array.write(place, one) for array, one in zip(arrays, kept, strict=True))
        return at + 1, tuple(written), tuple(state)

    _, arrays, state = tf.while_loop(
        lambda at, *_: at < count, one, (tf.constant(0), arrays, tuple(state))
    )
    return state, arrays


class _Mask:
    """What a mask does to a step: rows outside it leave the state as it is."""

    def __init__(self, mask: Any, zeros: bool, dtype: Any) -> None:
        self.zeros = zeros and mask is not None
        self.given = mask is not None
        if mask is not None:
            # Products by ones and zeros: choosing by `tf.where` takes three times as long.
            inside = tf.transpose(mask)[:, :, None]
            self.inside, self.outside = tf.cast(inside, dtype), tf.cast(~inside, dtype)

    def choose(self, place: Any, new: Any, old: Any) -> Any:
        """Return the new rows inside the mask and the old ones outside."""
        return new * self.inside[place] + old * self.outside[place] if self.given else new

    def shown(self, place: Any, states: Any) -> Any:
        """Return what the layer gives for states."""
        return states * self.inside[place] if self.zeros else states

    def parted(self, place: Any, later: Any, own: Any = None) -> tuple[Any, Any]:
        """Return what of a gradient goes through a step, and what goes past it outside the mask.

        Args:
            place: where in the sequence the step is.
            later: the gradient of the state from the steps after it.
            own: that of the output of the step.
        """
        whole = later if own is None else later + own
        if not self.given:
            return whole, tf.zeros_like(whole)
        past = later if self.zeros else whole
        return whole * self.inside[place], past * self.outside[place]


def _tanh_gradient(y: Any, dy: Any) -> Any:
    return tf.raw_ops.TanhGrad(y=y, dy=dy)


def _sigmoid_gradient(y: Any, dy: Any) -> Any:
    return tf.raw_ops.SigmoidGrad(y=y, dy=dy)


def _kernel_gradient(states: Any, first: Any, d_summed: Any, backwards: bool) -> Any:
    """Return the gradient of a recurrent kernel, in one product."""
    units, gates = states.shape[-1], d_summed.shape[-1]
    before = tf.concat([first[None], states[:-1]], axis=0)
    if backwards:  # what is kept of the states is in the order of reading
        before = tf.reverse(before, (0,))
    return tf.matmul(
        tf.reshape(before, (-1, units)), tf.reshape(d_summed, (-1, gates)), transpose_a=True
    )


def _outputs(states: Any, first: Any, mask: Any, backwards: bool) -> Any:
    """Return what a layer gives for its states: zeros before the first step inside the mask."""
    if mask is not None:
        order = tf.transpose(tf.reverse(mask, (1,)) if backwards else mask)
        begun = tf.cumsum(tf.cast(order, "int32")) > 0
        # The state before it is zeros already, unless one was handed over.
        states = tf.cond(
            tf.reduce_any(first != 0),
            lambda: tf.where(begun[:, :, None], states, tf.zeros_like(states)),
            lambda: states,
        )
    return tf.transpose(states, (1, 0, 2))


def _shaped(outputs: Any, last: Any, sequences: Any, state: Any) -> tuple[Any, list[Any]]:
    """Return outputs and last states, with the shapes that loops forget."""
    outputs.set_shape([*sequences.shape[:2], state[0].shape[-1]])
    for one, before in zip(last, state, strict=True):
        one.set_shape(before.shape)
    return outputs, list(last)
