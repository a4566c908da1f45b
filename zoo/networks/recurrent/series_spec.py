"""What a recurrent network over numeric series may be, and the tensors that it implies; no Keras.

What it reads at a step is computed inside: the scaled channels, how they differ from earlier
steps, and how far points lie apart.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from msgspec import Meta

from zoo.common.costs import LEAST_STEP, matrices
from zoo.networks.recurrent.spec import CELL_GATES, rnn_prefixes, stacked_shapes
from zoo.specs import NetworkSpec, Rate, Units

__all__ = ["SeriesRecurrentBackboneSpec", "point_pairs"]

# Pairs of so many points are 2,016 distances a step.
_MOST_POINTS = 64


class SeriesRecurrentBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.recurrent.backbone.SeriesRecurrentBackbone`.

    Args:
        channels: number of channels of the series.
        cell: kind of recurrent cell.
        units: size of the hidden state, per direction.
        num_layers: number of recurrent layers on top of each other.
        bidirectional: whether every layer also reads from the end to the start.
        layer_dropout: share of a layer's output dropped per series, between layers, in training.
        lags: in steps: how the channels differ from so many steps earlier is read beside them; of
            the steps before that, from the first one.
        point_dims: where the channels are the coordinates of points, such as x and y of joints
            one joint after another: how many coordinates a point has. The distances between all
            pairs are read beside them. 0 where they are no points.
        frame: consecutive steps that the network reads as one.
    """

    recurrent: ClassVar[bool] = True
    telling: ClassVar[tuple[str, ...]] = ("units", "num_layers", "frame")

    channels: Annotated[int, Meta(ge=1, le=10_000)]
    cell: Literal["simple_rnn", "lstm", "gru"]
    units: Units
    num_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    bidirectional: bool = False
    layer_dropout: Rate = 0.0
    lags: Annotated[tuple[Annotated[int, Meta(ge=1, le=1_000)], ...], Meta(max_length=8)] = ()
    point_dims: Annotated[int, Meta(ge=0, le=3)] = 0
    frame: Annotated[int, Meta(ge=1, le=256)] = 1

    def __post_init__(self) -> None:
        if len(set(self.lags)) < len(self.lags):
            raise ValueError(f"Expected different lags, got {list(self.lags)}")
        if not self.point_dims:
            return
        points, rest = divmod(self.channels, self.point_dims)
        if rest or not 2 <= points <= _MOST_POINTS:
            raise ValueError(
                f"Expected channels that are 2 to {_MOST_POINTS} points of {self.point_dims} "
                f"coordinates, got {self.channels} channels"
            )

    @property
    def ahead(self) -> str:
        return "every layer reads from the end to the start too" if self.bidirectional else ""

    @property
    def described(self) -> str:
        kind = {"simple_rnn": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}[self.cell]
        kind = f"bidirectional {kind}" if self.bidirectional else kind
        layers = f"{self.num_layers} layers of " if self.num_layers > 1 else ""
        return f"{kind}: {layers}{self.units:,} units"

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every frame: the states."""
        return self.units * (2 if self.bidirectional else 1)

    @property
    def step_features(self) -> int:
        """Size of the vector that is made of a step."""
        pairs = len(point_pairs(self)[0]) // self.point_dims if self.point_dims else 0
        return self.channels * (1 + len(self.lags)) + pairs

    @property
    def scaled_twice(self) -> bool:
        """Whether more is read than the scaled channels, so that it is scaled in its turn."""
        return self.step_features > self.channels

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight of the backbone."""
        shapes: dict[str, tuple[int, ...]] = {
            "scaling/mean": (self.channels,),
            "scaling/scale": (self.channels,),
        }
        if self.scaled_twice:
            shapes["feature_scaling/mean"] = (self.step_features,)
            shapes["feature_scaling/scale"] = (self.step_features,)
        return shapes | stacked_shapes(self, self.step_features * self.frame)

    def activations(self, steps: int) -> int:
        """Return how many numbers are held at once while a series is read.

        Args:
            steps: its length.
        """
        frames = -(-steps // self.frame)
        gates = CELL_GATES[self.cell] * self.features
        pairs = len(point_pairs(self)[0]) if self.point_dims else 0
        read = (3 * self.step_features + 3 * pairs) * frames * self.frame
        return read + frames * (gates + 3 * self.features)

    def multiply_adds(self, steps: int) -> int:
        """Return how many multiplications a series takes.

        Args:
            steps: its length.
        """
        sides = sum(map(len, rnn_prefixes(self)))
        return -(-steps // self.frame) * max(matrices(self.layer_shapes()), LEAST_STEP * sides)


def point_pairs(spec: SeriesRecurrentBackboneSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return which channels are compared for the distances between points.

    Args:
        spec: arguments of a backbone whose channels are coordinates.

    Returns:
        Two int64 arrays of shape (pairs * point_dims,): channels of the one point and of the
        other, the coordinates of a pair one after another.

    Example:
        >>> spec = SeriesRecurrentBackboneSpec(channels=6, cell="gru", units=3, point_dims=2)
        >>> [part.tolist() for part in point_pairs(spec)]
        [[2, 3, 4, 5, 4, 5], [0, 1, 0, 1, 2, 3]]
    """
    points = spec.channels // spec.point_dims
    one, other = np.tril_indices(points, -1)
    dims = np.arange(spec.point_dims)
    first, second = ((part[:, None] * spec.point_dims + dims).ravel() for part in (one, other))
    return first, second
