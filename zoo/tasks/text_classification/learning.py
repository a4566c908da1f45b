"""Fine-tuning of a text classifier."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import dataclasses
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.classes.report import class_report, draw_confusion_matrix
from zoo.common.figures import png
from zoo.files import write_atomically
from zoo.fitting.loop import Examples, TrainingResult, lower_loss
from zoo.fitting.names import plain
from zoo.fitting.optimizer import LayerwiseAdamW
from zoo.fitting.probabilities import class_probabilities, class_scores
from zoo.fitting.truncated_bptt import truncate_bptt
from zoo.interfaces import Prepared
from zoo.learning.record import FineTuned, Work, derived_info, write_model
from zoo.learning.session import Tuning, optimizer_for, run_tuning
from zoo.learning.settings import FineTuningSettings
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.tasks.text_classification.data import LabelledTexts, class_counts
from zoo.tasks.text_classification.probe import start_head
from zoo.tasks.text_classification.reports import classifier_reports
from zoo.text.encoding import UNKNOWN, TextEncoder

if TYPE_CHECKING:
    from rich.console import Console

    from zoo.schema import ModelInfo

__all__ = ["tune"]

_HEAVIEST = 10.0
_UNKNOWN = 0.3


def tune(
    load: Callable[..., Any],
    info: ModelInfo,
    prepared: Prepared,
    work: Work,
    *,
    command: str,
    console: Console | None = None,
) -> FineTuned:
    """Tune a text classifier and write it; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        info: its record.
        prepared: what `prepare` returned. With the labels of the model its head is kept, with
            others it gets a new one.
        work: where to.
        command: how it was called, for the record.
        console: where progress is shown.
    """
    data, settings = prepared.data, prepared.settings
    keras.utils.set_random_seed(settings.seed)
    model = load(precision=settings.precision)
    base = model.info
    new_head = base.labels != data.labels
    if new_head:
        model = load(labels=list(data.labels), precision=settings.precision)
    truncate_bptt(model.backbone, settings.bptt_steps)
    tuning = _ClassifierTuning(model, data, settings, new_head)
    tuning.base, tuning.work, tuning.command = base, work, command
    tuning.warn_of_unknown()
    return run_tuning(tuning, console)


class _ClassifierTuning(Tuning):
    examples: Examples
    latest: np.ndarray

    def __init__(
        self, model: Any, data: LabelledTexts, settings: FineTuningSettings, new_head: bool
    ) -> None:
        self.model, self.data, self.settings = model, data, settings
        self.sources = data.sources
        self.preprocessor = preprocessor = model.preprocessor
        # Texts are encoded once, here; with its preprocessor the model would take raw ones only.
        model.preprocessor = None
        encode = TextEncoder.of(preprocessor)
        weights, counts = np.ones(len(data.labels)), class_counts(data)
        if settings.class_weights:
            weights = np.minimum(counts.sum() / (len(counts) * counts), _HEAVIEST)
        self.examples, self.held_out = (
            Examples(encode(texts), labels, weights[labels].astype(np.float32))
            for texts, labels in (data.train, data.validation)
        )
        self.solved = new_head and settings.linear_probe
        if self.solved and (
            start_head(model, self.examples, len(data.labels), seed=settings.seed) is None
        ):
            self.solved = False
            self.settings = settings = dataclasses.replace(settings, linear_probe=False)
            warnings.warn(
                f"{len(data.labels):,} classes are too many to solve for the head first: it starts "
                "at random.",
                stacklevel=3,
            )
        model.backbone.trainable = settings.strategy != "head"
        optimizer = optimizer_for(settings, len(data.train[0]), settings.strategy == "gradual")
        model.compile(
            optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[]
        )
        if isinstance(optimizer, LayerwiseAdamW):
            groups = layer_groups([variable.path for variable in model.trainable_variables])
            assert settings.epochs is not None
            self.begin = gradual_begin(
                optimizer,
                groups,
                settings.epochs,
                settings.rate_decay,
                first=int(self.solved),  # a head that is solved need not learn alone
            )
        self.report = classifier_reports(
            model,
            data.labels,
            data.validation[0],
            self.held_out.targets,
            encode,
            lambda: self.latest,
            plain({"base": model.info.name, **settings.as_dict(), "texts": len(data.train[0])}),
        )

    def _method(self) -> str:
        methods = _SOLVED if self.solved else _METHODS
        method = methods[self.settings.strategy].format(base=self.base.name)
        return method + _PROBED if self.solved else method

    def warn_of_unknown(self) -> None:
        """Warn where the model has never seen most words: its body says little of them."""
        words = np.concatenate([ids[1:] for ids in self.examples.sequences])
        share = float(np.mean(words == UNKNOWN)) if len(words) else 1.0
        if share > _UNKNOWN:
            warnings.warn(
                f"{share:.0%} of the words of the training texts are not in the vocabulary of "
                f"{self.base.name}; it may be of little help with them.",
                stacklevel=2,
            )

    def _probabilities(self) -> np.ndarray:
        return class_probabilities(self.model, self.held_out, len(self.data.labels))

    def validate(self) -> dict[str, float]:
        self.latest = self._probabilities()
        return class_scores(self.latest, self.held_out.targets, self.held_out.weights)

    def better(self, scores: dict[str, float], best: dict[str, float]) -> bool:
        return lower_loss(scores, best)

    def write(self, result: TrainingResult) -> FineTuned:
        from zoo.classes.metrics import classification_metrics

        probabilities, labels = self._probabilities(), self.held_out.targets
        report = class_report(self.data.labels, labels, probabilities.argmax(axis=1))
        info = derived_info(
            self.base,
            self.work,
            labels=self.data.labels,
            sources=self.sources,
            settings=self.settings.as_dict(),
            method=self._method(),
            metrics=classification_metrics(probabilities, labels, "validation"),
            validation=class_scores(probabilities, labels, self.held_out.weights),
            seconds=result.seconds,
            command=self.command,
            backend=keras.backend.backend(),
            seed=self.settings.seed,
            epochs=result.epochs,
            best_epoch=result.best_epoch,
            history=result.history,
        )
        self.model.preprocessor = self.preprocessor
        info = write_model(self.model, info, self.work)
        work = self.work.path
        write_atomically(work / "report.txt", report.text.encode("utf-8"))
        write_atomically(work / "confusion.png", png(draw_confusion_matrix(report)))
        return FineTuned(self.work.output, info, report.text, work / "confusion.png")


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
