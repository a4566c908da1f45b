"""Fine-tuning of a text classifier."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from zoo.files import write_atomically
from zoo.finetuning.data import LabelledTexts
from zoo.finetuning.record import FineTuned, Work, derived_info, write_model
from zoo.finetuning.report import class_report, draw_confusion_matrix
from zoo.finetuning.settings import FineTuningSettings
from zoo.finetuning.strategies import gradual_begin, layer_groups
from zoo.fitting.events import EventWriter
from zoo.fitting.loop import Examples, TrainingInterrupted, TrainingResult, train
from zoo.fitting.optimizer import LayerwiseAdamW, make_optimizer
from zoo.fitting.scoring import class_probabilities, class_scores
from zoo.gradients import png
from zoo.text import UNKNOWN, TextEncoder

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["finetune_classifier"]

_HEAVIEST = 10.0
_UNKNOWN = 0.3


def finetune_classifier(
    load: Callable[..., Any],
    data: LabelledTexts,
    settings: FineTuningSettings,
    work: Work,
    *,
    command: str,
    console: Console | None = None,
) -> FineTuned:
    """Fine-tune a text classifier and write it; see `zoo.finetune`.

    Args:
        load: loads the model, with a new head when it is given labels.
        data: texts and labels, made ready. With the labels of the model its head is kept, with
            others it gets a new one.
        settings: how.
        work: where to.
        command: how it was called, for the record.
        console: where progress is shown.
    """
    keras.utils.set_random_seed(settings.seed)
    model: Any = load()
    base = model.info
    if base.labels != data.labels:
        model = load(labels=list(data.labels))
    settings = settings.complete(len(data.train[0]))
    task = _Task(model, data, settings)
    task.warn_of_unknown()
    task.compile()
    try:
        result = train(
            model,
            lambda epoch: task.train,
            task.validate,
            epochs=settings.epochs or 1,
            batch_size=settings.batch_size or 1,
            patience=settings.patience or 1,
            seed=settings.seed,
            state=work.state,
            logs=work.path / "tensorboard",
            identity={
                "base": [base.name, base.files["model.safetensors"].sha256],
                "data": [[item.sha256, item.used] for item in data.sources],
                "settings": settings.as_dict(),
                "backend": keras.backend.backend(),
            },
            begin=task.begin,
            console=console,
        )
    except TrainingInterrupted as stop:
        if not stop.result.best:
            raise TrainingInterrupted(
                f"{stop} before it ended: there are no weights to keep yet. The run lies in "
                f"{work.path}; add --resume to go on",
                stop.result,
            ) from None
        task.write(stop.result, base, work, command)
        raise TrainingInterrupted(
            f"{stop}: the best weights so far, of epoch {stop.result.best_epoch} (validation "
            f"accuracy {stop.result.best['accuracy']:.4f}), are in {work.output}; add --resume "
            "to go on",
            stop.result,
        ) from None
    tuned = task.write(result, base, work, command)
    work.state.unlink(missing_ok=True)
    return tuned


class _Task:
    """A model, what it reads, and how it is scored."""

    def __init__(self, model: Any, data: LabelledTexts, settings: FineTuningSettings) -> None:
        self.model, self.data, self.settings = model, data, settings
        self.preprocessor = preprocessor = model.preprocessor
        # Texts are encoded once, here; with its preprocessor the model would take raw ones only.
        model.preprocessor = None
        encode = TextEncoder(
            preprocessor.tokenizer.library_tokenizer,
            preprocessor.head_length,
            preprocessor.tail_length,
        )
        weights = np.ones(len(data.labels))
        if settings.class_weights:
            counts = np.maximum(1, np.bincount(data.train[1], minlength=len(data.labels)))
            weights = np.minimum(counts.sum() / (len(counts) * counts), _HEAVIEST)
        self.train, self.held_out = (
            Examples(encode(texts), labels, weights[labels].astype(np.float32))
            for texts, labels in (data.train, data.validation)
        )

    def warn_of_unknown(self) -> None:
        """Warn where the model has never seen most words: its body says little of them."""
        words = np.concatenate([ids[1:] for ids in self.train.sequences])
        share = float(np.mean(words == UNKNOWN)) if len(words) else 1.0
        if share > _UNKNOWN:
            warnings.warn(
                f"{share:.0%} of the words of the training texts are not in the vocabulary of "
                f"{self.model.info.name}; it may be of little help with them.",
                stacklevel=2,
            )

    def compile(self) -> None:
        """Freeze what the strategy freezes, and make the optimiser."""
        settings = self.settings
        self.model.backbone.trainable = settings.strategy != "head"
        assert settings.epochs and settings.batch_size and settings.learning_rate
        steps = -(-len(self.train.sequences) // settings.batch_size) * settings.epochs
        optimizer = make_optimizer(
            steps=steps,
            learning_rate=settings.learning_rate,
            warmup=settings.warmup,
            final_rate=settings.final_rate,
            weight_decay=settings.weight_decay,
            clipnorm=settings.clipnorm,
            average_decay=settings.average_decay,
            layerwise=settings.strategy == "gradual",
        )
        self.model.compile(
            optimizer=optimizer, loss=keras.losses.SparseCategoricalCrossentropy(), metrics=[]
        )
        self.begin = None
        if isinstance(optimizer, LayerwiseAdamW):
            groups = layer_groups([variable.path for variable in self.model.trainable_variables])
            self.begin = gradual_begin(optimizer, groups, settings.epochs, settings.rate_decay)

    def probabilities(self) -> np.ndarray:
        return class_probabilities(self.model, self.held_out, len(self.data.labels))

    def validate(self) -> dict[str, float]:
        return class_scores(self.probabilities(), self.held_out.targets, self.held_out.weights)

    def write(self, result: TrainingResult, base: Any, work: Work, command: str) -> FineTuned:
        """Write the best weights as a checkpoint, and the report and its picture beside it."""
        from zoo.evaluation import classification_metrics

        # Stored in half precision: the figures below are those of the stored weights.
        for variable, value in zip(self.model.trainable_variables, result.weights, strict=True):
            variable.assign(value.astype(np.float16).astype(np.float32))
        probabilities, labels = self.probabilities(), self.held_out.targets
        report = class_report(self.data.labels, labels, probabilities.argmax(axis=1))
        settings = self.settings
        info = derived_info(
            base,
            work,
            labels=self.data.labels,
            sources=self.data.sources,
            settings=settings.as_dict(),
            method=_METHODS[settings.strategy].format(base=base.name),
            metrics=classification_metrics(probabilities, labels, "validation"),
            validation=class_scores(probabilities, labels, self.held_out.weights),
            seconds=result.seconds,
            command=command,
            backend=keras.backend.backend(),
            seed=settings.seed,
            epochs=result.epochs,
            best_epoch=result.best_epoch,
        )
        self.model.preprocessor = self.preprocessor
        info = write_model(self.model, info, work)
        picture = png(draw_confusion_matrix(report))
        write_atomically(work.path / "report.txt", report.text.encode("utf-8"))
        write_atomically(work.path / "confusion.png", picture)
        width, height = np.frombuffer(picture[16:24], ">u4")  # of the PNG's header
        writer = EventWriter(work.path / "tensorboard")
        writer.add_image("confusion_matrix", picture, int(width), int(height), result.best_epoch)
        writer.close()
        return FineTuned(work.output, info, report.text, work.path / "confusion.png")


_METHODS = {
    "head": "A head was trained over the frozen body of {base}.",
    "full": "All weights of {base} were trained further at one rate.",
    "gradual": (
        "The head was trained first over the frozen body of {base}; then layer after layer joined "
        "it from the top down, with lower rates below (Howard & Ruder 2018)."
    ),
}
