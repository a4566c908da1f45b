"""Classification of numeric series: what all classifiers share, and that over reservoirs."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import msgspec
import numpy as np

from zoo.checkpoint.recorded_series import SeriesTask
from zoo.common.counts import whole
from zoo.errors import InputError, shown
from zoo.layers.initializers import GlorotUniform
from zoo.layers.series import SeriesSampling
from zoo.networks.echo_state.backbone import EchoStateBackbone
from zoo.networks.echo_state.closed_form import RIDGES, Fit, draw_tensors
from zoo.series.arrays import check_classes, check_series
from zoo.specs import make_spec
from zoo.tasks.time_series_classification.fitting import fit_classifier
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec

__all__ = ["EchoStateSequenceClassifier", "SequenceClassifier"]


class SequenceClassifier(SeriesTask):
    """A classifier of numeric series: series in, class probabilities out.

    Its subclasses differ in their backbone and head, and in how they are trained.

    Raises:
        InputError: an argument is out of bounds; by the methods, for what is not a series, for
            NaN, whose place is named, and for labels that are out of range or too few.
    """

    task = "time-series-classification"

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}

    def predict(self, x: Any, batch_size: int = 32, **kwargs: Any) -> np.ndarray:
        """Return class probabilities of series.

        Args:
            x: a series of shape (time, channels), or (time,) where there is one channel; or a
                list of them, of any lengths.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.predict`, such as `verbose`.

        Returns:
            float32 array of shape (series, classes).

        Raises:
            InputError: `x` is not as described, or holds NaN.
        """
        series, _ = check_series(x, self.backbone.spec.channels)
        outputs = np.empty((len(series), self.spec.num_classes), np.float32)
        for rows, batch in self._batches(series, batch_size):
            outputs[rows] = batch
        return outputs

    def evaluate(self, x: Any = None, y: Any = None, batch_size: int = 32, **kwargs: Any) -> Any:
        """Return loss and accuracy on series.

        Args:
            x: as for `predict`.
            y: class numbers, one a series.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.evaluate`, such as `verbose`.

        Returns:
            `{"loss", "accuracy"}`: the mean cross-entropy, and the accuracy.

        Raises:
            InputError: `x` or `y` is not as described.
        """
        series, _ = check_series(x, self.backbone.spec.channels)
        labels = check_classes(y, len(series), self.spec.num_classes)
        probabilities = self.predict(series, batch_size)
        chosen = probabilities[np.arange(len(labels)), labels]
        return {
            "loss": float(-np.mean(np.log(np.maximum(chosen, 1e-7)))),
            "accuracy": float(np.mean(probabilities.argmax(axis=1) == labels)),
        }

    def fit(self, x: Any = None, y: Any = None, validation_data: Any = None, **kwargs: Any) -> Any:
        """Train on series; see the subclass."""
        raise NotImplementedError


@keras.saving.register_keras_serializable(package="zoo")
class EchoStateSequenceClassifier(SequenceClassifier):
    """A classifier of series over an `EchoStateBackbone`, trained in closed form.

    Args:
        backbone: an `EchoStateBackbone`.
        num_classes: number of classes.
        points: number of points in time, spread evenly from start to end, at which the readout
            hears the features.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: as for `SequenceClassifier`.

    Example:
        >>> time = np.arange(40)
        >>> series = [np.sin(time * (0.2 + 0.3 * (i % 2)) + i) for i in range(40)]
        >>> model = EchoStateSequenceClassifier(
        ...     EchoStateBackbone(channels=1, units=50), num_classes=2, points=3
        ... )
        >>> model.fit(series, [i % 2 for i in range(40)])
        >>> model.predict(series[:5]).shape
        (5, 2)

    Reference:
        [Jaeger et al., 2007](https://doi.org/10.1016/j.neunet.2007.04.016)
    """

    backbone_cls = EchoStateBackbone

    def __init__(
        self,
        backbone: Any,
        num_classes: int,
        points: int = 1,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(SequenceClassifierSpec, num_classes=num_classes, points=points)
        self.backbone = backbone
        self.preprocessor = preprocessor
        policy = backbone.dtype_policy
        inputs = backbone.input
        sampled = SeriesSampling(points, dtype=policy, name="sampling")(
            backbone(inputs), inputs["padding_mask"]
        )
        self.readout = keras.layers.Dense(
            num_classes, kernel_initializer=GlorotUniform(), dtype=policy, name="readout"
        )
        self.softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
        super().__init__(inputs=inputs, outputs=self.softmax(self.readout(sampled)), **kwargs)

    def _from_scaled(self, series: Any, padding_mask: Any) -> Any:
        features = self.backbone.from_scaled(series, padding_mask)
        sampled = self.get_layer("sampling")(features, padding_mask)
        return self.softmax(self.readout(sampled))

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        validation_data: Any = None,
        *,
        standardize: bool = True,
        ridge: float | Sequence[float] = RIDGES,
        folds: int = 5,
        **kwargs: Any,
    ) -> Fit:
        """Fit scaling and readout in closed form: ridge regression in float64.

        Args:
            x: a list of series of shape (time, channels), or (time,) where there is one channel,
                of any lengths.
            y: class numbers, one a series.
            validation_data: other series and their class numbers, to choose the ridge by; by
                default it is chosen in cross-validation.
            standardize: whether every channel is scaled to mean 0 and deviation 1.
            ridge: penalties to choose from, or one: the weight of the squared kernel beside the
                squared error of a series.
            folds: number of parts of the cross-validation; the series of every class are cut into
                them in their order.
            **kwargs: none; named here to say what is not meant for a fit in closed form.

        Returns:
            The chosen ridge and the scores; the weights are set.

        Raises:
            InputError: `x` or `y` is not as described, or holds NaN.
        """
        if kwargs:
            raise InputError(
                "Expected x, y, validation_data, standardize, ridge and folds: a reservoir's "
                "readout is fitted in closed form, without epochs or batches. "
                f"Received: {', '.join(sorted(kwargs))}"
            )
        spec = self.backbone.spec
        series, _ = check_series(x, spec.channels)
        labels = check_classes(y, len(series), self.spec.num_classes)
        validation = None
        if validation_data is not None:
            held, _ = check_series(validation_data[0], spec.channels)
            validation = (
                held,
                check_classes(validation_data[1], len(held), self.spec.num_classes),
            )
        parts = whole(folds)
        if parts is None or parts < 2:
            raise InputError(f"Expected folds of at least 2. Received: {shown(folds)}")
        own = self.tensors
        tensors = {
            name: value if name.startswith("scaling/") else own[name]
            for name, value in draw_tensors(spec, series, standardize=standardize).items()
        }
        fit = fit_classifier(
            spec,
            self.spec,
            series,
            labels,
            validation,
            tensors=tensors,
            ridge=ridge,
            folds=parts,
        )
        self.set_tensors(fit.tensors)
        return fit
