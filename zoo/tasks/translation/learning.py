"""Fine-tuning of a translator."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import msgspec

from zoo import checkpoint
from zoo.common.figures import png
from zoo.datasets.common import PairDataset
from zoo.files import write_atomically
from zoo.fitting.loop import TrainingResult
from zoo.fitting.names import plain
from zoo.interfaces import Prepared, Scoring
from zoo.learning.record import FineTuned, Work, derived_info, write_model
from zoo.learning.session import Tuning, optimizer_for, run_tuning
from zoo.learning.settings import FineTuningSettings
from zoo.pairs.batches import Pairs, SmoothedCrossEntropy, greedy
from zoo.schema import short
from zoo.tasks.translation.data import TextPairs
from zoo.tasks.translation.pipeline import TranslationPipeline
from zoo.tasks.translation.reports import translator_reports
from zoo.tasks.translation.scoring import evaluate
from zoo.text.subwords import SubwordEncoder, decode

if TYPE_CHECKING:
    from rich.console import Console

    from zoo.schema import ModelInfo

__all__ = ["tune"]

_BUCKETS = (12, 15, 18, 22, 28, 40, 64, 100)
_SMOOTHING = 0.1


def tune(
    load: Callable[..., Any],
    info: ModelInfo,
    prepared: Prepared,
    work: Work,
    *,
    command: str,
    console: Console | None = None,
) -> FineTuned:
    """Tune a translator and write it; see `zoo.finetune`.

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
    tuning = _TranslatorTuning(model, data, settings)
    tuning.work, tuning.command = work, command
    return run_tuning(tuning, console)


class _TranslatorTuning(Tuning):
    def __init__(self, model: Any, data: TextPairs, settings: FineTuningSettings) -> None:
        self.model, self.base, self.data, self.settings = model, model.info, data, settings
        self.sources = data.sources
        self.preprocessor = preprocessor = model.preprocessor
        # Sentences are encoded once, here; with its preprocessor the model would take raw ones.
        model.preprocessor = None
        self.length = preprocessor.target_length
        self.tokenizer = preprocessor.tokenizer.hf_tokenizer
        read = SubwordEncoder(
            preprocessor.source_tokenizer.hf_tokenizer, preprocessor.source_length
        )
        written = SubwordEncoder(self.tokenizer, self.length)
        self.examples, self.held_out = (
            Pairs(read(sources), written(targets), _BUCKETS)
            for sources, targets in (data.train, data.validation)
        )
        model.compile(
            optimizer=optimizer_for(settings, len(data.train[0])),
            loss=SmoothedCrossEntropy(_SMOOTHING),
            weighted_metrics=[],
            sampler="greedy",
        )
        self.report = translator_reports(
            model,
            self.held_out,
            (preprocessor.source_tokenizer.hf_tokenizer, self.tokenizer),
            plain({"base": model.info.name, **settings.as_dict(), "pairs": len(data.train[0])}),
        )

    def validate(self) -> dict[str, float]:
        from sacrebleu.metrics import BLEU

        found = decode(self.tokenizer, greedy(self.model, self.held_out, self.length))
        return {"bleu": BLEU().corpus_score(found, [self.data.validation[1]]).score}

    def better(self, scores: dict[str, float], best: dict[str, float]) -> bool:
        return scores["bleu"] > best["bleu"]

    def write(self, result: TrainingResult) -> FineTuned:
        info = derived_info(
            self.base,
            self.work,
            sources=self.sources,
            settings={**self.settings.as_dict(), "label_smoothing": _SMOOTHING},
            method=f"All weights of {self.base.name} were trained further at one rate.",
            validation=self.validate(),
            seconds=result.seconds,
            command=self.command,
            backend=keras.backend.backend(),
            seed=self.settings.seed,
            epochs=result.epochs,
            best_epoch=result.best_epoch,
            history=result.history,
        )
        self.model.preprocessor = self.preprocessor
        write_model(self.model, info, self.work)
        # Scored as it will answer: by beam search, from the directory that was written.
        picture = self.work.path / "bleu.png"
        held_out = PairDataset(*self.data.validation)
        pipeline = TranslationPipeline(checkpoint.read(self.work.output))
        how = Scoring(
            split="validation", show=lambda figure: write_atomically(picture, png(figure))
        )
        metrics = evaluate(pipeline, held_out, how)
        info = msgspec.structs.replace(checkpoint.read_info(self.work.output), metrics=metrics)
        checkpoint.replace_info(self.work.output, info)
        report = "".join(
            f"{metric.name:16}  {short(metric.value):>8}  "
            f"({' to '.join(map(short, metric.confidence_interval))})\n"
            for metric in metrics
        )
        report += (
            "These are of beam search, as the model answers. The BLEU after every epoch, by which "
            "the weights were chosen, is of greedy search.\n"
        )
        write_atomically(self.work.path / "report.txt", report.encode("utf-8"))
        return FineTuned(self.work.output, info, report, picture)
