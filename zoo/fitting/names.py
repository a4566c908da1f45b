"""Names of weights and of hyperparameters, as TensorBoard shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

__all__ = ["arguments", "plain", "weight_name"]


def weight_name(path: str) -> str:
    """Return the name of a weight without what repeats in it.

    Args:
        path: its path, such as `"recurrent_0/forward_recurrent_0/lstm_cell/kernel"`.

    Example:
        >>> weight_name("recurrent_0/forward_recurrent_0/lstm_cell/kernel")
        'recurrent_0/forward/kernel'
    """
    path = re.sub(r"/\w+_cell/", "/", path)
    return re.sub(r"^(\w+)/(forward|backward)_\1/", r"\1/\2/", path)


def plain(settings: Mapping[str, Any]) -> dict[str, bool | int | float | str]:
    """Return settings as hyperparameters: numbers and texts as they are, others as text.

    Args:
        settings: values by name; what is None is left out.

    Example:
        >>> plain({"units": 64, "pooling": ("mean", "max"), "teacher": None})
        {'units': 64, 'pooling': 'mean, max'}
    """
    shown = {}
    for name, value in settings.items():
        if isinstance(value, int) and abs(value) > 1 << 53:  # which no float holds
            value = str(value)
        if isinstance(value, tuple | list):
            value = ", ".join(map(str, value))
        if value is not None:
            shown[name] = value if isinstance(value, bool | int | float | str) else str(value)
    return shown


def arguments(*specs: msgspec.Struct | None) -> dict[str, Any]:
    """Return the arguments of a network's parts by name.

    Args:
        specs: of the backbone, the head and the preprocessor; None where there is none.

    Example:
        >>> from zoo.tasks.text_classification.specs import TextPreprocessorSpec
        >>> arguments(TextPreprocessorSpec(head_length=200, tail_length=0), None)
        {'head_length': 200, 'tail_length': 0}
    """
    found: dict[str, Any] = {}
    telling: list[str] = []
    for spec in specs:
        if spec is None:
            continue
        names = getattr(spec, "shown_as", {})
        telling += getattr(spec, "telling", ())
        own = msgspec.structs.asdict(spec)
        given = {name: value for name, value in own.items() if value is not msgspec.UNSET}
        found |= {names.get(name, name): value for name, value in given.items()}
    return {name: found[name] for name in [*telling, *found] if name in found}
