"""Classification of numeric series: which class a series is of."""

from __future__ import annotations

from typing import Any

from zoo.formats import Checkpoint, Format, one_label_a_class
from zoo.interfaces import Answers, Request
from zoo.networks.echo_state.spec import (
    EchoStateBackboneSpec,
    series_cost,
    series_tensor_shapes,
)
from zoo.task import Task
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec

__all__ = ["TASK"]


class SeriesClassification(Task):
    name = "time-series-classification"
    noun = "a classifier of series"
    format = Format(
        suffix="SequenceClassifier",
        module="zoo.tasks.time_series_classification.model",
        backbones={"EchoState": EchoStateBackboneSpec},
        head=SequenceClassifierSpec,
        shapes=series_tensor_shapes,
        cost=series_cost,
        check_labels=one_label_a_class,
        former={
            "zoo.tasks.sequence_classifier": "zoo.tasks.time_series_classification.model",
            "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
        },
    )

    def pipeline(self, source: Checkpoint, threads: int | None) -> Any:
        from zoo.tasks.time_series_classification.pipeline import SeriesClassificationPipeline

        # A reservoir's step is too small to share.
        return SeriesClassificationPipeline(source)

    def predict(self, pipeline: Any, request: Request) -> Answers:
        from zoo.tasks.time_series_classification.answers import predict

        return predict(pipeline, request)


TASK = SeriesClassification()
