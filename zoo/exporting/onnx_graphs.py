"""ONNX graphs, written without Keras and without the package `onnx`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from zoo.exporting.formats import ExportFormat, Job
from zoo.graphs.session import make_session

__all__ = ["FORMAT", "session_function"]

_LOADING = """\
import json
from pathlib import Path

import numpy as np
import onnxruntime
{tokenizers}

def load(path):
    session = onnxruntime.InferenceSession(path)
    names = [output.name for output in session.get_outputs()]
    return lambda **arrays: dict(zip(names, session.run(names, arrays)))


{loads}"""


def session_function(content: bytes) -> Any:
    """Return an ONNX graph as a function of arrays by name.

    Args:
        content: the file.
    """
    session = make_session(content)
    names = [output.name for output in session.get_outputs()]

    def run(**arrays: np.ndarray) -> dict[str, np.ndarray]:
        return dict(zip(names, session.run(names, arrays), strict=True))

    return run


class _OnnxGraphs(ExportFormat):
    title = "ONNX graphs"
    runs: ClassVar[tuple[str, ...]] = ("onnxruntime",)
    keras = False
    quantizations: ClassVar[tuple[str, ...]] = ("int8",)

    def names(self, job: Job) -> list[str]:
        return list(job.graphs)

    def write(self, job: Job, folder: Path) -> None:
        for name, file in job.graphs.items():
            with open(folder / f"{name}.onnx", "wb") as stream:
                stream.write(file.content)
                stream.flush()
                os.fsync(stream.fileno())

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        return {
            name: session_function((folder / f"{name}.onnx").read_bytes()) for name in job.graphs
        }

    def loading(self, job: Job) -> str:
        loads = [f'{name} = load("{name}.onnx")' for name in job.graphs]
        tokenizers = "from tokenizers import Tokenizer\n" if job.source.assets else ""
        return _LOADING.format(tokenizers=tokenizers, loads="\n".join(loads))


FORMAT = _OnnxGraphs()
