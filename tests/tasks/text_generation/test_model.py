"""The Keras model of language models: what it computes, generates, learns and refuses."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from helpers import checkpoint_files
from zoo import checkpoint
from zoo.tasks.text_generation.testing import TEXT, make_language_model

KINDS = {
    "lstm": {"cell": "lstm"},
    "gru": {"cell": "gru", "num_layers": 2, "unit": "characters"},
    "simple_rnn": {"cell": "simple_rnn", "tied": False},
    "projected": {"cell": "lstm", "num_layers": 2, "projected": True},
}


@pytest.fixture(scope="module", params=KINDS)
def path(request, tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("language") / "tiny", **KINDS[request.param])


@pytest.fixture(scope="module")
def model(path):
    return zoo.load(path)


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


def test_the_logits_are_those_of_the_equations(model, path):
    ids = np.array([2, *model.preprocessor.tokenizer(TEXT)[:15]])
    received = model({"token_ids": ids[None], "padding_mask": np.ones((1, len(ids)), bool)})
    np.testing.assert_allclose(np.array(received)[0], reference(path, ids), atol=2e-4)


def test_what_was_loaded_is_saved_byte_for_byte(model, path, tmp_path):
    zoo.save(model, tmp_path / "copy")
    assert checkpoint_files(tmp_path / "copy") == checkpoint_files(path)
