"""The state of texts that arrive in pieces, in ONNX graphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph
from zoo.graphs.pooling import pooled_sizes
from zoo.networks.recurrent.graph import state_sizes
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec

__all__ = ["StateNames", "add_state", "state_size"]


@dataclass(frozen=True)
class StateNames:
    """Names of what a stream's state consists of, float32 (batch, size) each.

    Attributes:
        layers: of every recurrent layer the parts of its state.
        ngrams: the last rows of every length of n-grams, shortest first, counted from 1.
        pooled: number of steps, their sum, their maximum and the last, as far as the pooling
            needs them.
        size: numbers of the whole state.
    """

    layers: list[list[str]]
    ngrams: list[str]
    pooled: dict[str, str]
    size: int


def _parts(spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> dict[str, int]:
    parts = {
        f"before/layer_{layer}/{part}": size
        for layer, sizes in enumerate(state_sizes(spec))
        for part, size in enumerate(sizes)
    }
    if isinstance(spec, NgramRecurrentBackboneSpec):
        # The tokens themselves, then the rows of all n-grams but the longest.
        parts |= {f"before/ngram_{at + 1}": 1 for at in range(len(spec.ngram_sizes))}
    pooled = pooled_sizes(pooling, spec.features)
    return parts | {f"before/{name}": size for name, size in pooled.items()}


def state_size(spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> int:
    """Return how many numbers the state of a stream has.

    Args:
        spec: arguments of a backbone that reads in one direction.
        pooling: kinds of pooling.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> state_size(spec, ("mean", "max"))
        13
    """
    return sum(_parts(spec, pooling).values())


def add_state(graph: Graph, spec: RecurrentBackboneSpec, pooling: tuple[str, ...]) -> StateNames:
    """Add the input `state` of a stream, and cut it into its parts.

    Args:
        graph: the graph, with the input `token_ids`.
        spec: arguments of a backbone that reads in one direction.
        pooling: kinds of pooling.
    """
    parts = _parts(spec, pooling)
    size = sum(parts.values())
    graph.input("state", FLOAT, ["batch", size])
    sizes = graph.constant("state_sizes", np.array(list(parts.values()), np.int64))
    graph.add("Split", ["state", sizes], list(parts), axis=1)
    layers = [
        [f"before/layer_{layer}/{part}" for part in range(len(sizes))]
        for layer, sizes in enumerate(state_sizes(spec))
    ]
    ngrams = [name for name in parts if name.startswith("before/ngram_")]
    pooled = {name: f"before/{name}" for name in pooled_sizes(pooling, spec.features)}
    return StateNames(layers, ngrams, pooled, size)
