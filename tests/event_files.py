"""Reads what was written for TensorBoard with TensorBoard's own loader."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from google.protobuf import text_format
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig
from tensorboard.util import tensor_util


def read_events(folder: Path) -> list[tuple[str, int, object]]:
    """Return tag, step and value of everything in a run, in the order of its writing."""
    found = []
    for file in sorted(folder.glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(file)).Load():
            found += [(value.tag, event.step, value) for value in event.summary.value]
    return found


def wall_times(folder: Path) -> set[float]:
    """Return the times of all events of a run."""
    files = folder.glob("events.out.tfevents.*")
    return {event.wall_time for file in files for event in EventFileLoader(str(file)).Load()}


def scalars(folder: Path, tag: str) -> dict[int, float]:
    return {
        step: float(tensor_util.make_ndarray(value.tensor))
        for name, step, value in read_events(folder)
        if name == tag
    }


def histograms(folder: Path, tag: str) -> dict[int, np.ndarray]:
    """Return left edge, right edge and count of every bin, by step."""
    return {
        step: tensor_util.make_ndarray(value.tensor)
        for name, step, value in read_events(folder)
        if name == tag
    }


def pictures(folder: Path, tag: str) -> dict[int, bytes]:
    """Return pictures by step, each checked to be a PNG of the size that stands beside it."""
    found = {}
    for name, step, value in read_events(folder):
        if name == tag:
            width, height, data = value.tensor.string_val
            assert data.startswith(b"\x89PNG\r\n\x1a\n")
            assert struct.unpack(">II", data[16:24]) == (int(width), int(height))
            found[step] = data
    return found


def hparams(folder: Path) -> dict[str, list[HParamsPluginData]]:
    """Return what the plugin of hyperparameters reads, by tag."""
    found: dict[str, list[HParamsPluginData]] = {}
    for name, _, value in read_events(folder):
        if value.metadata.plugin_data.plugin_name == "hparams":
            data = HParamsPluginData.FromString(value.metadata.plugin_data.content)
            found.setdefault(name.removeprefix("_hparams_/"), []).append(data)
    return found


def embeddings(folder: Path) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Return vectors and words of every table of the Projector, as its page reads them."""
    config = ProjectorConfig()
    text_format.Parse((folder / "projector_config.pbtxt").read_text(), config)
    found = {}
    for table in config.embeddings:
        rows = (folder / table.tensor_path).read_text().split("\n")
        vectors = np.array([list(map(float, row.split("\t"))) for row in rows if row])
        lines = (folder / table.metadata_path).read_text(encoding="utf-8").split("\n")
        header, *words = [line.split("\t") for line in lines if line]
        assert header == ["word", "rank"] and all(len(row) == 2 for row in words)
        assert list(table.tensor_shape) == list(vectors.shape) and len(words) == len(vectors)
        found[table.tensor_name] = (vectors, [word for word, _ in words])
    return found
