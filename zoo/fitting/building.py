"""Models built from their arguments, and their weights by name."""

from __future__ import annotations

import importlib
from typing import Any

import msgspec

from zoo.common.undrawn import left_undrawn
from zoo.errors import CheckpointError, InputError, shown
from zoo.fitting.precision import choose_precision
from zoo.formats import Checkpoint, Format
from zoo.interfaces import Model
from zoo.task import task_named

__all__ = [
    "adapted",
    "build_task",
    "from_checkpoint",
    "in_float32",
    "task_class",
    "tensor_variables",
]


def _format(task: str) -> Format:
    found = task_named(task)
    assert found is not None, task
    return found.format


def _build(loaded: Checkpoint, head: Any, precision: str = "float32") -> Any:
    """Build the model that a checkpoint describes, with fresh weights.

    Args:
        loaded: a verified checkpoint.
        head: arguments of the task.
        precision: what layers compute in.
    """
    form = _format(loaded.info.task)
    preprocessor = None
    if form.preprocessor is not None:
        kind = task_class("preprocessor", form, loaded.backbone)
        preprocessor = kind.from_checkpoint(loaded)
    return build_task(loaded.info.task, loaded.backbone, head, preprocessor, precision)


def from_checkpoint(
    loaded: Checkpoint,
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

    Raises:
        InputError: the task cannot take the labels.
    """
    head, info = loaded.head, loaded.info
    if num_classes is not None:
        head = msgspec.structs.replace(head, num_classes=num_classes)
    if labels is not None:
        info = msgspec.structs.replace(info, labels=tuple(labels))
        if wrong := _format(info.task).check_labels(info, head):
            raise InputError(f"{wrong[0].upper()}{wrong[1:]}")
    # The head of other classes is new.
    with left_undrawn(every=num_classes is None):
        model = _build(loaded, head, precision)
    weights = tensor_variables(model)
    skipped = frozenset() if num_classes is None else _of_the_classes(loaded)
    for name, value in loaded.tensors.items():
        if name not in skipped:
            weights[name].assign(value.astype(weights[name].dtype))
    model.info = info
    return model


def _of_the_classes(loaded: Checkpoint) -> frozenset[str]:
    """Return the weights that a new head starts without: those that have a part for every class."""
    shapes = _format(loaded.info.task).shapes
    few, more = (
        shapes(loaded.backbone, msgspec.structs.replace(loaded.head, num_classes=count))
        for count in (2, 3)
    )
    return frozenset(name for name in few if few[name] != more[name])


def task_class(part: str, form: Format, backbone: Any) -> Any:
    """Return the class of a model's part.

    Args:
        part: `"backbone"`, `"task"` or `"preprocessor"`.
        form: what the checkpoint consists of.
        backbone: arguments of the backbone, whose kind decides.
    """
    name, module = form.class_of(part, backbone)
    return getattr(importlib.import_module(module), name)


def build_task(
    task: str,
    spec: Any,
    head: Any,
    preprocessor: Any = None,
    precision: str = "float32",
) -> Any:
    """Build a model of a task with fresh weights.

    Args:
        task: the Hugging Face name of the task.
        spec: arguments of the backbone.
        head: arguments of the task.
        preprocessor: the task's preprocessor, or None.
        precision: what layers compute in, one of `zoo.fitting.choices.PRECISIONS`.
    """
    form = _format(task)
    arguments = msgspec.structs.asdict(spec)
    # None, so that who sets Keras' own policy gets it.
    dtype = None if precision == "float32" else choose_precision(precision)
    backbone = task_class("backbone", form, spec)(**arguments, dtype=dtype, name="backbone")
    return task_class("task", form, spec)(
        backbone=backbone,
        preprocessor=preprocessor,
        **msgspec.structs.asdict(head),
        name=task.replace("-", "_"),
    )


def tensor_variables(model: Any) -> dict[str, Any]:
    """Return the model's weights by their name in `model.safetensors`.

    Args:
        model: a model of the zoo.

    Raises:
        CheckpointError: the model has other weights than its own arguments imply.
    """
    added = {id(variable) for variable in adapters(model)}
    weights = {v.path: v for v in model.weights if id(v) not in added}
    expected = _format(model.task).shapes(model.backbone.spec, model.spec)
    received = {name: tuple(variable.shape) for name, variable in weights.items()}
    if received != expected:
        raise CheckpointError(
            f"Expected the weights {shown(expected, 400)}. Received: {shown(received, 400)}"
        )
    return weights


def in_float32(model: Any) -> Any:
    """Return a model that computes in float32 with the same weights: itself if it does already.

    What a checkpoint is said to score is what it scores for everybody.

    Args:
        model: a model of the zoo.
    """
    if model.backbone.compute_dtype == "float32":
        return model
    with left_undrawn():
        copy = build_task(
            model.task, model.backbone.spec, model.spec, getattr(model, "preprocessor", None)
        )
    for variable, value in zip(copy.weights, model.weights, strict=True):
        variable.assign(value)
    copy.compile()
    return copy


def adapters(model: Any) -> list[Any]:
    """Return the weights that low-rank adaptation (LoRA) has added to a model's layers."""
    return [
        variable
        for layer in adapted(model)
        for variable in layer.weights
        if variable.path.rpartition("/")[2].startswith("lora_")
    ]


def adapted(model: Any) -> list[Any]:
    """Return the layers of a model that low-rank adaptation (LoRA) has added weights to."""
    return [layer for layer in model._flatten_layers() if getattr(layer, "lora_enabled", False)]
