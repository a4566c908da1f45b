"""Forecasting of numeric series with the zoo's backbones."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops

from zoo.checkpoint.recorded_series import SeriesTask
from zoo.errors import InputError
from zoo.layers.initializers import GlorotUniform
from zoo.networks.echo_state.backbone import EchoStateBackbone
from zoo.networks.echo_state.closed_form import RIDGES, Fit, draw_tensors
from zoo.networks.segrnn.backbone import SegRNNBackbone
from zoo.series.arrays import check_series
from zoo.sessions.session import Session
from zoo.specs import make_spec
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster, one_step_error
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec
from zoo.tasks.time_series_forecasting.streaming import ForecastingStream
from zoo.tasks.time_series_forecasting.trained_model import TrainedForecaster

__all__ = ["EchoStateForecaster", "Forecaster", "SegRNNForecaster"]


@keras.saving.register_keras_serializable(package="zoo")
class WithSquares(keras.layers.Layer):
    """Puts the squares of features beside them.

    Call with a tensor of shape (..., features); returns one of shape (..., 2 * features).
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.built = True

    def call(self, inputs: Any) -> Any:
        return ops.concatenate([inputs, ops.square(inputs)], axis=-1)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], 2 * input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config()}


class Forecaster(SeriesTask):
    """A forecaster: numeric series in, the step after each of their steps out.

    Its subclasses differ in their backbone, and in how it is trained.

    Args:
        backbone: a backbone of the subclass's kind.
        squares: whether the readout hears the squares of the features beside them.
        washout: steps after which the state no longer depends on where it started.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: an argument is out of bounds; by the methods, for what is not a series, and
            for NaN, whose place is named.
    """

    task = "time-series-forecasting"

    def __init__(
        self,
        backbone: Any,
        squares: bool = False,
        washout: int = 100,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(ForecasterSpec, squares=squares, washout=washout)
        self.backbone = backbone
        self.preprocessor = preprocessor
        policy = backbone.dtype_policy
        features = backbone(backbone.input)
        if squares:
            features = WithSquares(dtype=policy, name="squares")(features)
        self.readout = keras.layers.Dense(
            backbone.spec.channels, kernel_initializer=GlorotUniform(), dtype=policy, name="readout"
        )
        outputs = backbone.scaling(self.readout(features), invert=True)
        super().__init__(inputs=backbone.input, outputs=outputs, **kwargs)

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        features = self.backbone.from_scaled(series, padding_mask)
        if self.spec.squares:
            features = self.get_layer("squares")(features)
        return self.readout(features)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}

    def predict(self, x: Any, batch_size: int = 32, **kwargs: Any) -> Any:
        """Forecast the step after each step of series, from the true steps before.

        Args:
            x: a series of shape (time, channels), or (time,) where there is one channel; or a
                list of them, of any lengths.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.predict`, such as `verbose`.

        Returns:
            float64 array of shape (time, channels); for a list, a list of them.

        Raises:
            InputError: `x` is not as described, or holds NaN.
        """
        series, single = check_series(x, self.backbone.spec.channels)
        mean, scale = self._scaling()
        outputs: list[Any] = [None] * len(series)
        for rows, batch in self._batches(series, batch_size):
            for row, output in zip(rows, batch, strict=True):
                outputs[row] = output[: len(series[row])].astype(np.float64) * scale + mean
        return outputs[0] if single else outputs

    def fit(self, x: Any = None, validation_data: Any = None, **kwargs: Any) -> Any:
        """Train on series; see the subclass."""
        raise NotImplementedError

    def forecast(self, context: Any, horizon: int) -> Any:
        """Run on freely from where series end; see the subclass."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package="zoo")
class EchoStateForecaster(Forecaster):
    """A forecaster over an `EchoStateBackbone`, trained in closed form.

    `predict` runs through Keras. `forecast` and `session` compute in float64 without it: what a
    chaotic system does to rounding errors, it does to float32's too.

    Args:
        backbone: an `EchoStateBackbone`.
        squares: whether the readout hears the squares of the features beside them.
        washout: steps after which the state no longer depends on where it started.

    Raises:
        InputError: as for `Forecaster`.

    Example:
        >>> model = EchoStateForecaster(EchoStateBackbone(channels=1, units=100))
        >>> series = np.sin(0.2 * np.arange(1000))
        >>> model.fit(series[:800], validation_data=series[800:])
        >>> model.forecast(series, horizon=50).shape
        (50, 1)

    Reference:
        [Jaeger & Haas, 2004](https://doi.org/10.1126/science.1091277)
    """

    backbone_cls = EchoStateBackbone

    def fit(
        self,
        x: Any = None,
        validation_data: Any = None,
        *,
        ridge: float | Sequence[float] = RIDGES,
        **kwargs: Any,
    ) -> Fit:
        """Fit scaling and readout in closed form: ridge regression in float64.

        Args:
            x: a series of shape (time, channels), or (time,) where there is one channel; or a
                list of them, of any lengths. The washout of each is run through only.
            validation_data: other series, to choose the ridge by the error of one step. By
                default it is the last fifth of every series, which is then not fitted to.
            ridge: penalties to choose from, or one: the weight of the squared kernel beside the
                squared error of a step. With one nothing is held out.
            **kwargs: none; named here to say what is not meant for a fit in closed form.

        Returns:
            The chosen ridge and the scores; the weights are set.

        Raises:
            InputError: `x` is not as described or holds NaN, or is not longer than the washout.
        """
        if kwargs:
            raise InputError(
                "Expected x, validation_data and ridge: a reservoir's readout is fitted in closed "
                f"form, without epochs or batches. Received: {', '.join(sorted(kwargs))}"
            )
        series, _ = check_series(x, self.backbone.spec.channels, least=2)
        if validation_data is not None:
            held, _ = check_series(validation_data, self.backbone.spec.channels, least=2)
        elif np.ndim(ridge) == 0:
            held = []
        else:
            ends = [len(item) - len(item) // 5 for item in series]
            held = [item[end:] for item, end in zip(series, ends, strict=True)]
            series = [item[:end] for item, end in zip(series, ends, strict=True)]
        tensors = self._backbone_tensors(series)

        def error(model: ReservoirForecaster) -> float:
            return one_step_error(model, held)

        fit = fit_forecaster(
            self.backbone.spec,
            self.spec,
            series,
            error if held else None,
            tensors=tensors,
            ridge=ridge,
        )
        self.set_tensors(fit.tensors)
        return fit

    def _backbone_tensors(self, series: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Return the backbone's own weights, which may have been trained, and a new scaling."""
        drawn = draw_tensors(self.backbone.spec, series)
        own = self.tensors
        return {
            name: value if name.startswith("scaling/") else own[name]
            for name, value in drawn.items()
        }

    @property
    def runtime(self) -> ReservoirForecaster:
        """The model without Keras, with the weights as they are now."""
        return ReservoirForecaster(self.tensors, self.backbone.spec, self.spec)

    def forecast(self, context: Any, horizon: int) -> Any:
        """Run on freely from where series end.

        Args:
            context: a series of shape (time, channels), or (time,) where there is one channel;
                or a list of them, of any lengths.
            horizon: number of steps.

        Returns:
            float64 array of shape (horizon, channels); for a list, a list of them.

        Raises:
            InputError: `context` is not as described or holds NaN, or `horizon` is not a
                positive number.
        """
        return self.runtime.forecast(context, horizon)

    def session(self) -> Session[np.ndarray]:
        """Return a streaming session with the weights as they are now."""
        stream = ForecastingStream(self.runtime)
        return Session(stream, stream.first)


@keras.saving.register_keras_serializable(package="zoo")
class SegRNNForecaster(TrainedForecaster):
    """A forecaster over a `SegRNNBackbone`, trained by gradient descent.

    Args:
        backbone: a `SegRNNBackbone`.
        quantiles: those to forecast, in ascending order, .5 among them; none for one number.
        dropout: share of the features dropped in training.

    Raises:
        InputError: as for `TrainedForecaster`.

    Example:
        >>> backbone = SegRNNBackbone(channels=1, look_back=40, horizon=20, segment=10, units=8)
        >>> model, series = SegRNNForecaster(backbone), np.sin(0.2 * np.arange(200))
        >>> model.adapt(series)
        >>> history = model.fit(series, verbose=0)
        >>> model.predict(series).shape
        (20, 1)

    Reference:
        [Lin et al., 2023](https://arxiv.org/abs/2308.11200)
    """

    backbone_cls = SegRNNBackbone
