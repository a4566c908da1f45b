"""The state of a run on disk, from which it goes on after it was killed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from zoo.errors import InputError
from zoo.files import write_atomically

__all__ = ["load_state", "save_state"]


def save_state(path: Path, arrays: dict[str, np.ndarray], progress: dict[str, Any]) -> None:
    """Write the state of a run in one step: a kill leaves the old state or the new one.

    Args:
        path: the file to write.
        arrays: every variable by name.
        progress: what else the run needs to go on, as JSON can hold it.

    Raises:
        OutputError: the place cannot be written or is full. The old state stays.
    """
    buffer = io.BytesIO()
    text = np.frombuffer(json.dumps(progress).encode("utf-8"), np.uint8)
    np.savez(buffer, allow_pickle=False, **{"progress.json": text, **arrays})
    write_atomically(path, buffer.getvalue())


def load_state(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]] | None:
    """Read the state of a run, or return None if there is none.

    Args:
        path: the file that `save_state` wrote.

    Raises:
        InputError: the file is damaged.
    """
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        progress = json.loads(arrays.pop("progress.json").tobytes())
    except Exception as error:  # zipfile, NumPy and JSON each raise their own kind
        raise InputError(
            f"Expected the state of a training run. Received: {path}, which cannot be read "
            f"({error}). Remove it to train from the start"
        ) from error
    return arrays, progress
