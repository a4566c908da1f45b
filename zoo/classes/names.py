"""What the scores of classifiers are called elsewhere, and what their pictures show."""

from __future__ import annotations

__all__ = ["CONFUSION", "DRAWN", "HUB_METRICS"]

# Where the Hub calls a metric otherwise.
HUB_METRICS = {"auc": "roc_auc"}
CONFUSION = "confusion"
DRAWN = {CONFUSION: "which class was taken for which"}
