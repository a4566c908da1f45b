"""Anomaly detection: which rows of a numeric series are unusual."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import Checkpoint, Format
from zoo.interfaces import Explaining, Noise
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.series.examples import WatchedDataset
from zoo.series.files import SUFFIXES
from zoo.task import Task
from zoo.tasks.time_series_anomaly_detection.specs import (
    AnomalyDetectorSpec,
    detector_cost,
    detector_shapes,
)

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.series.saliency import SeriesAttribution

__all__ = ["TASK"]


class AnomalyDetection(Task):
    name = "time-series-anomaly-detection"
    noun = "a detector of anomalies"
    data = WatchedDataset
    hub_tag = None
    own_data = "a file of a series"
    files = SUFFIXES
    at_once = 100
    explaining = Explaining(files=(".png",), output="saliency.png")
    # An alarm at the threshold may come or stay away: a window is worth less than two points.
    noise: ClassVar[Mapping[str, Noise]] = {
        "nab_score": Noise(absolute=2.0),
        "nab_low_fp": Noise(absolute=2.0),
        "nab_low_fn": Noise(absolute=2.0),
        "nll": Noise(absolute=1e-3, elsewhere=3.0),
        "coverage_95": Noise(absolute=1e-3),
    }
    whole = True
    figures: ClassVar[Mapping[str, str]] = {"nll": "negative log density"}
    drawn: ClassVar[Mapping[str, str]] = {
        "alarms": "A series, the band that it was expected in, and alarms"
    }
    format = Format(
        suffix="AnomalyDetector",
        module="zoo.tasks.time_series_anomaly_detection.model",
        backbones={"SeriesRecurrent": SeriesRecurrentBackboneSpec},
        head=AnomalyDetectorSpec,
        shapes=detector_shapes,
        cost=detector_cost,
    )

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline

        # A row needs the one before it, and its step is too small to share.
        return AnomalyDetectionPipeline(source)

    def explain(self, model: Any, data: Any, **options: Any) -> SeriesAttribution:
        from zoo.tasks.time_series_anomaly_detection.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.time_series_anomaly_detection.explaining import inspect

        return inspect(model, data, **options)

    def board(self, board: Any, source: Checkpoint, dataset: Any) -> None:
        from zoo.fitting.events import add_figure

        for kind, figure in self.pictures(source):
            add_figure(board, f"detector/{kind}", figure, board.end, shareable=True)

    def pictures(self, source: Checkpoint) -> Iterator[tuple[str, Any]]:
        from zoo.tasks.time_series_anomaly_detection.board import figures

        return figures(source)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.time_series_anomaly_detection.card import titles

        return titles(source)


TASK = AnomalyDetection()
