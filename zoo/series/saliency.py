"""What every step and channel of a numeric series adds to what a model says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.notebook import line, picture, table
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.insight.integrated import integrated
from zoo.series.arrays import check_series
from zoo.series.attributions import DrawnAttribution
from zoo.series.files import SeriesReading, load_series, tell
from zoo.series.gaps import Series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "METHODS",
    "SeriesAttribution",
    "attribute",
    "channel_names",
    "check_method",
    "one_series",
    "step_names",
]

METHODS = ("integrated_gradients", "gradient_x_input")


@dataclass(frozen=True)
class SeriesAttribution(DrawnAttribution):
    """What every step and channel of a series adds to what a model says of it.

    Attributes:
        series: float64 array of shape (time, channels).
        scores: float64 array of that shape: what each number adds to `score`.
        label: what is explained: a class, or what is forecast.
        value: what the model says of it: the probability of a class, or a forecast.
        unit: what `score` is, such as `"log-odds"`.
        score: what the scores explain.
        baseline: the same of a series that stays at the mean of every channel in training, or at
            zero of a model that scales nothing. Integrated gradients sum to `score - baseline`.
        method: how the scores were computed.
        steps: names of the steps: dates, or numbers from 0.
        channels: names of the channels.

    Example:
        >>> import zoo
        >>> model = zoo.load("esn-japanese-vowels")
        >>> zoo.explain(model, np.zeros((9, 12))).scores.shape
        (9, 12)
    """

    series: np.ndarray
    scores: np.ndarray
    label: str
    value: float
    unit: str
    score: float
    baseline: float
    method: str
    steps: tuple[str, ...]
    channels: tuple[str, ...]

    def __repr__(self) -> str:
        steps, channels = self.scores.shape
        value = round(self.value, 4)
        return line(self, self.label, value=value, steps=steps, channels=channels)

    def _repr_html_(self) -> str:
        rows = [(self.label, f"{self.value:.4f}", f"{self.score:.3f}", f"{self.baseline:.3f}")]
        columns = ("answer", "value", self.unit, f"{self.unit} of the mean")
        return table(rows, columns) + picture(self.draw())

    def as_json(self) -> dict[str, Any]:
        """Return the attribution as JSON holds it, but for the series."""
        return {
            **self.explained(),
            "channels": list(self.channels),
            "steps": [
                {"step": step, "scores": scores}
                for step, scores in zip(self.steps, self.scores.tolist(), strict=True)
            ],
        }

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return what is explained, and below it every step: its sum, name, and every channel's."""
        head = [(self.label, f"{self.value:.4f}"), ("sum", "step", *self.channels)]
        return head + [
            (f"{row.sum():+.4f}", step, *(f"{score:+.4f}" for score in row))
            for step, row in zip(self.steps, self.scores, strict=True)
        ]

    def draw(self) -> Figure:
        """Draw the series, a row a channel, coloured by what every step adds."""
        from zoo.series.saliency_plots import draw_saliency

        return draw_saliency(self)


def check_method(method: Any) -> None:
    """Refuse what is no method.

    Args:
        method: what is asked for.

    Raises:
        InputError: it is none of `METHODS`.
    """
    if method not in METHODS:
        raise InputError(
            f"Expected a method out of {', '.join(map(repr, METHODS))}. Received: {shown(method)}"
        )


def one_series(data: Any, channels: int, reading: SeriesReading | None = None) -> Series:
    """Return one series that a model is asked about, of an array or out of a file.

    Args:
        data: an array of shape (time, channels), or (time,) where there is one channel; or the
            path of a file that `read_series` reads.
        channels: how many channels there must be.
        reading: how a table is to be read.

    Raises:
        InputError: it is not as described, or several series.
        DataError: the file cannot be read.
    """
    if isinstance(data, str | Path):
        found = load_series(data, channels, reading)
        tell([found])
        return found
    arrays, single = check_series(data, channels)
    if not single:
        raise InputError(
            f"Expected one series of shape (time, {channels}). Received: a list of {len(arrays)}. "
            "Ask for one after the other"
        )
    return Series("", arrays[0])


def step_names(series: Series) -> tuple[str, ...]:
    """Return the names of the steps of a series: its dates, or numbers from 0.

    Args:
        series: the series.
    """
    if series.dates is None:
        return tuple(map(str, range(len(series.values))))
    whole = series.dates.astype("datetime64[s]")
    # Without the time of day, or its seconds, where none has any.
    unit: Any = next(one for one in "Dms" if (whole == whole.astype(f"datetime64[{one}]")).all())
    return tuple(np.datetime_as_string(whole, unit=unit).tolist())


def channel_names(series: Series) -> tuple[str, ...]:
    """Return the names of the channels of a series: those of its columns, or their numbers from 1.

    Args:
        series: the series.
    """
    count = series.values.shape[1]
    if not series.columns or all(name.isdecimal() for name in series.columns):
        return tuple(f"channel {number + 1}" for number in range(count))
    return series.columns


@tells_what_is_missing
def attribute(
    model: Any,
    series: np.ndarray,
    score: Callable[[Any], Any],
    method: str,
    *,
    quick: bool = False,
) -> tuple[np.ndarray, float, float]:
    """Return what every step and channel of a series adds to a score of a model's output.

    Args:
        model: a Keras model of the zoo that reads numeric series.
        series: float64 array of shape (time, channels).
        score: returns the scores, of shape (batch,), of the model's outputs for scaled series.
        method: one of `METHODS`.
        quick: whether it is drawn again and again while a model is trained: nothing is compiled,
            and few points of the way are taken.

    Returns:
        The attributions, of the series' shape; the score of the series; and that of a series that
        stays at the mean.
    """
    import keras
    from keras import ops

    from zoo.insight.derivative import compiled_gradient, gradient_of

    mean, scale = model._scaling()
    end = ((series - mean) / scale).astype(np.float32)[None]
    start = np.zeros_like(end)

    def scores(x: Any) -> Any:
        return score(model._from_scaled(x, ops.ones(ops.shape(x)[:2], dtype="bool")))

    both = ops.convert_to_numpy(scores(ops.convert_to_tensor(np.concatenate([end, start]))))
    reached, baseline = (float(value) for value in np.asarray(both, np.float64))

    def total(x: Any) -> Any:
        return ops.sum(scores(x))

    derivative = (
        (lambda x: gradient_of(total, x)) if quick else compiled_gradient(total, model.weights)
    )

    def gradient(x: np.ndarray) -> np.ndarray:
        return np.asarray(keras.ops.convert_to_numpy(derivative(ops.convert_to_tensor(x))), float)

    if method == "gradient_x_input":
        return gradient(end)[0] * end[0], reached, baseline
    added = integrated(gradient, start, end, reached - baseline, quick=quick)
    return added, reached, baseline
