"""Forecasting without Keras: one step, whole series, and free-running."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.echo_state.states import echo_states
from zoo.series.arrays import check_series
from zoo.tasks.time_series_forecasting.doubts import (
    check_horizon,
    far_doubts,
    is_far,
    tell_doubts,
)
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec

__all__ = ["ReservoirForecaster"]

# Steps that are computed and held at once; a series of any length needs no more memory. Of a
# large reservoir they are fewer, so that their features are no more than so many numbers.
CHUNK = 1_000
_CHUNK_NUMBERS = 1 << 24
# Steps after which it is told how far a forecast is, a third of a second.
_TOLD = 10_000
_RUNS_AWAY = "Give a longer context, or fit with a larger ridge or to more steps"


class ReservoirForecaster:
    """Forecasts the next step of a series from the states of a reservoir.

    The state contract: `step(state, x)` returns the new state and the forecast of what follows
    x, and changes nothing; everything else is derived from it.

    Args:
        tensors: the weights by the names of a checkpoint.
        backbone: arguments of the reservoir.
        head: arguments of the readout.

    Attributes:
        channels: number of channels.
        washout: steps after which the state no longer depends on where it started.

    Example:
        >>> import zoo
        >>> zoo.pipeline("esn-mackey-glass").model.channels  # doctest: +SKIP
        1

    Reference:
        [Jaeger & Haas, 2004](https://doi.org/10.1126/science.1091277)
    """

    def __init__(
        self,
        tensors: Mapping[str, np.ndarray],
        backbone: EchoStateBackboneSpec,
        head: ForecasterSpec,
    ) -> None:
        self.channels = backbone.channels
        self.washout = head.washout
        self.squares = head.squares
        self.states = echo_states(tensors, backbone)
        self._mean = tensors["scaling/mean"].astype(np.float64)
        self._scale = tensors["scaling/scale"].astype(np.float64)
        if "readout/kernel" in tensors:
            self.set_readout(tensors["readout/kernel"], tensors["readout/bias"])

    def set_readout(self, kernel: np.ndarray, bias: np.ndarray) -> None:
        """Set the readout's weights.

        Args:
            kernel: float array of shape (features, channels).
            bias: float array of shape (channels,).
        """
        # In the order of the features: states, inputs, and the squares of both.
        kernel = np.ascontiguousarray(kernel.T, dtype=np.float64)
        ends = np.cumsum([self.states.units, self.channels] * (2 if self.squares else 1))
        self._kernels = [np.ascontiguousarray(part) for part in np.split(kernel, ends[:-1], axis=1)]
        self._readout_bias = bias.astype(np.float64)
        self._vectors = (self._mean, self._scale, self._readout_bias)
        self._columns = tuple(vector[:, None] for vector in self._vectors)

    @property
    def scaling(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of the channels of the series that it was fitted to."""
        return self._mean, self._scale

    def zeros(self) -> np.ndarray:
        """Return the state before the first step: float64 zeros of shape (units,)."""
        return self.states.zeros()

    def step(self, state: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take in one step and forecast the next.

        Args:
            state: float64 array of shape (units,), or (units, batch).
            x: float array of shape (channels,), or (channels, batch).

        Returns:
            The new state, and the forecast, of the shapes of the two given.
        """
        tall = x.ndim == 2
        mean, scale, bias = self._columns if tall else self._vectors
        scaled = (x - mean) / scale
        state = self.states.update(state, scaled)
        kernels = self._kernels
        y = kernels[0] @ state
        y += kernels[1] @ scaled
        if self.squares:
            y += kernels[2] @ (state * state)
            y += kernels[3] @ (scaled * scaled)
        y += bias
        return state, y * scale + mean

    def features(
        self, series: np.ndarray, state: np.ndarray | None = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the features of a series in chunks, in order.

        Args:
            series: float array of shape (time, channels).
            state: the state before its first step; zeros by default.

        Yields:
            float64 array of shape (steps, features), which the next chunk overwrites, and the
            state after its last step.
        """
        state = self.zeros() if state is None else state
        units, width = self.states.units, self.states.units + self.channels
        columns = width * (2 if self.squares else 1)
        size = max(1, min(CHUNK, _CHUNK_NUMBERS // columns))
        rows = np.empty((min(size, len(series)), columns))
        for start in range(0, len(series), size):
            scaled = (series[start : start + size] - self._mean) / self._scale
            chunk = rows[: len(scaled)]
            states = self.states.run(scaled, state)
            state = states[-1].copy()
            chunk[:, :units] = states
            chunk[:, units:width] = scaled
            if self.squares:
                np.square(chunk[:, :width], out=chunk[:, width:])
            yield chunk, state

    def run(
        self, series: np.ndarray, state: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Forecast the step after each step of a series, from the true steps before.

        Args:
            series: float array of shape (time, channels).
            state: the state before its first step; zeros by default.

        Returns:
            float64 array of shape (time, channels), and the state after the last step.
        """
        kernel = np.concatenate(self._kernels, axis=1).T
        outputs = np.empty((len(series), self.channels))
        end = self.zeros() if state is None else state
        start = 0
        for features, after in self.features(series, state):
            rows = outputs[start : start + len(features)]
            np.matmul(features, kernel, out=rows)
            start, end = start + len(features), after
        outputs += self._readout_bias
        return outputs * self._scale + self._mean, end

    def is_far(self, steps: np.ndarray) -> bool:
        """Return whether a step lies far from the series that the model was fitted to.

        Args:
            steps: float array of shape (channels,) or (time, channels).
        """
        return is_far(steps, self.scaling)

    def roll(
        self,
        states: np.ndarray,
        first: np.ndarray,
        horizon: int,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> np.ndarray:
        """Run freely: every forecast is the next input.

        Args:
            states: float64 array of shape (units, batch), after the last true step of each.
            first: float64 array of shape (batch, channels), the forecasts of the first step.
            horizon: number of steps.
            progress: called with what is being done, how much is done, and how much there is.

        Returns:
            float64 array of shape (batch, horizon, channels).
        """
        outputs = np.empty((first.shape[0], horizon, self.channels))
        y = first.T
        # A forecast may run away: what is infinite is answered as such.
        with np.errstate(over="ignore", invalid="ignore"):
            for index in range(horizon):
                outputs[:, index] = y.T
                if progress is not None and index and index % _TOLD == 0:
                    progress("steps", index, horizon)
                if index + 1 < horizon:
                    states, y = self.step(states, y)
        return outputs

    def forecast(
        self,
        context: Any,
        horizon: int,
        progress: Callable[[str, int, int], None] | None = None,
        *,
        names: Sequence[str] = (),
    ) -> Any:
        """Run on freely from where series end.

        Args:
            context: a series of shape (time, channels), or (time,) where there is one channel;
                or a list of them, of any lengths.
            horizon: number of steps.
            progress: called with what is being done, how much is done, and how much there is.
            names: of the channels, for warnings.

        Returns:
            float64 array of shape (horizon, channels); for a list, a list of them.

        Raises:
            InputError: `context` is not as described or holds NaN, or `horizon` is not a
                positive number or too large.

        Warns:
            UserWarning: a context is shorter than the washout or lies far from the training
                series, or a forecast runs away.
        """
        series, outputs, single = self._forecast(context, horizon, progress)
        self._warn(series, outputs, single, names)
        return outputs[0] if single else outputs

    def levels(self, quantiles: Any) -> list[int]:
        """Refuse quantiles: a reservoir forecasts one number.

        Args:
            quantiles: which.

        Raises:
            InputError: always.
        """
        raise InputError(
            "Expected no quantiles of a reservoir, which forecasts one number; a network that was "
            f"trained to has some, such as segrnn-etth1. Received: {shown(quantiles)}"
        )

    def forecast_with_doubts(self, context: Any, horizon: int) -> tuple[np.ndarray, list[str]]:
        """Do what `forecast` does for one series, and return what it warns of instead of warning.

        Args:
            context: a series of shape (time, channels).
            horizon: number of steps.

        Returns:
            float64 array of shape (horizon, channels), and the warnings.

        Raises:
            InputError: as for `forecast`.
        """
        (series,), (output,), _ = self._forecast([context], horizon, None)
        with np.errstate(over="ignore", invalid="ignore"):
            return output, [message for _, message in self._doubts(series, output, "")]

    def _forecast(
        self, context: Any, horizon: int, progress: Callable[[str, int, int], None] | None
    ) -> tuple[list[np.ndarray], list[np.ndarray], bool]:
        """Return the series, their forecasts, and whether one alone was given."""
        series, single = check_series(context, self.channels)
        steps = check_horizon(horizon, len(series), self.channels)
        # What is so far off that its squares overflow is told below.
        with np.errstate(over="ignore", invalid="ignore"):
            ends = [self.run(item) for item in series]
        states = np.stack([state for _, state in ends], axis=1)
        first = np.stack([outputs[-1] for outputs, _ in ends])
        return series, list(self.roll(states, first, steps, progress)), single

    def _warn(
        self,
        contexts: list[np.ndarray],
        outputs: list[np.ndarray],
        single: bool,
        names: Sequence[str],
    ) -> None:
        """Warn of contexts that say too little, and of forecasts that are none."""
        tell_doubts(contexts, outputs, single, partial(self._doubts, names=names))

    def _doubts(
        self, context: np.ndarray, output: np.ndarray, place: str, names: Sequence[str] = ()
    ) -> Iterator[tuple[str, str]]:
        if len(context) < self.washout:
            yield (
                "washout",
                f"The context{place} has {len(context)} step{'s' * (len(context) != 1)}, fewer "
                f"than the {self.washout} after which the state no longer depends on where it "
                f"started: the forecast does. Give {self.washout} steps or more",
            )
        yield from far_doubts(context, output, self.scaling, place, _RUNS_AWAY, names)
