"""Forecasting: how a numeric series goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from zoo.formats import Checkpoint, Format
from zoo.interfaces import Explaining, Noise
from zoo.networks.echo_state.spec import EchoStateBackboneSpec, series_tensor_shapes
from zoo.networks.segrnn.spec import SegRNNBackboneSpec
from zoo.series.examples import SeriesDataset
from zoo.series.files import SUFFIXES
from zoo.task import Task
from zoo.tasks.time_series_forecasting.specs import (
    ForecasterSpec,
    TrainedForecasterSpec,
    forecaster_cost,
)

if TYPE_CHECKING:
    from zoo.insight.trace import Trace
    from zoo.series.saliency import SeriesAttribution

__all__ = ["TASK"]


class Forecasting(Task):
    name = "time-series-forecasting"
    noun = "a forecaster"
    data = SeriesDataset
    hub_tag = "time-series-forecasting"
    own_data = "a file of a series"
    files = SUFFIXES
    at_once = 100
    # Of another stretch of the same system an error was seen to differ by a factor of 2.5,
    # whatever the bootstrap of the one at hand says.
    noise: ClassVar[Mapping[str, Noise]] = {
        "nrmse": Noise(relative=2e-3, elsewhere=3.0),
        "rmse": Noise(relative=2e-3, elsewhere=3.0),
        "valid_time": Noise(relative=2e-3),
        "mse": Noise(relative=2e-3),
        "mae": Noise(relative=2e-3),
        "coverage": Noise(absolute=2e-3),
        "uncalibrated": Noise(absolute=2e-3),
    }
    whole = True
    explaining = Explaining(files=(".png",), output="saliency.png")
    format = Format(
        suffix="Forecaster",
        module="zoo.tasks.time_series_forecasting.model",
        backbones={"EchoState": EchoStateBackboneSpec, "SegRNN": SegRNNBackboneSpec},
        head=ForecasterSpec,
        heads={"SegRNN": TrainedForecasterSpec},
        shapes=series_tensor_shapes,
        cost=forecaster_cost,
        former={
            "zoo.tasks.forecaster": "zoo.tasks.time_series_forecasting.model",
            "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
        },
    )

    def pipeline(self, source: Checkpoint, threads: int | None, engine: str | None = None) -> Any:
        from zoo.tasks.time_series_forecasting.pipeline import pipeline_of

        return pipeline_of(source)

    def explain(self, model: Any, data: Any, **options: Any) -> SeriesAttribution:
        from zoo.tasks.time_series_forecasting.explaining import explain

        return explain(model, data, **options)

    def inspect(self, model: Any, data: Any, **options: Any) -> Trace:
        from zoo.tasks.time_series_forecasting.explaining import inspect

        return inspect(model, data, **options)

    def board(self, board: Any, source: Checkpoint, dataset: Any) -> None:
        from zoo.fitting.events import add_figure

        of = "reservoir" if source.backbone.closed_form else "network"
        for kind, figure in self.pictures(source):
            add_figure(board, f"{of}/{kind}", figure, board.end, shareable=True)

    def pictures(self, source: Checkpoint) -> Iterator[tuple[str, Any]]:
        from zoo.tasks.time_series_forecasting.board import figures

        return figures(source)

    def titles(self, source: Checkpoint) -> dict[str, str]:
        from zoo.tasks.time_series_forecasting.card import titles

        return titles(source)


TASK = Forecasting()
