"""ODE-RNN with NumPy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.networks.odernn.spec import CELL, ODERNNBackboneSpec
from zoo.series.irregular_steps import GRUStep, IrregularSteps, State, float64s

__all__ = ["ODERNNSteps"]


class ODERNNSteps(IrregularSteps):
    """The steps of an ODE-RNN, with its state alone.

    Reference:
        [Rubanova et al., 2019](https://arxiv.org/abs/1907.03907)
    """

    def __init__(self, spec: ODERNNBackboneSpec, tensors: Mapping[str, np.ndarray]) -> None:
        self.sizes = (spec.units,)
        self._spec, self._weights = spec, float64s(tensors, CELL)
        self._gru = GRUStep(self._weights)

    def _slope(self, state: np.ndarray) -> np.ndarray:
        weights = self._weights
        hidden = np.tanh(state @ weights["slope_kernel"] + weights["slope_bias"])
        slope: np.ndarray = hidden @ weights["slope_output_kernel"] + weights["slope_output_bias"]
        return slope

    def after(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> State:
        inputs = np.concatenate([scaled, measured], axis=1)
        return (self._gru(inputs, self._moved(state[0], gap)),)

    def gates(
        self, state: State, scaled: np.ndarray, measured: np.ndarray, gap: np.ndarray
    ) -> dict[str, np.ndarray]:
        inputs = np.concatenate([scaled, measured], axis=1)
        return self._gru.gates(inputs, self._moved(state[0], gap))

    def _moved(self, hidden: np.ndarray, gap: np.ndarray) -> np.ndarray:
        """Return the state when so much time has gone by."""
        spec = self._spec
        step = gap / (spec.time_scale * spec.solver_steps)
        for _ in range(spec.solver_steps):
            first = self._slope(hidden)
            if spec.solver == "euler":
                hidden = hidden + step * first
                continue
            second = self._slope(hidden + 0.5 * step * first)
            third = self._slope(hidden + 0.5 * step * second)
            fourth = self._slope(hidden + step * third)
            hidden = hidden + step / 6.0 * (first + 2.0 * second + 2.0 * third + fourth)
        return hidden
