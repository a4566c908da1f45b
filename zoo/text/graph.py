"""What ONNX graphs of texts begin with."""

from __future__ import annotations

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph

__all__ = ["add_embeddings"]


def add_embeddings(graph: Graph, table: np.ndarray, token_ids: str) -> str:
    """Add the vectors of tokens.

    Args:
        graph: the graph.
        table: a row for every token id, as it is stored.
        token_ids: name of the token ids, of any shape.

    Returns:
        Name of their vectors, float32, with one axis more.
    """
    graph.constant("embeddings", table)
    embedded = graph.add("Gather", ["embeddings", token_ids], "embedded", axis=0)
    if table.dtype == np.float16:  # the rows that are used are widened, not the whole table
        embedded = graph.add("Cast", [embedded], "embedded_float", to=FLOAT)
    return embedded
