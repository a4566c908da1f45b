"""The ODE-RNN backbone: irregular series to the states of an ODE-RNN."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras

from zoo.networks.odernn.layers import ODERNN
from zoo.networks.odernn.spec import ODERNNBackboneSpec
from zoo.series.irregular_backbone import IrregularBackbone
from zoo.specs import make_spec

__all__ = ["ODERNNBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class ODERNNBackbone(IrregularBackbone):
    """Irregular series to the states of an ODE-RNN, which follow an equation between the times.

    Call with `{"times", "values", "padding_mask"}`, of shape (batch, time), (batch, time,
    variables), NaN where nothing was measured, and (batch, time); returns a tensor of shape (batch,
    time, units).

    Args:
        variables: names of what is measured over time.
        units: size of the state.
        statics: names of what does not change, which heads read.
        time_scale: how long a time of 1 is for the slope, in the unit of the times.
        measurement_dropout: share of the measurements that are left out in training.
        hidden_units: units of the network that gives the slope of the state.
        solver: `"euler"` or `"rk4"`.
        solver_steps: steps of the solver from one time to the next.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = ODERNNBackbone(variables=["HR", "Temp"], units=4, solver="rk4")
        >>> times, mask = np.array([[0.0, 1.5]]), np.ones((1, 2), bool)
        >>> values = np.array([[[80, np.nan], [np.nan, 36.6]]])
        >>> backbone({"times": times, "values": values, "padding_mask": mask}).shape
        (1, 2, 4)

    Reference:
        [Rubanova et al., 2019](https://arxiv.org/abs/1907.03907)
    """

    def __init__(
        self,
        variables: Sequence[str],
        units: int,
        statics: Sequence[str] = (),
        time_scale: float = 1.0,
        measurement_dropout: float = 0.0,
        hidden_units: int = 50,
        solver: str = "euler",
        solver_steps: int = 1,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            ODERNNBackboneSpec,
            variables=tuple(variables),
            units=units,
            statics=tuple(statics),
            time_scale=time_scale,
            measurement_dropout=measurement_dropout,
            hidden_units=hidden_units,
            solver=solver,
            solver_steps=solver_steps,
        )
        super().__init__(spec, dtype=dtype, **kwargs)

    @staticmethod
    def states(
        spec: ODERNNBackboneSpec,
        values: Any,
        measured: Any,
        times: Any,
        padding_mask: Any,
        dtype: Any,
    ) -> Any:
        read = keras.layers.Concatenate(dtype=dtype, name="read")([values, measured])
        layer = ODERNN(
            spec.units,
            spec.hidden_units,
            spec.solver,
            spec.solver_steps,
            spec.time_scale,
            return_sequences=True,
            dtype=dtype,
            name="ode_rnn",
        )
        return layer(read, times, mask=padding_mask)
