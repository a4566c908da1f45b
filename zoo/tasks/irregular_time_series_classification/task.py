"""Classification of irregular series, whose variables are measured at times of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.classes.names import DRAWN, HUB_METRICS
from zoo.classes.noise import class_noise
from zoo.common.answering import Answers, Request
from zoo.formats import Checkpoint, Format, one_label_a_class
from zoo.interfaces import CardPart, Explaining, GraphFile, Noise, Prepared, Scoring, UserData
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.networks.odernn.spec import ODERNNBackboneSpec
from zoo.schema import Metric, ModelInfo
from zoo.series.irregular import IrregularDataset
from zoo.series.irregular_files import SUFFIXES
from zoo.task import Task
from zoo.tasks.irregular_time_series_classification.specs import (
    IrregularClassifierSpec,
    cost,
    tensor_shapes,
)

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.series.irregular_saliency import IrregularAttribution

__all__ = ["TASK"]


class IrregularSeriesClassification(Task):
    name = "irregular-time-series-classification"
    noun = "a classifier of irregular series"
    data = IrregularDataset
    hub_tag = None
    own_data = "a long table of series and their classes"
    files = SUFFIXES
    at_once = 20
    explaining = Explaining(files=(".png",), output="saliency.png")
    noise: ClassVar[Mapping[str, Noise]] = {
        **class_noise(),
        "average_precision": Noise(absolute=2e-5, example="class"),
    }
    hub_metrics = HUB_METRICS
    figures: ClassVar[Mapping[str, str]] = {
        "log_loss": "log loss",
        "average_precision": "average precision",
    }
    drawn = DRAWN
    format = Format(
        suffix="IrregularClassifier",
        module="zoo.tasks.irregular_time_series_classification.model",
        backbones={"GRUD": GRUDBackboneSpec, "ODERNN": ODERNNBackboneSpec},
        head=IrregularClassifierSpec,
        shapes=tensor_shapes,
        cost=cost,
        check_labels=one_label_a_class,
    )

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.irregular_time_series_classification.pipeline import (
            IrregularClassificationPipeline,
        )

        # A step is too small to share.
        return IrregularClassificationPipeline(source)

    def predict(self, pipeline: Any, request: Request) -> Answers:
        from zoo.tasks.irregular_time_series_classification.answers import predict

        return predict(pipeline, request)

    def read(self, pipeline: Any, data: Any, how: Scoring) -> Any:
        from zoo.tasks.irregular_time_series_classification.scoring import read

        return read(pipeline, data, how)

    def evaluate(self, pipeline: Any, data: Any, how: Scoring) -> tuple[Metric, ...]:
        from zoo.tasks.irregular_time_series_classification.scoring import evaluate

        return evaluate(pipeline, data, how)

    def explain(self, model: Any, data: Any, **options: Any) -> IrregularAttribution:
        from zoo.tasks.irregular_time_series_classification.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.irregular_time_series_classification.explaining import inspect

        return inspect(model, data, **options)

    def settings(self, source: Checkpoint, given: Mapping[str, Any]) -> Any:
        from zoo.learning.settings import descent_settings

        return descent_settings(source.info, given)

    def prepare(self, source: Checkpoint, given: UserData, settings: Any) -> Prepared:
        from zoo.tasks.irregular_time_series_classification.data import prepare

        return prepare(source, given, settings)

    def learn(self, recipe: Any, **how: Any) -> Any:
        from zoo.tasks.irregular_time_series_classification.training import learn

        return learn(recipe, **how)

    def tune(self, load: Callable[..., Any], info: ModelInfo, prepared: Prepared) -> Any:
        from zoo.tasks.irregular_time_series_classification.learning import tune

        return tune(load, info, prepared)

    def graphs(self, source: Checkpoint) -> tuple[GraphFile, ...]:
        from zoo.tasks.irregular_time_series_classification.graph import graphs

        return graphs(source)

    def board(self, board: Any, source: Checkpoint, dataset: Any) -> None:
        from zoo.tasks.irregular_time_series_classification.board import write_board

        write_board(board, source, dataset)

    def card(self, source: Checkpoint) -> CardPart:
        from zoo.tasks.irregular_time_series_classification.card import card

        return card(source)


TASK = IrregularSeriesClassification()
