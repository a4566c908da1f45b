"""A zoo of recurrent networks with trained weights, for Keras 3.

Importing `zoo` is cheap: Keras and TensorFlow are imported when a model is loaded, not before.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from zoo.registration import register_when_keras_is_imported

if TYPE_CHECKING:
    from zoo.benching.bench import bench
    from zoo.boards.run import write_tensorboard
    from zoo.errors import (
        CheckpointError,
        DataError,
        HubError,
        InputError,
        MissingPackageError,
        OutputError,
        UnknownModelError,
        ZooError,
    )
    from zoo.evaluation import evaluate
    from zoo.explaining.asking import explain, inspect
    from zoo.exporting.export import export
    from zoo.finetuning.run import finetune
    from zoo.hub.publishing import push
    from zoo.insight.trace import Trace, draw_gates, draw_states, plot_gates, plot_states
    from zoo.layers.torch_weights import from_torch_state_dict, to_torch_state_dict
    from zoo.loading import load, save
    from zoo.pairs.alignment import Alignment, draw_alignment, plot_alignment
    from zoo.pipelines import pipeline
    from zoo.predicting.run import predict_file
    from zoo.registry import info, list_models, pull
    from zoo.schema import ModelInfo
    from zoo.series.saliency import SeriesAttribution
    from zoo.text.attribution import Attribution
    from zoo.text.attribution_views import attribution_html, draw_attribution, plot_attribution
    from zoo.text.gradients import draw_gradient_flow, gradient_flow, plot_gradient_flow
    from zoo.verification import Verification, verify

__version__ = "0.1.0"

_HOMES = {
    "Alignment": "zoo.pairs.alignment",
    "Attribution": "zoo.text.attribution",
    "CheckpointError": "zoo.errors",
    "DataError": "zoo.errors",
    "HubError": "zoo.errors",
    "InputError": "zoo.errors",
    "MissingPackageError": "zoo.errors",
    "ModelInfo": "zoo.schema",
    "OutputError": "zoo.errors",
    "SeriesAttribution": "zoo.series.saliency",
    "Trace": "zoo.insight.trace",
    "UnknownModelError": "zoo.errors",
    "Verification": "zoo.verification",
    "ZooError": "zoo.errors",
    "bench": "zoo.benching.bench",
    "attribution_html": "zoo.text.attribution_views",
    "draw_alignment": "zoo.pairs.alignment",
    "draw_attribution": "zoo.text.attribution_views",
    "draw_gates": "zoo.insight.trace",
    "draw_gradient_flow": "zoo.text.gradients",
    "draw_states": "zoo.insight.trace",
    "evaluate": "zoo.evaluation",
    "explain": "zoo.explaining.asking",
    "export": "zoo.exporting.export",
    "finetune": "zoo.finetuning.run",
    "from_torch_state_dict": "zoo.layers.torch_weights",
    "gradient_flow": "zoo.text.gradients",
    "info": "zoo.registry",
    "inspect": "zoo.explaining.asking",
    "list_models": "zoo.registry",
    "load": "zoo.loading",
    "pipeline": "zoo.pipelines",
    "plot_alignment": "zoo.pairs.alignment",
    "plot_attribution": "zoo.text.attribution_views",
    "plot_gates": "zoo.insight.trace",
    "plot_gradient_flow": "zoo.text.gradients",
    "plot_states": "zoo.insight.trace",
    "predict_file": "zoo.predicting.run",
    "pull": "zoo.registry",
    "push": "zoo.hub.publishing",
    "save": "zoo.loading",
    "to_torch_state_dict": "zoo.layers.torch_weights",
    "verify": "zoo.verification",
    "write_tensorboard": "zoo.boards.run",
}

__all__ = [
    "Alignment",
    "Attribution",
    "CheckpointError",
    "DataError",
    "HubError",
    "InputError",
    "MissingPackageError",
    "ModelInfo",
    "OutputError",
    "SeriesAttribution",
    "Trace",
    "UnknownModelError",
    "Verification",
    "ZooError",
    "__version__",
    "attribution_html",
    "bench",
    "draw_alignment",
    "draw_attribution",
    "draw_gates",
    "draw_gradient_flow",
    "draw_states",
    "evaluate",
    "explain",
    "export",
    "finetune",
    "from_torch_state_dict",
    "gradient_flow",
    "info",
    "inspect",
    "list_models",
    "load",
    "pipeline",
    "plot_alignment",
    "plot_attribution",
    "plot_gates",
    "plot_gradient_flow",
    "plot_states",
    "predict_file",
    "pull",
    "push",
    "save",
    "to_torch_state_dict",
    "verify",
    "write_tensorboard",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'zoo' has no attribute {name!r}")
    try:
        home = importlib.import_module(_HOMES[name])
    except ModuleNotFoundError as error:
        from zoo.common.optional import missing

        told = missing(error)
        if told is None:
            raise
        raise told from None
    return getattr(home, name)


def __dir__() -> list[str]:
    return __all__


register_when_keras_is_imported()
