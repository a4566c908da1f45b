"""What the tasks of numeric series share: Keras models around a backbone of series."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import functools
from collections.abc import Mapping
from typing import Any

import keras
import keras_hub
import numpy as np
from keras import ops

from zoo.checkpoint.recorded import RecordedTask
from zoo.common.counts import checked_batch_size
from zoo.errors import InputError, shown
from zoo.series.arrays import pad_series

__all__ = ["SeriesTask"]


class SeriesTask(RecordedTask, keras_hub.models.Task):
    """Base of the tasks that take numeric series: arrays of shape (time, channels).

    Calling the model takes tensors of float32. `predict` and what else takes arrays scales them
    in float64 first, so that a series far from zero keeps its small changes.

    Args:
        backbone: a backbone that reads `{"series", "padding_mask"}`.

    Attributes:
        spec: arguments of the task's head, checked.
    """

    spec: Any

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # A function and not the network, which would be saved a second time.
        self._scaled_network = functools.cache(self._make_scaled_network)

    def quantize(self, mode: Any = None, config: Any = None, **kwargs: Any) -> None:
        """Refuse: what is computed in double precision reads the readout's weights as they are.

        Args:
            mode: as for `keras.Model.quantize`.
            config: as for `keras.Model.quantize`.
            **kwargs: as for `keras.Model.quantize`.

        Raises:
            InputError: always. Nothing has changed.
        """
        raise InputError(
            "Expected a model whose weights can be rounded, such as one of texts. Received: "
            f"{type(self).__name__}, whose methods compute in double precision what reads them. "
            "Where a network bears it, an export is rounded: "
            "zoo.export(name, output, quantize='int8')"
        )

    def _make_scaled_network(self) -> keras.Model:
        inputs = {
            "series": keras.Input((None, self.backbone.spec.channels), name="series"),
            "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
        }
        return keras.Model(inputs, self._from_scaled(**inputs))

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        """Return the output, scaled where it is a series, for a series scaled already."""
        raise NotImplementedError

    def _scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the mean and the scale of every channel, in float64."""
        scaling = self.backbone.scaling
        mean, scale = (ops.convert_to_numpy(value) for value in (scaling.mean, scaling.scale))
        return mean.astype(np.float64), scale.astype(np.float64)

    @property
    def tensors(self) -> dict[str, np.ndarray]:
        """The weights by the names of a checkpoint, as NumPy arrays: copies."""
        return {
            variable.path: np.array(ops.convert_to_numpy(variable)) for variable in self.weights
        }

    def set_tensors(self, tensors: Mapping[str, np.ndarray]) -> None:
        """Set weights by the names of a checkpoint.

        Args:
            tensors: arrays by name; weights that are not named stay as they are.

        Raises:
            InputError: there is no weight of a name, or it has another shape.
        """
        variables = {variable.path: variable for variable in self.weights}
        for name, value in tensors.items():
            if name not in variables or tuple(variables[name].shape) != value.shape:
                raise InputError(
                    f"Expected the weights {shown({n: v.shape for n, v in variables.items()}, 400)}"
                    f". Received: {shown(name)} of shape {value.shape}"
                )
        for name, value in tensors.items():
            variables[name].assign(value.astype(variables[name].dtype))

    def _batches(self, series: list[np.ndarray], batch_size: int) -> Any:
        """Yield the numbers of series of like length, and the model's outputs for them."""
        size = checked_batch_size(batch_size)
        mean, scale = self._scaling()
        network = self._scaled_network()
        order = np.argsort([len(item) for item in series], kind="stable")
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            padded, mask = pad_series([(series[row] - mean) / scale for row in rows])
            outputs = network.predict_on_batch({"series": padded, "padding_mask": mask})
            yield rows, np.asarray(outputs)
