"""Training over several devices: each computes a share of every batch, by Keras' distribution."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras

from zoo.common.counts import counted
from zoo.errors import InputError, shown

__all__ = ["on_devices"]


class _Shares(keras.distribution.DataParallel):
    """Gives every device its share of a batch; one that does not divide is computed by each."""

    def get_data_layout(self, data_shape: Sequence[int]) -> Any:
        """Return how an array of a batch lies on the devices.

        Args:
            data_shape: its shape, examples first.
        """
        layout = super().get_data_layout(data_shape)
        if not data_shape or data_shape[0] % self.num_model_replicas:
            return keras.distribution.TensorLayout([None] * len(data_shape), layout.device_mesh)
        return layout


@contextmanager
def on_devices(devices: int | Sequence[str] | None) -> Iterator[None]:
    """Have the models that are built within train on several devices, as on one.

    The weights stand on every device, and each computes the gradients of its share of a batch: what
    comes out is what one device computes of the whole, but for rounding. The last batch of an
    epoch, where it does not divide, is computed by all of them alike.

    Args:
        devices: how many, of the fastest kind there is; or their names, such as
            `["gpu:0", "gpu:1"]`; None leaves everything to one.

    Raises:
        InputError: the backend has no such distribution, or there are no such devices.

    Example:
        >>> with on_devices(None):
        ...     pass
    """
    if devices is None:
        yield
        return
    backend = keras.backend.backend()
    if backend != "jax":
        raise InputError(
            f"Expected devices with the backend jax: set KERAS_BACKEND=jax. Received: {backend}, "
            "on which Keras trains on one device"
        )
    chosen = _chosen(devices)
    with _Shares(devices=chosen, auto_shard_dataset=False).scope():
        yield


def _chosen(devices: int | Sequence[str]) -> list[str]:
    there = list(keras.distribution.list_devices())
    if isinstance(devices, int):
        if devices > len(there):
            raise InputError(
                f"Expected at most {counted(len(there), 'device')}, as there are here: "
                f"{', '.join(there)}. Received: {devices}"
            )
        return there[:devices]
    # Those of the processor are listed alone where there are others.
    there = [
        *there,
        *(name for name in keras.distribution.list_devices("cpu") if name not in there),
    ]
    for name in devices:
        if name not in there:
            raise InputError(
                f"Expected devices out of the {len(there)} here: {', '.join(there)}. "
                f"Received: {shown(name)}"
            )
    return list(devices)
