"""Classification of irregular series without Keras, in double precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from zoo.common.costs import rows_at_once
from zoo.networks.grud.spec import GRUDBackboneSpec
from zoo.networks.grud.steps import GRUDSteps
from zoo.networks.odernn.spec import ODERNNBackboneSpec
from zoo.networks.odernn.steps import ODERNNSteps
from zoo.series.irregular import IrregularSeries
from zoo.series.irregular_features import Scaling, Summary, summarise
from zoo.series.irregular_spec import IrregularBackboneSpec
from zoo.series.irregular_steps import IrregularSteps, State, rows_of
from zoo.tasks.irregular_time_series_classification.specs import IrregularClassifierSpec

__all__ = ["IrregularNetwork"]

_STEPS: dict[type[IrregularBackboneSpec], type[IrregularSteps]] = {
    GRUDBackboneSpec: GRUDSteps,
    ODERNNBackboneSpec: ODERNNSteps,
}


class IrregularNetwork:
    """Classifies irregular series by the last state, figures of every variable, and static facts.

    Args:
        tensors: the weights by the names of a checkpoint.
        backbone: arguments of the backbone.
        head: arguments of the task.

    Attributes:
        names: what it calls what it reads.
        steps: the recurrence.
        scaling: how values are scaled.
    """

    def __init__(
        self,
        tensors: Mapping[str, np.ndarray],
        backbone: IrregularBackboneSpec,
        head: IrregularClassifierSpec,
    ) -> None:
        self.names = backbone.names
        self.steps = _STEPS[type(backbone)](backbone, tensors)
        self._activations = backbone.activations(1)
        weights = {name: value.astype(np.float64) for name, value in tensors.items()}

        self.scaling = Scaling.of(weights, "scaling")
        self._static = Scaling.of(weights, "static_scaling") if backbone.statics else None
        self._mean, self._scale = weights["facts_scaling/mean"], weights["facts_scaling/scale"]
        layers = ("hidden", "logits") if head.hidden_units else ("logits",)
        self._layers = [(weights[f"{name}/kernel"], weights[f"{name}/bias"]) for name in layers]

    def predict_proba(self, series: Sequence[IrregularSeries], batch_size: int = 256) -> np.ndarray:
        """Return the probability of every class for every series.

        Args:
            series: what `check_irregular` returned.
            batch_size: series computed at once; it changes the speed, not the answers.

        Returns:
            float64 array of shape (series, classes).
        """
        batch_size, _ = rows_at_once(batch_size, 1, 2 * self._activations)
        order = np.argsort([-item.steps for item in series], kind="stable")
        probabilities = np.empty((len(series), len(self._layers[-1][1])))
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            some = [series[row] for row in rows]
            probabilities[rows] = self.classify(
                self._last_states(some),
                summarise(some, self.scaling),
                np.array([item.static for item in some]),
            )
        return probabilities

    def _last_states(self, series: Sequence[IrregularSeries]) -> np.ndarray:
        """Return the states after the last step of series, the longest of which come first."""
        lengths = np.array([item.steps for item in series])
        read = [(*self.scaling(item.values), _gaps(item.times)) for item in series]
        state = self.steps.start(len(series))
        for step in range(lengths[0] if len(lengths) else 0):
            running = int(np.searchsorted(-lengths, -step, side="left"))
            scaled, measured, gap = (
                np.stack([parts[index][step] for parts in read[:running]]) for index in range(3)
            )
            after = self.steps.after(rows_of(state, slice(running)), scaled, measured, gap)
            for part, new in zip(state, after, strict=True):
                part[:running] = new
        return state[0]

    def after(
        self, state: State, summary: Summary, values: np.ndarray, gap: float
    ) -> tuple[State, Summary]:
        """Return what is known of one series after a step.

        Args:
            state: of the recurrence.
            summary: the figures before.
            values: float64 array of shape (variables,), NaN where nothing was measured.
            gap: the time since the step before.
        """
        scaled, measured = self.scaling(values[None])
        state = self.steps.after(state, scaled, measured, np.full((1, 1), gap))
        return state, summary.after(scaled, measured)

    def classify(self, states: np.ndarray, figures: np.ndarray, static: np.ndarray) -> np.ndarray:
        """Return the probability of every class for what is known of series.

        Args:
            states: the last states, float64 (series, units).
            figures: those of every variable, float64 (series, 6 * variables).
            static: the static features, float64 (series, statics), NaN where unknown.
        """
        facts = [figures]
        if self._static is not None:
            facts += self._static(static)
        known = (np.concatenate(facts, axis=1) - self._mean) / self._scale
        features = np.concatenate([states, known], axis=1)
        *hidden, (kernel, bias) = self._layers
        for inner, inner_bias in hidden:
            features = np.maximum(features @ inner + inner_bias, 0.0)
        logits = features @ kernel + bias
        scores = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: np.ndarray = scores / scores.sum(axis=1, keepdims=True)
        return probabilities


def _gaps(times: np.ndarray) -> np.ndarray:
    """Return how long after the one before each time is, of shape (steps, 1); the first is 0."""
    return np.diff(times, prepend=times[:1])[:, None]
