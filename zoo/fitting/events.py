"""TensorBoard events without TensorFlow, which the jax backend does not need."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from zoo.errors import OutputError

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["EventWriter"]

_numbers = itertools.count()


class EventWriter:
    """Writes scalars, histograms and pictures for TensorBoard.

    TensorBoard's own writer writes in a thread, whose errors reach nobody who could tell them.

    Args:
        directory: where the events go.
        mirror: a run of Weights & Biases that gets the same.

    Raises:
        OutputError: by every method, when the place cannot be written or is full.

    Example:
        >>> writer = EventWriter(Path("runs/mine"))  # doctest: +SKIP
        >>> writer.add_scalar("loss", 0.5, step=1)  # doctest: +SKIP
    """

    def __init__(self, directory: Path, mirror: WandbRun | None = None) -> None:
        self._mirror = mirror
        name = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        self._path = Path(directory) / f"events.out.tfevents.{name}"
        self._records = self._tried(self._open)
        self._write(event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2"))

    def _open(self) -> RecordWriter:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return RecordWriter(open(self._path, "wb"))

    def _tried(self, action: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return action(*arguments)
        except OSError as error:
            raise OutputError(
                f"{self._path} could not be written: {error.strerror or error}"
            ) from error

    def _write(self, event: event_pb2.Event) -> None:
        self._tried(self._records.write, event.SerializeToString())

    def _add(self, summary: summary_pb2.Summary, step: int) -> None:
        self._write(event_pb2.Event(wall_time=time.time(), step=step, summary=summary))

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Add one point of a curve.

        Args:
            tag: name of the curve.
            value: its value.
            step: where on the axis.
        """
        self._add(scalar_pb(tag, value), step)
        if self._mirror is not None:
            self._mirror.add_scalar(tag, value, step)

    def add_histogram(self, tag: str, values: np.ndarray, step: int) -> None:
        """Add how values are distributed.

        Args:
            tag: name of the row of histograms.
            values: array of any shape.
            step: where on the axis.
        """
        self._add(histogram_pb(tag, np.asarray(values, np.float64)), step)
        if self._mirror is not None:
            self._mirror.add_histogram(tag, values, step)

    def add_image(self, tag: str, png: bytes, width: int, height: int, step: int) -> None:
        """Add a picture.

        Args:
            tag: name of the row of pictures.
            png: content of a PNG file.
            width: its width in pixels.
            height: its height in pixels.
            step: where on the slider.
        """
        strings = [str(width).encode(), str(height).encode(), png]
        summary = summary_pb2.Summary()
        summary.value.add(
            tag=tag,
            tensor=tensor_util.make_tensor_proto(strings, dtype=types_pb2.DT_STRING),
            metadata=image_metadata.create_summary_metadata(
                display_name=None, description=None, converted_to_tensor=True
            ),
        )
        self._add(summary, step)
        if self._mirror is not None:
            self._mirror.add_image(tag, png, step)

    def flush(self) -> None:
        """Write what is buffered."""
        self._tried(self._records.flush)
        if self._mirror is not None:
            self._mirror.flush()

    def close(self) -> None:
        """Write what is buffered, and no more."""
        self._tried(self._records.close)
