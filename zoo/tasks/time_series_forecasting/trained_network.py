"""Forecasting by a trained network without Keras: the steps that follow the end of a series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from zoo.common.cores import cores
from zoo.common.counts import counted, real
from zoo.errors import CheckpointError, InputError, shown
from zoo.formats import Checkpoint
from zoo.graphs.session import in_parallel, make_session, shared_rows
from zoo.series.arrays import check_series
from zoo.tasks.time_series_forecasting.doubts import check_horizon, far_doubts, tell_doubts
from zoo.tasks.time_series_forecasting.trained_graph import trained_forecaster_graph

__all__ = ["WindowForecaster"]

# Numbers of all series that are computed at once.
_AT_ONCE = 1 << 22
_RUNS_AWAY = "Give a longer context, or fine-tune the model on such series"


class WindowForecaster:
    """Forecasts what follows series from their last steps, many steps at once.

    A constant added to a series is added to its forecast and changes nothing else: it is taken
    off in float64, so that a series far from zero keeps its small changes.

    Args:
        source: a verified checkpoint of a trained forecaster.

    Attributes:
        channels: number of channels.
        horizon: steps that are forecast at once; what goes further reads its own forecasts.
        washout: steps that are read: what lies before them changes nothing.
        quantiles: those that are forecast; none where the forecast is one number.
        scaling: mean and standard deviation of the channels of the series it was trained on.
        threads: batches that are computed side by side.

    Example:
        >>> import zoo
        >>> zoo.pipeline("segrnn-etth1").model.horizon  # doctest: +SKIP
        720

    Reference:
        [Lin et al., 2023](https://arxiv.org/abs/2308.11200)
    """

    def __init__(self, source: Checkpoint) -> None:
        backbone, tensors = source.backbone, source.tensors
        self.channels, self.horizon = backbone.channels, backbone.horizon
        self.washout = backbone.look_back
        self.quantiles: tuple[float, ...] = source.head.quantiles
        self._factors: np.ndarray | None = source.head.factors(backbone.horizon)
        self.scaling = (
            tensors["scaling/mean"].astype(np.float64),
            tensors["scaling/scale"].astype(np.float64),
        )
        try:
            self._session = make_session(source.graph("onnx/model.onnx", trained_forecaster_graph))
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {source.path}: {error}") from error
        self._rows = max(1, min(64, _AT_ONCE // max(1, backbone.activations(backbone.look_back))))
        self.threads = cores()

    def ahead(self, series: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return what follows the end of series, as far as is forecast at once.

        Args:
            series: float64 arrays of shape (time, channels).

        Returns:
            float64 arrays of shape (horizon, channels, outputs), a quantile an output; one where
            the forecast is one number.
        """
        outputs: list[Any] = [None] * len(series)
        alike = defaultdict(list)
        for row, item in enumerate(series):
            alike[min(len(item), self.washout)].append(row)
        size = shared_rows(len(series), self._rows, self.threads)

        def compute(rows: np.ndarray) -> None:
            length = min(len(series[rows[0]]), self.washout)
            ends = np.stack([series[row][-length:] for row in rows])
            last = ends[:, -1:]
            # What is so far off that it overflows is told where it is answered.
            with np.errstate(over="ignore", invalid="ignore"):
                feed = {"series": (ends - last).astype(np.float32)}
                (found,) = self._session.run(["forecasts"], feed)
                found = found.reshape(*found.shape[:3], -1) + last[..., None]
            for row, forecast in zip(rows, found, strict=True):
                outputs[row] = forecast

        batches = [
            np.array(rows[start : start + size])
            for _, rows in sorted(alike.items(), reverse=True)
            for start in range(0, len(rows), size)
        ]
        in_parallel(compute, batches, self.threads)
        return outputs

    def roll(
        self,
        series: Sequence[np.ndarray],
        horizon: int,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> list[np.ndarray]:
        """Return what follows the end of series: beyond the model's horizon from its forecasts.

        Args:
            series: float64 arrays of shape (time, channels).
            horizon: number of steps.
            progress: called with what is being done, how much is done, and how much there is.

        Returns:
            float64 arrays of shape (horizon, channels, outputs).
        """
        parts: list[list[np.ndarray]] = [[] for _ in series]
        contexts = [item[-self.washout :] for item in series]
        for done in range(0, horizon, self.horizon):
            if progress is not None and done:
                progress("steps", done, horizon)
            found = self.ahead(contexts)
            for row, forecast in enumerate(found):
                parts[row].append(forecast[: horizon - done])
                contexts[row] = np.concatenate([contexts[row], self.point(forecast)])[
                    -self.washout :
                ]
        return [np.concatenate(part) for part in parts]

    def point(self, outputs: np.ndarray) -> np.ndarray:
        """Return the one number that is forecast: the median where there are quantiles.

        Args:
            outputs: float array of shape (horizon, channels, outputs).
        """
        middle = self.quantiles.index(0.5) if self.quantiles else 0
        return outputs[..., middle]

    def uncalibrated(self, outputs: np.ndarray) -> np.ndarray | None:
        """Return quantiles as they were taught; None where they lie no further from the median.

        Args:
            outputs: float array of shape (horizon, channels, outputs).
        """
        if self._factors is None:
            return None
        point = self.point(outputs)[..., None]
        factors = self._factors[np.arange(len(outputs)) % self.horizon]
        found: np.ndarray = point + (outputs - point) / factors
        return found

    def levels(self, quantiles: Any) -> list[int]:
        """Return which outputs quantiles are.

        Args:
            quantiles: some of the model's, as numbers.

        Raises:
            InputError: the model does not forecast one, or they are no numbers.
        """
        given = [quantiles] if real(quantiles) is not None else quantiles
        try:
            wanted = [real(level) for level in given]
        except TypeError:
            wanted = [None]
        if not wanted or any(level not in self.quantiles for level in wanted):
            known = ", ".join(f"{level:g}" for level in self.quantiles)
            expected = f"quantiles out of {known}, which it was trained for"
            if not known:
                expected = (
                    "no quantiles, for it was trained to forecast one number; zoo.finetune(..., "
                    "quantiles=[0.1, 0.5, 0.9]) makes one that forecasts them"
                )
            raise InputError(f"Expected {expected}. Received: {shown(quantiles)}")
        return [self.quantiles.index(level) for level in wanted]

    def forecast(
        self,
        context: Any,
        horizon: int | None = None,
        progress: Callable[[str, int, int], None] | None = None,
        quantiles: Any = None,
        *,
        names: Sequence[str] = (),
    ) -> Any:
        """Forecast what follows the end of series.

        Args:
            context: a series of shape (time, channels), or (time,) where there is one channel;
                or a list of them, of any lengths.
            horizon: number of steps; by default those that are forecast at once.
            progress: called with what is being done, how much is done, and how much there is.
            quantiles: some of the model's, such as `[0.1, 0.9]`; by default one number a step.
            names: of the channels, for warnings.

        Returns:
            float64 array of shape (horizon, channels), or (horizon, channels, quantiles) where
            quantiles are asked for; for a list, a list of them.

        Raises:
            InputError: `context` is not as described or holds NaN, or `horizon` is not a
                positive number or too large, or the model has no such quantiles.

        Warns:
            UserWarning: a context is shorter than what is read or lies far from the training
                series, or the forecast goes further than the model does.
        """
        series, outputs, single = self._forecast(context, horizon, progress, quantiles)
        points = [output if quantiles is None else output[..., 0] for output in outputs]
        tell_doubts(series, points, single, partial(self._doubts, names=names))
        return outputs[0] if single else outputs

    def forecast_with_doubts(
        self, context: Any, horizon: int | None, quantiles: Any = None
    ) -> tuple[np.ndarray, list[str]]:
        """Do what `forecast` does for one series, and return what it warns of instead of warning.

        Args:
            context: a series of shape (time, channels).
            horizon: number of steps.
            quantiles: as for `forecast`; what is doubted is the first.

        Returns:
            float64 array of the shape that `forecast` returns, and the warnings.

        Raises:
            InputError: as for `forecast`.
        """
        (series,), (output,), _ = self._forecast([context], horizon, None, quantiles)
        point = output if quantiles is None else output[..., 0]
        return output, [message for _, message in self._doubts(series, point, "")]

    def _forecast(
        self,
        context: Any,
        horizon: int | None,
        progress: Callable[[str, int, int], None] | None,
        quantiles: Any,
    ) -> tuple[list[np.ndarray], list[np.ndarray], bool]:
        series, single = check_series(context, self.channels)
        outputs = max(1, len(self.quantiles))
        steps = check_horizon(
            self.horizon if horizon is None else horizon, len(series) * outputs, self.channels
        )
        levels = None if quantiles is None else self.levels(quantiles)
        found = self.roll(series, steps, progress)
        if levels is None:
            return series, [self.point(item) for item in found], single
        return series, [item[..., levels] for item in found], single

    def _doubts(
        self, context: np.ndarray, output: np.ndarray, place: str, names: Sequence[str] = ()
    ) -> Iterator[tuple[str, str]]:
        if len(context) < self.washout:
            yield (
                "short",
                f"The context{place} has {counted(len(context), 'step')}, fewer than the "
                f"{self.washout} that the model reads: the forecast rests on less than it was "
                f"trained with. Give {self.washout} steps or more",
            )
        if len(output) > self.horizon:
            yield (
                "horizon",
                f"The forecast{place} goes further than the {counted(self.horizon, 'step')} that "
                "the model was trained to forecast: what lies beyond rests on its own forecasts, "
                "and is worth less. Fine-tune it with a longer horizon",
            )
        yield from far_doubts(context, output, self.scaling, place, _RUNS_AWAY, names)
