"""What a SegRNN may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.common.costs import LEAST_STEP
from zoo.specs import NetworkSpec

__all__ = ["CELL", "SegRNNBackboneSpec"]

CELL = "segments/gru/gru_cell"


class SegRNNBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """Arguments of `zoo.networks.segrnn.backbone.SegRNNBackbone`.

    Args:
        channels: number of channels of the series.
        look_back: steps of the end of a series that are read, whole segments.
        horizon: steps that are forecast at once.
        segment: steps of a segment.
        units: size of the GRU's state, an even number.
    """

    recurrent: ClassVar[bool] = True
    telling: ClassVar[tuple[str, ...]] = ("units", "segment", "look_back", "horizon")

    channels: Annotated[int, Meta(ge=1, le=10_000)]
    look_back: Annotated[int, Meta(ge=1, le=100_000)]
    horizon: Annotated[int, Meta(ge=1, le=100_000)]
    segment: Annotated[int, Meta(ge=1, le=10_000)]
    units: Annotated[int, Meta(ge=2, le=8192, multiple_of=2)]

    def __post_init__(self) -> None:
        if self.look_back % self.segment:
            raise ValueError(
                f"Expected a look_back of whole segments, a multiple of {self.segment}, "
                f"got {self.look_back}"
            )

    @property
    def described(self) -> str:
        return f"SegRNN: one GRU of {self.units:,} units over segments of {self.segment:,} steps"

    @property
    def positions(self) -> int:
        """How many segments a forecast has."""
        return -(-self.horizon // self.segment)

    @property
    def features(self) -> int:
        """Size of the vector that comes out for every segment of a forecast."""
        return self.units

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight of the backbone."""
        half = self.units // 2
        return {
            "scaling/mean": (self.channels,),
            "scaling/scale": (self.channels,),
            "segments/position_embedding": (self.positions, half),
            "segments/channel_embedding": (self.channels, half),
            "segments/projection/kernel": (self.segment, self.units),
            "segments/projection/bias": (self.units,),
            f"{CELL}/kernel": (self.units, 3 * self.units),
            f"{CELL}/recurrent_kernel": (self.units, 3 * self.units),
            f"{CELL}/bias": (2, 3 * self.units),
        }

    def activations(self, steps: int) -> int:
        """Return the most numbers held at once for a series.

        Args:
            steps: how long it is; no more than the look-back counts.
        """
        read = min(steps, self.look_back) // self.segment + 1
        segments = self.channels * (read + self.positions)
        return 2 * self.channels * (steps + self.horizon) + 8 * segments * self.units

    def multiply_adds(self, steps: int) -> int:
        """Return the multiplications for a series.

        Args:
            steps: how long it is; no more than the look-back counts.
        """
        read = min(steps, self.look_back) // self.segment + 1
        a_segment = self.units * (self.segment + 6 * self.units)
        embedded = 3 * self.positions * self.units**2
        return max(self.channels * (read * a_segment + embedded), LEAST_STEP * read)
