"""The GRU-D backbone: irregular series to the states of a GRU-D."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras

from zoo.networks.grud.layers import GRUD
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.series.irregular_backbone import IrregularBackbone
from zoo.series.irregular_layers import TimeGaps
from zoo.specs import make_spec

__all__ = ["GRUDBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class GRUDBackbone(IrregularBackbone):
    """Irregular series to the states of a GRU-D, which fade while nothing is measured.

    Call with `{"times", "values", "padding_mask"}`, of shape (batch, time), (batch, time,
    variables), NaN where nothing was measured, and (batch, time); returns a tensor of shape (batch,
    time, units).

    Args:
        variables: names of what is measured over time.
        units: size of the state.
        statics: names of what does not change, which heads read.
        time_scale: how long a time of 1 is for the decays, in the unit of the times.
        measurement_dropout: share of the measurements that are left out in training.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = GRUDBackbone(variables=["HR", "Temp"], units=4)
        >>> times, mask = np.array([[0.0, 1.5]]), np.ones((1, 2), bool)
        >>> values = np.array([[[80, np.nan], [np.nan, 36.6]]])
        >>> backbone({"times": times, "values": values, "padding_mask": mask}).shape
        (1, 2, 4)

    Reference:
        [Che et al., 2018](https://doi.org/10.1038/s41598-018-24271-9)
    """

    def __init__(
        self,
        variables: Sequence[str],
        units: int,
        statics: Sequence[str] = (),
        time_scale: float = 1.0,
        measurement_dropout: float = 0.0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            GRUDBackboneSpec,
            variables=tuple(variables),
            units=units,
            statics=tuple(statics),
            time_scale=time_scale,
            measurement_dropout=measurement_dropout,
        )
        super().__init__(spec, dtype=dtype, **kwargs)

    @staticmethod
    def states(
        spec: GRUDBackboneSpec,
        values: Any,
        measured: Any,
        times: Any,
        padding_mask: Any,
        dtype: Any,
    ) -> Any:
        gaps = TimeGaps(dtype=dtype, name="gaps")(times)
        read = keras.layers.Concatenate(dtype=dtype, name="read")([values, measured, gaps])
        layer = GRUD(spec.units, spec.time_scale, return_sequences=True, dtype=dtype, name="grud")
        return layer(read, mask=padding_mask)
