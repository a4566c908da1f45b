"""The course of a training, as a record holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zoo.schema import EpochScores

__all__ = ["history_of"]


def history_of(epochs: Sequence[Mapping[str, float]]) -> tuple[EpochScores, ...]:
    """Return the history that a training loop kept in the form of a record.

    Args:
        epochs: for every epoch its number as `"epoch"`, its mean `"loss"`, and the scores.

    Example:
        >>> history_of([{"epoch": 1, "loss": 0.7, "accuracy": 0.5}])[0].validation
        {'accuracy': 0.5}
    """
    return tuple(
        EpochScores(
            epoch=int(epoch["epoch"]),
            loss=round(epoch["loss"], 6),
            validation={
                name: round(value, 6)
                for name, value in epoch.items()
                if name not in ("epoch", "loss")
            },
        )
        for epoch in epochs
    )
