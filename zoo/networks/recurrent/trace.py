"""States and gates of recurrent layers, step by step, by their equations; no Keras here."""

from __future__ import annotations

import numpy as np

from zoo.insight.trace import LayerTrace
from zoo.networks.recurrent.spec import RecurrentBackboneSpec, rnn_prefixes

__all__ = ["run_layers"]

_GATES = {
    "lstm": ("input", "forget", "candidate", "output"),
    "gru": ("update", "reset", "candidate"),
    "simple_rnn": ("candidate",),
}


def run_layers(
    spec: RecurrentBackboneSpec, weights: dict[str, np.ndarray], x: np.ndarray
) -> list[LayerTrace]:
    """Return what recurrent layers compute.

    Args:
        spec: arguments of the backbone.
        weights: float64 arrays by their name in `model.safetensors`.
        x: float64 array of shape (steps, features), what the first layer reads.
    """
    layers: list[LayerTrace] = []
    for index, prefixes in enumerate(rnn_prefixes(spec)):
        directions: list[LayerTrace] = []
        for prefix in prefixes:
            backward = len(directions) == 1
            name = f"recurrent_{index}{'_backward' if backward else ''}"
            sequence = x[::-1] if backward else x
            trace = _run(spec.cell, name, sequence, *_weights(weights, prefix))
            directions.append(_reversed(trace) if backward else trace)
        x = np.concatenate([trace.states for trace in directions], axis=1)
        layers += directions
    return layers


def _weights(
    weights: dict[str, np.ndarray], prefix: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the kernels and the two biases, of which all cells but Keras' GRU have one."""
    bias = weights[f"{prefix}/bias"]
    first, second = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
    return weights[f"{prefix}/kernel"], weights[f"{prefix}/recurrent_kernel"], first, second


def _sigmoid(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = 0.5 * (1 + np.tanh(x / 2))  # does not overflow
    return result


def _run(
    cell: str,
    name: str,
    x: np.ndarray,
    kernel: np.ndarray,
    recurrent: np.ndarray,
    input_bias: np.ndarray,
    recurrent_bias: np.ndarray,
) -> LayerTrace:
    """Compute a layer by its equations: Keras' own layers do not hand their gates out."""
    units = len(recurrent)
    names = _GATES[cell]
    inputs = x @ kernel + input_bias
    state = memory = np.zeros(units)
    states, memories = np.empty((len(x), units)), np.empty((len(x), units))
    gates = {gate: np.empty((len(x), units)) for gate in names if gate != "candidate"}
    for step, read in enumerate(inputs):
        parts = np.split(read, len(names))
        back = np.split(state @ recurrent + recurrent_bias, len(names))
        opened = {
            gate: _sigmoid(part + past)
            for gate, part, past in zip(names, parts, back, strict=True)
            if gate != "candidate"
        }
        at = names.index("candidate")
        if cell == "gru":
            candidate = np.tanh(parts[at] + opened["reset"] * back[at])
            state = opened["update"] * state + (1 - opened["update"]) * candidate
        else:
            candidate = np.tanh(parts[at] + back[at])
            state = candidate
            if cell == "lstm":
                memory = opened["forget"] * memory + opened["input"] * candidate
                state = opened["output"] * np.tanh(memory)
        states[step], memories[step] = state, memory
        for gate, value in opened.items():
            gates[gate][step] = value
    return LayerTrace(name, states, gates, memories if cell == "lstm" else None)


def _reversed(trace: LayerTrace) -> LayerTrace:
    return LayerTrace(
        trace.name,
        trace.states[::-1],
        {gate: values[::-1] for gate, values in trace.gates.items()},
        None if trace.cells is None else trace.cells[::-1],
    )
