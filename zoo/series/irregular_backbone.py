"""What the backbones of irregular series have in common: their inputs, and how they are scaled."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import msgspec

from zoo.layers.freezing import KeepsFrozen
from zoo.series.irregular_layers import IrregularScaling, MeasurementDropout
from zoo.series.irregular_spec import IrregularBackboneSpec

__all__ = ["IrregularBackbone"]


class IrregularBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Base of the backbones that turn irregular series into the states of a recurrent network.

    Call with `{"times", "values", "padding_mask"}`, of shape (batch, time), (batch, time,
    variables), NaN where nothing was measured, and (batch, time); returns a tensor of shape (batch,
    time, units). Static features are no part of the recurrence: they go to the head.

    Args:
        spec: the arguments, checked.
        dtype: dtype policy of computations and weights.
        **kwargs: as for `keras_hub.models.Backbone`.
    """

    def __init__(self, spec: IrregularBackboneSpec, dtype: Any = None, **kwargs: Any) -> None:
        inputs = {
            "times": keras.Input((None,), name="times"),
            "values": keras.Input((None, len(spec.variables)), name="values"),
            "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
        }
        scaling = IrregularScaling(dtype=dtype, name="scaling")
        read = scaling(inputs["values"])
        if spec.measurement_dropout:
            read = MeasurementDropout(
                spec.measurement_dropout, dtype=dtype, name="measurement_dropout"
            )(read)
        values, measured = read
        states = self.states(spec, values, measured, inputs["times"], inputs["padding_mask"], dtype)
        super().__init__(inputs=inputs, outputs=states, dtype=dtype, **kwargs)
        self.scaling = scaling
        self.spec = spec

    @staticmethod
    def states(
        spec: Any, values: Any, measured: Any, times: Any, padding_mask: Any, dtype: Any
    ) -> Any:
        """Return the states after every step, of shape (batch, time, units).

        Args:
            spec: the arguments.
            values: scaled values, 0 where nothing was measured.
            measured: 1 where something was.
            times: when, of shape (batch, time).
            padding_mask: which steps are no padding.
            dtype: dtype policy.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}
