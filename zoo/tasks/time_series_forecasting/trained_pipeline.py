"""Forecasts of a trained network from a checkpoint through ONNX Runtime, without Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from zoo.common.notebook import line
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.series.arrays import check_series
from zoo.sessions.session import Session, Streaming, fingerprint
from zoo.tasks.time_series_forecasting.trained_network import WindowForecaster
from zoo.tasks.time_series_forecasting.trained_streaming import WindowStream

__all__ = ["TrainedForecastingPipeline"]


class TrainedForecastingPipeline(Streaming):
    """Forecasts numeric series with the weights of a trained network.

    Made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `time-series-forecasting` over such a network.

    Attributes:
        info: the checkpoint's record.
        model: what forecasts, without any state.
        closed_form: whether its network is fitted in closed form.

    Example:
        >>> import zoo
        >>> forecast = zoo.pipeline("segrnn-etth1")  # doctest: +SKIP
        >>> forecast(np.zeros((720, 7)), horizon=96).shape  # doctest: +SKIP
        (96, 7)
    """

    closed_form: ClassVar[bool] = False

    def __init__(self, source: Checkpoint) -> None:
        self.info: ModelInfo = source.info
        self.model = WindowForecaster(source)
        self._source = source
        self._stream = WindowStream(self.model, fingerprint(source.info))

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source,)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(
        self,
        context: Any,
        horizon: int | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        *,
        quantiles: Any = None,
    ) -> Any:
        """Forecast what follows the end of series.

        Args:
            context: a series of shape (time, channels), or (time,) where there is one channel;
                or a list of them, of any lengths. `model.washout` steps are read of its end.
            horizon: number of steps; by default as many as the model forecasts at once. What goes
                further rests on its own forecasts.
            progress: called with what is being done, how much is done, and how much there is.
            quantiles: some of `model.quantiles`, such as `[0.1, 0.9]`; by default one number.

        Returns:
            float64 array of shape (horizon, channels), or (horizon, channels, quantiles) where
            quantiles are asked for; for a list, a list of them.

        Raises:
            InputError: `context` is not as described or holds NaN, `horizon` is not a positive
                number, or the model was not trained for such quantiles.
        """
        return self.model.forecast(context, horizon, progress, quantiles)

    def predict(self, series: Any) -> Any:
        """Forecast what follows the end of series, as far as the model forecasts at once.

        Args:
            series: as `context`.

        Returns:
            float64 array of shape (horizon, channels); for a list, a list of them.

        Raises:
            InputError: `series` is not as described, or holds NaN.
        """
        arrays, single = check_series(series, self.model.channels)
        outputs = [self.model.point(found) for found in self.model.ahead(arrays)]
        return outputs[0] if single else outputs

    def session(self) -> Session[np.ndarray]:
        """Return a session for a series that arrives step by step.

        `step` takes a step, of shape (channels,), or a number where there is one channel, or
        several of shape (time, channels), and returns what `predict` does of the series so far:
        float64 of shape (horizon, channels). The state holds what has arrived, as far back as the
        model reads, so that it is a context too.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("segrnn-etth1").session()  # doctest: +SKIP
            >>> session.step(np.zeros(7)).shape  # doctest: +SKIP
            (720, 7)
        """
        return Session(self._stream, self._stream.first)
