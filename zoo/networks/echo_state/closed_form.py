"""What the fits in closed form share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import real
from zoo.common.notebook import line, table
from zoo.errors import InputError, shown
from zoo.networks.echo_state.reservoir import draw_reservoir
from zoo.networks.echo_state.spec import CELL, EchoStateBackboneSpec

__all__ = ["RIDGES", "Fit", "Progress", "choose", "draw_tensors", "list_ridges"]

RIDGES = tuple(10.0**power for power in range(-14, 0))
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Fit:
    """A fitted readout.

    Attributes:
        tensors: all weights of the model by name, in the types they are stored in.
        ridge: the penalty that was chosen, per step.
        scores: what each penalty scored in validation, in the order given; lower is better. An
            infinite score says that the sums could not be solved.
        validation: named figures of the chosen one.
    """

    tensors: dict[str, np.ndarray]
    ridge: float
    scores: dict[float, float]
    validation: dict[str, float]

    def __repr__(self) -> str:
        validation = {name: float(f"{value:.4g}") for name, value in self.validation.items()}
        return line(self, ridge=self.ridge, validation=validation, tensors=len(self.tensors))

    def _repr_html_(self) -> str:
        rows = [
            (f"{ridge:.0e}", f"{score:.4g}", "chosen" if ridge == self.ridge else "")
            for ridge, score in self.scores.items()
        ]
        return table(rows, ("ridge", "score in validation", ""))


def draw_tensors(
    backbone: EchoStateBackboneSpec, series: Sequence[np.ndarray], *, standardize: bool = True
) -> dict[str, np.ndarray]:
    """Return the weights of a backbone: the scaling fitted to series, the reservoir drawn.

    Args:
        backbone: its arguments.
        series: float64 arrays of shape (time, channels).
        standardize: whether every channel is scaled to mean 0 and deviation 1, or left as it is.

    Raises:
        InputError: float32, which weights are stored in, cannot hold the scaling of a channel.

    Example:
        >>> spec = EchoStateBackboneSpec(channels=1, units=50)
        >>> float(draw_tensors(spec, [np.full((9, 1), 3.0)])["scaling/mean"][0])
        3.0
    """
    mean, scale = np.zeros(backbone.channels), np.ones(backbone.channels)
    if standardize:
        # Sums that overflow are told below.
        with np.errstate(over="ignore", invalid="ignore"):
            count = sum(map(len, series))
            mean = np.sum([item.sum(axis=0) for item in series], axis=0) / count
            # In pieces, for a series may be as long as memory: its square must not be held as well.
            pieces = (
                item[i : i + 65_536] - mean for item in series for i in range(0, len(item), 65_536)
            )
            deviation = np.sqrt(
                np.sum([np.einsum("tc,tc->c", p, p) for p in pieces], axis=0) / count
            )
        low = np.min([item.min(axis=0) for item in series], axis=0)
        high = np.max([item.max(axis=0) for item in series], axis=0)
        # A channel that never changes, but for the rounding of its values, is left where it is.
        rounding = 4 * np.finfo(float).eps * np.maximum(np.abs(low), np.abs(high))
        level = np.maximum(1.0, 1e-6 * np.abs(mean))
        scale = np.where(high - low > rounding, deviation, level)
        _check_scaling(mean, scale)
    drawn = draw_reservoir(backbone, backbone.channels)
    return {
        "scaling/mean": mean.astype(np.float32),
        "scaling/scale": scale.astype(np.float32),
        **{f"{CELL}/{name}": value for name, value in drawn.items()},
    }


def _check_scaling(mean: np.ndarray, scale: np.ndarray) -> None:
    limits = np.finfo(np.float32)
    for channel, (center, deviation) in enumerate(zip(mean, scale, strict=True)):
        if not (limits.tiny <= deviation <= limits.max and abs(center) <= limits.max):
            raise InputError(
                f"Expected channels whose mean and deviation lie within {limits.tiny:.0e} to "
                f"{limits.max:.0e}. Received: mean {center:.3g} and deviation {deviation:.3g} in "
                f"channel {channel}. Multiply it by a constant first"
            )
        if abs(center - np.float64(np.float32(center))) > 3 * deviation:
            raise InputError(
                "Expected channels that change by more than a ten-millionth of their level. "
                f"Received: mean {center:.3g} and deviation {deviation:.3g} in channel {channel}. "
                "Subtract a constant from it first"
            )


def list_ridges(ridge: float | Sequence[float]) -> list[float]:
    """Return the penalties to choose from as a list of floats.

    Args:
        ridge: one or several.

    Raises:
        InputError: one is negative or not a finite number.
    """
    given: Any = ridge
    if isinstance(given, str) or not isinstance(given, Iterable) or getattr(given, "ndim", 1) == 0:
        given = [given]
    values = [real(value) for value in given]
    checked = [value for value in values if value is not None and 0 <= value < np.inf]
    if not values or len(checked) < len(values):
        raise InputError(
            f"Expected a ridge, or several, of at least 0, such as 1e-9. Received: {shown(ridge)}"
        )
    return checked


def choose(scores: dict[float, float]) -> float:
    """Return the penalty of the lowest score.

    Args:
        scores: the score of each.

    Raises:
        InputError: all are infinite.
    """
    best = min(scores, key=scores.__getitem__)
    if not np.isfinite(scores[best]):
        raise InputError(
            "Expected a ridge with which the readout can be solved and its validation forecasts "
            f"stay finite, such as {100 * max(1e-8, *scores):.0e}. "
            f"Received: {', '.join(f'{value:.0e}' for value in scores)}"
        )
    return best
