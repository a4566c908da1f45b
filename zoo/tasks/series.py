"""What the tasks of numeric series share: Keras models around a backbone of series."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras_hub
import numpy as np
from keras import ops

from zoo.errors import InputError, shown
from zoo.series import pad_series
from zoo.tasks.recorded import RecordedTask

__all__ = ["SeriesTask"]


class SeriesTask(RecordedTask, keras_hub.models.Task):
    """Base of the tasks that take numeric series: arrays of shape (time, channels).

    Args:
        backbone: a backbone that reads `{"series", "padding_mask"}`.

    Attributes:
        spec: arguments of the task's head, checked.
    """

    spec: Any

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
        order = np.argsort([len(item) for item in series], kind="stable")
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            padded, mask = pad_series([series[row] for row in rows])
            outputs = self.predict_on_batch({"series": padded, "padding_mask": mask})
            yield rows, np.asarray(outputs)
