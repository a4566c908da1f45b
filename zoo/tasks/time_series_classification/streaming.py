"""Series that arrive step by step, classified as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.classes.ranking import best_first
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.series.arrays import check_step
from zoo.sessions.packing import MOST_BYTES, Part
from zoo.sessions.session import fingerprint
from zoo.tasks.time_series_classification.network import ReservoirClassifier

__all__ = ["SeriesState", "SeriesStream", "stream_of"]

# Numbers of all states of a series, half of what `Session.to_bytes` may make of them.
_MOST_NUMBERS = MOST_BYTES // 2 // 8


class SeriesState(msgspec.Struct, frozen=True, eq=False):
    """What has arrived of a series: the states and inputs of all its steps.

    The points that are classified are spread over the whole series and move as it goes on, so that
    every step may be one.

    Attributes:
        blocks: float64 arrays of shape (steps, units + channels), in order.
    """

    blocks: tuple[np.ndarray, ...] = ()

    def __len__(self) -> int:
        return sum(map(len, self.blocks))


class SeriesStream:
    """The step of a classifier of series: a state and steps in, a state and scores out.

    Args:
        network: what takes the steps.
        model: fingerprint of the checkpoint.
        labels: names of the classes.

    Attributes:
        first: the state before the first step.
    """

    def __init__(self, network: ReservoirClassifier, model: str, labels: Sequence[str]) -> None:
        self.model, self._network, self._labels = model, network, labels
        self._width = network.states.units + network.channels
        self.first = SeriesState()

    def step_many(
        self, states: Sequence[SeriesState], inputs: Sequence[Any]
    ) -> tuple[list[SeriesState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it; answers are all labels, best first.

        An input is a step, of shape (channels,), or several, of shape (time, channels).
        """
        given = [np.atleast_2d(check_step(x, self._network.channels)) for x in inputs]
        for state, steps in zip(states, given, strict=True):
            most = _MOST_NUMBERS // self._width
            if len(state) + len(steps) > most:
                raise InputError(
                    f"Expected a series of at most {most:,} steps, for all of them count. "
                    f"Received: {len(state) + len(steps):,}. Begin another session"
                )
        after = [self._read(*pair) for pair in zip(states, given, strict=True)]
        features = np.stack([self._sampled(state) for state in after])
        return after, [best_first(self._labels, row) for row in self._network.classify(features)]

    def _read(self, state: SeriesState, steps: np.ndarray) -> SeriesState:
        if not len(steps):
            return state
        last = state.blocks[-1][-1] if state.blocks else None
        block = self._network.read(steps, last)
        # Blocks of like size are joined, so that there are few, and each step is copied seldom.
        blocks = list(state.blocks)
        while blocks and len(blocks[-1]) <= len(block):
            block = np.concatenate([blocks.pop(), block])
        block.flags.writeable = False
        return SeriesState((*blocks, block))

    def _sampled(self, state: SeriesState) -> np.ndarray:
        """Return the features at the points, interpolated linearly between steps."""
        if not state.blocks:
            raise InputError(
                f"Expected a step of shape ({self._network.channels},). Received: none, in a "
                "session that has read nothing"
            )
        before, share = self._network.points_of(np.array([len(state)]))
        starts = np.cumsum([0, *map(len, state.blocks)])
        sampled = np.zeros((self._network.points, self._width))
        for weights, steps in ((1.0 - share[0], before[0]), (share[0], before[0] + 1)):
            for point in np.flatnonzero(weights > 0):
                block = int(np.searchsorted(starts, steps[point], side="right")) - 1
                row = state.blocks[block][steps[point] - starts[block]]
                sampled[point] += weights[point] * row
        return sampled

    def shown(self, state: SeriesState) -> SeriesState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        return state

    def checked(self, value: Any) -> SeriesState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if not isinstance(value, SeriesState) or any(
            block.shape[1] != self._width for block in value.blocks
        ):
            raise InputError(
                "Expected a state of this network, as session.state gives it. "
                f"Received: {shown(value, 60)}"
            )
        return value

    def parts(self, state: SeriesState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return {"steps": np.concatenate([np.empty((0, self._width)), *state.blocks])}

    def of_parts(self, parts: Mapping[str, Any]) -> SeriesState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        steps = parts.get("steps")
        if (
            not isinstance(steps, np.ndarray)
            or steps.dtype != np.float64
            or steps.shape[1:] != (self._width,)
            or not np.isfinite(steps).all()
        ):
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        steps.flags.writeable = False
        return SeriesState((steps,) if len(steps) else ())


def stream_of(source: Checkpoint, network: ReservoirClassifier) -> SeriesStream:
    """Return what classifies a series step by step.

    Args:
        source: a verified checkpoint over a reservoir.
        network: what `network_of` made of it.
    """
    return SeriesStream(network, fingerprint(source.info), source.info.labels)
