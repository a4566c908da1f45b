"""Fine-tuning of a text classifier."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.classes.probabilities import all_right, class_probabilities, class_scores
from zoo.common.user_warnings import warn_user
from zoo.fitting.loop import Examples
from zoo.fitting.names import plain
from zoo.fitting.optimizer import LayerwiseAdamW, optimizer_of
from zoo.fitting.truncated_bptt import truncate_bptt
from zoo.interfaces import Prepared
from zoo.learning.descent import Descent
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.tasks.text_classification.data import class_counts
from zoo.tasks.text_classification.probe import start_head
from zoo.tasks.text_classification.reports import classifier_reports
from zoo.text.encoding import UNKNOWN, TextEncoder
from zoo.text.examples import TextDataset

if TYPE_CHECKING:
    from zoo.schema import ModelInfo

__all__ = ["tune"]

_HEAVIEST = 10.0
_UNKNOWN = 0.3


def tune(load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Descent:
    """Return what tunes a text classifier; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned. With the labels of the model its head is kept, with
            others it gets a new one.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    new_head = info.labels != data.labels or bool(data.begun)
    changes = {"labels": list(data.labels)} if new_head else {}
    model = load(**changes, precision=settings.precision)
    truncate_bptt(model.backbone, settings.bptt_steps)
    # Texts are encoded once, here; with its preprocessor the model would take raw ones only.
    preprocessor, model.preprocessor = model.preprocessor, None
    encode = TextEncoder.of(preprocessor)
    weights, counts = np.ones(len(data.labels)), class_counts(data)
    if settings.class_weights:
        weights = np.minimum(counts.sum() / (len(counts) * counts), _HEAVIEST)
    examples, held_out = (
        Examples(encode(texts), labels, weights[labels].astype(np.float32))
        for texts, labels in (data.train, data.validation)
    )
    solved = new_head and settings.linear_probe
    if solved and start_head(model, examples, len(data.labels), seed=settings.seed) is None:
        solved, settings = False, dataclasses.replace(settings, linear_probe=False)
        warn_user(
            f"{len(data.labels):,} classes are too many to solve for the head first: it starts "
            "at random.",
        )
    model.backbone.trainable = settings.strategy != "head"
    count = len(data.train[0])
    steps = -(-count // settings.batch_size) * settings.epochs
    optimizer = optimizer_of(settings, steps=steps, layerwise=settings.strategy == "gradual")
    model.compile(
        optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[]
    )
    begin = None
    if isinstance(optimizer, LayerwiseAdamW):
        begin = gradual_begin(
            optimizer,
            layer_groups([variable.path for variable in model.trainable_variables], ["logits"]),
            settings.epochs,
            settings.rate_decay,
            first=int(solved),  # a head that is solved need not learn alone
        )
    latest = np.zeros((len(held_out.targets), len(data.labels)), np.float32)

    def score(model: Any) -> dict[str, float]:
        latest[:] = class_probabilities(model, held_out, len(data.labels))
        return class_scores(latest, held_out.targets, held_out.weights)

    _warn_of_unknown(examples, info.name, preprocessor.unit)
    method = (_SOLVED if solved else _METHODS)[settings.strategy].format(base=info.name)
    return Descent(
        perfect=all_right,
        model=model,
        examples=lambda epoch: examples,
        score=score,
        settings=settings,
        preprocessor=preprocessor.spec,
        assets=preprocessor.assets,
        config=settings.as_dict(),
        method=" ".join(filter(None, [data.begun, method + _PROBED * solved])),
        sources=data.sources,
        held=TextDataset(*data.validation),
        begin=begin,
        report=classifier_reports(
            model,
            data.labels,
            data.validation[0],
            held_out.targets,
            encode,
            lambda: latest,
            plain({"base": info.name, **settings.as_dict(), "texts": count}),
        ),
    )


def _warn_of_unknown(examples: Examples, name: str, unit: str) -> None:
    """Warn where a model has never seen many words or characters: its body says little of them."""
    words = np.concatenate([ids[1:] for ids in examples.sequences])
    share = float(np.mean(words == UNKNOWN)) if len(words) else 1.0
    if share > _UNKNOWN:
        warn_user(
            f"{share:.0%} of the {unit} of the training texts are not in the vocabulary of "
            f"{name}; it may be of little help with them.",
        )


_METHODS = {
    "head": "A head was trained over the frozen body of {base}.",
    "full": "All weights of {base} were trained further at one rate.",
    "gradual": (
        "The head of {base} was trained first, with the frozen body below it; then layer after "
        "layer joined it from the top down, with lower rates below (Howard & Ruder 2018)."
    ),
}
_SOLVED = {
    **_METHODS,
    "gradual": (
        "A head and the topmost layer of {base} were trained first; then layer after layer joined "
        "them from the top down, with lower rates below (Howard & Ruder 2018)."
    ),
}
_PROBED = (
    " The new head started at the linear classifier of the frozen body's features (Kumar et al. "
    "2022)."
)
