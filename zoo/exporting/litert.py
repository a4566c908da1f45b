"""LiteRT (TensorFlow Lite) for telephones and small machines."""

from __future__ import annotations

import re
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from zoo.common.quiet import no_native_output
from zoo.errors import InputError, shown
from zoo.exporting.formats import ExportFormat, Job
from zoo.exporting.signatures import need_tensorflow, save_signatures

__all__ = ["FORMAT"]

_FILE = "model.tflite"
_LOADING = """\
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
{tokenizers}
interpreter = tf.lite.Interpreter("model.tflite")


def signature(name):
    run = interpreter.get_signature_runner(name)
    sizes = {{key: tensor["shape_signature"] for key, tensor in run.get_input_details().items()}}

    def call(**arrays):
        rows = []  # the file takes one at a time, and where its sizes are fixed padded ones
        for at in range(len(next(iter(arrays.values())))):
            row = {{key: value[at : at + 1] for key, value in arrays.items()}}
            for key, value in row.items():
                widths = [(0, max(0, m - n)) for m, n in zip(sizes[key], value.shape)]
                row[key] = np.pad(value, widths)
            rows.append(run(**row))
        return {{key: np.concatenate([row[key] for row in rows]) for key in rows[0]}}

    return call


{loads}"""


class _LiteRT(ExportFormat):
    title = "a LiteRT file (TensorFlow Lite)"
    runs: ClassVar[tuple[str, ...]] = ("tensorflow",)
    rounding = 3.0  # its products sum term after term

    def names(self, job: Job) -> list[str]:
        need_tensorflow("LiteRT files")
        return super().names(job)

    def sizes(self, job: Job) -> Mapping[str, int]:
        # A loop of LiteRT collects what every step gives in tensors whose size it must know.
        return {"batch": 1, **job.fixed}

    def write(self, job: Job, folder: Path) -> None:
        with tempfile.TemporaryDirectory() as place:
            content = _converted(job, Path(place), self.sizes(job))
            longest = job.how.longest(job.source)
            if longest is not None and not _takes_any_length(job, content):
                job.tell(f"LiteRT runs it for one length alone: texts are padded to {longest}")
                job.fixed["time"] = longest
                content = _converted(job, Path(place), self.sizes(job))
        (folder / _FILE).write_bytes(content)

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        interpreter = _interpreter((folder / _FILE).read_bytes())
        return {name: _function(interpreter.get_signature_runner(name)) for name in self.names(job)}

    def loading(self, job: Job) -> str:
        loads = "\n".join(f'{name} = signature("{name}")' for name in self.names(job))
        tokenizers = "from tokenizers import Tokenizer\n" if job.source.assets else ""
        return _LOADING.format(tokenizers=tokenizers, loads=loads)


def _converted(job: Job, place: Path, sizes: Mapping[str, int]) -> bytes:
    """Return the file, or say which operation LiteRT has not."""
    import tensorflow as tf

    names = save_signatures(job, place / "saved", sizes)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(place / "saved"), names)
    try:
        with no_native_output():
            content: bytes = converter.convert()
    except Exception as error:  # the converter's own have no public class
        lacking = sorted(set(re.findall(r"'(tf\.\w+)' op", str(error))))
        raise InputError(
            "Expected a network of operations that LiteRT has. Received: "
            f"{job.source.info.name}, which needs {', '.join(lacking) or shown(str(error), 300)}. "
            "Choose another format"
        ) from error
    return content


def _interpreter(content: bytes) -> Any:
    import tensorflow as tf

    with warnings.catch_warnings(), no_native_output():
        warnings.simplefilter("ignore", UserWarning)  # that it will have another name
        return tf.lite.Interpreter(model_content=content)


def _takes_any_length(job: Job, content: bytes) -> bool:
    """Return whether the graphs run for inputs of different lengths."""
    interpreter = _interpreter(content)
    for name in job.how.functions(job.model):
        run = _function(interpreter.get_signature_runner(name))
        for length in (5, 9):
            shapes = {
                tensor.name: (
                    [
                        1 if size == "batch" else length if isinstance(size, str) else size
                        for size in tensor.shape
                    ],
                    tensor.type,
                )
                for tensor in job.graphs[name].inputs
            }
            try:
                with no_native_output():
                    run(**{key: np.ones(shape, kind) for key, (shape, kind) in shapes.items()})
            except RuntimeError:
                return False
    return True


def _function(run: Any) -> Any:
    """Return a graph as a function of batches, whose rows it is given one by one."""
    sizes = {name: tensor["shape_signature"] for name, tensor in run.get_input_details().items()}

    def call(**arrays: np.ndarray) -> dict[str, np.ndarray]:
        parts = []
        for at in range(len(next(iter(arrays.values())))):
            row = {name: value[at : at + 1] for name, value in arrays.items()}
            for name, value in row.items():
                pairs = zip(sizes[name], value.shape, strict=True)
                row[name] = np.pad(value, [(0, max(0, most - size)) for most, size in pairs])
            parts.append(run(**row))
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return call


FORMAT = _LiteRT()
