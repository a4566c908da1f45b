"""Series that arrive row by row, scored as they come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.errors import InputError, shown
from zoo.series.arrays import check_step
from zoo.sessions.packing import Part
from zoo.tasks.time_series_anomaly_detection.network import DetectorState, RowDetector
from zoo.tasks.time_series_anomaly_detection.scaling import check_sizes

__all__ = ["DetectionStream"]

_NUMBERS = ("forecast", "scaling", "surprise", "recent")


class DetectionStream:
    """The step of a detector: a state and rows of a series in, a state and scores out.

    Args:
        network: what takes the steps.
        model: fingerprint of the checkpoint; empty for a model that was not saved.

    Attributes:
        first: the state before the first row.
    """

    def __init__(self, network: RowDetector, model: str = "") -> None:
        self.model, self._network = model, network
        self.first = _frozen(network.zeros())

    def step_many(
        self, states: Sequence[DetectorState], inputs: Sequence[Any]
    ) -> tuple[list[DetectorState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it: scores in [0, 1].

        An input is a row, a number or an array of shape (1,), which is answered by a number; or
        several rows, of shape (time, 1), which are answered by an array of that shape.
        """
        given = [check_step(x, 1) for x in inputs]
        check_sizes(given)
        after, answers = [], list[Any]()
        for state, x in zip(states, given, strict=True):
            state, scores = self._network.run(state, x.ravel().tolist())
            after.append(_frozen(state))
            answers.append(scores[0] if x.ndim == 1 else np.array(scores)[:, None])
        return after, answers

    def shown(self, state: DetectorState) -> DetectorState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        return _frozen(state)

    def checked(self, value: Any) -> DetectorState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if not isinstance(value, DetectorState) or not self._fits(value):
            raise InputError(
                "Expected a state of this detector, as session.state gives it. "
                f"Received: {shown(value, 60)}"
            )
        return value

    def parts(self, state: DetectorState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        parts = msgspec.structs.asdict(state)
        return {name: np.array(p) if name in _NUMBERS else p for name, p in parts.items()}

    def of_parts(self, parts: Mapping[str, Any]) -> DetectorState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            numbers: dict[str, Any] = {
                name: tuple(part.tolist()) if name in _NUMBERS else part
                for name, part in parts.items()
            }
            state = DetectorState(**numbers)
            good = self._fits(state)
        except (TypeError, AttributeError):
            good = False
        if not good:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        return _frozen(state)

    def _fits(self, state: DetectorState) -> bool:
        if type(state.rows) is not int or not 0 <= state.rows < 1 << 53:
            return False
        network, like = state.network, self.first.network
        if network.dtype != like.dtype or network.shape != like.shape:
            return False
        numbers = [getattr(state, name) for name in _NUMBERS]
        if not np.isfinite(network).all() or any(
            type(part) is not tuple
            or len(part) != len(getattr(self.first, name))
            or not all(type(number) is float and math.isfinite(number) for number in part)
            for name, part in zip(_NUMBERS, numbers, strict=True)
        ):
            return False
        # Variances and sizes are none below nought.
        return min(*state.scaling[1:3], *state.surprise[4:], *state.recent) >= 0.0


def _frozen(state: DetectorState) -> DetectorState:
    state.network.flags.writeable = False
    return state
