"""What the formats of exports have in common, and where each is found by its name.

A format is a module with `FORMAT`; `FORMATS` names them, and only the one that is asked for is
imported.
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import DataError, InputError, shown
from zoo.formats import Checkpoint
from zoo.hub.onnx_files import OnnxFile, onnx_files
from zoo.interfaces import Compared, Exporting
from zoo.task import exporting_of

__all__ = ["FORMATS", "ExportFormat", "Job", "format_named"]

FORMATS: Mapping[str, str] = {
    "onnx": "zoo.exporting.onnx_graphs",
    "keras": "zoo.exporting.keras_file",
    "saved-model": "zoo.exporting.saved_model",
    "litert": "zoo.exporting.litert",
    "web": "zoo.exporting.web.page",
}


@dataclass(frozen=True)
class Job:
    """A checkpoint that is being exported.

    Attributes:
        source: the checkpoint.
        quantize: what the weights are rounded to, or None.
        asked: returns the Keras model, or None where Keras is not installed.
        tell: called with what is being done.
        fixed: sizes that a format found that it must fix, by their names in the graphs.
        vendor: folder of libraries to copy beside the model, or None.
    """

    source: Checkpoint
    quantize: str | None
    asked: Callable[[], Any]
    tell: Callable[[str], None] = field(default=lambda line: None)
    fixed: dict[str, int] = field(default_factory=dict)
    vendor: Path | None = None

    @cached_property
    def how(self) -> Exporting:
        """How exports of the task are asked, checked and described."""
        return exporting_of(self.source.info.task)

    @cached_property
    def graphs(self) -> dict[str, OnnxFile]:
        """The ONNX graphs by their names: the names of their files without the ending."""
        return {PurePosixPath(file.name).stem: file for file in onnx_files(self.source)}

    @cached_property
    def real(self) -> tuple[Sequence[Any], str]:
        """Real inputs, and what they are: of its data set where that is at hand."""
        info, data = self.source.info, None
        name = info.dataset.name if info.dataset else ""
        if dataset_named(name) is not None:
            try:
                data = load_dataset(name, "test", download=False)
            except (DataError, InputError, ImportError):  # not at hand, or its reader is missing
                data = None
        told = f"of the test split of {name}" if data is not None else "examples"
        return self.how.inputs(self.source, data), told

    @cached_property
    def model(self) -> Any:
        """The Keras model; None where Keras is not installed."""
        return self.asked()


class ExportFormat(ABC):
    """A format that checkpoints are exported in.

    Attributes:
        title: what is said of it in one line.
        runs: what must be installed to run what is exported, as `pip` knows it.
        keras: whether it cannot be written without Keras.
        quantizations: what its weights can be rounded to.
        raw: whether the file takes raw input, so that it has neither graphs nor vocabularies.
        template: of its README.md.
        vendors: whether libraries can be copied beside the model.
        rounding: how many times as far from the Keras model it may be as others.
    """

    title: ClassVar[str]
    runs: ClassVar[tuple[str, ...]]
    keras: ClassVar[bool] = True
    quantizations: ClassVar[tuple[str, ...]] = ()
    raw: ClassVar[bool] = False
    template: ClassVar[str] = "export.md.jinja"
    vendors: ClassVar[bool] = False
    rounding: ClassVar[float] = 1.0

    def names(self, job: Job) -> list[str]:
        """Return the names of the graphs that are exported.

        Args:
            job: what is exported.

        Raises:
            InputError: the format cannot hold this network.
        """
        return list(job.how.functions(job.model))

    def front(self, job: Job) -> str:
        """Return what a README.md begins with, for the Hub; nothing unless defined.

        Args:
            job: what was exported.
        """
        return ""

    def sizes(self, job: Job) -> Mapping[str, int]:
        """Return the sizes that do not vary from call to call, by their names in the graphs.

        Args:
            job: what is exported.
        """
        return {}

    @abstractmethod
    def write(self, job: Job, folder: Path) -> None:
        """Write the files of the model.

        Args:
            job: what is exported.
            folder: where to.

        Raises:
            InputError: the format cannot hold this network.
        """

    @abstractmethod
    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        """Return what was written, as functions of arrays by name, by the graphs' names.

        Args:
            job: what was exported.
            folder: where it is.
        """

    def compare(
        self, job: Job, folder: Path, asked: Any, inputs: Sequence[Any]
    ) -> Iterator[Compared]:
        """Yield what was compared, what was found and what was expected.

        Args:
            job: what was exported.
            folder: where it is.
            asked: what `model` or `pipeline` of the task's `Exporting` returned.
            inputs: real inputs.
        """
        return job.how.compare(job.source, self.load(job, folder), asked, inputs)

    @abstractmethod
    def loading(self, job: Job) -> str:
        """Return Python that loads what was written, as functions of the graphs' names.

        Args:
            job: what was exported.
        """


def format_named(name: Any) -> ExportFormat:
    """Return a format.

    Args:
        name: one of `FORMATS`.

    Raises:
        InputError: there is no such format.

    Example:
        >>> format_named("onnx").quantizations
        ('int8',)
    """
    if not isinstance(name, str) or name not in FORMATS:
        raise InputError(
            f"Expected one of the formats {', '.join(FORMATS)}. Received: {shown(name)}"
        )
    found: ExportFormat = importlib.import_module(FORMATS[name]).FORMAT
    return found
