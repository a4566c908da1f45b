"""Fitting a classifier of series to classes of a user's own: in closed form, in seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.fitting.machine import backend
from zoo.interfaces import Prepared
from zoo.learning.closed_form import ClosedForm
from zoo.schema import ModelInfo

__all__ = ["tune"]


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> ClosedForm:
    """Return what fits a classifier of series to other classes; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned.
    """
    data, labels = prepared.data, prepared.labels
    model = load() if labels == info.labels else load(labels=list(labels))
    return ClosedForm(
        solve=lambda progress: model.fit(data.train.series, data.train.labels),
        backbone=model.backbone.spec,
        head=model.spec,
        backend=backend(),
        packages=None,
        config={"seed": prepared.settings.seed},
        method=(
            f"The reservoir is that of {info.name}; scaling and readout were fitted in closed form "
            "by ridge regression, the ridge chosen in cross-validation of the training series."
        ),
        sources=data.sources,
        held=data.held,
    )
