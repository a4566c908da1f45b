"""Forecasting: how a numeric series goes on."""

from __future__ import annotations

from zoo.formats import Format
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


TASK = Forecasting()
