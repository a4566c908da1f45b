"""TensorBoard events without TensorFlow, which the jax backend does not need."""

from __future__ import annotations

import itertools
import os
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.plugins.hparams.summary_v2 import HParam, Metric, hparams_config_pb, hparams_pb
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

from zoo.common.figures import png
from zoo.errors import OutputError
from zoo.files import write_atomically
from zoo.fitting.privacy import SHAREABLE
from zoo.text.projector import Embedding, projector_files

if TYPE_CHECKING:
    from zoo.fitting.wandb_run import WandbRun

__all__ = ["TIMELESS_NAME", "EventWriter", "HParams", "add_figure"]

# Of the file of a writer with a clock of its own, which is the same at every time and place.
TIMELESS_NAME = "events.out.tfevents.0000000000.zoo.0.0"
HParams = Mapping[str, bool | int | float | str]
# Hyperparameters that TensorBoard's table shows unasked.
_TELLING = 5

_numbers = itertools.count()


class EventWriter:
    """Writes scalars, histograms, pictures, texts, hyperparameters and embeddings for TensorBoard.

    TensorBoard's own writer writes in a thread, whose errors reach nobody who could tell them.

    Args:
        directory: where the events go.
        clock: returns the time of an event, in seconds since 1970; by default that of the machine.
            With another the file has a name without time, machine and process, so that the same
            events give the same directory.
        mirror: a run of Weights & Biases that gets the same.

    Raises:
        OutputError: by every method, when the place cannot be written or is full.

    Example:
        >>> writer = EventWriter(Path("runs/mine"))  # doctest: +SKIP
        >>> writer.add_scalar("loss", 0.5, step=1)  # doctest: +SKIP
    """

    def __init__(
        self,
        directory: Path,
        mirror: WandbRun | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._mirror = mirror
        own = f"{int(time.time()):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        name = f"events.out.tfevents.{own}" if clock is None else TIMELESS_NAME
        self._clock = clock or time.time
        self._embeddings: dict[str, Embedding] = {}
        self._path = Path(directory) / name
        self._records = self._tried(self._open)
        self._write(event_pb2.Event(wall_time=self._clock(), file_version="brain.Event:2"))

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
        self._tried(self._records.write, event.SerializeToString(deterministic=True))

    def _add(self, summary: summary_pb2.Summary, step: int) -> None:
        self._write(event_pb2.Event(wall_time=self._clock(), step=step, summary=summary))

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

    def add_image(
        self, tag: str, png: bytes, width: int, height: int, step: int, *, shareable: bool = False
    ) -> None:
        """Add a picture.

        Args:
            tag: name of the row of pictures.
            png: content of a PNG file.
            width: its width in pixels.
            height: its height in pixels.
            step: where on the slider.
            shareable: whether it shows nothing of the user's texts or series, and so may go along
                when the run is published.
        """
        strings = [str(width).encode(), str(height).encode(), png]
        summary = summary_pb2.Summary()
        summary.value.add(
            tag=tag,
            tensor=tensor_util.make_tensor_proto(strings, dtype=types_pb2.DT_STRING),
            metadata=image_metadata.create_summary_metadata(
                display_name=None,
                description=SHAREABLE if shareable else None,
                converted_to_tensor=True,
            ),
        )
        self._add(summary, step)
        if self._mirror is not None:
            self._mirror.add_image(tag, png, step, shareable=shareable)

    def add_text(self, tag: str, text: str, step: int) -> None:
        """Add a text, which is shown as Markdown.

        Args:
            tag: name of the row of texts.
            text: the text.
            step: where on the slider.
        """
        self._add(text_pb(tag, text), step)

    def add_hparams(self, hparams: HParams, metrics: Sequence[str]) -> None:
        """Add the hyperparameters of the run, by which TensorBoard compares it with others.

        Args:
            hparams: their values by name; the table shows the first five, and the others when
                asked to.
            metrics: tags of the curves whose last values tell how good the run is.
        """
        names = [HParam(name) for name in hparams]
        config = hparams_config_pb(names, [Metric(tag) for tag in metrics], self._clock())
        self._add_hparams_summary(config, telling=_TELLING)
        self._add_hparams_summary(hparams_pb(dict(hparams), start_time_secs=self._clock()))

    def add_session_end(self, *, succeeded: bool) -> None:
        """Add that the run has ended, for the table of hyperparameters.

        Args:
            succeeded: whether it came to its end, or failed.
        """
        data = plugin_data_pb2.HParamsPluginData()
        data.session_end_info.status = (
            api_pb2.STATUS_SUCCESS if succeeded else api_pb2.STATUS_FAILURE
        )
        data.session_end_info.end_time_secs = self._clock()
        summary = summary_pb2.Summary()
        summary.value.add(
            tag=hparams_metadata.SESSION_END_INFO_TAG,
            metadata=hparams_metadata.create_summary_metadata(data),
            tensor=hparams_metadata.NULL_TENSOR,
        )
        self._add_hparams_summary(summary)

    def _add_hparams_summary(self, summary: summary_pb2.Summary, telling: int = 0) -> None:
        plugin = summary.value[0].metadata.plugin_data
        data = plugin_data_pb2.HParamsPluginData.FromString(plugin.content)
        # What is said to differ between runs comes first in the table; the rest by the alphabet.
        for info in data.experiment.hparam_infos[:telling]:
            info.differs = True
        # The table of values within has no order of its own.
        plugin.content = data.SerializeToString(deterministic=True)
        self._add(summary, 0)

    def add_embedding(self, tag: str, vectors: np.ndarray, words: Sequence[str]) -> None:
        """Add vectors with their words for the Projector, in files beside the events.

        Args:
            tag: name in the list of tables; one of that name is replaced.
            vectors: float array of shape (words, features).
            words: the words.
        """
        self._embeddings[tag] = Embedding(vectors, words)
        for name, data in projector_files(self._embeddings).items():
            write_atomically(self._path.parent / name, data)

    def flush(self) -> None:
        """Write what is buffered."""
        self._tried(self._records.flush)
        if self._mirror is not None:
            self._mirror.flush()

    def close(self) -> None:
        """Write what is buffered, and no more."""
        self._tried(self._records.close)


def add_figure(writer: Any, tag: str, figure: Any, step: int, *, shareable: bool = False) -> None:
    """Add a matplotlib figure, or the content of a PNG file, as a picture.

    Args:
        writer: an `EventWriter`, or what has its methods.
        tag: name of the row of pictures.
        figure: the figure or the bytes.
        step: where on the slider.
        shareable: whether it shows nothing of the user's texts or series.
    """
    picture = figure if isinstance(figure, bytes) else png(figure)
    width, height = np.frombuffer(picture[16:24], ">u4")  # of the PNG's header
    writer.add_image(tag, picture, int(width), int(height), step, shareable=shareable)
