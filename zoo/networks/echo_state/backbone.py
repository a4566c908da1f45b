"""The echo state backbone: numeric series to the states of a reservoir."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import msgspec

from zoo.layers.freezing import KeepsFrozen
from zoo.layers.series import SeriesScaling
from zoo.networks.echo_state.layers import EchoState
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.specs import make_spec

__all__ = ["EchoStateBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class EchoStateBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Numeric series to the states of a reservoir with fixed weights, beside what it read.

    Call with `{"series", "padding_mask"}`, of shape (batch, time, channels) and (batch, time);
    returns a tensor of shape (batch, time, units + channels): the states, and the scaled series.

    A tensor is float32, which cannot tell small changes of large numbers apart: the tasks'
    `predict` scales in float64 before.

    Args:
        channels: number of channels of the series.
        units: number of units, of all reservoirs together.
        reservoirs: number of separate reservoirs of like size side by side, a committee.
        spectral_radius: largest absolute eigenvalue of the recurrent weights.
        leak_rate: 1 is a unit without leakage.
        density: share of the units of its reservoir that a unit hears.
        input_scaling: bound of the uniform input weights.
        bias_scaling: bound of the uniform biases.
        seed: of all draws.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = EchoStateBackbone(channels=2, units=50)
        >>> mask = np.ones((1, 7), bool)
        >>> backbone({"series": np.zeros((1, 7, 2)), "padding_mask": mask}).shape
        (1, 7, 52)

    Reference:
        [Jaeger, 2001](https://www.ai.rug.nl/minds/uploads/EchoStatesTechRep.pdf)
    """

    def __init__(
        self,
        channels: int,
        units: int,
        reservoirs: int = 1,
        spectral_radius: float = 0.9,
        leak_rate: float = 1.0,
        density: float = 0.1,
        input_scaling: float = 1.0,
        bias_scaling: float = 0.0,
        seed: int = 0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            EchoStateBackboneSpec,
            channels=channels,
            units=units,
            reservoirs=reservoirs,
            spectral_radius=spectral_radius,
            leak_rate=leak_rate,
            density=density,
            input_scaling=input_scaling,
            bias_scaling=bias_scaling,
            seed=seed,
        )
        series = keras.Input((None, channels), name="series")
        padding_mask = keras.Input((None,), dtype="bool", name="padding_mask")
        scaling = SeriesScaling(dtype=dtype, name="scaling")
        arguments = msgspec.structs.asdict(spec)
        del arguments["channels"]
        echo_state = EchoState(**arguments, dtype=dtype, name="echo_state")
        scaled = scaling(series)
        states = echo_state(scaled, mask=padding_mask)
        features = keras.layers.Concatenate(dtype=dtype, name="states_and_series")([states, scaled])
        super().__init__(
            inputs={"series": series, "padding_mask": padding_mask},
            outputs=features,
            dtype=dtype,
            **kwargs,
        )
        self.scaling = scaling
        self.echo_state = echo_state
        self.spec = spec

    def from_scaled(self, series: Any, padding_mask: Any) -> Any:
        """Return what a call returns, for a series whose channels are scaled already.

        Args:
            series: tensor of shape (batch, time, channels).
            padding_mask: boolean tensor of shape (batch, time).
        """
        states = self.echo_state(series, mask=padding_mask)
        return self.get_layer("states_and_series")([states, series])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}
