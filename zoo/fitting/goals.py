"""What a run learns for: which scores are better, and which cannot be."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Better", "Perfect", "later", "lower_loss", "never"]

Better = Callable[[dict[str, float], dict[str, float]], bool]
Perfect = Callable[[dict[str, float]], bool]


def lower_loss(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether the validation loss is lower than the best so far.

    On a few thousand texts the accuracy of two epochs differs by chance; the loss tells more.
    """
    return scores["log_loss"] < best["log_loss"]


def later(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return that the last epoch is the best, whatever the scores say.

    Of a few examples they differ more by chance than the epochs do.
    """
    return True


def never(best: dict[str, float]) -> bool:
    """Return that scores can always be better."""
    return False
