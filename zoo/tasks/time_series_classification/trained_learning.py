"""Fine-tuning of a trained classifier of series on series of a user's own."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import msgspec
import numpy as np

from zoo.classes.probabilities import all_right
from zoo.common.counts import counted
from zoo.common.user_warnings import warn_user
from zoo.fitting.building import build_task
from zoo.fitting.events import HParams
from zoo.fitting.names import plain
from zoo.fitting.optimizer import LayerwiseAdamW, optimizer_of
from zoo.fitting.reports import Reports, WeightReport
from zoo.fitting.saliency import SeriesSaliencyReport, of_every_class
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.networks.recurrent.series_channels import weights_for_channels
from zoo.series.augmentation import AugmentedSeries, SeriesAugmentation
from zoo.series.gaps import Series
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.explaining import attribution
from zoo.tasks.time_series_classification.trained_training import scaling_of, series_scores

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

_HEAVIEST = 10.0
# Little enough for series of most kinds; where classes depend on so little, --no-augment.
_AUGMENTATION = SeriesAugmentation(
    speed=0.2, warp=0.2, crop=0.8, resampled=True, scaling=0.1, noise=0.05, mixup=0.2
)
# How far series may be from those that a model was trained on before they are scaled anew: the
# distance of the means in deviations, and the ratio of the deviations.
_FAR, _WIDE = 3.0, 4.0


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a classifier of series; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned. With the labels of the model its head is kept, with
            others it gets a new one.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    new_head = info.labels != data.labels
    changes = {"labels": list(data.labels)} if new_head else {}
    model = load(**changes, precision=settings.precision)
    note = ""
    known = model.backbone.spec.channels
    if data.channels != known:
        model = _of_channels(model, data.channels, settings.precision)
        note = _OTHER_CHANNELS.format(known=counted(known, "channel"), count=data.channels)
        warn_user(
            f"The series have {counted(data.channels, 'channel')}, and {info.name} was trained on "
            f"{known}: they are scaled to mean 0 and deviation 1, and each is read by the weights "
            "of one of those to begin with. What it has learnt may be of less help."
        )
    elif _is_elsewhere(model, data.train.series):
        note = _RESCALED
        warn_user(
            f"The series are of another scale than those that {info.name} was trained on: they "
            "are scaled to mean 0 and deviation 1, and its weights may be of less help. Check the "
            "units."
        )
    if note:
        model.scale_to(data.train.series)
    classes, labels = len(data.labels), data.train.labels
    counts = np.maximum(1, np.bincount(labels, minlength=classes))
    weights = np.ones(classes)
    if settings.class_weights:
        weights = np.minimum(counts.sum() / (classes * counts), _HEAVIEST)
    weights = weights[labels].astype(np.float32)
    targets = np.eye(classes, dtype=np.float32)[labels]
    scaling = scaling_of(data.train.series)
    augmentation = _AUGMENTATION if data.augment else None

    def examples(epoch: int) -> AugmentedSeries:
        seed = (settings.seed, epoch)
        return AugmentedSeries(data.train.series, targets, augmentation, scaling, seed, weights)

    if settings.strategy == "head":
        # Never set where it is trained: that would be said of its scaling too, which is measured.
        model.backbone.trainable = False
    steps = -(-len(labels) // settings.batch_size) * settings.epochs
    optimizer = optimizer_of(settings, steps=steps, layerwise=settings.strategy == "gradual")
    model.compile(optimizer=optimizer, loss=keras.losses.CategoricalCrossentropy(), metrics=[])
    config = {**settings.as_dict(), "augment": data.augment}
    begin = None
    if isinstance(optimizer, LayerwiseAdamW):
        paths = [variable.path for variable in model.trainable_variables]
        begin = gradual_begin(
            optimizer,
            layer_groups(paths, ["logits", "attention"]),
            settings.epochs,
            settings.rate_decay,
        )
    return Descent(
        perfect=all_right,
        model=model,
        examples=examples,
        score=lambda model: series_scores(model, data.held),
        settings=settings,
        preprocessor=None,
        assets={},
        config=config,
        method=(
            _METHODS[settings.strategy].format(base=info.name)
            + (_AUGMENTED if data.augment else "")
            + note
        ),
        sources=data.sources,
        held=data.held,
        begin=begin,
        report=_report(model, data, plain({"base": info.name, **config})),
    )


def _of_channels(model: Any, channels: int, precision: str) -> Any:
    """Return a model of the same weights that reads another number of channels."""
    spec = model.backbone.spec
    own = make_spec(type(spec), **{**msgspec.structs.asdict(spec), "channels": channels})
    other = build_task(model.task, own, model.spec, precision=precision)
    other.set_tensors(weights_for_channels(model.tensors, spec, channels))
    return other


def _is_elsewhere(model: Any, series: list[np.ndarray]) -> bool:
    """Return whether series lie where those that a model was trained on do not."""
    mean, scale = (
        keras.ops.convert_to_numpy(value).astype(np.float64)
        for value in (model.backbone.scaling.mean, model.backbone.scaling.scale)
    )
    steps = np.concatenate(series)
    far = np.abs(steps.mean(axis=0) - mean) > _FAR * scale
    ratio = steps.std(axis=0) / scale
    return bool(np.any(far | (ratio > _WIDE) | (ratio < 1 / _WIDE)))


def _report(model: Any, data: Any, hparams: HParams) -> Reports:
    """Return what TensorBoard shows of a run: what decides on a validation series of each class."""
    held = data.held
    rows = of_every_class(held.labels)
    saliency = SeriesSaliencyReport(
        lambda one, index: attribution(model, one, data.labels, index, quick=True),
        [Series("", held.series[row]) for row in rows],
        held.labels[rows].tolist(),
    )
    return Reports(
        model,
        hparams,
        ("accuracy", "log_loss"),
        paced={"weights": WeightReport(model), "saliency": saliency},
    )


_METHODS = {
    "head": "A head was trained over the frozen network of {base}.",
    "full": "All weights of {base} were trained further at one rate.",
    "gradual": (
        "The head of {base} was trained first, with the frozen network below it; then layer after "
        "layer joined it from the top down, with lower rates below (Howard & Ruder 2018)."
    ),
}
_AUGMENTED = (
    " Every series was cut, stretched, scaled and mixed with another anew in every epoch, with "
    "noise, as what has few examples needs (Um et al. 2017, Zhang et al. 2018)."
)
_RESCALED = " The series were scaled anew, for they are of another scale than its own."
_OTHER_CHANNELS = (
    " It was trained on {known}: of the {count} of these series, which were scaled anew, each "
    "began with the weights of one of those, in turn."
)
