"""How much honest figures of a classifier may differ."""

from __future__ import annotations

from zoo.interfaces import Noise

__all__ = ["class_noise"]


def class_noise(tipped: float = 0.0) -> dict[str, Noise]:
    """Return how much accuracy, precision, recall, F1 and AUC may differ on another machine.

    Another machine's float32 moves a probability by about 1e-5, the bound that the pipelines keep
    to Keras.

    Args:
        tipped: share of the examples that are so undecided that this tips them over; none where
            the classifier computes in float64.

    Example:
        >>> class_noise()["accuracy"].tipped
        0.0
    """
    averaged = Noise(tipped=tipped, example="class")
    return {
        "accuracy": Noise(tipped=tipped, example="share"),
        "precision": averaged,
        "recall": averaged,
        "f1": averaged,
        "auc": Noise(absolute=2e-5, example="class"),
    }
