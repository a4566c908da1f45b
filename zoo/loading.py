"""Load a Keras model from a checkpoint directory, and save one to it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from zoo import checkpoint, registry
from zoo.common.counts import whole
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.files import output_path
from zoo.fitting.building import from_checkpoint
from zoo.fitting.choices import PRECISIONS, check_choice
from zoo.formats import WEIGHTS, Checkpoint
from zoo.interfaces import Model
from zoo.learning.fitted import Fitted, write_fitted
from zoo.schema import BaseModel, ModelInfo, check_label_names
from zoo.specs import make_spec
from zoo.task import task_named

__all__ = ["load", "load_read", "save"]

_TOO_FEW = "Expected num_classes of at least 2, such as num_classes=5. Received: {}"


@tells_what_is_missing
def load(
    name: str | Path,
    *,
    source: str | None = None,
    revision: str | None = None,
    num_classes: int | None = None,
    labels: list[str] | None = None,
    precision: str = "float32",
    **network: Any,
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
        **network: arguments of the network on which no weight depends, such as the `solver` and
            the `solver_steps` of a network that follows a differential equation.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: `num_classes`, `labels` or `precision` is wrong, the model does not classify, or
            its network has no such argument to choose.

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
    loaded = registry.read(name, source=source, revision=revision).with_network(network)
    return _built(loaded, num_classes, labels, precision)


@tells_what_is_missing
def load_read(
    loaded: Checkpoint, *, labels: list[str] | None = None, precision: str = "float32"
) -> Model:
    """Load the model of a checkpoint that was read; see `load`.

    Args:
        loaded: the checkpoint.
        labels: names of the classes of a new head.
        precision: what layers compute in.
    """
    num_classes, labels = _check_head(None, labels)
    check_choice("precision", precision, PRECISIONS)
    return _built(loaded, num_classes, labels, precision)


def _built(
    loaded: Checkpoint, num_classes: int | None, labels: list[str] | None, precision: str
) -> Model:
    if num_classes is not None and not hasattr(loaded.head, "num_classes"):
        raise InputError(
            "Expected num_classes and labels for a model that classifies only. "
            f"Received: {loaded.info.name!r}, a model of the task {loaded.info.task}"
        )
    if num_classes == 1 and not _takes_one(loaded.head):
        raise InputError(_TOO_FEW.format(shown(num_classes)))
    return from_checkpoint(loaded, num_classes, labels, precision)


def _takes_one(head: Any) -> bool:
    """Whether the head of a task may have a single class."""
    try:
        make_spec(type(head), **{**msgspec.structs.asdict(head), "num_classes": 1})
    except InputError:
        return False
    return True


def _check_head(
    num_classes: int | None, labels: list[str] | None
) -> tuple[int | None, list[str] | None]:
    # Of a text, the characters would be taken for labels.
    if isinstance(labels, str | bytes) or not isinstance(labels, Iterable | None):
        raise InputError(
            f"Expected a list of labels, such as ['bad', 'good']. Received: {shown(labels)}"
        )
    if num_classes is None and labels is None:
        return None, None
    labels = None if labels is None else list(labels)
    if num_classes is None:
        num_classes = len(labels or ())
    given, num_classes = num_classes, whole(num_classes)
    if num_classes is None or num_classes < 1:
        raise InputError(_TOO_FEW.format(shown(given)))
    if num_classes > 100_000:
        raise InputError(f"Expected num_classes of at most 100000. Received: {num_classes}")
    if labels is None:
        labels = [f"LABEL_{index}" for index in range(num_classes)]
    check_label_names(labels)
    if len(labels) != num_classes or len(set(labels)) != num_classes:
        raise InputError(f"Expected {num_classes} different labels. Received: {shown(labels)}")
    return num_classes, list(labels)


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
    path = output_path(path)
    info = getattr(model, "info", None)
    preprocessor = getattr(model, "preprocessor", None)
    task = task_named(info.task) if isinstance(info, ModelInfo) else None
    if (
        info is None
        or task is None
        or (task.format.preprocessor is not None and preprocessor is None)
    ):
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
    fitted = Fitted.of(model)
    stored = info.files.get(WEIGHTS)
    if stored is None or checkpoint.fingerprint(fitted.weights) != stored:
        info = msgspec.structs.replace(
            info,
            name=checkpoint.slug(name or path.resolve().name),
            description="",
            metrics=(),
            training=None,
            dataset=None,
            base_model=None if stored is None else BaseModel(name=info.name, sha256=stored.sha256),
        )
    elif name is not None:
        info = msgspec.structs.replace(info, name=checkpoint.slug(name))
    write_fitted(path, info, fitted, overwrite=overwrite)
    return path
