"""In which precision a network computes while it is trained."""

from __future__ import annotations

from zoo.fitting.choices import PRECISIONS, check_choice

__all__ = ["choose_precision"]


def choose_precision(precision: str) -> str:
    """Return the dtype policy to build a network with.

    In `"mixed_bfloat16"` layers compute in bfloat16; weights, the probabilities and the loss stay
    in float32, so that checkpoints are the same and gradients need no scaling.

    Args:
        precision: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the latter on a GPU or TPU, where
            it is faster, and the former on a CPU, where it is not.

    Raises:
        InputError: it is another one.

    Example:
        >>> choose_precision("float32")
        'float32'

    Reference:
        [Micikevicius et al., 2018](https://arxiv.org/abs/1710.03740),
        [Kalamkar et al., 2019](https://arxiv.org/abs/1905.12322)
    """
    check_choice("precision", precision, PRECISIONS)
    if precision == "auto":
        return "mixed_bfloat16" if _accelerated() else "float32"
    return precision


def _accelerated() -> bool:
    import keras

    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return any(
            device.device_type in ("GPU", "TPU") for device in tf.config.list_logical_devices()
        )
    if backend == "jax":
        import jax

        return jax.default_backend() in ("gpu", "tpu")
    import torch

    return torch.cuda.is_available()
