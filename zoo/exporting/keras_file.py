"""A Keras file, `.keras`: the whole model, its vocabularies too, for raw input."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from zoo.checkpoint import to_json
from zoo.exporting.formats import ExportFormat, Job
from zoo.hub.stock import stock_files
from zoo.interfaces import Compared

__all__ = ["FORMAT", "keras_archive"]

_FILE = "model.keras"
_LOADING = """\
import keras
import numpy as np
import zoo  # makes the model's classes known to Keras

model = keras.saving.load_model("model.keras")"""


def keras_archive(job: Job) -> bytes:
    """Return a `.keras` file, the same bytes for the same checkpoint.

    What Keras itself writes holds the hour, and names of layers that count what a process made
    before.

    Args:
        job: what is exported.
    """
    source = job.source
    found = stock_files(source, to_json(_config(source)))
    files = {
        "config.json": found["task.json"],  # with the record in it
        "metadata.json": found["metadata.json"],
        "model.weights.h5": found["model.weights.h5"],
        **source.assets,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def _config(source: Any) -> dict[str, Any]:
    from zoo.checkpoint.configuration import model_config
    from zoo.task import task_of

    form = task_of(source.info).format
    return model_config(source.info.task, form, source.backbone, source.head, source.preprocessor)


class _KerasFile(ExportFormat):
    title = "a Keras file"
    runs: ClassVar[tuple[str, ...]] = ("rnn-zoo",)
    raw = True

    def names(self, job: Job) -> list[str]:
        return []

    def write(self, job: Job, folder: Path) -> None:
        (folder / _FILE).write_bytes(keras_archive(job))

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        import keras

        return {"model": keras.saving.load_model(folder / _FILE)}

    def compare(
        self, job: Job, folder: Path, asked: Any, inputs: Sequence[Any]
    ) -> Iterator[Compared]:
        loaded = self.load(job, folder)["model"]
        found, expected = (job.how.answers(model, inputs) for model in (loaded, job.model))
        for one, other in zip(found, expected, strict=True):
            yield "answers", one, other

    def loading(self, job: Job) -> str:
        return _LOADING


FORMAT = _KerasFile()
