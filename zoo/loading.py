"""Load a Keras model from a checkpoint directory, and save one to it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from zoo import checkpoint, registry
from zoo.errors import CheckpointError, InputError, shown
from zoo.schema import BaseModel, ModelInfo
from zoo.specs import BackboneSpec, TextClassifierSpec, TextPreprocessorSpec

if TYPE_CHECKING:
    from zoo.tasks.text_classifier import SequenceTextClassifier

__all__ = ["load", "save"]


def load(
    source: str | Path, *, num_classes: int | None = None, labels: list[str] | None = None
) -> SequenceTextClassifier:
    """Load a model with its trained weights: a KerasHub task that takes raw input.

    Args:
        source: an entry's name or a checkpoint directory.
        num_classes: number of classes of a new, untrained head over the trained body.
        labels: names of the classes of the new head; `num_classes` may then be left out.

    Raises:
        UnknownModelError: there is no such entry or directory.
        CheckpointError: the checkpoint is damaged or tampered with.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> model.predict(["A moving film."]).shape
        (1, 2)
        >>> zoo.load("lstm-imdb", num_classes=5).predict(["A moving film."]).shape
        (1, 5)
    """
    num_classes, labels = _check_head(num_classes, labels)
    loaded = checkpoint.read(registry.resolve(source))
    model = build(
        loaded,
        loaded.head
        if num_classes is None
        else msgspec.structs.replace(loaded.head, num_classes=num_classes),
    )
    weights = tensor_variables(model)
    skipped = {"logits/kernel", "logits/bias"} if num_classes is not None else set()
    for name, value in loaded.tensors.items():
        if name not in skipped:
            weights[name].assign(value.astype(weights[name].dtype))
    info = loaded.info
    if labels is not None:
        info = msgspec.structs.replace(info, labels=tuple(labels))
    model.info = info
    return model


def _check_head(
    num_classes: int | None, labels: list[str] | None
) -> tuple[int | None, list[str] | None]:
    if num_classes is None and labels is None:
        return None, None
    if num_classes is None:
        num_classes = len(labels or ())
    if isinstance(num_classes, bool) or not isinstance(num_classes, int) or num_classes < 2:
        raise InputError(
            f"Expected num_classes of at least 2, such as num_classes=5. "
            f"Received: {shown(num_classes)}"
        )
    if num_classes > 100_000:
        raise InputError(f"Expected num_classes of at most 100000. Received: {num_classes}")
    if labels is None:
        labels = [f"LABEL_{index}" for index in range(num_classes)]
    if len(labels) != num_classes or len(set(labels)) != num_classes:
        raise InputError(f"Expected {num_classes} different labels. Received: {shown(labels)}")
    return num_classes, list(labels)


def build(loaded: checkpoint.Checkpoint, head: TextClassifierSpec) -> SequenceTextClassifier:
    """Build the model that a checkpoint describes, with fresh weights.

    Args:
        loaded: a verified checkpoint.
        head: arguments of the classifier.
    """
    from zoo.tasks.preprocessing import WordTokenizer

    tokenizer = WordTokenizer(loaded.tokenizer, loaded.backbone.vocabulary_size, name="tokenizer")
    preprocessor = construct(
        "preprocessor.json",
        loaded.backbone,
        tokenizer,
        **msgspec.structs.asdict(loaded.preprocessor),
        name="preprocessor",
    )
    return build_classifier(loaded.backbone, head, preprocessor)


def construct(file: str, spec: BackboneSpec, *arguments: Any, **options: Any) -> Any:
    """Make what a configuration file describes, of the class that belongs to a backbone.

    Args:
        file: `"config.json"`, `"task.json"` or `"preprocessor.json"`.
        spec: arguments of the backbone, whose kind decides the class.
        *arguments: arguments of the class.
        **options: named arguments of the class.
    """
    name, module = checkpoint.class_of(file, spec)
    return getattr(importlib.import_module(module), name)(*arguments, **options)


def build_classifier(
    spec: BackboneSpec, head: TextClassifierSpec, preprocessor: Any = None
) -> SequenceTextClassifier:
    """Build a text classifier with fresh weights.

    Args:
        spec: arguments of the backbone.
        head: arguments of the classifier.
        preprocessor: the classifier's preprocessor, or None.
    """
    backbone = construct("config.json", spec, **msgspec.structs.asdict(spec), name="backbone")
    classifier: SequenceTextClassifier = construct(
        "task.json",
        spec,
        backbone=backbone,
        preprocessor=preprocessor,
        **msgspec.structs.asdict(head),
        name="text_classifier",
    )
    return classifier


def tensor_variables(model: SequenceTextClassifier) -> dict[str, Any]:
    """Return the model's weights by their name in `model.safetensors`.

    Args:
        model: a text classifier of the zoo.

    Raises:
        CheckpointError: the model has other weights than its own arguments imply.
    """
    from zoo.specs import tensor_shapes

    weights = {variable.path: variable for variable in model.weights}
    expected = tensor_shapes(model.backbone.spec, model.spec)
    received = {name: tuple(variable.shape) for name, variable in weights.items()}
    if received != expected:
        raise CheckpointError(
            f"Expected the weights {shown(expected, 400)}. Received: {shown(received, 400)}"
        )
    return weights


def save(
    model: SequenceTextClassifier,
    path: str | Path,
    *,
    name: str | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a model as a checkpoint directory that every other part of the zoo reads.

    A model that was loaded and not changed is written with the same bytes. Once its weights
    have changed, its metrics and training record no longer hold and are left out; the record
    names the checkpoint it was derived from instead.

    Args:
        model: a model from `zoo.load`, trained further or not.
        path: the directory to make.
        name: name for the record; by default the loaded one's, or the directory's once the
            weights have changed.
        overwrite: whether an existing checkpoint directory of this path is replaced.

    Raises:
        InputError: the model is not one of the zoo's, its weights are not finite, or `path`
            exists.
        OutputError: the place cannot be written or is full. Nothing is left behind.

    Example:
        >>> import zoo
        >>> zoo.save(zoo.load("lstm-imdb"), "./my-checkpoint")  # doctest: +SKIP
    """
    info = getattr(model, "info", None)
    preprocessor = getattr(model, "preprocessor", None)
    if not isinstance(info, ModelInfo) or preprocessor is None:
        raise InputError(
            "Expected a model with its preprocessor, as zoo.load returns it. "
            f"Received: {type(model).__name__}"
        )
    weights = checkpoint.serialize_tensors(
        {path_: np.asarray(value) for path_, value in _values(model).items()}
    )
    stored = info.files.get(checkpoint.WEIGHTS)
    if stored is None or checkpoint.fingerprint(weights) != stored:
        info = msgspec.structs.replace(
            info,
            name=checkpoint.slug(name or Path(path).resolve().name),
            description="",
            metrics=(),
            training=None,
            dataset=None,
            base_model=None if stored is None else BaseModel(name=info.name, sha256=stored.sha256),
        )
    elif name is not None:
        info = msgspec.structs.replace(info, name=checkpoint.slug(name))
    checkpoint.write(
        path,
        info=info,
        backbone=model.backbone.spec,
        head=model.spec,
        preprocessor=TextPreprocessorSpec(
            head_length=preprocessor.head_length, tail_length=preprocessor.tail_length
        ),
        tokenizer=preprocessor.tokenizer._content(),
        weights=weights,
        overwrite=overwrite,
    )
    return Path(path)


def _values(model: SequenceTextClassifier) -> dict[str, np.ndarray]:
    import keras

    return {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in tensor_variables(model).items()
    }
