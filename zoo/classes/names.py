"""What the scores of classifiers are called elsewhere, and what their pictures show."""

from __future__ import annotations

__all__ = ["AVERAGED", "CONFUSION", "DRAWN", "HUB_METRICS"]

# Where the Hub calls a metric otherwise.
HUB_METRICS = {"auc": "roc_auc"}
CONFUSION = "confusion"
DRAWN = {CONFUSION: "which class was taken for which"}
# What the figures of more than two classes mean, for cards.
AVERAGED = (
    "Precision, recall, F1 and AUC are averaged over the classes with equal weight, AUC of each "
    "class against the rest."
)
