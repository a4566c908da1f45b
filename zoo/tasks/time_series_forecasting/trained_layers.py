"""The layers above a trained forecaster's network: a readout of quantiles, and their order."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.tasks.time_series_forecasting.calibration import factors_of

__all__ = ["QuantileReadout", "StepsOfSegments"]


@keras.saving.register_keras_serializable(package="zoo")
class QuantileReadout(keras.layers.Dense):
    """A dense layer some of whose outputs learn from its inputs without teaching them anything.

    What makes the inputs learns from the median alone: a forecast of one number is as good as that
    of a network that forecasts nothing else.

    Args:
        units: all outputs, the quantiles of a step side by side.
        outputs: how many these are.
        middle: which of them is the median.

    Call as a dense layer.
    """

    def __init__(self, units: int, outputs: int, middle: int, **kwargs: Any) -> None:
        super().__init__(units, **kwargs)
        self.outputs, self.middle = outputs, middle

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        found = super().call(inputs)
        if not training or self.outputs == 1:
            return found
        taught = np.arange(self.units) % self.outputs == self.middle
        return ops.where(taught, found, super().call(ops.stop_gradient(inputs)))

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "outputs": self.outputs, "middle": self.middle}


@keras.saving.register_keras_serializable(package="zoo")
class StepsOfSegments(keras.layers.Layer):
    """Puts the steps of segments one after another; several numbers a step in ascending order.

    In training they keep the places that they are taught in, and do not lie further away.

    Args:
        horizon: steps that are kept.
        outputs: numbers a step.
        stretch: how many times as far from the one in the middle those below and above it lie then,
            pairs for equal parts of the horizon; none where they stay.
        middle: which that is.

    Call with a tensor of shape (batch, channels, positions, segment * outputs); returns one of
    shape (batch, horizon, channels, outputs).

    Reference:
        [Chernozhukov et al., 2010](https://doi.org/10.3982/ECTA7880) (quantiles in order)
    """

    def __init__(
        self,
        horizon: int,
        outputs: int,
        stretch: Sequence[Sequence[float]] = (),
        middle: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.horizon, self.outputs = horizon, outputs
        self.stretch, self.middle = stretch, middle
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        channels = inputs.shape[1]
        steps = inputs.shape[2] * inputs.shape[3] // self.outputs
        steps = ops.reshape(inputs, (-1, channels, steps, self.outputs))
        steps = ops.transpose(steps[:, :, : self.horizon], (0, 2, 1, 3))
        if self.outputs == 1 or training:
            return steps
        steps = ops.sort(steps, axis=-1)
        if not self.stretch:
            return steps
        point = steps[..., self.middle : self.middle + 1]
        factors = factors_of(self.stretch, self.horizon, self.outputs, self.middle)
        return point + (steps - point) * ops.cast(factors, steps.dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.horizon, input_shape[1], self.outputs)

    def get_config(self) -> dict[str, Any]:
        own = {"horizon": self.horizon, "outputs": self.outputs}
        further = {"stretch": [list(pair) for pair in self.stretch], "middle": self.middle}
        return {**super().get_config(), **own, **further}
