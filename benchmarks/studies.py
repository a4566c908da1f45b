"""What studies of fine-tuning share: figures that are measured once, and their spread."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from zoo import checkpoint
from zoo.files import write_atomically
from zoo.fitting.machine import hardware
from zoo.formats import Checkpoint

__all__ = ["Figures", "spread", "word_of", "write_new"]

Cell = dict[str, Any]


class Figures:
    """Figures by their keys in a file, which is written anew after each that is measured.

    Args:
        path: the JSON file. What stands in it is not measured again.
        **identity: what the figures are of, such as the digests of weights; those of others do
            not hold.

    Attributes:
        results: all that the file holds.
    """

    def __init__(self, path: Path, **identity: Any) -> None:
        self._path = path
        self.results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        if any(self.results.get(name) != value for name, value in identity.items()):
            self.results = {**identity, "cells": {}}

    @property
    def cells(self) -> dict[str, Cell]:
        """The figures by their keys."""
        cells: dict[str, Cell] = self.results["cells"]
        return cells

    def measured(self, key: str, measure: Callable[[], Cell]) -> Cell:
        """Return the figures of a key, measured if they are not there.

        Args:
            key: parts with slashes between, the seed last.
            measure: measures them.
        """
        if key not in self.cells:
            self.cells[key] = measure()
            self.results["hardware"] = hardware()
            print(key, self.cells[key], flush=True)
            self.write()
        return self.cells[key]

    def write(self) -> None:
        """Write the file."""
        content = json.dumps(self.results, indent=1) + "\n"
        write_atomically(self._path, content.encode())


def spread(cells: dict[str, Cell], prefix: str, figure: str) -> tuple[float, float, list[Cell]]:
    """Return mean and standard deviation of a figure over seeds, and their cells.

    Args:
        cells: figures by their keys.
        prefix: of the keys, without the seed.
        figure: the name of the figure.
    """
    found = [cell for key, cell in cells.items() if key.rpartition("/")[0] == prefix]
    values = [cell[figure] for cell in found]
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    return statistics.fmean(values), deviation, found


def word_of(gain: float, noise: float) -> str:
    """Return what tuning does: a gain counts where it is larger than both deviations together.

    Args:
        gain: by how much the tuned network is better than the same one from nothing.
        noise: the sum of the deviations of both over seeds.
    """
    if abs(gain) <= noise:
        return "makes no difference"
    return "helps" if gain > 0 else "hurts"


def write_new(path: Path, source: Checkpoint, model: Any) -> Path:
    """Write a network that nobody has trained, so that it is tuned by the same code as another.

    Args:
        path: where to.
        source: what describes the network, and makes its input.
        model: the network, with the weights that it starts at.
    """
    import keras

    from zoo.fitting.building import tensor_variables

    weights = {
        name: np.asarray(keras.ops.convert_to_numpy(variable))
        for name, variable in tensor_variables(model).items()
    }
    info = msgspec.structs.replace(source.info, name="new", metrics=(), training=None, dataset=None)
    checkpoint.write(
        path,
        info=info,
        backbone=source.backbone,
        head=source.head,
        preprocessor=source.preprocessor,
        assets=source.assets,
        weights=checkpoint.serialize_tensors(weights),
    )
    return path
