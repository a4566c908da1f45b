"""Anomaly detection in numeric series with the zoo's backbones."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import msgspec
import numpy as np
from keras import ops

from zoo.checkpoint.recorded_series import SeriesTask
from zoo.layers.initializers import GlorotUniform
from zoo.networks.recurrent.backbone import SeriesRecurrentBackbone
from zoo.series.arrays import check_series
from zoo.sessions.session import Session
from zoo.specs import make_spec
from zoo.tasks.time_series_anomaly_detection.examples import forecast_windows
from zoo.tasks.time_series_anomaly_detection.network import (
    DetectorState,
    RowDetector,
    check_network,
)
from zoo.tasks.time_series_anomaly_detection.rows import read_rows, scored
from zoo.tasks.time_series_anomaly_detection.scaling import check_sizes
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.streaming import DetectionStream

__all__ = ["MixtureLoss", "SeriesRecurrentAnomalyDetector"]

_HALF_LOG_TWO_PI = 0.9189385332046727


@keras.saving.register_keras_serializable(package="zoo")
class MixtureLoss(keras.losses.Loss):
    """How improbable values are by their forecasts: the negative logarithm of the density.

    Call with where the values lie, counted from the value before, of shape (batch, time), and
    outputs of the head, of shape (batch, time, outputs).

    Example:
        >>> float(MixtureLoss()(np.zeros((1, 1)), np.zeros((1, 1, 3)))) < 1.0
        True
    """

    def __init__(self, name: str = "mixture", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        logits, places, widths = ops.split(y_pred, 3, axis=-1)
        weights = ops.log_softmax(logits, axis=-1)
        widths = ops.clip(widths, -4.5, 3.0)
        z = (ops.expand_dims(y_true, -1) - 0.3 * places) / ops.exp(widths)
        densities = weights - 0.5 * ops.square(z) - widths - _HALF_LOG_TWO_PI
        return -ops.logsumexp(densities, axis=-1)


@keras.saving.register_keras_serializable(package="zoo")
class SeriesRecurrentAnomalyDetector(SeriesTask):
    """A detector of what is unusual in a series, over a `SeriesRecurrentBackbone`.

    The network forecasts every row from the rows before it; a row is scored by how it differs from
    its forecast, measured by what the series did before. Called with tensors it returns the
    forecasts; `predict` takes series and returns scores.

    Args:
        backbone: a `SeriesRecurrentBackbone` of 2 channels.
        components: normal distributions that the forecast of a row is a mixture of.
        scaling_rows: rows that the running mean and deviation of a series are taken over.
        error_steps: rows that errors of the forecast are averaged over.
        surprise_steps: rows that surprises are averaged over.
        level_steps: rows that the level of the series is averaged over.
        weights: how much count: errors, surprises, shifts of the level, and distances from the
            mean.
        memory: rows after which half of what is unusual for a series is forgotten.
        power: how much the largest of the past count in what is unusual.
        floor: share of the deviation of a series that counts as usual in any case.
        hold: rows for which an alarm silences those that are not stronger.
        threshold: score from which on a row is an alarm.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: an argument is out of bounds, or the network reads ahead; by the methods, for
            what is not a series, and for NaN, whose place is named.

    Example:
        >>> backbone = SeriesRecurrentBackbone(channels=2, cell="gru", units=8)
        >>> model = SeriesRecurrentAnomalyDetector(backbone)
        >>> model.predict(np.sin(np.arange(100.0))).shape
        (100,)

    Reference:
        [Malhotra et al., 2015](https://www.esann.org/sites/default/files/proceedings/legacy/es2015-56.pdf),
        [Ahmad et al., 2017](https://doi.org/10.1016/j.neucom.2017.04.070)
    """

    backbone_cls = SeriesRecurrentBackbone
    task = "time-series-anomaly-detection"

    def __init__(
        self,
        backbone: Any,
        components: int = 3,
        scaling_rows: float = 2_000.0,
        error_steps: float = 3.0,
        surprise_steps: float = 5.0,
        level_steps: float = 20.0,
        weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
        memory: float = 2_000.0,
        power: float = 8.0,
        floor: float = 0.05,
        hold: int = 80,
        threshold: float = 0.7,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            AnomalyDetectorSpec,
            components=components,
            scaling_rows=scaling_rows,
            error_steps=error_steps,
            surprise_steps=surprise_steps,
            level_steps=level_steps,
            weights=tuple(weights),
            memory=memory,
            power=power,
            floor=floor,
            hold=hold,
            threshold=threshold,
        )
        check_network(backbone.spec)
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The head computes in float32 also when the policy is a mixed one.
        policy = backbone.dtype_policy
        mixed = policy.compute_dtype != policy.variable_dtype
        policy = "float32" if mixed else policy
        self.beside = keras.layers.Concatenate(dtype=policy, name="states_and_rows")
        self.forecast = keras.layers.Dense(
            self.spec.outputs, kernel_initializer=GlorotUniform(), dtype=policy, name="forecast"
        )
        inputs = backbone.input
        rows = backbone.scaling(inputs["series"])
        outputs = self.forecast(self.beside([backbone(inputs), rows]))
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        states = self.backbone.from_scaled(series, padding_mask)
        return self.forecast(self.beside([states, series]))

    def get_config(self) -> dict[str, Any]:
        arguments = msgspec.structs.asdict(self.spec)
        return {**super().get_config(), **arguments, "weights": list(self.spec.weights)}

    def compile(
        self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = None, **kwargs: Any
    ) -> None:
        """Configure training; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the negative logarithm of the density of what follows a row.
            metrics: as for `keras.Model.compile`.
            **kwargs: as for `keras.Model.compile`.
        """
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        if isinstance(loss, str) and loss == "auto":
            loss = MixtureLoss()
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def forecasts(self, series: Sequence[np.ndarray], batch_size: int = 32) -> list[np.ndarray]:
        """Return what the network says after every row of series of the next.

        Args:
            series: float arrays of shape (time,).
            batch_size: series computed at once.

        Returns:
            float32 arrays of shape (time, outputs).
        """
        read = [read_rows(item, self.spec)[0] for item in series]
        outputs: list[Any] = [None] * len(read)
        for rows, batch in self._batches(read, batch_size):
            for row, output in zip(rows, batch, strict=True):
                outputs[row] = output[: len(read[row])]
        return outputs

    def predict(self, x: Any, batch_size: int = 32, **kwargs: Any) -> Any:
        """Score every row of series by how unusual it is after those before it.

        Args:
            x: a series of shape (time,) or (time, 1); or a list of them, of any lengths.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.predict`, such as `verbose`.

        Returns:
            float64 array of shape (time,), in [0, 1]; for a list, a list of them.

        Raises:
            InputError: `x` is not as described, or holds NaN.
        """
        arrays, single = check_series(x, 1)
        check_sizes(arrays)
        values = [item[:, 0] for item in arrays]
        found = [
            scored(item, forecasts, self.spec)
            for item, forecasts in zip(values, self.forecasts(values, batch_size), strict=True)
        ]
        return found[0] if single else found

    def fit(self, x: Any = None, *, window: int = 256, batch_size: int = 32, **kwargs: Any) -> Any:
        """Train the network to forecast series in which nothing unusual goes on.

        Args:
            x: as for `predict`.
            window: rows that a step of the training reads of a series.
            batch_size: windows a step.
            **kwargs: as for `keras.Model.fit`, such as `epochs` and `verbose`.

        Raises:
            InputError: `x` is not as described, or no series has three rows.
        """
        arrays, _ = check_series(x, 1)
        check_sizes(arrays)
        features, targets, weights = forecast_windows(arrays, self.spec, window).all()
        return keras.Model.fit(
            self, features, targets, sample_weight=weights, batch_size=batch_size, **kwargs
        )

    @property
    def runtime(self) -> RowDetector:
        """The model without Keras, with the weights as they are now."""
        return RowDetector(self.tensors, self.backbone.spec, self.spec)

    def session(self) -> Session[DetectorState]:
        """Return a streaming session with the weights as they are now."""
        stream = DetectionStream(self.runtime)
        return Session(stream, stream.first)
