"""The equations of a reservoir, written out in NumPy."""

from __future__ import annotations

import numpy as np


def dense(weights, rows=slice(None)):
    """The recurrent weights as a plain square matrix."""
    columns, values = weights["recurrent_columns"], weights["recurrent_values"]
    matrix = np.zeros((len(columns), len(columns)))
    for row, (places, entries) in enumerate(zip(columns, values, strict=True)):
        for place, entry in zip(places, entries, strict=True):
            matrix[row, place] += entry
    return matrix[rows, rows]


def equations(weights, leak, inputs, feedback=None, state=None):
    """The states of one series, written out."""
    weights = {name: value.astype(np.float64) for name, value in weights.items()}
    weights["recurrent_columns"] = weights["recurrent_columns"].astype(int)
    matrix = dense(weights)
    state = np.zeros(len(matrix)) if state is None else state
    states = []
    for step, x in enumerate(inputs):
        total = matrix @ state + weights["input_kernel"].T @ x + weights["bias"]
        if feedback is not None:
            total += weights["feedback_kernel"].T @ feedback[step]
        state = (1 - leak) * state + leak * np.tanh(total)
        states.append(state)
    return np.array(states)
