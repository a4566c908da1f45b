"""The ONNX graph of a tagger, written straight from a checkpoint's tensors, without Keras."""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import FLOAT, INT32, OPSET, Graph
from zoo.graphs.recurrent import add_step_mask
from zoo.interfaces import GraphFile
from zoo.layers.chain import Chain, scheme_constraints
from zoo.networks.tagging.graph import WORD_INPUTS, add_tagging_layers
from zoo.text.tags import iobes_names

__all__ = ["CHAIN", "WORDS", "chain_of", "graphs", "tagger_graph", "words_graph"]

# What the chain consists of, by the names of the outputs.
CHAIN = ("transitions", "start", "end")
# The input of a graph that reads every different word once: which one stands at every place.
WORDS = "words"


def chain_of(source: Checkpoint) -> Chain:
    """Return the chain of a tagger, which keeps to the scheme of its tags.

    Args:
        source: a verified checkpoint.
    """
    transitions, start, end = (source.tensors[f"crf/{name}"] for name in CHAIN)
    return Chain(transitions, start, end, scheme_constraints(iobes_names(source.info.labels)))


def tagger_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of a tagger: what its network says of every word by itself.

    Its inputs are what `zoo.text.word_features` makes of words, int32 (batch, time, ...), and
    `lengths`, int32 (batch), the number of places of each row; its outputs are `emissions`, float32
    (batch, time, tags), the score of every tag, and what the chain goes on with from there, the
    same for every input: `transitions`, float32 (tags, tags), `start` and `end`, (tags,).

    Args:
        checkpoint: a checkpoint of the task `token-classification`.

    Returns:
        The content of the ONNX file.
    """
    return _written(checkpoint, None)


def words_graph(checkpoint: Checkpoint) -> bytes:
    """Write the graph of a tagger that reads every different word of a batch once.

    It says the same as that of `tagger_graph`. Its inputs are int32 too: of the different words
    what `zoo.text.word_features` makes of them, (words, ...); `words`, (batch, time), which of them
    stands at every place; `groups`, (batch, time), and `lengths`, (batch).

    Args:
        checkpoint: a checkpoint of the task `token-classification`.

    Returns:
        The content of the ONNX file.
    """
    return _written(checkpoint, WORDS)


def _written(checkpoint: Checkpoint, words: str | None) -> bytes:
    graph, places = Graph("tagger", OPSET), ["batch", "time"]
    for name, size in WORD_INPUTS.items():
        of_each = ["different_words"] if words else places
        graph.input(name, INT32, [*of_each, *([] if size is None else [size])])
    if words:
        graph.input(words, INT32, places)
    graph.input("groups", INT32, places)
    graph.input("lengths", INT32, ["batch"])
    for number in range(3):
        graph.constant(f"axis_{number}", np.array([number], np.int64))
    add_step_mask(graph, words or "token_ids")
    states = add_tagging_layers(graph, checkpoint.backbone, checkpoint.tensors, words)
    for part in ("kernel", "bias"):
        value = checkpoint.tensors[f"logits/{part}"].astype(np.float32)
        graph.constant(f"logits/{part}", value)
    scores = graph.add("MatMul", [states, "logits/kernel"], "logits/product")
    scores = graph.add("Add", [scores, "logits/bias"], "emissions_by_time")
    graph.add("Transpose", [scores], "emissions", perm=[1, 0, 2])
    graph.output("emissions", FLOAT, [*places, checkpoint.head.num_tags])
    chain = chain_of(checkpoint)
    for name in CHAIN:
        value = getattr(chain, name).astype(np.float32)
        graph.constant(f"crf/{name}", value)
        graph.output(graph.add("Identity", [f"crf/{name}"], name), FLOAT, list(value.shape))
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graph that is published of a tagger.

    Args:
        source: a verified checkpoint of one.
    """
    meanings = {
        "token_ids": "ids of the words of a document in lower case, digits as 0, with the id 2 "
        "after every sentence, padded with 0",
        "letters": "ids of the letters of each, with 2 before the first and after the last, "
        "padded with 0",
        "shapes": "number of the shape of each: its capitals, digits and marks",
        "affixes": "ids of its first 2, 3 and 4 letters and of its last, 0 where it is shorter",
        "groups": "the first place of the document that holds the same word in lower case",
        "lengths": "number of places of each document: words, and ends of sentences",
        "emissions": "score of every tag of every place, before the chain",
        "transitions": "score of the second tag after the first; very low of what is forbidden",
        "start": "score of a sentence that starts with each tag",
        "end": "score of a sentence that ends with it",
    }
    return (GraphFile("onnx/model.onnx", tagger_graph(source), meanings),)
