"""TensorBoard events without TensorFlow, which the jax backend does not need."""

from __future__ import annotations

import time
from pathlib import Path

from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util

__all__ = ["EventWriter"]


class EventWriter:
    """Writes scalars and pictures for TensorBoard.

    Args:
        directory: where the events go.

    Example:
        >>> writer = EventWriter(Path("runs/mine"))  # doctest: +SKIP
        >>> writer.add_scalar("loss", 0.5, step=1)  # doctest: +SKIP
    """

    def __init__(self, directory: Path) -> None:
        self._writer = EventFileWriter(str(directory))

    def _add(self, summary: summary_pb2.Summary, step: int) -> None:
        event = event_pb2.Event(wall_time=time.time(), step=step, summary=summary)
        self._writer.add_event(event)

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Add one point of a curve.

        Args:
            tag: name of the curve.
            value: its value.
            step: where on the axis.
        """
        self._add(scalar_pb(tag, value), step)

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

    def flush(self) -> None:
        """Write what is buffered."""
        self._writer.flush()

    def close(self) -> None:
        """Write what is buffered, and no more."""
        self._writer.close()
