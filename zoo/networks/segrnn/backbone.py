"""The SegRNN backbone: the end of a numeric series to a vector for every segment to come."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import msgspec

from zoo.layers.freezing import KeepsFrozen
from zoo.networks.segrnn.layers import LastValueScaling, RecentSteps, SegmentGRU
from zoo.networks.segrnn.spec import SegRNNBackboneSpec
from zoo.specs import make_spec

__all__ = ["SegRNNBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class SegRNNBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """The end of a numeric series to a vector for every segment of its forecast.

    Call with `{"series", "padding_mask"}`, of shape (batch, time, channels) and (batch, time),
    True first and then False; returns a tensor of shape (batch, channels, positions, units), a
    position for every segment to come. The last `look_back` steps of a series are read, scaled
    and without its last value; of a shorter one the segments that it has, the first of them
    filled up with its first value.

    Args:
        channels: number of channels of the series.
        look_back: steps of the end of a series that are read, whole segments.
        horizon: steps that are forecast at once.
        segment: steps of a segment.
        units: size of the GRU's state, an even number.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = SegRNNBackbone(channels=2, look_back=8, horizon=10, segment=4, units=6)
        >>> mask = np.ones((1, 20), bool)
        >>> backbone({"series": np.zeros((1, 20, 2)), "padding_mask": mask}).shape
        (1, 2, 3, 6)

    Reference:
        [Lin et al., 2023](https://arxiv.org/abs/2308.11200)
    """

    def __init__(
        self,
        channels: int,
        look_back: int,
        horizon: int,
        segment: int,
        units: int,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            SegRNNBackboneSpec,
            channels=channels,
            look_back=look_back,
            horizon=horizon,
            segment=segment,
            units=units,
        )
        inputs = {
            "series": keras.Input((None, channels), name="series"),
            "padding_mask": keras.Input((None,), dtype="bool", name="padding_mask"),
        }
        recent = RecentSteps(look_back, dtype=dtype, name="recent_steps")
        scaling = LastValueScaling(dtype=dtype, name="scaling")
        segments = SegmentGRU(segment, spec.positions, units, dtype=dtype, name="segments")
        steps, own, last = recent(inputs["series"], inputs["padding_mask"])
        features = segments(scaling(steps, last), own)
        super().__init__(inputs=inputs, outputs=features, dtype=dtype, **kwargs)
        self.recent_steps = recent
        self.scaling = scaling
        self.segments = segments
        self.spec = spec

    def in_units(self, scaled: Any, series: Any, padding_mask: Any) -> Any:
        """Return forecasts in the units of the series that they follow.

        Args:
            scaled: tensor of shape (batch, horizon, channels), or of several numbers a step (batch,
                horizon, channels, numbers), in deviations from the last value.
            series: as for a call.
            padding_mask: as for a call.
        """
        return self.scaling(scaled, self.recent_steps(series, padding_mask)[2], invert=True)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}
