"""Classification of numeric series: which class a series is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.classes.names import DRAWN, HUB_METRICS
from zoo.classes.noise import class_noise
from zoo.formats import Checkpoint, Format, one_label_a_class
from zoo.interfaces import Explaining, GraphFile, Prepared
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.schema import ModelInfo
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

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.series.saliency import SeriesAttribution

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
    explaining = Explaining(files=(".png",), output="saliency.png")
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
        from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

        # A step is too small to share.
        return SeriesClassificationPipeline(source)

    def explain(self, model: Any, data: Any, **options: Any) -> SeriesAttribution:
        from zoo.tasks.time_series_classification.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.time_series_classification.explaining import inspect

        return inspect(model, data, **options)

    def learn(self, recipe: Any, **how: Any) -> Any:
        return part_of(recipe.kind, "training").learn(recipe, **how)

    def tune(self, load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Any:
        return part_of(prepared.data.network, "learning").tune(load, info, prepared)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        graphs: tuple[GraphFile, ...] = part_of(source.backbone, "graph").graphs(source)
        return graphs


TASK = SeriesClassification()
