"""The part of an ONNX graph that is a recurrent backbone."""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_format import Graph
from zoo.graphs.recurrent import add_layers
from zoo.networks.recurrent.spec import RecurrentBackboneSpec, RecurrentLayers, rnn_prefixes

__all__ = ["add_no_state", "add_recurrent_layers", "add_skip", "state_sizes"]


def add_recurrent_layers(
    graph: Graph,
    sequence: str,
    spec: RecurrentBackboneSpec,
    tensors: dict[str, np.ndarray],
    longest: int,
) -> str:
    """Add the layers of a recurrent backbone, true lengths honoured.

    Args:
        graph: the graph, as `add_step_mask` leaves it.
        sequence: name of the embedded texts, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the weights, float32, by name.
        longest: tokens of the longest text, of no matter here.

    Returns:
        Name of the last layer's states, (time, batch, units), zero past a text's end.
    """
    add_no_state(graph, spec)
    return add_layers(graph, sequence, spec.cell, rnn_prefixes(spec), tensors)[0]


def add_no_state(graph: Graph, spec: RecurrentLayers) -> None:
    """Add `no_state`, (batch, units), which the layers start from that are no operator of ONNX.

    Args:
        graph: the graph, with the input `lengths`.
        spec: arguments of the layers.
    """
    if spec.cell != "simple_rnn":
        return
    batch = graph.add("Shape", ["lengths"], "batch_size")
    units = graph.constant("units", np.array([spec.units], np.int64))
    shape = graph.add("Concat", [batch, units], "state_shape", axis=0)
    graph.constant("zero_float", np.zeros((1, 1), np.float32))
    graph.add("Expand", ["zero_float", shape], "no_state")


def state_sizes(spec: RecurrentLayers) -> list[list[int]]:
    """Return the sizes of the parts of every layer's state: the state and, of an LSTM, the cell.

    Args:
        spec: arguments of a backbone that reads in one direction.

    Example:
        >>> state_sizes(
        ...     RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        ... )
        [[3, 3]]
    """
    return [[spec.units] * (2 if spec.cell == "lstm" else 1)] * spec.num_layers


def state_size(spec: RecurrentLayers) -> int:
    """Return how many numbers the states of all layers are together.

    Args:
        spec: arguments of a backbone that reads in one direction.

    Example:
        >>> state_size(
        ...     RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        ... )
        6
    """
    return sum(map(sum, state_sizes(spec)))


def add_skip(graph: Graph, states: str, embedded: str, padded: bool = True) -> str:
    """Add what the first layer reads beside the states.

    Args:
        graph: the graph, as `add_step_mask` leaves it.
        states: name of the states, float32 (time, batch, units).
        embedded: name of what the first layer reads, float32 (time, batch, features).
        padded: whether texts end within the batch.

    Returns:
        Name of both, (time, batch, units + features), zero past a text's end.
    """
    read = embedded
    if padded:
        read = graph.add("Mul", [embedded, "inside_float"], "embedded_inside")
    return graph.add("Concat", [states, read], "states_and_embeddings", axis=2)
