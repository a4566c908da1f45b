"""Forecasts from a checkpoint with NumPy and SciPy, without Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from zoo.common.notebook import line
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.series.arrays import check_series
from zoo.sessions.session import Session, Streaming, fingerprint
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.streaming import ForecastingStream

__all__ = ["ForecastingPipeline", "pipeline_of"]


class ForecastingPipeline(Streaming):
    """Forecasts numeric series with the weights of a checkpoint.

    Made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `time-series-forecasting`.

    Attributes:
        info: the checkpoint's record.
        model: the forecaster, with its pure step.
        closed_form: whether its network is fitted in closed form.

    Example:
        >>> import zoo
        >>> from zoo.series.chaos import integrate_mackey_glass
        >>> zoo.pipeline("esn-mackey-glass")(integrate_mackey_glass(500), horizon=84).shape
        (84, 1)
    """

    closed_form: ClassVar[bool] = True

    def __init__(self, source: Checkpoint) -> None:
        self.info: ModelInfo = source.info
        self.model = ReservoirForecaster(source.tensors, source.backbone, source.head)
        self._stream = ForecastingStream(self.model, fingerprint(source.info))

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(
        self,
        context: Any,
        horizon: int,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> Any:
        """Run on freely from where series end.

        Args:
            context: a series of shape (time, channels), or (time,) where there is one channel;
                or a list of them, of any lengths. `model.washout` steps or more are best: with
                fewer, the state still depends on where it started.
            horizon: number of steps.
            progress: called with what is being done, how much is done, and how much there is.

        Returns:
            float64 array of shape (horizon, channels); for a list, a list of them.

        Raises:
            InputError: `context` is not as described or holds NaN, or `horizon` is not a
                positive number.
        """
        return self.model.forecast(context, horizon, progress)

    def predict(self, series: Any) -> Any:
        """Forecast the step after each step of series, from the true steps before.

        Args:
            series: as `context`.

        Returns:
            float64 array of shape (time, channels); for a list, a list of them.

        Raises:
            InputError: `series` is not as described, or holds NaN.
        """
        arrays, single = check_series(series, self.model.channels)
        outputs = [self.model.run(array)[0] for array in arrays]
        return outputs[0] if single else outputs

    def session(self) -> Session[np.ndarray]:
        """Return a session for a series that arrives step by step, which starts from zeros.

        `step` takes a step, of shape (channels,), or a number where there is one channel, or
        several of shape (time, channels), and returns the forecast of what follows each, float64
        of that shape.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("esn-mackey-glass").session()
            >>> session.step(1.2).shape
            (1,)
        """
        return Session(self._stream, self._stream.first)


def pipeline_of(source: Checkpoint) -> Any:
    """Return what answers from a checkpoint: of a reservoir, or of a network that was trained.

    Args:
        source: a verified checkpoint of the task `time-series-forecasting`.
    """
    if source.backbone.closed_form:
        return ForecastingPipeline(source)
    # Here: ONNX Runtime, which a reservoir does without.
    from zoo.tasks.time_series_forecasting.trained_pipeline import TrainedForecastingPipeline

    return TrainedForecastingPipeline(source)
