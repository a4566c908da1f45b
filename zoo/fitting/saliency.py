"""What TensorBoard shows of a classifier of series: what decides its answers to a few of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.fitting.events import add_figure
from zoo.insight.trace import Trace, draw_gates, draw_states

__all__ = ["SeriesSaliencyReport", "of_every_class", "write_states"]

_SHOWN = 3


class SeriesSaliencyReport:
    """Logs what adds how much to the answers to fixed series, as pictures.

    Args:
        explain: returns what can be drawn, of a series and the number of a class; None stands for
            the class that the model chooses.
        series: the series.
        classes: the number of the class of each, or None.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(
        self,
        explain: Callable[[Any, int | None], Any],
        series: Sequence[Any],
        classes: Sequence[int | None],
    ) -> None:
        self._explain = explain
        self._chosen = list(zip(series, classes, strict=True))

    def __call__(self, writer: Any, epoch: int) -> None:
        for number, (series, index) in enumerate(self._chosen, 1):
            add_figure(writer, f"saliency/{number}", self._explain(series, index).draw(), epoch)


def of_every_class(labels: np.ndarray) -> list[int]:
    """Return the numbers of a few series, of as many classes as can be: the first of each.

    Args:
        labels: int array of shape (series,), their classes.

    Example:
        >>> of_every_class(np.array([1, 1, 0, 1]))
        [0, 2]
    """
    _, first = np.unique(labels, return_index=True)
    return sorted(first.tolist())[:_SHOWN]


def write_states(writer: Any, trace: Trace, step: int) -> None:
    """Log the states of a network while it read a series, and its gates where it has any.

    Args:
        writer: an `EventWriter`, or what has its methods.
        trace: what went on in it.
        step: where on the slider.
    """
    add_figure(writer, "states", draw_states(trace), step)
    if any(layer.gates for layer in trace.layers):
        add_figure(writer, "gates", draw_gates(trace), step)
