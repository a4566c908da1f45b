"""LiteRT (TensorFlow Lite) for telephones and small machines."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar


from zoo.exporting.formats import ExportFormat, Job
from zoo.exporting.signatures import need_tensorflow, tensor_specs, traced

__all__ = ["FORMAT"]

_FILE = "model.tflite"
_LOADING = """\
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
{tokenizers}
interpreter = tf.lite.Interpreter("model.tflite")
{loads}"""


class _LiteRT(ExportFormat):
    title = "a LiteRT file (TensorFlow Lite)"
    runs: ClassVar[tuple[str, ...]] = ("tensorflow",)

    def names(self, job: Job) -> list[str]:
        need_tensorflow("LiteRT files")
        return super().names(job)

    def write(self, job: Job, folder: Path) -> None:
        import tensorflow as tf

        functions = job.how.functions(job.model)
        holder = tf.Module()
        holder.variables_of_model = [variable.value for variable in job.model.variables]
        signatures = {
            name: traced(function, tensor_specs(job.graphs[name]))
            for name, function in functions.items()
        }
        tf.saved_model.save(holder, str(folder / "saved"), signatures)
        converter = tf.lite.TFLiteConverter.from_saved_model(str(folder / "saved"), list(signatures))
        (folder / _FILE).write_bytes(converter.convert())

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        import tensorflow as tf

        interpreter = tf.lite.Interpreter(str(folder / _FILE))
        return {name: interpreter.get_signature_runner(name) for name in self.names(job)}

    def loading(self, job: Job) -> str:
        loads = "\n".join(
            f'{name} = interpreter.get_signature_runner("{name}")' for name in self.names(job)
        )
        tokenizers = "from tokenizers import Tokenizer\n" if job.source.assets else ""
        return _LOADING.format(tokenizers=tokenizers, loads=loads)


FORMAT = _LiteRT()
