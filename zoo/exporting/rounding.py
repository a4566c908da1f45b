"""Weights rounded to whole numbers of 8 bits, and what that costs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from zoo.errors import InputError
from zoo.exporting.formats import Job
from zoo.schema import Metric

__all__ = ["Rounded", "check_rounded", "round_weights"]


class Rounded(msgspec.Struct, frozen=True, kw_only=True):
    """What rounding the weights cost.

    Attributes:
        split: what the figures were measured on.
        before: the figures before.
        after: the figures after; none of either where the data is not at hand.
    """

    split: str = "test"
    before: tuple[Metric, ...] = ()
    after: tuple[Metric, ...] = ()

    @property
    def pairs(self) -> list[tuple[Metric, Metric]]:
        """Figures before and after, of one name each."""
        return list(zip(self.before, self.after, strict=True))


def round_weights(job: Job) -> Job:
    raise InputError("Expected quantize=None. Received: 'int8'")


def check_rounded(
    job: Job, force: bool, progress: Callable[[str, int, int], None] | None
) -> Rounded:
    raise InputError("Expected quantize=None. Received: 'int8'")
