"""What the tests of several tasks of classes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["scores_of"]


def scores_of(pipeline: Any, classes: Sequence[Mapping[str, Any]]) -> np.ndarray:
    """Return the scores of all classes in the order of the record.

    Args:
        pipeline: what answered.
        classes: `{"label", "score"}` of every class, in any order.
    """
    scores = {one["label"]: one["score"] for one in classes}
    return np.array([scores[label] for label in pipeline.info.labels])
