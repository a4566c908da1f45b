"""Classes as a model answers them over a network."""

from __future__ import annotations

import msgspec

from zoo.interfaces import Bound

__all__ = ["TOP_LABELS", "Score"]

TOP_LABELS = Bound(help="How many labels to return, best first; all without it.", most=1_000)


class Score(msgspec.Struct, frozen=True):
    """A label, and its probability from 0 to 1; null where the input is too large to compute it."""

    label: str
    score: float | None
