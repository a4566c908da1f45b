"""What a network of irregular series may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.common.costs import LEAST_STEP, matrices
from zoo.series.irregular import Names
from zoo.series.irregular_features import Scaling
from zoo.specs import NetworkSpec, Rate, Units

__all__ = ["IrregularBackboneSpec", "TimeScale", "scaling_shapes"]

Name = Annotated[str, Meta(min_length=1, max_length=100)]
TimeScale = Annotated[float, Meta(gt=0.0, le=1e12)]


def scaling_shapes(prefix: str, size: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a scaling.

    Args:
        prefix: beginning of the names.
        size: how many variables are scaled.

    Example:
        >>> sorted(scaling_shapes("scaling", 3))[0]
        'scaling/mean'
    """
    return {f"{prefix}/{name}": (size,) for name in Scaling._fields}


class IrregularBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """Base of the arguments of backbones that read irregular series.

    Args:
        variables: names of what is measured over time.
        statics: names of what does not change.
        units: size of the hidden state.
        time_scale: how long a time of 1 is for the network, in the unit of the times.
        measurement_dropout: share of the measurements that the recurrent layer does not see in
            training.
    """

    recurrent: ClassVar[bool] = True
    telling: ClassVar[tuple[str, ...]] = ("units", "time_scale")

    variables: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=1_000)]
    statics: Annotated[tuple[Name, ...], Meta(max_length=1_000)] = ()
    units: Units
    time_scale: TimeScale = 1.0
    measurement_dropout: Rate = 0.0

    def __post_init__(self) -> None:
        for what, names in (("variables", self.variables), ("statics", self.statics)):
            if len(set(names)) < len(names):
                raise ValueError(f"Expected {what} of different names, got one twice")

    @property
    def names(self) -> Names:
        """What it calls what it reads."""
        return Names(self.variables, self.statics)

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every step."""
        return self.units

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight of the backbone."""
        return {**scaling_shapes("scaling", len(self.variables)), **self.cell_shapes()}

    def cell_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight of the recurrent layer."""
        raise NotImplementedError

    def gru_shapes(self, prefix: str) -> dict[str, tuple[int, ...]]:
        """Return those of the gates, which read the values and which of them were measured.

        Args:
            prefix: beginning of the names.
        """
        gates = 3 * self.units
        return {
            f"{prefix}/kernel": (2 * len(self.variables), gates),
            f"{prefix}/recurrent_kernel": (self.units, gates),
            f"{prefix}/bias": (2, gates),
        }

    def activations(self, steps: int) -> int:
        """Return how many numbers are held at once for a series of so many steps."""
        return steps * (6 * len(self.variables) + 8 * self.units)

    def multiply_adds(self, steps: int) -> int:
        """Return how many multiplications a series of so many steps takes."""
        return steps * max(LEAST_STEP, matrices(self.cell_shapes()))
