"""Series that arrive step by step, forecast as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.series.arrays import check_step
from zoo.sessions.packing import Part
from zoo.tasks.time_series_forecasting.network import FAR, ReservoirForecaster

__all__ = ["ForecastingStream"]


class ForecastingStream:
    """The step of a forecaster: a state and steps of a series in, a state and forecasts out.

    A state is a float64 array of shape (units,).

    Args:
        network: what takes the steps.
        model: fingerprint of the checkpoint; empty for a model that was not saved.

    Attributes:
        first: the state before the first step: zeros.
    """

    def __init__(self, network: ReservoirForecaster, model: str = "") -> None:
        self.model, self._network = model, network
        self.first = network.zeros()

    def step_many(
        self, states: Sequence[np.ndarray], inputs: Sequence[Any]
    ) -> tuple[list[np.ndarray], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it: forecasts of what follows each step.

        An input is a step, of shape (channels,), or a number where there is one channel; or
        several steps, of shape (time, channels). The forecasts have its shape.

        Warns:
            UserWarning: a step lies far from what the model was fitted to.
        """
        given = [check_step(x, self._network.channels) for x in inputs]
        far = any(map(self._network.is_far, given))
        # What is so far off that its squares overflow is told below.
        with np.errstate(over="ignore", invalid="ignore") if far else nullcontext():
            after, answers = self._steps(states, given)
        if far:
            # Always in the same words, so that Python shows it once for a line of a program.
            warn_user(
                f"A step lies far from what the model was fitted to: more than {FAR:g} standard "
                "deviations from the mean of the training series. Fit the model to such series "
                "first, or check the units"
            )
        return after, answers

    def _steps(
        self, states: Sequence[np.ndarray], given: Sequence[np.ndarray]
    ) -> tuple[list[np.ndarray], list[Any]]:
        after, answers = list(states), [np.empty(0)] * len(given)
        single = [row for row, x in enumerate(given) if x.ndim == 1]
        if len(single) > 1:
            state, y = self._network.step(
                np.stack([states[row] for row in single], axis=1),
                np.stack([given[row] for row in single], axis=1),
            )
            for column, row in enumerate(single):
                after[row], answers[row] = state[:, column].copy(), y[:, column].copy()
        for row, x in enumerate(given):
            if x.ndim == 2:
                answers[row], after[row] = self._network.run(x, states[row])
            elif len(single) == 1:
                after[row], answers[row] = self._network.step(states[row], x)
        return after, answers

    def shown(self, state: np.ndarray) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it: a copy."""
        return state.copy()

    def checked(self, value: Any) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError):
            array = None
        if array is None or array.shape != self.first.shape or not np.isfinite(array).all():
            received = shown(value, 60) if array is None else f"the shape {array.shape}"
            raise InputError(
                f"Expected a state of shape {self.first.shape} with finite numbers, as "
                f"session.state gives it. Received: {received}"
            )
        return array

    def parts(self, state: np.ndarray) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return {"state": state}

    def of_parts(self, parts: Mapping[str, Any]) -> np.ndarray:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return self.checked(parts.get("state", 0))
