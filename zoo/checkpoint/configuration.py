"""`config.json`: the classes of a model and their arguments, in the form Keras serializes them.

Stock Keras and KerasHub rebuild the whole model from this file, once `zoo` is imported. The zoo
itself takes numbers and options from it only: every class is compared with the allow-list of
the task's `Format`, all that a task fixes must stand there as written here, and the arguments are
checked against their bounds before anything is built. Nothing here imports Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, shown
from zoo.formats import Format

__all__ = ["convert", "model_config", "parse_config"]


def convert(value: Any, kind: type[Any], path: Path) -> Any:
    """Return a value of JSON as a structure, its fields checked against their bounds.

    Args:
        value: the value.
        kind: the structure's class.
        path: the file to name in errors.

    Raises:
        CheckpointError: a field is missing, unknown, of another type or out of bounds.
    """
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise CheckpointError(
            f"{path} does not hold what a checkpoint's {path.name} holds. {error}"
        ) from None


def _serialized(module: str, name: str, config: Any) -> dict[str, Any]:
    """Return an object in the form of Keras' own serialization."""
    return {
        "module": module,
        "class_name": name,
        "config": config,
        "registered_name": f"zoo>{name}",
    }


def _fixed(name: str, form: Format) -> dict[str, dict[str, Any]]:
    """Return what stands beside the arguments of the parts, the same for every checkpoint."""
    tokenizers = {}
    if form.tokenizer_class is not None:
        kind, module = form.tokenizer_class
        tokenizers = {
            # KerasHub looks for the vocabulary in the folder named after `config_file`.
            argument: _serialized(
                module, kind, {"name": argument, "config_file": f"{argument}.json"}
            )
            for argument in form.tokenizers
        }
    return {
        "backbone": {"name": "backbone"},
        "task": {"name": name.replace("-", "_")},
        "preprocessor": {"name": "preprocessor", **tokenizers},
    }


def model_config(
    task: str, form: Format, backbone: Any, head: Any, preprocessor: Any
) -> dict[str, Any]:
    """Return the content of `config.json`: the whole model, as Keras serializes it.

    Args:
        task: the Hugging Face name of the task.
        form: what a checkpoint of the task consists of.
        backbone: arguments of the backbone.
        head: arguments of the task.
        preprocessor: arguments of the preprocessor; None where the task has none.
    """
    fixed = _fixed(task, form)

    def part(name: str, arguments: Mapping[str, Any], spec: Any) -> dict[str, Any]:
        class_name, module = form.class_of(name, backbone)
        config = {**fixed[name], **arguments, **msgspec.to_builtins(spec)}
        return _serialized(module, class_name, config)

    parts = {"backbone": part("backbone", {}, backbone)}
    if preprocessor is not None:
        parts["preprocessor"] = part("preprocessor", {}, preprocessor)
    return part("task", parts, head)


def _unwrap(value: Any, path: Path, allowed: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """Return the class that an object names, one of those allowed, and its configuration."""
    name = value.get("class_name") if isinstance(value, dict) else None
    if not isinstance(name, str) or name not in allowed:
        raise CheckpointError(
            f"{path} names a class that the zoo does not load. Expected one of: "
            f"{', '.join(sorted(allowed))}. Received: {shown(name)}"
        )
    config = value.get("config")
    expected = _serialized(allowed[name], name, config)
    if value != expected:
        raise CheckpointError(
            f"{path} does not name its class as expected. Expected: "
            f"{_but_config(expected)}. Received: {shown(_but_config(value))}"
        )
    if not isinstance(config, dict):
        raise CheckpointError(
            f"{path}: expected the arguments of {name} as an object. Received: {shown(config)}"
        )
    return name, dict(config)


def _but_config(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item for key, item in value.items() if key != "config"}


def _relabelled(value: Any, former: Mapping[str, str]) -> Any:
    """Return a value of JSON in which modules have the names that they are written with now."""
    if isinstance(value, list):
        return [_relabelled(item, former) for item in value]
    if not isinstance(value, dict):
        return value
    renamed = {name: _relabelled(item, former) for name, item in value.items()}
    module = renamed.get("module")
    if isinstance(module, str) and module in former:
        renamed["module"] = former[module]
    return renamed


def _take(config: dict[str, Any], expected: Mapping[str, Any], path: Path) -> None:
    """Remove what every checkpoint of the task has from a configuration; it must be there."""
    for key, value in expected.items():
        # All of it is text, so that equal values are of equal types too.
        received = config.pop(key, None)
        if received != value:
            raise CheckpointError(
                f"{path} is not a model of this task as the zoo writes it. "
                f"Expected: {key!r}: {value}. Received: {shown(received)}"
            )


def parse_config(data: bytes, path: Path, task: str, form: Format) -> tuple[Any, Any, Any]:
    """Read the arguments of a model's parts from the content of `config.json`.

    Args:
        data: the content of the file.
        path: the file to name in errors.
        task: the Hugging Face name of the task.
        form: what a checkpoint of the task consists of.

    Returns:
        The arguments of the backbone, of the task, and of the preprocessor; None for the last
        where the task has none.

    Raises:
        CheckpointError: a class is not on the allow-list, an argument is missing, unknown or out
            of bounds, or something stands there that a checkpoint does not hold.
    """
    fixed = _fixed(task, form)
    content = _relabelled(parse_json(data, path), form.former)
    families = {f"{family}{form.suffix}": family for family in form.backbones}
    modules = {name: form.module_of(family) for name, family in families.items()}
    name, config = _unwrap(content, path, modules)
    family = families[name]
    kind, module = form.backbones[family], form.backbone_module(family)
    _, arguments = _unwrap(config.pop("backbone", None), path, {f"{family}Backbone": module})
    _take(arguments, fixed["backbone"], path)
    backbone = convert(arguments, kind, path)
    preprocessor = None
    if form.preprocessor is not None:
        allowed = {f"{name}Preprocessor": form.module_of(family)}
        _, arguments = _unwrap(config.pop("preprocessor", None), path, allowed)
        _take(arguments, fixed["preprocessor"], path)
        preprocessor = convert(arguments, form.preprocessor, path)
    _take(config, fixed["task"], path)
    return backbone, convert(config, form.head_of(family), path), preprocessor
