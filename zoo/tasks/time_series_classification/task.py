"""Classification of numeric series: which class a series is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from zoo.classes.names import DRAWN, HUB_METRICS
from zoo.classes.noise import class_noise
from zoo.common.answering import Answers, Request
from zoo.formats import Checkpoint, Format, one_label_a_class
from zoo.interfaces import CardPart, GraphFile, Prepared, Scoring, UserData
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.schema import Metric, ModelInfo
from zoo.series.examples import SeriesDataset
from zoo.series.files import SUFFIXES
from zoo.task import Task
from zoo.tasks.time_series_classification.parts import part_of
from zoo.tasks.time_series_classification.specs import (
    PooledClassifierSpec,
    SequenceClassifierSpec,
    classifier_cost,
    classifier_shapes,
)

__all__ = ["TASK"]


class SeriesClassification(Task):
    name = "time-series-classification"
    noun = "a classifier of series"
    data = SeriesDataset
    hub_tag = None
    own_data = "a folder for every class"
    files = SUFFIXES
    at_once = 100
    noise = class_noise()
    hub_metrics = HUB_METRICS
    figures: ClassVar[Mapping[str, str]] = {"log_loss": "log loss"}
    drawn = DRAWN
    format = Format(
        suffix="SequenceClassifier",
        module="zoo.tasks.time_series_classification.model",
        backbones={
            "EchoState": EchoStateBackboneSpec,
            "SeriesRecurrent": SeriesRecurrentBackboneSpec,
        },
        head=SequenceClassifierSpec,
        heads={"SeriesRecurrent": PooledClassifierSpec},
        modules={"SeriesRecurrent": "zoo.tasks.time_series_classification.trained_model"},
        shapes=classifier_shapes,
        cost=classifier_cost,
        check_labels=one_label_a_class,
        former={
            "zoo.tasks.sequence_classifier": "zoo.tasks.time_series_classification.model",
            "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
        },
    )

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        return part_of(source.backbone, "pipeline").open_pipeline(source, threads)

    def predict(self, pipeline: Any, request: Request) -> Answers:
        answers: Answers = part_of(pipeline.backbone, "answers").predict(pipeline, request)
        return answers

    def read(self, pipeline: Any, data: Any, how: Scoring) -> Any:
        return part_of(pipeline.backbone, "scoring").read(pipeline, data, how)

    def evaluate(self, pipeline: Any, data: Any, how: Scoring) -> tuple[Metric, ...]:
        scoring = part_of(pipeline.backbone, "scoring")
        metrics: tuple[Metric, ...] = scoring.evaluate(pipeline, data, how)
        return metrics

    def settings(self, source: Checkpoint, given: Mapping[str, Any]) -> Any:
        return part_of(source.backbone, "data").settings(source, given)

    def prepare(self, source: Checkpoint, given: UserData, settings: Any) -> Prepared:
        data = part_of(source.backbone, "data")
        prepared: Prepared = data.prepare(source, given, settings)
        return prepared

    def learn(self, recipe: Any, **how: Any) -> Any:
        return part_of(recipe.kind, "training").learn(recipe, **how)

    def tune(self, load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Any:
        return part_of(prepared.data.network, "learning").tune(load, info, prepared)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        graphs: tuple[GraphFile, ...] = part_of(source.backbone, "graph").graphs(source)
        return graphs

    def card(self, source: Checkpoint) -> CardPart:
        part: CardPart = part_of(source.backbone, "card").card(source)
        return part


TASK = SeriesClassification()
