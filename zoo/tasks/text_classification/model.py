"""Text classification with the zoo's backbones."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterator, Sequence
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.checkpoint.recorded import RecordedTask
from zoo.classes.targets import check_targets, dataset_of_batches, takes_shares
from zoo.common.wrapped_errors import own_errors
from zoo.errors import InputError
from zoo.layers.pooling import SequencePooling
from zoo.networks.convolutional.backbone import ConvolutionalBackbone
from zoo.networks.recurrent.backbone import NgramRecurrentBackbone, RecurrentBackbone
from zoo.networks.transformer.backbone import TransformerBackbone
from zoo.specs import make_spec
from zoo.tasks.text_classification.preprocessor import (
    ConvolutionalTextClassifierPreprocessor,
    NgramRecurrentTextClassifierPreprocessor,
    RecurrentTextClassifierPreprocessor,
    SequenceTextClassifierPreprocessor,
    TransformerTextClassifierPreprocessor,
)
from zoo.tasks.text_classification.specs import TextClassifierSpec
from zoo.text.backbone import TextBackbone
from zoo.text.encoding import check_texts, holds_texts
from zoo.text.tokenizer import load_vocabularies
from zoo.text.watching import watch

__all__ = [
    "ConvolutionalTextClassifier",
    "ConvolutionalTextClassifierPreprocessor",
    "NgramRecurrentTextClassifier",
    "NgramRecurrentTextClassifierPreprocessor",
    "RecurrentTextClassifier",
    "RecurrentTextClassifierPreprocessor",
    "SequenceTextClassifier",
    "TransformerTextClassifier",
    "TransformerTextClassifierPreprocessor",
]


class SequenceTextClassifier(RecordedTask, keras_hub.models.TextClassifier):
    """A text classifier: raw texts in, class probabilities out.

    Its subclasses differ in their backbone only. `predict`, `evaluate` and `fit` take lists of
    strings, NumPy arrays and `tf.data` datasets. Set `preprocessor = None` to feed
    `{"token_ids", "padding_mask"}` instead.

    Args:
        backbone: a backbone of the subclass's kind.
        num_classes: number of classes.
        preprocessor: a preprocessor of the subclass's kind, or None.
        pooling: how the states over time become one vector: any of `"mean"`, `"max"`, `"last"`
            and `"sqrtn"`, the sum divided by the square root of the number of steps; several are
            concatenated.
        dropout: share of the pooled vector dropped in training.

    Raises:
        InputError: an argument is out of bounds; by `predict`, `evaluate` and `fit`, for what is
            not a text, and for labels that are out of range or of another number than the texts.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> model.predict(["A moving film."]).shape
        (1, 2)
        >>> model.fit(["A moving film.", "A dull one."], [1, 0], epochs=1)

    Reference:
        [Dai & Le, 2015](https://arxiv.org/abs/1511.01432)
    """

    task = "text-classification"

    def __init__(
        self,
        backbone: TextBackbone,
        num_classes: int,
        preprocessor: SequenceTextClassifierPreprocessor | None = None,
        pooling: Sequence[str] = ("mean", "max"),
        dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        self.spec = make_spec(
            TextClassifierSpec,
            num_classes=num_classes,
            pooling=tuple(pooling),
            dropout=dropout,
        )
        self.backbone = backbone
        self.preprocessor = preprocessor
        # The head computes in float32 also when the policy is a mixed one: sums over hundreds of
        # steps, and logits, need more digits than bfloat16 has.
        policy = backbone.dtype_policy
        mixed = policy.compute_dtype != policy.variable_dtype
        policy = "float32" if mixed else policy
        self.pooler = SequencePooling(pooling, dtype=policy, name="pooling")
        self.dropout = keras.layers.Dropout(dropout, dtype=policy, name="dropout")
        self.logits = keras.layers.Dense(num_classes, dtype=policy, name="logits")
        self.softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
        self.activation = keras.activations.softmax
        inputs = backbone.input
        pooled = self.pooler(backbone(inputs), inputs["padding_mask"])
        outputs = self.softmax(self.logits(self.dropout(pooled)))
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)

    def compile(
        self, optimizer: Any = "auto", loss: Any = "auto", *, metrics: Any = "auto", **kwargs: Any
    ) -> None:
        """Configure training; the defaults suit a recurrent network.

        Args:
            optimizer: `"auto"` is AdamW with a rate of 1e-3 and gradients clipped to norm 1.
            loss: `"auto"` is the sparse categorical cross-entropy, of class numbers. A loss of
                one-hot or soft labels, such as `"categorical_crossentropy"`, reads labels of
                shape (texts, num_classes).
            metrics: `"auto"` is the accuracy, of either kind of labels.
            **kwargs: as for `keras.Model.compile`.
        """
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-3, global_clipnorm=1.0)
        if isinstance(metrics, str) and metrics == "auto" and loss != "auto" and takes_shares(loss):
            metrics = [keras.metrics.CategoricalAccuracy()]
        super().compile(optimizer=optimizer, loss=loss, metrics=metrics, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "num_classes": self.spec.num_classes,
            "pooling": list(self.spec.pooling),
            "dropout": self.spec.dropout,
        }

    def load_assets(self, dir_path: str) -> None:
        """Read the vocabularies; called by `keras.saving.load_model` with `assets`."""
        super().load_assets(dir_path)
        load_vocabularies(self, dir_path)

    def _checked(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Check raw texts and labels; data sets and other inputs pass as they are."""
        if self.preprocessor is None or not holds_texts(x):
            if isinstance(x, dict) and y is not None:
                y = check_targets(y, None, self.spec.num_classes, self.loss)
            return x, y
        # An array of objects: NumPy's own strings all take the room of the longest.
        texts = np.array(check_texts(x), dtype=object)
        if y is not None:
            y = check_targets(y, len(texts), self.spec.num_classes, self.loss)
        return texts, y

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        validation_data: Any = None,
        validation_split: float | None = None,
        **kwargs: Any,
    ) -> Any:
        """Train on raw texts; see `keras.Model.fit`.

        Lists and arrays are shuffled before every epoch; KerasHub alone would read them in the
        order given.

        Args:
            x: texts; or a `tf.data` data set, a generator or a `keras.utils.PyDataset` of
                (texts, labels) batches, with weights as a third part if there are any.
            y: class numbers, one a text, when `x` is texts; or the share of every class, where
                the loss reads that.
            batch_size: texts a step.
            sample_weight: weight of every text in the loss.
            validation_data: (texts, labels), or a data set of them as for `x`.
            validation_split: share of the texts, the last ones, to validate on instead.
            **kwargs: as for `keras.Model.fit`; `shuffle=False` keeps the order.

        Raises:
            InputError: something is not a text, or the labels are out of range or too few.
        """
        if self.preprocessor is not None:
            x, validation_data = dataset_of_batches(x), dataset_of_batches(validation_data)
        x, y = self._checked(x, y)
        if isinstance(x, np.ndarray) and self.preprocessor is not None:
            if y is None:
                raise InputError(
                    "Expected labels with the texts, such as fit(['A moving film.'], [1]). "
                    "Received: y=None"
                )
            sample_weight = _weights(sample_weight, len(x))
            if validation_split and validation_data is None:
                (x, y, sample_weight), validation_data = _split(
                    x, y, sample_weight, validation_split
                )
            parts = (x, y) if sample_weight is None else (x, y, sample_weight)
            x = _dataset(parts, batch_size, kwargs.pop("shuffle", True))
            y = sample_weight = batch_size = None
        if isinstance(validation_data, tuple | list) and len(validation_data) >= 2:
            pair = self._checked(validation_data[0], validation_data[1])
            validation_data = (*pair, *validation_data[2:])
            if isinstance(pair[0], np.ndarray) and self.preprocessor is not None:
                size = kwargs.pop("validation_batch_size", None)
                validation_data = _dataset(validation_data, size)
        kwargs.setdefault("shuffle", False)  # data sets shuffle themselves; Keras warns otherwise
        with own_errors():
            return super().fit(
                x=self._guarded(x),
                y=y,
                batch_size=batch_size,
                sample_weight=sample_weight,
                validation_data=self._guarded(validation_data),
                **kwargs,
            )

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: Any = None,
        **kwargs: Any,
    ) -> Any:
        """Return loss and accuracy on raw texts; see `keras.Model.evaluate`.

        Args:
            x: texts, or batches of texts and labels as for `fit`.
            y: labels as for `fit`, when `x` is texts.
            batch_size: texts a step.
            sample_weight: weight of every text.
            **kwargs: as for `keras.Model.evaluate`.

        Raises:
            InputError: something is not a text, or the labels are out of range or too few.
        """
        if not kwargs.get("_use_cached_eval_dataset", False):
            if self.preprocessor is not None:
                x = dataset_of_batches(x)
            x, y = self._checked(x, y)
            if isinstance(x, np.ndarray) and y is not None and self.preprocessor is not None:
                weights = _weights(sample_weight, len(x))
                parts = (x, y) if weights is None else (x, y, weights)
                x, y, sample_weight = _dataset(parts, batch_size), None, None
                batch_size = None
            x = self._guarded(x)
        with own_errors():
            return super().evaluate(
                x=x, y=y, batch_size=batch_size, sample_weight=sample_weight, **kwargs
            )

    def predict(self, x: Any = None, batch_size: int | None = None, **kwargs: Any) -> np.ndarray:
        """Return class probabilities of raw texts; warns of those that it can say little about.

        Args:
            x: a text, or what yields texts: a list, an array, a generator, a column of pandas,
                polars or PyArrow; or a data set of text batches.
            batch_size: texts a step.
            **kwargs: as for `keras.Model.predict`.

        Returns:
            float32 array of shape (texts, classes).

        Raises:
            InputError: something is not a text.
        """
        x, _ = self._checked(_unpacked(x), None)
        if self.preprocessor is None or not isinstance(x, np.ndarray):
            with own_errors():
                return super().predict(x, batch_size=batch_size, **kwargs)
        batches = _dataset((x,), batch_size)
        with own_errors(), watch(self.preprocessor.tokenizer) as seen:
            probabilities: np.ndarray = super().predict(batches, **kwargs)
        seen.doubts(x.tolist()).warn()
        return probabilities

    def _guarded(self, data: Any) -> Any:
        """Return a `tf.data` dataset whose labels are checked as they come; others unchanged."""
        if self.preprocessor is None or not _is_tf_dataset(data):
            return data
        import tensorflow as tf

        num_classes, loss = self.spec.num_classes, self.loss

        def check(labels: np.ndarray) -> np.ndarray:
            check_targets(labels, None, num_classes, loss)
            return labels

        def guard(x: Any, y: Any = None, *rest: Any) -> Any:
            if y is None:
                return x
            checked = tf.numpy_function(check, [y], y.dtype)
            checked.set_shape(y.shape)
            return (x, checked, *rest)

        return data.map(guard)


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentTextClassifier(SequenceTextClassifier):
    """A text classifier over a `RecurrentBackbone`; see `SequenceTextClassifier`."""

    backbone_cls = RecurrentBackbone
    preprocessor_cls = RecurrentTextClassifierPreprocessor


