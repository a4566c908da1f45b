"""Forecasting: how a numeric series goes on."""

from __future__ import annotations

from typing import Any

from zoo.formats import Checkpoint, Format
from zoo.interfaces import Answers, Request
from zoo.networks.echo_state.spec import (
    EchoStateBackboneSpec,
    series_cost,
    series_tensor_shapes,
)
from zoo.task import Task
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["TASK"]


class Forecasting(Task):
    name = "time-series-forecasting"
    noun = "a forecaster"
    format = Format(
        suffix="Forecaster",
        module="zoo.tasks.time_series_forecasting.model",
        backbones={"EchoState": EchoStateBackboneSpec},
        head=ForecasterSpec,
        shapes=series_tensor_shapes,
        cost=series_cost,
        former={
            "zoo.tasks.forecaster": "zoo.tasks.time_series_forecasting.model",
            "zoo.architectures.echo_state": "zoo.networks.echo_state.backbone",
        },
    )

    def pipeline(self, source: Checkpoint, threads: int | None) -> Any:
        from zoo.tasks.time_series_forecasting.pipeline import ForecastingPipeline

        # A reservoir's step is too small to share.
        return ForecastingPipeline(source)

    def predict(self, pipeline: Any, request: Request) -> Answers:
        from zoo.tasks.time_series_forecasting.answers import predict

        return predict(pipeline, request)


TASK = Forecasting()
