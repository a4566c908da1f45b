"""A SavedModel of TensorFlow, which runs where neither Keras nor the zoo is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from zoo.exporting.formats import ExportFormat, Job
from zoo.exporting.signatures import need_tensorflow, save_signatures

__all__ = ["FORMAT"]

_FOLDER = "model"
_LOADING = """\
import json
from pathlib import Path

import numpy as np
import tensorflow as tf
{tokenizers}
served = tf.saved_model.load("model")


def signature(name):
    run = served.signatures[name]
    return lambda **arrays: run(**{{key: tf.constant(value) for key, value in arrays.items()}})


{loads}"""


class _SavedModel(ExportFormat):
    title = "a SavedModel of TensorFlow"
    runs: ClassVar[tuple[str, ...]] = ("tensorflow",)

    def names(self, job: Job) -> list[str]:
        need_tensorflow("SavedModels")
        return super().names(job)

    def write(self, job: Job, folder: Path) -> None:
        save_signatures(job, folder / _FOLDER, self.sizes(job))

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        import tensorflow as tf

        served = tf.saved_model.load(str(folder / _FOLDER))
        return {name: _function(served, name) for name in self.names(job)}

    def loading(self, job: Job) -> str:
        loads = "\n".join(f'{name} = signature("{name}")' for name in self.names(job))
        tokenizers = "from tokenizers import Tokenizer\n" if job.source.assets else ""
        return _LOADING.format(tokenizers=tokenizers, loads=loads)


def _function(served: Any, name: str) -> Any:
    import tensorflow as tf

    signature = served.signatures[name]

    def run(**arrays: np.ndarray) -> dict[str, np.ndarray]:
        found = signature(**{key: tf.constant(value) for key, value in arrays.items()})
        return {key: value.numpy() for key, value in found.items()}

    run.served = served  # type: ignore[attr-defined]  # whose variables would be let go
    return run


FORMAT = _SavedModel()
