"""The zoo's classes become known to Keras as soon as Keras is there, and not before.

`keras.saving.load_model` and KerasHub's `from_preset` find a class by its registered name only,
and the classes register themselves when they are imported. `import zoo` must not import Keras,
so they are imported right after whatever imports it first.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["register_when_keras_is_imported"]

# What imports Keras on its way: the zoo's classes are taken in when the outermost is complete.
_PACKAGES = ("keras", "keras_hub", "tensorflow")


def _register() -> None:
    from zoo.task import task_named, task_names

    for name in task_names():
        task = task_named(name)
        assert task is not None
        for module in {task.format.module, *task.format.modules.values()}:
            importlib.import_module(module)


class _KerasFinder:  # not of importlib.abc, which imports as much as the zoo itself
    """Finds nothing itself; registers the zoo's classes when Keras has been imported."""

    def __init__(self) -> None:
        self._depth = 0
        self._lock = threading.Lock()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _PACKAGES and not fullname.startswith("zoo."):
            return None
        others = (finder for finder in sys.meta_path if finder is not self)
        specs = (finder.find_spec(fullname, path, target) for finder in others)
        spec = next((spec for spec in specs if spec is not None), None)
        if spec is not None and spec.loader is not None:
            loader: Any = spec.loader
            execute = loader.exec_module

            def exec_module(module: ModuleType) -> None:
                self._count(1)
                try:
                    execute(module)
                finally:
                    outermost = self._count(-1) == 0
                if outermost and "keras" in sys.modules and self in sys.meta_path:
                    sys.meta_path.remove(self)
                    _register()

            loader.exec_module = exec_module
        return spec

    def _count(self, step: int) -> int:
        with self._lock:
            self._depth += step
            return self._depth


def register_when_keras_is_imported() -> None:
    """Register the zoo's classes with Keras: now, or when somebody imports it.

    Example:
        >>> import zoo
        >>> import keras
        >>> keras.saving.get_registered_object("zoo>RecurrentTextClassifier").__name__
        'RecurrentTextClassifier'
    """
    if sys.flags.optimize > 1:
        # It formats docstrings when it is imported, which `python -OO` takes away; KerasHub does
        # without it, and the zoo has tokenizers of its own.
        sys.modules.setdefault("tensorflow_text", None)  # type: ignore[arg-type]
    if "keras" in sys.modules:
        _register()
    else:
        sys.meta_path.insert(0, _KerasFinder())
