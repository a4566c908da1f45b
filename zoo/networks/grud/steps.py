"""GRU-D with NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.networks.grud.spec import CELL, GRUDBackboneSpec
from zoo.series.irregular_steps import GRUStep, IrregularSteps, State, float64s

__all__ = ["GRUDSteps"]


class GRUDSteps(IrregularSteps):
    """The steps of a GRU-D; the state, the last values, and the times since they were measured.

    Reference:
        [Che et al., 2018](https://doi.org/10.1038/s41598-018-24271-9)
    """

    def __init__(self, spec: GRUDBackboneSpec, tensors: Mapping[str, np.ndarray]) -> None:
        variables = len(spec.variables)
        self.sizes = (spec.units, variables, variables)
        self._weights = float64s(tensors, CELL)
        self._gru, self._time_scale = GRUStep(self._weights), spec.time_scale

    def after(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> State:
        hidden, last, since = state
        inputs, kept, since = self._faded(state, scaled, measured, gap)
        hidden = self._gru(inputs, kept * hidden)
        return hidden, np.where(measured, scaled, last), np.where(measured, 0.0, since)

    def gates(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> dict[str, np.ndarray]:
        inputs, kept, _ = self._faded(state, scaled, measured, gap)
        return {**self._gru.gates(inputs, kept * state[0]), "kept of the state": kept}

    def _faded(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the cell reads, how much of the state has not faded, and the times since."""
        _, last, since = state
        since = since + gap / self._time_scale
        weights = self._weights
        fading = np.maximum(since * weights["input_decay"] + weights["input_decay_bias"], 0.0)
        read = np.where(measured, scaled, np.exp(-fading) * last)
        fading = np.maximum(since @ weights["state_decay"] + weights["state_decay_bias"], 0.0)
        return np.concatenate([read, measured], axis=1), np.exp(-fading), since
