"""A step of AdamW over one large variable on TensorFlow, in one pass over its numbers.

Keras takes one pass an operation, some twenty of them, each into new memory: on a table of word
vectors that costs as much as a sixth of a training step of an LSTM. XLA makes one of them.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

__all__ = ["adamw_step", "can_fuse", "sum_of_squares"]

# Compiling takes a moment, which small variables never earn.
SMALLEST = 1 << 18


def can_fuse(optimizer: Any, shape: Any) -> bool:
    """Return whether a step of an optimiser over a variable of a shape can be one pass.

    Args:
        optimizer: a `keras.optimizers.AdamW`.
        shape: the shape of the variable.
    """
    return (
        (tf.TensorShape(shape).num_elements() or 0) >= SMALLEST
        and not optimizer.amsgrad
        and not optimizer.gradient_accumulation_steps
        and not tf.distribute.has_strategy()
    )


def sum_of_squares(gradient: Any) -> Any:
    """Return the squares of the gradient of a table, summed up by row; None for a dense one.

    A word that a batch holds twice has the sum of two squares, as Keras has it on TensorFlow, and
    not the square of the sum.

    Args:
        gradient: a tensor or `tf.IndexedSlices`.
    """
    if not isinstance(gradient, tf.IndexedSlices):
        return None
    return tf.math.unsorted_segment_sum(
        tf.square(gradient.values), gradient.indices, gradient.dense_shape[0]
    )


@tf.function(jit_compile=True, autograph=False)
def adamw_step(
    variable: Any,
    momentum: Any,
    velocity: Any,
    average: Any,
    gradient: Any,
    squares: Any,
    scale: Any,
    rates: tuple[Any, Any],
    moments: tuple[Any, Any],
    epsilon: Any,
    kept: Any,
) -> None:
    """Take a step of AdamW: the same formulas as Keras', in its order.

    Args:
        variable: what is trained.
        momentum: the moving average of its gradient.
        velocity: the moving average of its gradient's square.
        average: the moving average of the variable, or None.
        gradient: its gradient.
        squares: what to take for the gradient's square; None for the square.
        scale: what the gradient is multiplied by first, to clip it.
        rates: the share by which the variable decays, and the bias-corrected learning rate.
        moments: shares of the new gradient and of the new square in their averages.
        epsilon: added to the root of the velocity.
        kept: share of the old average that stays.
    """
    gradient = gradient * scale
    squares = tf.square(gradient) if squares is None else squares * tf.square(scale)
    decay, rate = rates
    first = momentum + (gradient - momentum) * moments[0]
    second = velocity + (squares - velocity) * moments[1]
    new = variable - variable * decay
    new = new - first * rate / (tf.sqrt(second) + epsilon)
    momentum.assign(first)
    velocity.assign(second)
    variable.assign(new)
    if average is not None:
        average.assign(kept * average + (1 - kept) * new)