@keras.saving.register_keras_serializable(package="zoo")
class NgramRecurrentTextClassifier(SequenceTextClassifier):
    """A text classifier over an `NgramRecurrentBackbone`; see `SequenceTextClassifier`."""

    backbone_cls = NgramRecurrentBackbone
    preprocessor_cls = NgramRecurrentTextClassifierPreprocessor


@keras.saving.register_keras_serializable(package="zoo")
class ConvolutionalTextClassifier(SequenceTextClassifier):
    """A text classifier over a `ConvolutionalBackbone`; see `SequenceTextClassifier`."""

    backbone_cls = ConvolutionalBackbone
    preprocessor_cls = ConvolutionalTextClassifierPreprocessor


@keras.saving.register_keras_serializable(package="zoo")
class TransformerTextClassifier(SequenceTextClassifier):
    """A text classifier over a `TransformerBackbone`; see `SequenceTextClassifier`."""

    backbone_cls = TransformerBackbone
    preprocessor_cls = TransformerTextClassifierPreprocessor


def _weights(given: Any, count: int) -> np.ndarray | None:
    """Check the weights of texts, if there are any."""
    if given is None:
        return None
    weights = np.asarray(given)
    if weights.shape != (count,):
        raise InputError(f"Expected one weight a text: shape ({count},). Received: {weights.shape}")
    return weights


