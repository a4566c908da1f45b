"""The files that stock Keras and KerasHub read beside a checkpoint's own `config.json`.

They are generated when a checkpoint is published, the same bytes for the same checkpoint under
the same versions of Keras and KerasHub, and never read back by the zoo.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from zoo.checkpoint.writing import to_json
from zoo.common.quiet import import_keras
from zoo.errors import CheckpointError
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo

__all__ = ["stock_files"]


def stock_files(loaded: Checkpoint, config: bytes) -> dict[str, bytes]:
    """Return the content of the files by name.

    `model.weights.h5` serves `keras.saving.load_model`, which looks for every weight where the
    whole model has it, and KerasHub's `from_preset`, which looks where the backbone alone would
    have it: each backbone's weight is stored once and found under both names.

    Args:
        loaded: a verified checkpoint.
        config: content of its `config.json`; KerasHub's `task.json` is the same and the record.

    Example:
        >>> from zoo import checkpoint, registry
        >>> path = registry.resolve("lstm-imdb")
        >>> config = (path / "config.json").read_bytes()
        >>> sorted(stock_files(checkpoint.read(path), config))
        ['metadata.json', 'model.weights.h5', 'task.json', 'task.weights.h5']
    """
    import_keras()
    import keras
    import keras_hub

    from zoo.fitting.building import from_checkpoint

    model = from_checkpoint(loaded)
    metadata = {
        "keras_version": keras.version(),
        "keras_hub_version": keras_hub.version(),
        "parameter_count": loaded.info.parameters,
        "tasks": [_kind(model)],
    }
    files = {
        "metadata.json": to_json(metadata),
        "task.json": _with_record(config, loaded.info),
        "model.weights.h5": _write_hdf5(
            _saved(model.save_weights), _saved(model.backbone.save_weights)
        ),
    }
    if model.has_task_weights():
        files["task.weights.h5"] = _write_hdf5(_saved(model.save_task_weights))
    return files


def _with_record(config: bytes, info: ModelInfo) -> bytes:
    """Return a model's configuration with the record in it, which KerasHub reads nowhere else."""
    content = json.loads(config)
    content["config"]["info"] = msgspec.to_builtins(info)
    return to_json(content)


def _kind(model: Any) -> str:
    """Return the name of KerasHub's class that the model's class is a kind of."""
    return next(c.__name__ for c in type(model).__mro__ if c.__module__.startswith("keras_hub."))


def _saved(save: Callable[[str], None]) -> dict[str, np.ndarray]:
    """Return the arrays that Keras saves into an HDF5 file, by their paths in it."""
    import h5py

    arrays: dict[str, np.ndarray] = {}

    def keep(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "saved.weights.h5"
        save(str(path))
        with h5py.File(path) as file:
            file.visititems(keep)
    return arrays


def _write_hdf5(arrays: dict[str, np.ndarray], again: dict[str, np.ndarray] | None = None) -> bytes:
    """Return an HDF5 file of arrays by path, and of arrays that also have another path.

    Keras' own file also holds the layers' names, among them some that count what the process
    made before; no reader needs them, and the same checkpoint must give the same bytes.
    """
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for path in sorted(arrays):
            file.create_dataset(path, data=_narrow(arrays[path]), track_times=False)
        for path, value in sorted((again or {}).items()):
            if path in arrays:
                if np.array_equal(arrays[path], value):
                    continue
                raise CheckpointError(
                    f"Expected weights whose places in the model and in its backbone differ. "
                    f"Received: two different weights at {path!r}. Give the layers of the task and "
                    "of the backbone different classes"
                )
            (original,) = (
                name
                for name in arrays
                if name.endswith(f"/{path}") and np.array_equal(arrays[name], value)
            )
            file[path] = file[original]  # a second name of the same data
    return buffer.getvalue()


def _narrow(value: np.ndarray) -> np.ndarray:
    """Return an array in half precision where that loses nothing, as the checkpoint has it."""
    if value.dtype == np.float32 and value.ndim:
        with np.errstate(over="ignore"):
            half = value.astype(np.float16)
        if np.array_equal(half.astype(np.float32), value):
            return half
    return value
