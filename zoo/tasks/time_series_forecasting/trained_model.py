"""Keras models of trained forecasters: the steps that follow a series, from one call."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import msgspec
import numpy as np
from msgspec import UNSET

from zoo.checkpoint.recorded_series import SeriesTask
from zoo.common.counts import checked_batch_size
from zoo.errors import InputError
from zoo.series.arrays import check_series
from zoo.specs import make_spec
from zoo.tasks.time_series_forecasting.calibration import stretch_of
from zoo.tasks.time_series_forecasting.doubts import check_horizon
from zoo.tasks.time_series_forecasting.specs import TrainedForecasterSpec
from zoo.tasks.time_series_forecasting.trained_layers import QuantileReadout, StepsOfSegments
from zoo.tasks.time_series_forecasting.trained_loss import ForecastLoss
from zoo.tasks.time_series_forecasting.windows import ForecastWindows, step_weights

__all__ = ["TrainedForecaster", "scaling_of"]

# Windows by which quantiles are calibrated, and those of a batch.
_CALIBRATED, _AT_ONCE = 512, 64


class TrainedForecaster(SeriesTask):
    """A forecaster that learns by gradient descent: series in, the steps that follow them out.

    Its subclasses differ in their backbone. A call takes what the backbone takes and returns
    forecasts of shape (batch, horizon, channels), in the units of the series; with quantiles
    (batch, horizon, channels, quantiles), in ascending order.

    Args:
        backbone: a backbone of the subclass's kind.
        quantiles: those to forecast, in ascending order, .5 among them; none for one number.
        dropout: share of the features dropped in training.
        stretch: how many times as far from the median as the network was taught the quantiles below
            and above it lie, pairs for equal parts of the horizon; see `calibrate`.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: an argument is out of bounds; by the methods, for what is not a series, and
            for NaN, whose place is named.
    """

    task = "time-series-forecasting"

    def __init__(
        self,
        backbone: Any,
        quantiles: Sequence[float] = (),
        dropout: float = 0.0,
        stretch: Sequence[Sequence[float]] | None = None,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        given = {} if stretch is None else {"stretch": stretch}
        self.spec = make_spec(TrainedForecasterSpec, quantiles=quantiles, dropout=dropout, **given)
        self.backbone = backbone
        self.preprocessor = preprocessor
        policy, own = backbone.dtype_policy, backbone.spec
        features = backbone(backbone.input)
        if dropout:
            features = keras.layers.Dropout(dropout, dtype=policy, name="dropout")(features)
        outputs, levels = self.spec.outputs, self.spec.quantiles
        self._middle = self.spec.middle
        self.readout = QuantileReadout(
            own.segment * outputs, outputs, self._middle, dtype=policy, name="readout"
        )
        steps = StepsOfSegments(
            own.horizon, outputs, self._stretch, self._middle, dtype=policy, name="steps"
        )(self.readout(features))
        forecasts = backbone.in_units(steps if levels else steps[..., 0], **backbone.input)
        super().__init__(inputs=backbone.input, outputs=forecasts, **kwargs)

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        backbone = self.backbone
        recent, own, last = backbone.recent_steps(series, padding_mask)
        steps = self.get_layer("steps")(self.readout(backbone.segments(recent - last, own)))
        return steps[..., self._middle] + last

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.to_builtins(self.spec)}

    def adapt(self, series: Any) -> None:
        """Set the scaling by series, such as those that the model is about to be trained on.

        Args:
            series: a series of shape (time, channels), or (time,) where there is one channel; or
                a list of them. A channel that never changes keeps its own units.

        Raises:
            InputError: `series` is not as described, or holds NaN.
        """
        items, _ = check_series(series, self.backbone.spec.channels)
        self.set_tensors(scaling_of(items))

    def fit(
        self,
        x: Any = None,
        validation_data: Any = None,
        *,
        batch_size: int = 64,
        epochs: int = 1,
        **kwargs: Any,
    ) -> Any:
        """Train on series, by windows of all their places; `adapt` sets the scaling before.

        What is not compiled is compiled with Adam and the error in deviations, or the quantiles'.

        Args:
            x: a series of shape (time, channels), or a list of them, longer than one step.
            validation_data: other series, to be scored after every epoch.
            batch_size: windows a step.
            epochs: passes over all windows.
            **kwargs: as for `keras.Model.fit`.

        Returns:
            The history, as `keras.Model.fit` does.

        Raises:
            InputError: `x` is not as described, or holds NaN.
        """
        if not self.compiled or self._compile_loss is None:
            self.compile(optimizer=keras.optimizers.Adam(1e-3), loss=self.loss_of())
        held = None if validation_data is None else self._windows(validation_data, batch_size)
        windows = self._windows(x, batch_size)
        # Not KerasHub's own, which would have a preprocessor take raw series.
        return keras.Model.fit(self, windows, validation_data=held, epochs=epochs, **kwargs)

    def loss_of(self, horizons: Sequence[int] = (), error: str = "absolute") -> ForecastLoss:
        """Return the loss of its forecasts, in deviations of the series it was scaled by.

        Args:
            horizons: steps whose means count alike; by default all steps do.
            error: `"absolute"` or `"squared"`; of quantiles it is their own.
        """
        weights = step_weights(horizons or [self.backbone.spec.horizon])
        return ForecastLoss(weights, self._scaling()[1], self.spec.quantiles, error)

    def calibrate(self, series: Any, *, first: int | None = None, least: int | None = None) -> None:
        """Have the quantiles lie as far from the median as they must on series to say the truth.

        The median stays as it is, and so do the weights: on either side a factor is set for every
        segment that is forecast, see `zoo.tasks.time_series_forecasting.calibration`.

        Args:
            series: as for `fit`, of which nothing was learnt.
            first: steps before the first forecast; by default as many as are read.
            least: steps that follow the last forecast; by default as many as are forecast.

        Raises:
            InputError: `series` is not as described, or the model forecasts no quantiles.
        """
        self._check_quantiles()
        spec = self.backbone.spec
        items, _ = check_series(series, spec.channels, least=2)
        least = least or spec.horizon
        if first is None:
            first = min(spec.look_back, max(1, min(map(len, items)) - least))
        places = sum(max(0, len(item) - first - least + 1) for item in items)
        windows = ForecastWindows(
            items,
            spec.look_back,
            spec.horizon,
            first=first,
            least=least,
            stride=max(1, places // _CALIBRATED),
        )
        if not len(windows):
            return
        self._set_stretch(UNSET)
        found = [self.predict_on_batch(features) for features, _ in _whole(windows)]
        forecasts = np.concatenate(found)[: len(windows)]
        truth = windows.batch(np.arange(len(windows)))[1]
        self._set_stretch(stretch_of(forecasts, truth, self.spec.quantiles, spec.positions))

    @property
    def _stretch(self) -> Any:
        return () if self.spec.stretch is UNSET else self.spec.stretch

    def _set_stretch(self, stretch: Any) -> None:
        self.spec = msgspec.structs.replace(self.spec, stretch=stretch)
        self.get_layer("steps").stretch = self._stretch
        # What was compiled answers with the factors as they were.
        self.train_function = self.test_function = self.predict_function = None

    def _windows(self, series: Any, batch_size: int) -> Any:
        spec = self.backbone.spec
        items, _ = check_series(series, spec.channels, least=2)
        first = min(spec.look_back, max(1, min(map(len, items)) - spec.horizon))
        return _WindowBatches(
            ForecastWindows(items, spec.look_back, spec.horizon, first=first, least=1), batch_size
        )

    def predict(self, x: Any, batch_size: int = 32, **kwargs: Any) -> Any:
        """Forecast what follows the end of series.

        Args:
            x: a series of shape (time, channels), or (time,) where there is one channel; or a
                list of them, of any lengths.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.predict`, such as `verbose`.

        Returns:
            float64 array of shape (horizon, channels), of quantiles the median; for a list, a
            list of them.

        Raises:
            InputError: `x` is not as described, or holds NaN.
        """
        outputs, single = self._ahead(x, batch_size)
        points = [self._point(output) for output in outputs]
        return points[0] if single else points

    def predict_quantiles(self, x: Any, batch_size: int = 32) -> Any:
        """Forecast the quantiles of what follows the end of series.

        Args:
            x: as for `predict`.
            batch_size: series computed at once.

        Returns:
            float64 array of shape (horizon, channels, quantiles); for a list, a list of them.

        Raises:
            InputError: `x` is not as described, or the model forecasts no quantiles.
        """
        self._check_quantiles()
        outputs, single = self._ahead(x, batch_size)
        return outputs[0] if single else outputs

    def forecast(self, context: Any, horizon: int | None = None) -> Any:
        """Forecast what follows the end of series, beyond the horizon from its own forecasts.

        Args:
            context: as for `predict`.
            horizon: number of steps; by default those that are forecast at once.

        Returns:
            float64 array of shape (horizon, channels); for a list, a list of them.

        Raises:
            InputError: `context` is not as described, or `horizon` is not a positive number.
        """
        spec = self.backbone.spec
        items, single = check_series(context, spec.channels)
        steps = spec.horizon if horizon is None else horizon
        steps = check_horizon(steps, len(items), spec.channels)
        contexts = items
        for _ in range(0, steps, spec.horizon):
            contexts = [
                np.concatenate([item, found])
                for item, found in zip(contexts, self.predict(contexts), strict=True)
            ]
        outputs = [
            whole_series[len(item) : len(item) + steps]
            for item, whole_series in zip(items, contexts, strict=True)
        ]
        return outputs[0] if single else outputs

    def _check_quantiles(self) -> None:
        if not self.spec.quantiles:
            raise InputError(
                "Expected a model that was trained to forecast quantiles. Received: one that "
                "forecasts one number"
            )

    def _point(self, output: np.ndarray) -> np.ndarray:
        return output[..., self._middle] if self.spec.quantiles else output

    def _ahead(self, x: Any, batch_size: int) -> tuple[list[Any], bool]:
        size = checked_batch_size(batch_size)
        items, single = check_series(x, self.backbone.spec.channels)
        most, several = self.backbone.spec.look_back, bool(self.spec.quantiles)
        order = np.argsort([len(item) for item in items], kind="stable")
        outputs: list[Any] = [None] * len(items)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            ends = [items[row][-most:] for row in rows]
            # Of one length, so that what compiles does so once.
            series = np.zeros((len(rows), most, self.backbone.spec.channels), np.float32)
            for row, end in zip(series, ends, strict=True):
                row[: len(end)] = end - end[-1]
            mask = np.arange(most) < np.array([len(end) for end in ends])[:, None]
            found = self.predict_on_batch({"series": series, "padding_mask": mask})
            for row, end, forecast in zip(rows, ends, np.asarray(found, np.float64), strict=True):
                outputs[row] = forecast + (end[-1][:, None] if several else end[-1])
        return outputs, single


def scaling_of(series: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the scaling of a network by the series that it is trained on.

    Args:
        series: float64 arrays of shape (time, channels).

    Returns:
        Mean and standard deviation of every channel, 1 where it never changes, by the names of a
        checkpoint.

    Example:
        >>> scaling_of([np.array([[1.0], [3.0]])])["scaling/scale"].tolist()
        [1.0]
    """
    steps = np.concatenate(list(series))
    mean, deviation = steps.mean(axis=0), steps.std(axis=0)
    # What is left of a channel that never changes is rounding.
    still = deviation <= 1e-12 * np.maximum(1.0, np.abs(mean))
    return {"scaling/mean": mean, "scaling/scale": np.where(still, 1.0, deviation)}


class _WindowBatches(keras.utils.PyDataset):
    """Windows in batches, in another order every epoch."""

    def __init__(self, windows: ForecastWindows, size: int) -> None:
        super().__init__()
        self._all, self._size, self._epoch = windows, size, 0
        self.on_epoch_end()

    def __len__(self) -> int:
        return -(-len(self._all) // self._size)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self._all.batch(self._order[index * self._size : (index + 1) * self._size])

    def on_epoch_end(self) -> None:
        self._order = np.random.default_rng(self._epoch).permutation(len(self._all))
        self._epoch += 1


def _whole(windows: ForecastWindows) -> Iterator[tuple[Any, Any]]:
    """Yield all windows in batches, the last filled up, so that what compiles does so once."""
    for start in range(0, len(windows), _AT_ONCE):
        yield windows.batch(np.minimum(np.arange(start, start + _AT_ONCE), len(windows) - 1))
