"""The part of an ONNX graph that is a network that tags words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from zoo.graphs.onnx_format import FLOAT, Graph
from zoo.graphs.recurrent import add_layers
from zoo.networks.tagging.spec import TaggingBackboneSpec, tagging_prefixes
from zoo.text.graph import add_table
from zoo.text.word_features import AFFIXES, END, LETTERS, PAD

__all__ = ["WORD_INPUTS", "add_tagging_layers"]

# What is read of every word, by name, and how many numbers that is where it is not one.
WORD_INPUTS: Mapping[str, int | None] = {
    "token_ids": None,
    "letters": LETTERS,
    "shapes": None,
    "affixes": len(AFFIXES),
}


def add_tagging_layers(
    graph: Graph,
    spec: TaggingBackboneSpec,
    tensors: Mapping[str, np.ndarray],
    words: str | None = None,
) -> str:
    """Add the layers of a network that tags words.

    Args:
        graph: the graph, with the inputs `WORD_INPUTS` and `groups`, int32 (batch, time, ...), and
            `lengths`, as `zoo.graphs.recurrent.add_step_mask` leaves it.
        spec: arguments of the network.
        tensors: the weights by name, as they are stored.
        words: name of the number of the word at every place, int32 (batch, time), where
            `WORD_INPUTS` are those of different words, (words, ...); None where they are those of
            every place.

    Returns:
        Name of the vectors of the places, float32 (time, batch, features).
    """
    weights = {
        name: value if name.endswith("/embeddings") else value.astype(np.float32)
        for name, value in tensors.items()
    }
    for name, value in {
        "by_place": [-1, LETTERS],
        "as_affixes": [*([0] if words else [0, 0]), len(AFFIXES) * spec.affix_dim],
    }.items():
        graph.constant(name, np.array(value, np.int64))
    vectors = [
        _embedded(graph, "token", "token_ids", weights),
        _add_letters(graph, spec, weights),
        _embedded(graph, "shape", "shapes", weights),
        graph.add(
            "Reshape",
            [_embedded(graph, "affix", "affixes", weights), "as_affixes"],
            "affixes_together",
        ),
    ]
    whole, ids = graph.add("Concat", vectors, "word_vectors", axis=-1), "token_ids"
    if words:
        whole = graph.add("Gather", [whole, words], "place_vectors", axis=0)
        ids = graph.add("Gather", ["token_ids", words], "place_ids", axis=0)
    sequence = graph.add("Transpose", [whole], "words_by_time", perm=[1, 0, 2])
    for number, prefixes in enumerate(tagging_prefixes(spec)):
        sequence, _ = add_layers(graph, sequence, "lstm", [prefixes], weights, first_number=number)
        if number == 0 and spec.document_dim:
            sequence = _add_document(graph, sequence, weights, ids)
    return sequence


def _embedded(graph: Graph, what: str, ids: str, weights: Mapping[str, np.ndarray]) -> str:
    table = add_table(graph, f"{what}_table", weights[f"{what}_embedding/embeddings"])
    return graph.add("Gather", [table, ids], f"{what}_embedded", axis=0)


def _add_letters(graph: Graph, spec: TaggingBackboneSpec, weights: Mapping[str, np.ndarray]) -> str:
    """Add what the filters say of every word, (..., filters)."""
    graph.constant("no_letter", np.array(PAD, np.int32))
    flat = graph.add("Reshape", ["letters", "by_place"], "letters_by_place")
    table = add_table(graph, "letter_table", weights["letter_embedding/embeddings"])
    read = graph.add("Gather", [table, flat], "letters_embedded", axis=0)
    there = graph.add("Equal", [flat, "no_letter"], "letters_missing")
    there = graph.add("Not", [there], "letters_there")
    there = graph.add("Cast", [there], "letters_there_float", to=FLOAT)
    column = graph.add("Unsqueeze", [there, "axis_2"], "letters_there_column")
    read = graph.add("Mul", [read, column], "letters_read")
    read = graph.add("Transpose", [read], "letters_last", perm=[0, 2, 1])
    kernel = weights["letter_filters/kernel"].transpose(2, 1, 0)
    graph.constant("letter_filters/kernel", np.ascontiguousarray(kernel))
    graph.constant("letter_filters/bias", weights["letter_filters/bias"])
    before = (spec.letter_width - 1) // 2
    found = graph.add(
        "Conv",
        [read, "letter_filters/kernel", "letter_filters/bias"],
        "letters_filtered",
        pads=[before, spec.letter_width - 1 - before],
    )
    found = graph.add("Relu", [found], "letters_heard")
    row = graph.add("Unsqueeze", [there, "axis_1"], "letters_there_row")
    found = graph.add("Mul", [found, row], "letters_kept")
    found = graph.add("ReduceMax", [found], "letters_highest", axes=[2], keepdims=0)
    # In the order in which the words came.
    shape = graph.add("Shape", ["token_ids"], "places_shape")
    graph.constant("filters", np.array([spec.letter_filters], np.int64))
    shape = graph.add("Concat", [shape, "filters"], "letters_shape", axis=0)
    return graph.add("Reshape", [found, shape], "letters_said")


def _add_document(
    graph: Graph, states: str, weights: Mapping[str, np.ndarray], token_ids: str
) -> str:
    """Add, beside the states, what is said of the same word elsewhere and of the document."""
    for part in ("kernel", "bias"):
        graph.constant(f"document/{part}", weights[f"document/{part}"])
    graph.constant("end_of_sentence", np.array(END, np.int32))
    said = graph.add("MatMul", [states, "document/kernel"], "document/product")
    said = graph.add("Add", [said, "document/bias"], "document/sum")
    said = graph.add("Tanh", [said], "document/by_time")
    said = graph.add("Transpose", [said], "document/said", perm=[1, 0, 2])
    inside = graph.add("Squeeze", ["inside", "axis_2"], "inside_by_time")
    inside = graph.add("Transpose", [inside], "inside_rows", perm=[1, 0])
    graph.constant("least_count", np.array(1, np.float32))
    # The mean over the places with the same word; what stands in the padding is none of them.
    rows = graph.add("Unsqueeze", ["groups", "axis_2"], "groups_column")
    columns = graph.add("Unsqueeze", ["groups", "axis_1"], "groups_row")
    same = graph.add("Equal", [rows, columns], "same_group")
    there = graph.add("Unsqueeze", [inside, "axis_1"], "inside_columns")
    same = graph.add("And", [same, there], "same_word")
    same = graph.add("Cast", [same], "same_word_float", to=FLOAT)
    count = graph.add("ReduceSum", [same, "axis_2"], "same_word_count", keepdims=1)
    count = graph.add("Max", [count, "least_count"], "same_word_count_or_one")
    total = graph.add("MatMul", [same, said], "same_word_total")
    elsewhere = graph.add("Div", [total, count], "document/same_word")
    # The mean over all words.
    ends = graph.add("Equal", [token_ids, "end_of_sentence"], "ends")
    words = graph.add("Not", [ends], "no_ends")
    words = graph.add("And", [words, inside], "words_there")
    words = graph.add("Cast", [words], "words_there_float", to=FLOAT)
    words = graph.add("Unsqueeze", [words, "axis_2"], "words_column")
    summed = graph.add("Mul", [said, words], "document/of_words")
    summed = graph.add("ReduceSum", [summed, "axis_1"], "document/total", keepdims=1)
    number = graph.add("ReduceSum", [words, "axis_1"], "words_count", keepdims=1)
    number = graph.add("Max", [number, "least_count"], "words_count_or_one")
    mean = graph.add("Div", [summed, number], "document/mean")
    shape = graph.add("Shape", [said], "document/shape")
    everywhere = graph.add("Expand", [mean, shape], "document/everywhere")
    both = graph.add("Concat", [elsewhere, everywhere], "document/both", axis=2)
    both = graph.add("Transpose", [both], "document/both_by_time", perm=[1, 0, 2])
    return graph.add("Concat", [states, both], "states_and_document", axis=2)
