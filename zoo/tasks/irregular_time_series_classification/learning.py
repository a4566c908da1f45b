"""Fine-tuning of a classifier of irregular series."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.classes.probabilities import all_right
from zoo.fitting.events import HParams
from zoo.fitting.names import plain
from zoo.fitting.optimizer import LayerwiseAdamW, optimizer_of
from zoo.fitting.reports import Reports, WeightReport
from zoo.fitting.saliency import SeriesSaliencyReport, of_every_class
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.series.irregular import check_irregular
from zoo.tasks.irregular_time_series_classification.data import LabelledIrregular
from zoo.tasks.irregular_time_series_classification.examples import (
    examples_of,
    probabilities_of,
    scores_of,
)
from zoo.tasks.irregular_time_series_classification.explaining import attribution

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

_HEAVIEST = 10.0


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a classifier of irregular series; see `zoo.finetune`.

    The scaling stays that of the model, which its weights are used to.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned. With the labels of the model its head is kept.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    changes = {} if info.labels == data.labels else {"labels": list(data.labels)}
    model = load(**changes, precision=settings.precision)
    if settings.strategy == "head":
        # Never set where it is trained: that would be said of its scaling too, which is measured.
        model.backbone.trainable = False
    names, classes = model.backbone.spec.names, len(data.labels)
    truth, held_truth = data.train.labels, data.held.labels
    counts = np.maximum(1, np.bincount(truth, minlength=classes))
    weights = np.ones(classes)
    if settings.class_weights:
        weights = np.minimum(counts.sum() / (classes * counts), _HEAVIEST)
    examples = examples_of(data.train, names, truth, weights[truth].astype(np.float32))
    held = examples_of(data.held, names, held_truth)
    steps = -(-len(examples.series) // settings.batch_size) * settings.epochs
    optimizer = optimizer_of(settings, steps=steps, layerwise=settings.strategy == "gradual")
    model.compile(
        optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[]
    )
    begin = None
    if isinstance(optimizer, LayerwiseAdamW):
        paths = [variable.path for variable in model.trainable_variables]
        groups = layer_groups(paths, ["hidden", "logits"])
        begin = gradual_begin(optimizer, groups, settings.epochs, settings.rate_decay)
    return Descent(
        model=model,
        examples=lambda epoch: examples,
        score=lambda model: scores_of(
            probabilities_of(model, held, classes), held_truth, weights[held_truth]
        ),
        settings=settings,
        preprocessor=None,
        assets={},
        config=settings.as_dict(),
        method=_METHODS[settings.strategy].format(base=info.name),
        sources=data.sources,
        held=data.held,
        perfect=all_right,
        begin=begin,
        report=_report(model, data, plain({"base": info.name, **settings.as_dict()})),
    )


def _report(model: Any, given: LabelledIrregular, hparams: HParams) -> Reports:
    """Return what TensorBoard shows of a run: what decides on a validation series of each class."""
    data = given.held
    assert data.labels is not None
    rows = of_every_class(data.labels)
    series, _ = check_irregular([data.series[row] for row in rows], model.backbone.spec.names)
    saliency = SeriesSaliencyReport(
        lambda one, index: attribution(model, one, given.labels, index, quick=True),
        series,
        data.labels[rows].tolist(),
    )
    return Reports(
        model,
        hparams,
        ("auc", "accuracy", "log_loss"),
        paced={"weights": WeightReport(model), "saliency": saliency},
    )


_METHODS = {
    "head": "A head was trained over the frozen body of {base}.",
    "full": "All weights of {base} but the scaling were trained further at one rate.",
    "gradual": (
        "The head of {base} was trained first, with the frozen network below it; then that joined "
        "it at a lower rate (Howard & Ruder 2018)."
    ),
}
