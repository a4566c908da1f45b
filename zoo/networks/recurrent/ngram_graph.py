"""N-grams of ONNX graphs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.graphs.onnx_format import FLOAT, INT32, Graph
from zoo.graphs.recurrent import add_last_step
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec
from zoo.text.graph import add_table

__all__ = ["add_ngram_embeddings"]


def _add_search(
    graph: Graph, before: str, token_ids: str, keys: np.ndarray, kinds: int, vocabulary: int
) -> tuple[str, str]:
    """Add a search by halving, without branches; return the rows and whether each was found.

    A key is a shorter n-gram's row times the vocabulary, plus a token. Runtimes exist that compare
    whole numbers in single precision, which rounds keys, but not rows and tokens: those of one
    shorter n-gram stand together, and their tokens are searched.
    """
    name = before.rpartition("/")[0]
    # Where the keys of every shorter n-gram begin and end; one more, of what is unknown, has none.
    bounds = np.searchsorted(keys, np.arange(kinds + 1, dtype=np.int64) * vocabulary)
    bounds = np.append(bounds, bounds[-1]).astype(np.int32)
    graph.constant(f"{name}/begins", bounds[:-1])
    graph.constant(f"{name}/ends", bounds[1:])
    row = graph.add("Gather", [f"{name}/begins", before], f"{name}/begin", axis=0)
    end = graph.add("Gather", [f"{name}/ends", before], f"{name}/end", axis=0)
    steps = int(np.diff(bounds).max() - 1).bit_length()
    # Some more at the end, so that no step leads out of the table.
    tokens = np.append(keys % vocabulary, np.full(1 << steps, vocabulary)).astype(np.int32)
    table = graph.constant(f"{name}/tokens", tokens)

    def compare(operator: str, row: str, suffix: str) -> str:
        there = graph.add("Gather", [table, row], f"{name}/there{suffix}", axis=0)
        compared = graph.add(operator, [there, token_ids], f"{name}/compared{suffix}")
        within = graph.add("Less", [row, end], f"{name}/within{suffix}")
        return graph.add("And", [compared, within], f"{name}/both{suffix}")

    for step in reversed(range(steps)):
        stride = graph.constant(f"{name}/stride_{step}", np.array(1 << step, np.int32))
        further = graph.add("Add", [row, stride], f"{name}/further_{step}")
        reached = compare("LessOrEqual", further, f"_{step}")
        row = graph.add("Where", [reached, further, row], f"{name}/row_{step}")
    return row, compare("Equal", row, "")


def add_ngram_embeddings(
    graph: Graph,
    token_ids: str,
    embedded: str,
    spec: NgramRecurrentBackboneSpec,
    tensors: dict[str, np.ndarray],
    earlier: Sequence[str] = (),
) -> tuple[str, list[str]]:
    """Add the vectors of the n-grams that end at every step.

    Args:
        graph: the graph, as `zoo.graphs.recurrent.add_step_mask` leaves it.
        token_ids: name of the token ids, int32 (time, batch).
        embedded: name of the tokens' vectors, float32 (time, batch, features).
        spec: arguments of the backbone.
        tensors: the tables, in the dtype they are stored in, by name.
        earlier: of a stream, names of the rows that end before it, float32 (batch, 1), counted
            from 1: the last token, then the last bigram, and so on.

    Returns:
        Name of all vectors, float32 (time, batch, features), zeros for unknown n-grams; and, of a
        stream, names of the rows that end with it, as `earlier`.
    """
    graph.constant("one_earlier", np.array([1, 0, 0, 0], np.int64))
    graph.constant("first_step", np.array([0], np.int64))
    after: list[str] = []
    rows, parts, kinds = token_ids, [embedded], spec.vocabulary_size
    for length in range(2, 2 + len(spec.ngram_sizes)):
        name = f"ngram_{length}"
        none = graph.constant(f"{name}/none", np.array(kinds, np.int32))
        if earlier:
            after.append(_add_last_row(graph, rows, f"{name}/shorter"))
            first = _add_first_row(graph, earlier[length - 2], none, name)
            before = graph.add("Concat", [first, rows], f"{name}/padded", axis=0)
        else:
            before = graph.add("Pad", [rows, "one_earlier", none], f"{name}/padded")
        before = graph.add("Slice", [before, "first_step", "time_shape"], f"{name}/before")
        keys = tensors[f"ngram_embedding/keys_{length}"]
        found, known = _add_search(graph, before, token_ids, keys, kinds, spec.vocabulary_size)
        kinds = len(keys)
        unknown = graph.constant(f"{name}/unknown", np.array(kinds, np.int32))
        rows = graph.add("Where", [known, found, unknown], f"{name}/rows")
        places = graph.add("Where", [known, found, "zero"], f"{name}/places")
        table = tensors[f"ngram_embedding/embeddings_{length}"]
        rows_of = add_table(graph, f"{name}/embeddings", table)
        vectors = graph.add("Gather", [rows_of, places], f"{name}/gathered", axis=0)
        weight = graph.add("Cast", [known], f"{name}/found", to=FLOAT)
        weight = graph.add("Unsqueeze", [weight, "axis_2"], f"{name}/found_column")
        parts.append(graph.add("Mul", [vectors, weight], f"{name}/vectors"))
    return graph.add("Concat", parts, "embedded_with_ngrams", axis=2), after


def _add_first_row(graph: Graph, earlier: str, none: str, name: str) -> str:
    """Add the row that a stream ended with, int32 (1, batch): `none` where nothing was before."""
    row = graph.add("Cast", [earlier], f"{name}/earlier", to=INT32)
    row = graph.add("Sub", [row, "one"], f"{name}/earlier_row")
    begun = graph.add("GreaterOrEqual", [row, "zero"], f"{name}/begun")
    row = graph.add("Where", [begun, row, none], f"{name}/first_column")
    return graph.add("Transpose", [row], f"{name}/first_row", perm=[1, 0])


def _add_last_row(graph: Graph, rows: str, name: str) -> str:
    """Add the row at the last step, counted from 1, float32 (batch, 1)."""
    column = graph.add("Unsqueeze", [rows, "axis_2"], f"{name}/column")
    # Single precision holds every row: there are at most ten million, and it counts to sixteen.
    column = graph.add("Cast", [column], f"{name}/column_float", to=FLOAT)
    graph.constant(f"{name}/one", np.array(1, np.float32))
    last = add_last_step(graph, column, f"{name}/last")
    return graph.add("Add", [last, f"{name}/one"], f"{name}/last_from_one")
