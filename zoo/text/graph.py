"""What ONNX graphs of texts begin with."""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph

__all__ = ["add_embeddings", "add_table"]


def add_embeddings(graph: Graph, table: np.ndarray, token_ids: str) -> str:
    """Add the vectors of tokens.

    Args:
        graph: the graph.
        table: a row for every token id, as it is stored.
        token_ids: name of the token ids, of any shape.

    Returns:
        Name of their vectors, float32, with one axis more.
    """
    return graph.add(
        "Gather", [add_table(graph, "embeddings", table), token_ids], "embedded", axis=0
    )


def add_table(graph: Graph, name: str, table: np.ndarray) -> str:
    """Add a table of vectors.

    Args:
        graph: the graph.
        name: name of the table.
        table: a row for every token id, as it is stored.

    Returns:
        Name of the table as float32.
    """
    graph.constant(name, table)
    if table.dtype != np.float16:
        return name
    # Widened as a whole, which is done once when the file is opened: rounding by other tools knows
    # no table of half precision, and would leave an invalid graph.
    return graph.add("Cast", [name], f"{name}_float", to=FLOAT)
