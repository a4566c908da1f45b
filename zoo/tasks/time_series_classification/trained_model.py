"""Classification of numeric series with networks that are trained by gradient descent."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.common.counts import checked_batch_size
from zoo.fitting.any_length import batches_of_any_length
from zoo.layers.initializers import GlorotUniform
from zoo.layers.pooling import AttentionPooling, SequencePooling
from zoo.networks.recurrent.backbone import SeriesRecurrentBackbone
from zoo.series.arrays import check_classes, check_series, pad_series
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.model import SequenceClassifier
from zoo.tasks.time_series_classification.specs import PooledClassifierSpec

__all__ = ["SeriesRecurrentSequenceClassifier"]

_SMALLEST_SCALE = 1e-6
# What a mean or a deviation may be off by, in deviations, without a network's telling.
_SAME = 1e-2


@keras.saving.register_keras_serializable(package="zoo")
class SeriesRecurrentSequenceClassifier(SequenceClassifier):
    """A classifier of series over a `SeriesRecurrentBackbone`, trained by gradient descent.

    Args:
        backbone: a `SeriesRecurrentBackbone`.
        num_classes: number of classes.
        pooling: how the states over time become one vector: any of `"mean"`, `"max"`, `"last"`,
            `"sqrtn"`, the sum divided by the square root of the number of steps, and
            `"attention"`; several are concatenated, attention after the others.
        attention_units: size of what the attention compares with its context.
        dropout: share of the pooled vector dropped in training.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: as for `SequenceClassifier`.

    Example:
        >>> time = np.arange(40)
        >>> series = [np.sin(time * (0.2 + 0.3 * (i % 2)) + i) for i in range(40)]
        >>> model = SeriesRecurrentSequenceClassifier(
        ...     SeriesRecurrentBackbone(channels=1, cell="gru", units=8), num_classes=2
        ... )
        >>> model.scale_to(series)
        >>> history = model.fit(series, [i % 2 for i in range(40)], epochs=2)
        >>> model.predict(series[:5]).shape
        (5, 2)
    """

    backbone_cls = SeriesRecurrentBackbone

    def __init__(
        self,
        backbone: Any,
        num_classes: int,
        pooling: Sequence[str] = ("mean", "max"),
        attention_units: int = 32,
        dropout: float = 0.0,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        self.spec = spec = make_spec(
            PooledClassifierSpec,
            num_classes=num_classes,
            pooling=tuple(pooling),
            attention_units=attention_units,
            dropout=dropout,
        )
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The head computes in float32 also when the policy is a mixed one.
        policy = backbone.dtype_policy
        mixed = policy.compute_dtype != policy.variable_dtype
        policy = "float32" if mixed else policy
        self.poolers = []
        if spec.plain_pooling:
            self.poolers.append(SequencePooling(spec.plain_pooling, dtype=policy, name="pooling"))
        if spec.attends:
            self.poolers.append(AttentionPooling(attention_units, dtype=policy, name="attention"))
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")
        self.logits = keras.layers.Dense(
            num_classes, kernel_initializer=GlorotUniform(), dtype=policy, name="logits"
        )
        self.softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
        inputs = backbone.input
        outputs = self._classify(backbone(inputs), inputs["padding_mask"])
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def _classify(self, states: Any, padding_mask: Any) -> Any:
        inside = self.backbone.inside(padding_mask)
        pooled = [pooler(states, inside) for pooler in self.poolers]
        whole_of = pooled[0] if len(pooled) == 1 else ops.concatenate(pooled, axis=-1)
        return self.softmax(self.logits(self.dropout(whole_of)))

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        return self._classify(self.backbone.from_scaled(series, padding_mask), padding_mask)

    def compile(
        self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any
    ) -> None:
        """Configure training; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the sparse categorical cross-entropy, of class numbers.
            metrics: `"auto"` is the accuracy.
            **kwargs: as for `keras.Model.compile`.
        """
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        if isinstance(loss, str) and loss == "auto":
            loss = keras.losses.SparseCategoricalCrossentropy()
        if isinstance(metrics, str) and metrics == "auto":
            metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def scale_to(self, series: Any, *, together: bool = False) -> None:
        """Set the scaling to what series are like: mean 0 and deviation 1.

        Args:
            series: as for `predict`.
            together: whether all channels have one scale, as where they are directions or points
                of one space; else each has its own.

        Raises:
            InputError: `series` is not as described.
        """
        spec = self.backbone.spec
        arrays, _ = check_series(series, spec.channels)
        steps = np.concatenate(arrays)
        mean, scale = steps.mean(axis=0), steps.std(axis=0)
        if together:
            if spec.point_dims:
                # Points keep where they are to each other.
                mean = np.resize(mean.reshape(-1, spec.point_dims).mean(axis=0), spec.channels)
            scale = np.full_like(scale, np.sqrt(np.mean((steps - mean) ** 2)))
        scale = np.where(scale > _SMALLEST_SCALE * np.maximum(1.0, np.abs(mean)), scale, 1.0)
        # As it is stored, so that what is scaled next is what will be read.
        mean, scale = _stored(mean, scale)
        tensors = {"scaling/mean": mean, "scaling/scale": scale}
        if spec.scaled_twice:
            layer = self.backbone.feature_layer
            made = [
                ops.convert_to_numpy(layer(((item - mean) / scale)[None].astype(np.float32)))[0]
                for item in arrays
            ]
            features = np.concatenate(made)
            deviation = features.std(axis=0)
            mean, scale = _stored(features.mean(axis=0), np.where(deviation > 1e-3, deviation, 1.0))
            tensors |= {"feature_scaling/mean": mean, "feature_scaling/scale": scale}
        self.set_tensors(tensors)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        validation_data: Any = None,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        **kwargs: Any,
    ) -> Any:
        """Train on series, batches of like length; see `keras.Model.fit`.

        Args:
            x: a list of series of shape (time, channels), or (time,) where there is one channel,
                of any lengths.
            y: class numbers, one a series.
            validation_data: other series and their class numbers.
            batch_size: series a step.
            epochs: passes over the series.
            **kwargs: as for `keras.Model.fit`, such as `callbacks` and `verbose`.

        Raises:
            InputError: `x` or `y` is not as described, or holds NaN.
        """
        held = None if validation_data is None else self._padded(*validation_data[:2])
        kwargs.setdefault("shuffle", False)  # the batches shuffle themselves; Keras warns otherwise
        return keras.Model.fit(
            self,
            batches_of_any_length(_Series(*self._checked(x, y), batch_size=batch_size)),
            validation_data=held,
            epochs=epochs,
            **kwargs,
        )

    def _checked(self, x: Any, y: Any) -> tuple[list[np.ndarray], np.ndarray]:
        series, _ = check_series(x, self.backbone.spec.channels)
        return series, check_classes(y, len(series), self.spec.num_classes)

    def _padded(self, x: Any, y: Any) -> tuple[Any, np.ndarray]:
        series, labels = self._checked(x, y)
        padded, mask = pad_series(series)
        return {"series": padded, "padding_mask": mask}, labels


def _stored(mean: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a scaling in half precision where that is all the same, else in single precision."""
    with np.errstate(over="ignore"):
        halves = [part.astype(np.float16).astype(np.float32) for part in (mean, scale)]
    near = np.abs(halves[0] - mean) < _SAME * scale
    alike = np.abs(halves[1] - scale) < _SAME * scale
    if np.all(near & alike):
        return halves[0], halves[1]
    return mean.astype(np.float32), scale.astype(np.float32)


class _Series(keras.utils.PyDataset):
    """Batches of series of like length, in a new order every epoch."""

    def __init__(self, series: list[np.ndarray], labels: np.ndarray, batch_size: int) -> None:
        super().__init__()
        size = checked_batch_size(batch_size)
        self._series, self._labels, self._size = series, labels, size
        self._lengths = np.array([len(item) for item in series])
        self.on_epoch_end()

    def on_epoch_end(self) -> None:
        noisy = self._lengths * np.random.uniform(0.9, 1.1, len(self._lengths))
        order = np.argsort(noisy, kind="stable")
        starts = np.random.permutation(np.arange(0, len(order), self._size))
        self._batches = [order[start : start + self._size] for start in starts]

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, np.ndarray]:
        rows = self._batches[index]
        padded, mask = pad_series([self._series[row] for row in rows])
        return {"series": padded, "padding_mask": mask}, self._labels[rows]
