"""Classification of irregular series, whose variables are measured at times of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.classes.names import DRAWN, HUB_METRICS
from zoo.classes.noise import class_noise
from zoo.formats import Checkpoint, Format, one_label_a_class
from zoo.interfaces import Explaining, Noise
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.networks.odernn.spec import ODERNNBackboneSpec
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

    def explain(self, model: Any, data: Any, **options: Any) -> IrregularAttribution:
        from zoo.tasks.irregular_time_series_classification.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.irregular_time_series_classification.explaining import inspect

        return inspect(model, data, **options)


TASK = IrregularSeriesClassification()
