"""What training can be told by name; nothing here imports Keras."""

from __future__ import annotations

from collections.abc import Sequence

from zoo.errors import InputError, shown

__all__ = [
    "EMBEDDING_STARTS",
    "KERNEL_STARTS",
    "PRECISIONS",
    "RECURRENT_STARTS",
    "SCHEDULES",
    "check_choice",
]

SCHEDULES = ("cosine", "linear", "constant", "plateau")
PRECISIONS = ("float32", "mixed_bfloat16", "auto")
KERNEL_STARTS = (
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
    "orthogonal",
)
RECURRENT_STARTS = (*KERNEL_STARTS, "identity")
EMBEDDING_STARTS = ("uniform", "normal")


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Refuse what is none of the choices.

    Args:
        name: what is chosen, for the error.
        value: what was chosen.
        choices: what there is.

    Raises:
        InputError: it is none of them.

    Example:
        >>> check_choice("schedule", "linear", SCHEDULES)
    """
    if value not in choices:
        raise InputError(f"Expected a {name} out of {', '.join(choices)}. Received: {shown(value)}")
