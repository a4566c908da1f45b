"""Derivatives of scalar functions, on the backend in use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["compiled_gradient", "gradient_of"]


def gradient_of(function: Any, x: Any) -> Any:
    """Return the derivative of a scalar function on the backend in use.

    Args:
        function: a function of a tensor, built of `keras.ops`.
        x: where it is taken.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function(x)
        return tape.gradient(y, x)
    if backend == "jax":
        import jax

        return jax.grad(function)(x)
    x = x.detach().requires_grad_(True)
    function(x).backward()
    return x.grad


def compiled_gradient(function: Any, weights: Sequence[Any]) -> Callable[..., Any]:
    """Return the derivative of a scalar function, compiled on the backend in use.

    Args:
        function: a function of a tensor, and perhaps of others, built of `keras.ops`.
        weights: the variables that it reads, which are read anew at every call.

    Returns:
        A function of the same arguments: the derivative with respect to the first.
    """
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        def derivative(x: Any, *others: Any) -> Any:
            return gradient_of(lambda x: function(x, *others), x)

        compiled: Callable[..., Any] = tf.function(derivative)
        return compiled
    if backend == "jax":
        import jax

        variables = list(weights)

        def stateless(values: Any, x: Any, *others: Any) -> Any:
            mapping = list(zip(variables, values, strict=True))
            with keras.StatelessScope(state_mapping=mapping):
                return function(x, *others)

        gradient = jax.jit(jax.grad(stateless, argnums=1))
        return lambda x, *others: gradient([v.value for v in variables], x, *others)
    return lambda x, *others: gradient_of(lambda x: function(x, *others), x)
