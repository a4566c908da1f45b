"""A zoo of recurrent networks with trained weights, for Keras 3.

Importing `zoo` is cheap: Keras and TensorFlow are imported when a model is loaded, not before.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from zoo.registration import register_when_keras_is_imported

if TYPE_CHECKING:
    from zoo.alignment import Alignment, draw_alignment, plot_alignment
    from zoo.errors import (
        CheckpointError,
        DataError,
        HubError,
        InputError,
        OutputError,
        UnknownModelError,
        ZooError,
    )
    from zoo.evaluation import evaluate
    from zoo.gradients import draw_gradient_flow, gradient_flow, plot_gradient_flow
    from zoo.loading import load, save
    from zoo.publishing import push
    from zoo.registry import info, list_models, pull
    from zoo.runtime.pipeline import pipeline
    from zoo.schema import ModelInfo
    from zoo.verification import Verification, verify

__version__ = "0.1.0"

_HOMES = {
    "Alignment": "zoo.alignment",
    "CheckpointError": "zoo.errors",
    "DataError": "zoo.errors",
    "HubError": "zoo.errors",
    "InputError": "zoo.errors",
    "ModelInfo": "zoo.schema",
    "OutputError": "zoo.errors",
    "UnknownModelError": "zoo.errors",
    "Verification": "zoo.verification",
    "ZooError": "zoo.errors",
    "draw_alignment": "zoo.alignment",
    "draw_gradient_flow": "zoo.gradients",
    "evaluate": "zoo.evaluation",
    "gradient_flow": "zoo.gradients",
    "info": "zoo.registry",
    "list_models": "zoo.registry",
    "load": "zoo.loading",
    "pipeline": "zoo.runtime.pipeline",
    "plot_alignment": "zoo.alignment",
    "plot_gradient_flow": "zoo.gradients",
    "pull": "zoo.registry",
    "push": "zoo.publishing",
    "save": "zoo.loading",
    "verify": "zoo.verification",
}

__all__ = [
    "Alignment",
    "CheckpointError",
    "DataError",
    "HubError",
    "InputError",
    "ModelInfo",
    "OutputError",
    "UnknownModelError",
    "Verification",
    "ZooError",
    "__version__",
    "draw_alignment",
    "draw_gradient_flow",
    "evaluate",
    "gradient_flow",
    "info",
    "list_models",
    "load",
    "pipeline",
    "plot_alignment",
    "plot_gradient_flow",
    "pull",
    "push",
    "save",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__


register_when_keras_is_imported()