def _dataset(parts: tuple[Any, ...], batch_size: int | None, shuffle: bool = False) -> Any:
    """Return texts, labels and weights as batches of `tf.data`, shuffled anew every epoch if asked.

    KerasHub would take Grain where that is installed, and Keras the length of the first batches
    for that of all.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices(parts if len(parts) > 1 else parts[0])
    if shuffle:
        data = data.shuffle(len(parts[0]), seed=int(np.random.randint(1 << 31)))
    return data.batch(batch_size or 32)


def _unpacked(x: Any) -> Any:
    """Return an iterator of texts as a list; one of batches goes on as it is."""
    if not isinstance(x, Iterator) or hasattr(x, "element_spec"):
        return x
    first = next(x, None)
    if first is None or isinstance(first, str | bytes):
        return [] if first is None else [first, *x]
    return _after(first, x)


def _after(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _is_tf_dataset(data: Any) -> bool:
    return type(data).__module__.startswith("tensorflow.") and hasattr(data, "element_spec")


def _split(x: np.ndarray, y: np.ndarray, sample_weight: Any, share: float) -> tuple[Any, Any]:
    """Cut the last `share` of the examples off for validation."""
    at = int(len(x) * (1 - share))
    if not 0 < at < len(x):
        raise InputError(
            f"Expected a validation_split that leaves texts on both sides, such as 0.1. "
            f"Received: {share} of {len(x)} texts"
        )
    if sample_weight is None:
        return (x[:at], y[:at], None), (x[at:], y[at:])
    return (x[:at], y[:at], sample_weight[:at]), (x[at:], y[at:], sample_weight[at:])
