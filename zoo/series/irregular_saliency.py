"""What every measurement of an irregular series adds to what a model says of it."""

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
from zoo.series.attributions import DrawnAttribution
from zoo.series.irregular import IrregularSeries, Names, check_irregular, pad_irregular
from zoo.series.irregular_features import Scaling
from zoo.series.irregular_files import read_irregular, tell_all

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["IrregularAttribution", "attribute_irregular", "one_irregular"]


@dataclass(frozen=True)
class IrregularAttribution(DrawnAttribution):
    """What every measurement and static feature of a series adds to what a model says of it.

    What is explained is that a value is not the usual one: when something was measured, and that
    it was, stays as it is.

    Attributes:
        series: the series.
        names: of its variables and static features.
        scores: float64 array of shape (steps, variables): what each value adds to `score`, 0 where
            nothing was measured.
        static: float64 array of shape (statics,), the same of the static features.
        label: what is explained: a class.
        value: what the model says of it: its probability.
        unit: what `score` is, such as `"log-odds"`.
        score: what the scores explain.
        baseline: the same of a series with the usual value wherever something was measured, and of
            every static feature that is known. Integrated gradients sum to `score - baseline`.
        method: how the scores were computed.

    Example:
        >>> import zoo
        >>> stay = {"times": [0.0, 1.5], "values": {"HR": [120, None], "GCS": [15, 3]}}
        >>> found = zoo.explain(zoo.load("grud-physionet2012"), stay)
        >>> found.scores.shape
        (2, 37)
    """

    series: IrregularSeries
    names: Names
    scores: np.ndarray
    static: np.ndarray
    label: str
    value: float
    unit: str
    score: float
    baseline: float
    method: str

    def __repr__(self) -> str:
        value, steps = round(self.value, 4), self.series.steps
        return line(self, self.label, value=value, steps=steps, variables=self.scores.shape[1])

    def _repr_html_(self) -> str:
        rows = [(self.label, f"{self.value:.4f}", f"{self.score:.3f}", f"{self.baseline:.3f}")]
        columns = ("answer", "value", self.unit, f"{self.unit} of usual values")
        return table(rows, columns) + picture(self.draw())

    @property
    def measured(self) -> list[tuple[float, str, float, float]]:
        """Time, variable, value and score of every measurement, in the order of time."""
        values = self.series.values
        return [
            (
                float(self.series.times[step]),
                self.names.variables[column],
                float(values[step, column]),
                float(self.scores[step, column]),
            )
            for step, column in np.argwhere(~np.isnan(values)).tolist()
        ]

    @property
    def known(self) -> list[tuple[str, float, float]]:
        """Name, value and score of every static feature that is known."""
        static = np.zeros(0) if self.series.static is None else self.series.static
        return [
            (name, float(value), float(score))
            for name, value, score in zip(self.names.statics, static, self.static, strict=True)
            if not np.isnan(value)
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the attribution as JSON holds it."""
        return {
            **self.explained(),
            "static": [
                {"name": name, "value": value, "score": score} for name, value, score in self.known
            ],
            "measurements": [
                {"time": time, "name": name, "value": value, "score": score}
                for time, name, value, score in self.measured
            ],
        }

    def as_rows(self) -> list[tuple[str, ...]]:
        """Return what is explained, and below it score, time, name and value of all that was read.

        Static features come first and have no time.
        """
        return [
            (self.label, f"{self.value:.4f}"),
            ("score", "time", "name", "value"),
            *((f"{score:+.4f}", "", name, f"{value:.6g}") for name, value, score in self.known),
            *(
                (f"{score:+.4f}", f"{time:.6g}", name, f"{value:.6g}")
                for time, name, value, score in self.measured
            ),
        ]

    def draw(self) -> Figure:
        """Draw the variables that matter most over time, coloured by what every value adds."""
        from zoo.series.irregular_plots import draw_measurements

        return draw_measurements(self)


def one_irregular(
    data: Any, names: Names, id: str | None = None, **reading: Any
) -> tuple[str, IrregularSeries]:
    """Return one series that a model is asked about, and what it is called.

    Args:
        data: a series as `check_irregular` takes it, or the path of a file that `read_irregular`
            reads.
        names: what the model calls what it reads.
        id: which of the series of a file; None where it holds one alone.
        **reading: how a table is to be read.

    Raises:
        InputError: it is not as described, several series, or the file has no series of that id.
        DataError: the file cannot be read.
    """
    if not isinstance(data, str | Path):
        if id is not None:
            raise InputError(
                "Expected id=None with a series in memory: it names one of the series of a file. "
                f"Received: {shown(id)}"
            )
        found, single = check_irregular(data, names)
        if not single and len(found) > 1:
            raise InputError(
                f"Expected one series. Received: a list of {len(found)}. Ask for one after the "
                "other"
            )
        return "", found[0]
    source = read_irregular(data, names, **reading)
    tell_all(source)
    called = source.ids[0] if id is None and len(source.ids) == 1 else id
    if called is None or source.ids.count(called) != 1:
        listed = ", ".join(source.ids[:5]) + (", ..." if len(source.ids) > 5 else "")
        raise InputError(
            f"Expected the id of one of the {len(source.ids)} series of {source.name}, such as "
            f"--id {shown(source.ids[0])[1:-1]}, out of {shown(listed, 100)}. "
            f"Received: {'none' if id is None else shown(id)}"
        )
    return called, source.series[source.ids.index(called)]


@tells_what_is_missing
def attribute_irregular(
    model: Any,
    series: IrregularSeries,
    score: Callable[[Any], Any],
    method: str,
    *,
    quick: bool = False,
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return what every value of a series adds to a score of a model's output.

    Args:
        model: a Keras model that reads irregular series.
        series: the series, checked.
        score: returns the scores, of shape (batch,), of the model's outputs.
        method: one of `zoo.series.saliency.METHODS`.
        quick: as for `zoo.series.saliency.attribute`.

    Returns:
        The attributions of the values and of the static features, the score of the series, and
        that of one with usual values.
    """
    import keras
    from keras import ops

    from zoo.insight.derivative import compiled_gradient, gradient_of

    given = pad_irregular([series])
    steps, variables = given["values"].shape[1:]
    parts = [(_scaling_of(model.backbone.scaling), given["values"][0])]
    if given["static"].shape[1]:
        parts.append((_scaling_of(model.get_layer("static_scaling")), given["static"][0]))
    # The way goes from usual values to those of the series in what the network hears of them;
    # what was not measured stays so on all of it.
    ends = [scaling(part.astype(np.float64)) for scaling, part in parts]
    end = np.concatenate([scaled.ravel() for scaled, _ in ends]).astype(np.float32)[None, None]
    start = np.zeros_like(end)
    missing = np.concatenate([np.where(measured, 0.0, np.nan).ravel() for _, measured in ends])
    origin, spread, mean, scale, nothing = (
        np.asarray(value, np.float32)
        for value in (
            *(
                np.concatenate(
                    [
                        np.broadcast_to(getattr(scaling, name), part.shape).ravel()
                        for scaling, part in parts
                    ]
                )
                for name in Scaling._fields
            ),
            missing,
        )
    )

    def scores(x: Any) -> Any:
        batch = ops.shape(x)[0]
        whole = origin + spread * ops.sinh(mean + scale * x[:, 0]) + nothing
        inputs = {
            "times": ops.broadcast_to(given["times"], (batch, steps)),
            "values": ops.reshape(whole[:, : steps * variables], (batch, steps, variables)),
            "padding_mask": ops.broadcast_to(given["padding_mask"], (batch, steps)),
        }
        if given["static"].shape[1]:
            inputs["static"] = whole[:, steps * variables :]
        return score(model(inputs, training=False))

    def total(x: Any) -> Any:
        return ops.sum(scores(x))

    both = ops.convert_to_numpy(scores(ops.convert_to_tensor(np.concatenate([end, start]))))
    reached, baseline = (float(value) for value in np.asarray(both, np.float64))
    derivative = (
        (lambda x: gradient_of(total, x)) if quick else compiled_gradient(total, model.weights)
    )

    def gradient(x: np.ndarray) -> np.ndarray:
        return np.asarray(keras.ops.convert_to_numpy(derivative(ops.convert_to_tensor(x))), float)

    if method == "gradient_x_input":
        added = gradient(end)[0] * end[0]
    else:
        added = integrated(gradient, start, end, reached - baseline, quick=quick)
    values, static = np.split(added[0], [steps * variables])
    return values.reshape(steps, variables)[: series.steps], static, reached, baseline


def _scaling_of(layer: Any) -> Scaling:
    """Return how a layer scales, in double precision."""
    from keras import ops

    weights = (ops.convert_to_numpy(getattr(layer, name)) for name in Scaling._fields)
    return Scaling(*(weight.astype(np.float64) for weight in weights))
