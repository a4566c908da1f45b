"""Tiny language models, and what they compute by the equations of their cells, in float64."""

from __future__ import annotations

import numpy as np

from zoo import checkpoint

KINDS = {
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru", "num_layers": 2, "unit": "characters"},
    "simple_rnn": {"cell": "simple_rnn", "tied": False},
    "projected": {"cell": "lstm", "num_layers": 2, "projected": True},
}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def step(cell, weights, x, state):
    """Return a layer's output and its state, by the equations of its cell."""
    kernel, recurrent, bias = weights
    if cell == "simple_rnn":
        h = np.tanh(x @ kernel + state[0] @ recurrent + bias)
        return h, [h]
    if cell == "lstm":
        i, f, c, o = np.split(x @ kernel + state[0] @ recurrent + bias, 4)
        carry = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(c)
        h = sigmoid(o) * np.tanh(carry)
        return h, [h, carry]
    zi, ri, hi = np.split(x @ kernel + bias[0], 3)
    zr, rr, hr = np.split(state[0] @ recurrent + bias[1], 3)
    z = sigmoid(zi + zr)
    h = z * state[0] + (1 - z) * np.tanh(hi + sigmoid(ri + rr) * hr)
    return h, [h]


def reference(path, ids):
    """Return the logits after every token, of the equations and the weights of the file."""
    read = checkpoint.read(path)
    spec = read.backbone
    tensors = {name: value.astype(np.float64) for name, value in read.tensors.items()}
    states = [[np.zeros(spec.units)] * 2 for _ in range(spec.num_layers)]
    bias = tensors["logits/bias"].copy()
    bias[0] = -1e4
    rows = []
    for token in ids:
        x = tensors["token_embedding/embeddings"][token]
        for layer in range(spec.num_layers):
            parts = ("kernel", "recurrent_kernel", "bias")
            weights = [tensors[f"recurrent_{layer}/{spec.cell}_cell/{part}"] for part in parts]
            x, states[layer] = step(spec.cell, weights, x, states[layer])
        if "logits/kernel" in tensors:
            logits = x @ tensors["logits/kernel"]
        else:
            x = x @ tensors["projection/kernel"] if "projection/kernel" in tensors else x
            logits = x @ tensors["token_embedding/embeddings"].T
        rows.append(logits + bias)
    return np.array(rows)
