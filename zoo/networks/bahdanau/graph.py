"""ONNX graphs of an encoder-decoder: one that reads the source, one that takes a step.

The state is explicit: a step is a pure function of the last token, the decoder's state, its last
output and what the encoder read.
"""

from __future__ import annotations

import numpy as np

from zoo.formats import Checkpoint
from zoo.graphs.onnx_format import BOOL, FLOAT, INT32, OPSET, Graph
from zoo.graphs.recurrent import add_layers, add_step_mask
from zoo.interfaces import GraphFile
from zoo.networks.bahdanau.costs import activations
from zoo.networks.bahdanau.spec import encoder_prefixes
from zoo.pairs.pipeline import PairNetwork
from zoo.text.graph import add_embeddings

__all__ = ["NETWORK", "decoder_step_graph", "encoder_graph", "graphs"]

_LOWEST = -1e9  # as in `zoo.layers.bahdanau_attention`


def _float_tensors(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    return {name: value.astype(np.float32) for name, value in checkpoint.tensors.items()}


def _product(graph: Graph, x: str, tensors: dict[str, np.ndarray], kernel: str, name: str) -> str:
    return graph.add("MatMul", [x, graph.constant(kernel, tensors[kernel])], name)


def _add(graph: Graph, x: str, tensors: dict[str, np.ndarray], bias: str, name: str) -> str:
    return graph.add("Add", [x, graph.constant(bias, tensors[bias])], name)


def encoder_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of an encoder.

    Its inputs are `token_ids`, int32 (batch, steps), and `lengths`, int32 (batch); its outputs
    are, all float32, `values` (batch, steps, features), what was read; `keys` (batch, steps,
    attention units), what queries are compared with; and `state` (batch, units), the decoder's
    first state.

    Args:
        checkpoint: a checkpoint over this network.

    Returns:
        The content of the ONNX file.
    """
    spec, tensors = checkpoint.backbone, _float_tensors(checkpoint)
    graph = Graph("encoder", OPSET)
    graph.input("token_ids", INT32, ["batch", "steps"])
    graph.input("lengths", INT32, ["batch"])
    for axis in (0, 1, 2):
        graph.constant(f"axis_{axis}", np.array([axis], np.int64))
    add_step_mask(graph, "token_ids")
    by_time = graph.add("Transpose", ["token_ids"], "token_ids_by_time", perm=[1, 0])
    x = add_embeddings(graph, checkpoint.tensors["source_embedding/embeddings"], by_time)
    x, _ = add_layers(graph, x, "gru", encoder_prefixes(spec), tensors)
    total = graph.add("ReduceSum", [x, "axis_0"], "total", keepdims=0)
    count = graph.add("Cast", ["lengths"], "lengths_float", to=FLOAT)
    count = graph.add("Unsqueeze", [count, "axis_1"], "lengths_column")
    mean = graph.add("Div", [total, count], "mean")
    state = _product(graph, mean, tensors, "bridge/kernel", "bridged")
    state = _add(graph, state, tensors, "bridge/bias", "bridge_sum")
    graph.add("Tanh", [state], "state")
    graph.add("Transpose", [x], "values", perm=[1, 0, 2])
    keys = _product(graph, "values", tensors, "decoder/attention/key_kernel", "keys_product")
    _add(graph, keys, tensors, "decoder/attention/bias", "keys")
    graph.output("values", FLOAT, ["batch", "steps", spec.features])
    graph.output("keys", FLOAT, ["batch", "steps", spec.attention_units])
    graph.output("state", FLOAT, ["batch", spec.decoder_units])
    return graph.serialize()


def decoder_step_graph(checkpoint: Checkpoint) -> bytes:
    """Write the ONNX graph of one step of a decoder.

    Its inputs are `token_ids`, int32 (batch), the tokens before those to tell; `state` (batch,
    units) and `fed` (batch, embedding dim), what the step before gave (`fed` is zero at first);
    `values` and `keys` of the encoder; and `mask`, bool (batch, steps). Its outputs are
    `log_probabilities` (batch, vocabulary), `next_state`, `output`, which the next step is fed,
    and `weights` (batch, steps), the attention.

    Args:
        checkpoint: a checkpoint over this network.

    Returns:
        The content of the ONNX file.
    """
    spec, tensors = checkpoint.backbone, _float_tensors(checkpoint)
    units = spec.decoder_units
    graph = Graph("decoder_step", OPSET)
    graph.input("token_ids", INT32, ["batch"])
    graph.input("state", FLOAT, ["batch", units])
    graph.input("fed", FLOAT, ["batch", spec.embedding_dim])
    graph.input("values", FLOAT, ["batch", "steps", spec.features])
    graph.input("keys", FLOAT, ["batch", "steps", spec.attention_units])
    graph.input("mask", BOOL, ["batch", "steps"])
    graph.constant("one", np.array(1, np.float32))
    graph.constant("lowest", np.array(_LOWEST, np.float32))
    graph.constant("axis_1", np.array([1], np.int64))
    graph.constant("axis_2", np.array([2], np.int64))
    table = checkpoint.tensors["token_embedding/embeddings"]
    token = add_embeddings(graph, table, "token_ids")

    # The gated recurrent unit, gates in Keras' order: update, reset, candidate.
    bias = tensors["decoder/bias"]
    gates = _product(graph, token, tensors, "decoder/kernel", "token_gates")
    fed = _product(graph, "fed", tensors, "decoder/feed_kernel", "fed_gates")
    gates = graph.add("Add", [gates, fed], "input_sum")
    gates = graph.add("Add", [gates, graph.constant("input_bias", bias[0])], "input_gates")
    carried = _product(graph, "state", tensors, "decoder/recurrent_kernel", "carried_product")
    carried = graph.add("Add", [carried, graph.constant("carried_bias", bias[1])], "carried_gates")
    parts = {}
    for side, name in (("input", gates), ("carried", carried)):
        parts[side] = [f"{side}_{gate}" for gate in ("update", "reset", "candidate")]
        graph.add("Split", [name], parts[side], axis=1)
    update, reset = (
        graph.add("Sigmoid", [graph.add("Add", [a, b], f"{gate}_sum")], gate)
        for gate, a, b in zip(("update", "reset"), parts["input"], parts["carried"], strict=False)
    )
    kept = graph.add("Mul", [reset, parts["carried"][2]], "candidate_kept")
    candidate = graph.add("Add", [parts["input"][2], kept], "candidate_sum")
    candidate = graph.add("Tanh", [candidate], "candidate")
    old = graph.add("Mul", [update, "state"], "state_kept")
    new = graph.add("Mul", [graph.add("Sub", ["one", update], "renewed"), candidate], "state_new")
    state = graph.add("Add", [old, new], "next_state")

    query = _product(graph, state, tensors, "decoder/attention/query_kernel", "query")
    query = graph.add("Unsqueeze", [query, "axis_1"], "query_row")
    compared = graph.add("Tanh", [graph.add("Add", ["keys", query], "compared_sum")], "compared")
    # A product with one column sums term after term; a sum of its own loses a quarter as much.
    scale = np.ascontiguousarray(tensors["decoder/attention/scale"][:, 0])
    weighing = graph.constant("decoder/attention/scale", scale)
    scores = graph.add("Mul", [compared, weighing], "scores_weighed")
    scores = graph.add("ReduceSum", [scores, "axis_2"], "scores", keepdims=0)
    scores = graph.add("Where", ["mask", scores, "lowest"], "scores_inside")
    weights = graph.add("Softmax", [scores], "weights", axis=-1)
    row = graph.add("Unsqueeze", [weights, "axis_1"], "weights_row")
    context = graph.add("MatMul", [row, "values"], "context_row")
    context = graph.add("Squeeze", [context, "axis_1"], "context")

    read = _product(graph, state, tensors, "decoder/state_output_kernel", "read_state")
    seen = _product(graph, context, tensors, "decoder/context_output_kernel", "read_context")
    said = _product(graph, token, tensors, "decoder/token_output_kernel", "read_token")
    read = graph.add("Add", [graph.add("Add", [read, seen], "read_both"), said], "read_all")
    read = _add(graph, read, tensors, "decoder/output_bias", "read_sum")
    output = graph.add("Tanh", [read], "output")
    transposed = np.ascontiguousarray(table.astype(np.float32).T)
    logits = graph.add("MatMul", [output, graph.constant("embeddings_t", transposed)], "logits")
    graph.add("LogSoftmax", [logits], "log_probabilities", axis=-1)

    graph.output("log_probabilities", FLOAT, ["batch", spec.vocabulary_size])
    graph.output("next_state", FLOAT, ["batch", units])
    graph.output("output", FLOAT, ["batch", spec.embedding_dim])
    graph.output("weights", FLOAT, ["batch", "steps"])
    return graph.serialize()


def graphs(source: Checkpoint) -> tuple[GraphFile, ...]:
    """Return the graphs that are published of a checkpoint: its encoder, and a decoder's step.

    Args:
        source: a verified checkpoint of one.
    """
    memory = {
        "values": "what the encoder read",
        "keys": "what the decoder's queries are compared with",
    }
    return (
        GraphFile(
            "onnx/encoder.onnx",
            encoder_graph(source),
            {
                "token_ids": "token ids of the sources, the end token 3 last, padded with 0",
                "lengths": "true number of tokens of each source",
                **memory,
                "state": "the decoder's first state",
            },
        ),
        GraphFile(
            "onnx/decoder_step.onnx",
            decoder_step_graph(source),
            {
                "token_ids": "the token before the one to tell, at first the start token 2",
                "state": "the state so far",
                "fed": "`output` of the step before, at first zeros",
                **memory,
                "mask": "which source tokens are not padding",
                "log_probabilities": "of every next token; 3 is the end",
                "next_state": "`state` of the next step",
                "output": "`fed` of the next step",
                "weights": "where the decoder looked",
            },
        ),
    )


NETWORK = PairNetwork(encoder_graph, decoder_step_graph, activations)
