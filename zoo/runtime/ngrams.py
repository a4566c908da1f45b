"""N-grams of ONNX graphs."""

from __future__ import annotations

import numpy as np

from zoo.runtime.onnx_format import FLOAT, Graph
from zoo.specs import NgramRecurrentBackboneSpec

__all__ = ["add_ngram_embeddings"]

_LARGEST = np.iinfo(np.int32).max


def _add_search(graph: Graph, searched: str, keys: np.ndarray, name: str) -> tuple[str, str]:
    """Add a search by halving, without branches; return the rows and whether each was found."""
    steps = max(1, int(len(keys) - 1).bit_length())
    # Up to a power of two, so that no step leads out of the table.
    padded = np.full(1 << steps, _LARGEST, np.int32)
    padded[: len(keys)] = keys
    table = graph.constant(f"{name}/keys", padded)
    rows = graph.add("Mul", [searched, "zero"], f"{name}/first_row")
    for step in reversed(range(steps)):
        stride = graph.constant(f"{name}/stride_{step}", np.array(1 << step, np.int32))
        further = graph.add("Add", [rows, stride], f"{name}/further_{step}")
        there = graph.add("Gather", [table, further], f"{name}/there_{step}", axis=0)
        reached = graph.add("LessOrEqual", [there, searched], f"{name}/reached_{step}")
        rows = graph.add("Where", [reached, further, rows], f"{name}/row_{step}")
    there = graph.add("Gather", [table, rows], f"{name}/there", axis=0)
    return rows, graph.add("Equal", [there, searched], f"{name}/equal")


def add_ngram_embeddings(
    graph: Graph,
    token_ids: str,
    embedded: str,
    spec: NgramRecurrentBackboneSpec,
    tensors: dict[str, np.ndarray],
) -> str:
    """Add the vectors of the n-grams that end at every step.

    Args:
        graph: the graph, as `zoo.runtime.recurrent.add_step_mask` leaves it.
        token_ids: name of the token ids, int32 (time, batch).
        embedded: name of the tokens' vectors, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the tables, in the dtype they are stored in, by name.

    Returns:
        Name of all vectors, float32 (time, batch, features), zeros for unknown n-grams.
    """
    graph.constant("one_earlier", np.array([1, 0, 0, 0], np.int64))
    graph.constant("first_step", np.array([0], np.int64))
    size = graph.constant("vocabulary_size", np.array(spec.vocabulary_size, np.int32))
    none = graph.constant("no_row", np.array(-1, np.int32))
    rows, parts = token_ids, [embedded]
    for length in range(2, 2 + len(spec.ngram_sizes)):
        name = f"ngram_{length}"
        # Where the shorter n-gram is unknown, -1 makes a key below all others.
        before = graph.add("Pad", [rows, "one_earlier", none], f"{name}/padded")
        before = graph.add("Slice", [before, "first_step", "time_shape"], f"{name}/before")
        before = graph.add("Mul", [before, size], f"{name}/scaled")
        searched = graph.add("Add", [before, token_ids], f"{name}/searched")
        keys = tensors[f"ngram_embedding/keys_{length}"]
        places, known = _add_search(graph, searched, keys, name)
        rows = graph.add("Where", [known, places, none], f"{name}/rows")
        table = tensors[f"ngram_embedding/embeddings_{length}"]
        graph.constant(f"{name}/embeddings", table)
        vectors = graph.add("Gather", [f"{name}/embeddings", places], f"{name}/gathered", axis=0)
        if table.dtype == np.float16:
            vectors = graph.add("Cast", [vectors], f"{name}/widened", to=FLOAT)
        weight = graph.add("Cast", [known], f"{name}/found", to=FLOAT)
        weight = graph.add("Unsqueeze", [weight, "axis_2"], f"{name}/found_column")
        parts.append(graph.add("Mul", [vectors, weight], f"{name}/vectors"))
    return graph.add("Concat", parts, "embedded_with_ngrams", axis=2)
