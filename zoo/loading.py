"""Load a Keras model from a checkpoint directory, and save one to it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from zoo import checkpoint, registry
from zoo.common.counts import whole
from zoo.errors import CheckpointError, InputError, shown
from zoo.fitting.choices import PRECISIONS, check_choice
from zoo.fitting.precision import choose_precision
from zoo.formats import TASKS, WEIGHTS, TaskFormat
from zoo.interfaces import Model
from zoo.networks.echo_state.reservoir import left_undrawn
from zoo.schema import BaseModel, ModelInfo, check_label_names
from zoo.specs import BackboneSpec, TextClassifierSpec

if TYPE_CHECKING:
    from zoo.tasks.text_classification.model import SequenceTextClassifier

__all__ = ["from_checkpoint", "load", "save"]

# What a new head starts without: the last layer of a classifier of texts, or of series.
HEAD_TENSORS = frozenset({"logits/kernel", "logits/bias", "readout/kernel", "readout/bias"})


def load(
    name: str | Path,
    *,
    source: str | None = None,
    revision: str | None = None,
    num_classes: int | None = None,
    labels: list[str] | None = None,
    precision: str = "float32",
) -> Model:
    """Load a model with its trained weights: a KerasHub task that takes raw input.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"` for a repository of
            the Hugging Face Hub.
        source: `"hub"` for the published copy of an entry; None for the one that comes with the
            package.
        revision: branch, tag or commit on the Hub; None is the pinned commit of an entry, and
            `main` of any other repository. With the 40 hexadecimal digits of a commit the same
            bytes load always, and without a network once they were fetched.
        num_classes: number of classes of a new, untrained head over the trained body, of a
            model that classifies.
        labels: names of the classes of the new head; `num_classes` may then be left out.
        precision: what layers compute in: `"float32"`, `"mixed_bfloat16"`, or `"auto"`: the
            latter on a GPU or TPU. Weights are float32 always.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: `num_classes`, `labels` or `precision` is wrong, or the model does not classify.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> model.predict(["A moving film."]).shape
        (1, 2)
        >>> zoo.load("lstm-imdb", num_classes=5).predict(["A moving film."]).shape
        (1, 5)
        >>> zoo.load("hf://user/repo", revision="v1.0")  # doctest: +SKIP
    """
    num_classes, labels = _check_head(num_classes, labels)
    check_choice("precision", precision, PRECISIONS)
    loaded = registry.read(name, source=source, revision=revision)
    if num_classes is not None and not hasattr(loaded.head, "num_classes"):
        raise InputError(
            "Expected num_classes and labels for a model that classifies only. "
            f"Received: {loaded.info.name!r}, a model of the task {loaded.info.task}"
        )
    return from_checkpoint(loaded, num_classes, labels, precision)


def from_checkpoint(
    loaded: checkpoint.Checkpoint,
    num_classes: int | None = None,
    labels: list[str] | None = None,
    precision: str = "float32",
) -> Model:
    """Return the model of a checkpoint that was read, with its weights.

    Args:
        loaded: a verified checkpoint.
        num_classes: number of classes of a new head; None keeps the trained one.
        labels: names of the classes of the new head.
        precision: what layers compute in.
    """
    head = loaded.head
    if num_classes is not None:
        head = msgspec.structs.replace(head, num_classes=num_classes)
    with left_undrawn():
        model = build(loaded, head, precision)
    weights = tensor_variables(model)
    skipped = HEAD_TENSORS if num_classes is not None else frozenset()
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
    if isinstance(labels, str | bytes):  # its characters would be taken for labels
        raise InputError(
            f"Expected a list of labels, such as ['bad', 'good']. Received: {shown(labels)}"
        )
    if num_classes is None and labels is None:
        return None, None
    if num_classes is None:
        num_classes = len(labels or ())
    given, num_classes = num_classes, whole(num_classes)
    if num_classes is None or num_classes < 2:
        raise InputError(
            f"Expected num_classes of at least 2, such as num_classes=5. Received: {shown(given)}"
        )
    if num_classes > 100_000:
        raise InputError(f"Expected num_classes of at most 100000. Received: {num_classes}")
    if labels is None:
        labels = [f"LABEL_{index}" for index in range(num_classes)]
    check_label_names(labels)
    if len(labels) != num_classes or len(set(labels)) != num_classes:
        raise InputError(f"Expected {num_classes} different labels. Received: {shown(labels)}")
    return num_classes, list(labels)


def build(loaded: checkpoint.Checkpoint, head: Any, precision: str = "float32") -> Any:
    """Build the model that a checkpoint describes, with fresh weights.

    Args:
        loaded: a verified checkpoint.
        head: arguments of the task.
        precision: what layers compute in.
    """
    task = TASKS[loaded.info.task]
    preprocessor = None
    if task.preprocessor is not None:
        kind = task_class("preprocessor", task, loaded.backbone)
        preprocessor = kind.from_checkpoint(loaded)
    return build_task(task, loaded.backbone, head, preprocessor, precision)


def task_class(part: str, task: TaskFormat, backbone: Any) -> Any:
    """Return the class of a model's part.

    Args:
        part: `"backbone"`, `"task"` or `"preprocessor"`.
        task: what the checkpoint consists of.
        backbone: arguments of the backbone, whose kind decides.
    """
    name, module = task.class_of(part, backbone)
    return getattr(importlib.import_module(module), name)


def build_task(
    task: TaskFormat,
    spec: Any,
    head: Any,
    preprocessor: Any = None,
    precision: str = "float32",
) -> Any:
    """Build a model of a task with fresh weights.

    Args:
        task: what a checkpoint of the task consists of.
        spec: arguments of the backbone.
        head: arguments of the task.
        preprocessor: the task's preprocessor, or None.
        precision: what layers compute in, one of `zoo.fitting.choices.PRECISIONS`.
    """
    arguments = msgspec.structs.asdict(spec)
    # None, so that who sets Keras' own policy gets it.
    dtype = None if precision == "float32" else choose_precision(precision)
    backbone = task_class("backbone", task, spec)(**arguments, dtype=dtype, name="backbone")
    return task_class("task", task, spec)(
        backbone=backbone,
        preprocessor=preprocessor,
        **msgspec.structs.asdict(head),
        name=task.name.replace("-", "_"),
    )


def build_classifier(
    spec: BackboneSpec,
    head: TextClassifierSpec,
    preprocessor: Any = None,
    precision: str = "float32",
) -> SequenceTextClassifier:
    """Build a text classifier with fresh weights.

    Args:
        spec: arguments of the backbone.
        head: arguments of the classifier.
        preprocessor: the classifier's preprocessor, or None.
        precision: what layers compute in, one of `zoo.fitting.choices.PRECISIONS`.
    """
    classifier: SequenceTextClassifier = build_task(
        TASKS["text-classification"], spec, head, preprocessor, precision
    )
    return classifier


def tensor_variables(model: Any) -> dict[str, Any]:
    """Return the model's weights by their name in `model.safetensors`.

    Args:
        model: a model of the zoo.

    Raises:
        CheckpointError: the model has other weights than its own arguments imply.
    """
    added = {id(variable) for variable in _adapters(model)}
    weights = {v.path: v for v in model.weights if id(v) not in added}
    expected = TASKS[model.task].shapes(model.backbone.spec, model.spec)
    received = {name: tuple(variable.shape) for name, variable in weights.items()}
    if received != expected:
        raise CheckpointError(
            f"Expected the weights {shown(expected, 400)}. Received: {shown(received, 400)}"
        )
    return weights


def save(
    model: Any,
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
    needed = isinstance(info, ModelInfo) and TASKS[info.task].preprocessor is not None
    if not isinstance(info, ModelInfo) or (needed and preprocessor is None):
        raise InputError(
            "Expected a model with its preprocessor, as zoo.load returns it. "
            f"Received: {type(model).__name__}. Copy models with copy.deepcopy: what "
            "keras.models.clone_model returns is a plain model, without their class and record"
        )
    layers = model._flatten_layers()
    modes = {str(mode) for layer in layers if (mode := getattr(layer, "quantization_mode", None))}
    if modes:
        raise InputError(
            "Expected a model with floating-point weights. Received: one quantized to "
            f"{', '.join(sorted(modes))}. Save it before model.quantize, or as a Keras file with "
            "model.save"
        )
    weights = checkpoint.serialize_tensors(
        {path_: np.asarray(value) for path_, value in _values(model).items()}
    )
    stored = info.files.get(WEIGHTS)
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
        preprocessor=None if preprocessor is None else preprocessor.spec,
        assets={} if preprocessor is None else preprocessor.assets,
        weights=weights,
        overwrite=overwrite,
    )
    return Path(path)


def _adapters(model: Any) -> list[Any]:
    """Return the weights that low-rank adaptation (LoRA) has added to a model's layers."""
    return [
        variable
        for layer in _adapted(model)
        for variable in layer.weights
        if variable.path.rpartition("/")[2].startswith("lora_")
    ]


def _adapted(model: Any) -> list[Any]:
    return [layer for layer in model._flatten_layers() if getattr(layer, "lora_enabled", False)]


def _values(model: Any) -> dict[str, np.ndarray]:
    import keras

    values = {
        name: keras.ops.convert_to_numpy(variable)
        for name, variable in tensor_variables(model).items()
    }
    for layer in _adapted(model):
        # What the layer computes with: its own weights and the adaptation in one.
        name = "embeddings" if hasattr(layer, "embeddings") else "kernel"
        path = getattr(layer, f"_{name}").path
        values[path] = keras.ops.convert_to_numpy(getattr(layer, name))
    return values
