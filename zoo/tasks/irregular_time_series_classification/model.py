"""Classification of irregular series with the zoo's backbones."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import msgspec
import numpy as np

from zoo.checkpoint.recorded import RecordedTask
from zoo.common.counts import checked_batch_size
from zoo.errors import InputError
from zoo.layers.initializers import GlorotUniform
from zoo.layers.series import SeriesScaling
from zoo.networks.grud.backbone import GRUDBackbone
from zoo.networks.odernn.backbone import ODERNNBackbone
from zoo.series.arrays import check_classes
from zoo.series.irregular import IrregularSeries, check_irregular, pad_irregular
from zoo.series.irregular_layers import IrregularScaling, LastState, SeriesSummary
from zoo.specs import make_spec
from zoo.tasks.irregular_time_series_classification.specs import IrregularClassifierSpec

__all__ = ["GRUDIrregularClassifier", "IrregularClassifier", "ODERNNIrregularClassifier"]


class IrregularClassifier(RecordedTask, keras_hub.models.Task):
    """A classifier of irregular series: series in, class probabilities out.

    Its classes hear the last state of the backbone, figures of every variable over the whole series
    (the last value, the mean, the least, the largest, and how often it was measured), and the
    static features. Series are given as to `zoo.pipeline`: an `IrregularSeries`, or a dictionary of
    `times`, `values` and perhaps `static`.

    Args:
        backbone: a backbone of the subclass's kind.
        num_classes: number of classes.
        hidden_units: units of a layer below the classes; with 0 there is none.
        dropout: share of the figures and static features dropped in training.
        state_dropout: share of the last state and of the hidden layer dropped in training.
        preprocessor: None; here because KerasHub's tasks have one.

    Raises:
        InputError: an argument is out of bounds; by the methods, for what is no irregular series,
            and for labels that are out of range or too few.
    """

    task = "irregular-time-series-classification"

    def __init__(
        self,
        backbone: Any,
        num_classes: int,
        hidden_units: int = 0,
        dropout: float = 0.0,
        state_dropout: float = 0.0,
        preprocessor: None = None,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            IrregularClassifierSpec,
            num_classes=num_classes,
            hidden_units=hidden_units,
            dropout=dropout,
            state_dropout=state_dropout,
        )
        self.backbone = backbone
        self.preprocessor = preprocessor
        policy, inputs = backbone.dtype_policy, dict(backbone.input)
        state = LastState(dtype=policy, name="last_state")(backbone(inputs), inputs["padding_mask"])
        summary = SeriesSummary(dtype=policy, name="summary")
        facts = [summary(*backbone.scaling(inputs["values"]))]
        statics = len(backbone.spec.statics)
        if statics:
            inputs["static"] = keras.Input((statics,), name="static")
            facts += IrregularScaling(dtype=policy, name="static_scaling")(inputs["static"])
        together = keras.layers.Concatenate(dtype=policy, name="facts")
        heard = SeriesScaling(dtype=policy, name="facts_scaling")(
            together(facts) if len(facts) > 1 else facts[0]
        )
        heard = keras.layers.Dropout(dropout, dtype=policy, name="facts_dropout")(heard)
        state = keras.layers.Dropout(state_dropout, dtype=policy, name="state_dropout")(state)
        x = keras.layers.Concatenate(dtype=policy, name="features")([state, heard])
        if hidden_units:
            x = keras.layers.Dense(
                hidden_units,
                "relu",
                kernel_initializer=GlorotUniform(),
                dtype=policy,
                name="hidden",
            )(x)
            x = keras.layers.Dropout(state_dropout, dtype=policy, name="hidden_dropout")(x)
        x = keras.layers.Dense(
            num_classes, kernel_initializer=GlorotUniform(), dtype=policy, name="logits"
        )(x)
        outputs = keras.layers.Softmax(dtype="float32", name="probabilities")(x)
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def quantize(self, mode: Any = None, config: Any = None, **kwargs: Any) -> None:
        """Refuse: Keras rounds no cell of this kind, and it holds most of the weights.

        Args:
            mode: as for `keras.Model.quantize`.
            config: as for `keras.Model.quantize`.
            **kwargs: as for `keras.Model.quantize`.

        Raises:
            InputError: always. Nothing has changed.
        """
        raise InputError(
            "Expected a model whose weights can be rounded, such as one of texts. Received: "
            f"{type(self).__name__}, whose cell Keras does not round. An "
            "export can be: zoo.export(name, output, quantize='int8')"
        )

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **msgspec.structs.asdict(self.spec)}

    def arrays(self, series: list[IrregularSeries]) -> dict[str, np.ndarray]:
        """Return checked series as the model's inputs, padded to the longest.

        Args:
            series: what `zoo.series.irregular.check_irregular` returned.
        """
        arrays = pad_irregular(series)
        if not self.backbone.spec.statics:
            del arrays["static"]
        return arrays

    def predict(self, x: Any, batch_size: int = 64, **kwargs: Any) -> np.ndarray:
        """Return class probabilities of irregular series.

        Args:
            x: a series or a list of them.
            batch_size: series computed at once.
            **kwargs: taken for likeness with `keras.Model.predict`, such as `verbose`.

        Returns:
            float32 array of shape (series, classes).

        Raises:
            InputError: `x` is not as described.
        """
        series, _ = check_irregular(x, self.backbone.spec.names)
        size = checked_batch_size(batch_size)
        order = np.argsort([item.steps for item in series], kind="stable")
        outputs = np.empty((len(series), self.spec.num_classes), np.float32)
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            outputs[rows] = self.predict_on_batch(self.arrays([series[row] for row in rows]))
        return outputs

    def compile(
        self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any
    ) -> None:
        """Choose optimiser, loss and metrics; see `keras.Model.compile`.

        Args:
            optimizer: by default AdamW at a rate of 0.001.
            loss: by default the cross-entropy of class numbers.
            metrics: by default the accuracy.
            **kwargs: as for `keras.Model.compile`.
        """
        if isinstance(metrics, str) and metrics == "auto":
            # By its name alone it would come to be within a step, which is traced again then.
            metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        super().compile(
            optimizer=keras.optimizers.AdamW(1e-3) if optimizer == "auto" else optimizer,
            loss=keras.losses.SparseCategoricalCrossentropy() if loss == "auto" else loss,
            metrics=metrics,
            **kwargs,
        )

    def fit(self, x: Any = None, y: Any = None, validation_data: Any = None, **kwargs: Any) -> Any:
        """Train the model further on irregular series; the scaling stays as it is.

        Args:
            x: a list of series.
            y: class numbers, one a series.
            validation_data: other series and their class numbers.
            **kwargs: as for `keras.Model.fit`, such as `epochs` and `batch_size`.

        Raises:
            InputError: `x` or `y` is not as described.
        """
        if validation_data is not None:
            validation_data = self._examples(*validation_data)
        arrays, labels = self._examples(x, y)
        return super().fit(arrays, labels, validation_data=validation_data, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, **kwargs: Any) -> Any:
        """Return loss and metrics on irregular series.

        Args:
            x: a list of series.
            y: class numbers, one a series.
            **kwargs: as for `keras.Model.evaluate`.

        Raises:
            InputError: `x` or `y` is not as described.
        """
        arrays, labels = self._examples(x, y)
        return super().evaluate(arrays, labels, **kwargs)

    def _examples(self, x: Any, y: Any) -> tuple[dict[str, np.ndarray], np.ndarray]:
        series, _ = check_irregular(x, self.backbone.spec.names)
        labels = check_classes(y, len(series), self.spec.num_classes)
        return self.arrays(series), labels


@keras.saving.register_keras_serializable(package="zoo")
class GRUDIrregularClassifier(IrregularClassifier):
    """A classifier of irregular series over a GRU-D; see `IrregularClassifier`.

    Args:
        backbone: a `GRUDBackbone`.

    The others are those of `IrregularClassifier`.

    Example:
        >>> backbone = GRUDBackbone(variables=["HR", "Temp"], units=4)
        >>> model = GRUDIrregularClassifier(backbone, num_classes=2)
        >>> model.predict({"times": [0, 1], "values": {"HR": [80, None]}}).shape
        (1, 2)

    Reference:
        [Che et al., 2018](https://doi.org/10.1038/s41598-018-24271-9)
    """

    backbone_cls = GRUDBackbone


@keras.saving.register_keras_serializable(package="zoo")
class ODERNNIrregularClassifier(IrregularClassifier):
    """A classifier of irregular series over an ODE-RNN; see `IrregularClassifier`.

    Args:
        backbone: an `ODERNNBackbone`.

    The others are those of `IrregularClassifier`.

    Example:
        >>> backbone = ODERNNBackbone(variables=["HR", "Temp"], units=4)
        >>> model = ODERNNIrregularClassifier(backbone, num_classes=2)
        >>> model.predict({"times": [0, 1], "values": {"HR": [80, None]}}).shape
        (1, 2)

    Reference:
        [Rubanova et al., 2019](https://arxiv.org/abs/1907.03907)
    """

    backbone_cls = ODERNNBackbone
