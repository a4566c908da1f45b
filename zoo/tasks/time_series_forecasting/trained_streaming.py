"""Series that arrive step by step, and what a trained network forecasts after each arrival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.series.arrays import check_step
from zoo.sessions.packing import Part
from zoo.tasks.time_series_forecasting.doubts import is_far, warn_of_far_step
from zoo.tasks.time_series_forecasting.trained_network import WindowForecaster

__all__ = ["WindowStream"]


class WindowStream:
    """The step of a trained forecaster: the last steps of a series in, those and a forecast out.

    A state is a float64 array of shape (steps, channels): what has arrived, as far back as the
    network reads.

    Args:
        network: what forecasts.
        model: fingerprint of the checkpoint; empty for a model that was not saved.

    Attributes:
        first: the state before the first step, which has no steps.
    """

    def __init__(self, network: WindowForecaster, model: str = "") -> None:
        self.model, self._network = model, network
        self.first = np.zeros((0, network.channels))

    def step_many(
        self, states: Sequence[np.ndarray], inputs: Sequence[Any]
    ) -> tuple[list[np.ndarray], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it: a forecast of what follows.

        An input is a step, of shape (channels,), or a number where there is one channel; or
        several steps, of shape (time, channels), of which there must be one. A forecast has the
        shape (horizon, channels), whatever the input.

        Warns:
            UserWarning: a step lies far from what the model was trained on.
        """
        network = self._network
        given = [check_step(x, network.channels).reshape(-1, network.channels) for x in inputs]
        after = [
            np.concatenate([state, steps])[-network.washout :]
            for state, steps in zip(states, given, strict=True)
        ]
        if not all(map(len, after)):
            raise InputError("Expected at least one step. Received: none, and none before")
        found = [network.point(outputs) for outputs in network.ahead(after)]
        if any(is_far(steps, network.scaling) for steps in given):
            warn_of_far_step()
        return after, found

    def shown(self, state: np.ndarray) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it: a copy."""
        return state.copy()

    def checked(self, value: Any) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            array = None
        network = self._network
        if (
            array is None
            or array.ndim != 2
            or array.shape[1] != network.channels
            or len(array) > network.washout
            or not np.isfinite(array).all()
        ):
            received = shown(value, 60) if array is None else f"the shape {array.shape}"
            raise InputError(
                f"Expected a state of at most {network.washout} steps of {network.channels} finite "
                f"numbers, as session.state gives it. Received: {received}"
            )
        return array

    def parts(self, state: np.ndarray) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return {"state": state}

    def of_parts(self, parts: Mapping[str, Any]) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return self.checked(parts.get("state", 0))
