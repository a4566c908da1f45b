"""The ONNX graphs against NumPy equations written down from Keras' documentation."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from helpers import edit_json, rewrite
from zoo import checkpoint
from zoo.formats import TOKENIZER
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import (
    NgramRecurrentBackboneSpec,
    RecurrentBackboneSpec,
    rnn_prefixes,
)
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.text.encoding import TextEncoder, parse_tokenizer

TEXTS = ["a film", "", "A moving , beautifully acted film! " * 20, "so so", "waste of time"]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def states(cell, x, kernel, recurrent, bias):
    """Return the hidden states of one cell over x, of shape (time, features)."""
    units = recurrent.shape[0]
    h, c, output = np.zeros(units), np.zeros(units), []
    for step in x:
        if cell == "simple_rnn":
            h = np.tanh(step @ kernel + h @ recurrent + bias)
        elif cell == "lstm":
            i, f, g, o = np.split(step @ kernel + h @ recurrent + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
            h = sigmoid(o) * np.tanh(c)
        else:
            xz, xr, xh = np.split(step @ kernel + bias[0], 3)
            hz, hr, hh = np.split(h @ recurrent + bias[1], 3)
            z, r = sigmoid(xz + hz), sigmoid(xr + hr)
            h = z * h + (1 - z) * np.tanh(xh + r * hh)
        output.append(h)
    return np.array(output)


def recurrent_states(spec, tensors, x):
    """Return the states of the last layer over x, of shape (time, features)."""
    read = x
    for layer in rnn_prefixes(spec):
        directions = []
        for index, prefix in enumerate(layer):
            weights = [
                tensors[f"{prefix}/{part}"] for part in ("kernel", "recurrent_kernel", "bias")
            ]
            order = slice(None, None, -1) if index else slice(None)
            directions.append(states(spec.cell, x[order], *weights)[order])
        x = np.concatenate(directions, axis=1)
    return np.concatenate([x, read], axis=1) if spec.skip else x


def ngram_vectors(spec, tensors, ids):
    """Return the vectors of the n-grams of `ids` that end at every step, looked up by their words.

    The keys are unfolded to tuples of token ids: nothing is searched, nothing is numbered.
    """
    vectors, before = [], {(token,): token for token in range(spec.vocabulary_size)}
    for length in range(2, 2 + len(spec.ngram_sizes)):
        keys = tensors[f"ngram_embedding/keys_{length}"].astype(int)
        shorter = {row: ngram for ngram, row in before.items()}
        known = {}
        for row, key in enumerate(keys):
            prefix, last = divmod(int(key), spec.vocabulary_size)
            if prefix in shorter:
                known[*shorter[prefix], last] = row
        table = tensors[f"ngram_embedding/embeddings_{length}"]
        vectors.append(np.zeros((len(ids), table.shape[1])))
        for step in range(length - 1, len(ids)):
            ngram = tuple(int(token) for token in ids[step - length + 1 : step + 1])
            if ngram in known:
                vectors[-1][step] = table[known[ngram]]
        before = known
    return np.concatenate(vectors, axis=1)


def convolutional_states(spec, tensors, x):
    """Return the rectified outputs of every filter around every step of x."""
    outputs = []
    for size in spec.kernel_sizes:
        kernel = tensors[f"convolution_{size}/kernel"]
        padded = np.pad(x, [((size - 1) // 2, size // 2), (0, 0)])
        windows = np.stack([padded[t : t + size] for t in range(len(x))])
        sums = np.einsum("tke,kef->tf", windows, kernel) + tensors[f"convolution_{size}/bias"]
        outputs.append(np.maximum(sums, 0))
    return np.concatenate(outputs, axis=1)


def transformer_states(spec, tensors, x):
    """Return the states of pre-normalised encoder blocks over x."""

    def norm(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
        return scaled * tensors[f"{name}/gamma"] + tensors[f"{name}/beta"]

    size = spec.embedding_dim
    rates = 10_000.0 ** (-2 * (np.arange(size) // 2) / size)
    angles = np.arange(len(x))[:, None] * rates
    x = x * np.sqrt(size) + np.where(np.arange(size) % 2, np.cos(angles), np.sin(angles))
    for index in range(spec.num_layers):
        block = f"encoder_{index}"
        attention = f"{block}/self_attention_layer"
        h = norm(x, f"{attention}_norm")
        query, key, value = (
            np.einsum("te,ehd->htd", h, tensors[f"{attention}/{part}/kernel"])
            + tensors[f"{attention}/{part}/bias"][:, None]
            for part in ("query", "key", "value")
        )
        scores = np.exp(query @ key.transpose(0, 2, 1) / np.sqrt(query.shape[-1]))
        mixed = scores / scores.sum(axis=-1, keepdims=True) @ value
        output = f"{attention}/attention_output"
        x = x + np.einsum("htd,hde->te", mixed, tensors[f"{output}/kernel"])
        x = x + tensors[f"{output}/bias"]
        h = norm(x, f"{block}/feedforward_layer_norm")
        for name in ("feedforward_intermediate_dense", "feedforward_output_dense"):
            h = h @ tensors[f"{block}/{name}/kernel"] + tensors[f"{block}/{name}/bias"]
            h = np.maximum(h, 0) if "intermediate" in name else h
        x = x + h
    return norm(x, "layer_norm")


STATES = {
    RecurrentBackboneSpec: recurrent_states,
    NgramRecurrentBackboneSpec: recurrent_states,
    ConvolutionalBackboneSpec: convolutional_states,
    TransformerBackboneSpec: transformer_states,
}


def reference(path, texts):
    """Return the probabilities that the checkpoint's weights imply, one text at a time."""
    loaded = checkpoint.read(path)
    spec = loaded.backbone
    tensors = {name: value.astype(np.float64) for name, value in loaded.tensors.items()}
    encode = TextEncoder(
        parse_tokenizer(loaded.tokenizer, spec.vocabulary_size),
        loaded.preprocessor.head_length,
        loaded.preprocessor.tail_length,
    )
    rows = []
    for ids in encode(texts):
        x = tensors["token_embedding/embeddings"][ids]
        if isinstance(spec, NgramRecurrentBackboneSpec):
            x = np.concatenate([x, ngram_vectors(spec, tensors, ids)], axis=1)
        x = STATES[type(spec)](spec, tensors, x)
        parts = {"mean": x.mean(axis=0), "max": x.max(axis=0), "last": x[-1]}
        parts["sqrtn"] = x.sum(axis=0) / np.sqrt(len(x))
        pooled = np.concatenate([parts[kind] for kind in loaded.head.pooling])
        logits = pooled @ tensors["logits/kernel"] + tensors["logits/bias"]
        rows.append(np.exp(logits) / np.exp(logits).sum())
    return np.array(rows)


@pytest.mark.parametrize("pooling", [("mean",), ("max",), ("last",), ("sqrtn", "mean", "max")])
@pytest.mark.parametrize(("bidirectional", "layers"), [(False, 1), (False, 2), (True, 2)])
@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_the_graph_computes_the_equations(tmp_path, cell, bidirectional, layers, pooling):
    path = make_checkpoint(
        tmp_path / "m", cell=cell, bidirectional=bidirectional, num_layers=layers, pooling=pooling
    )
    received = zoo.pipeline(path).predict_proba(TEXTS)
    np.testing.assert_allclose(received, reference(path, TEXTS), atol=1e-5)


@pytest.mark.parametrize("pooling", [("mean",), ("max",), ("last", "sqrtn", "mean", "max")])
@pytest.mark.parametrize("name", OTHER_BACKBONES)
def test_the_graph_of_another_family_computes_its_equations(tmp_path, name, pooling):
    path = make_checkpoint(tmp_path / "m", backbone=OTHER_BACKBONES[name], pooling=pooling)
    received = zoo.pipeline(path).predict_proba(TEXTS)
    np.testing.assert_allclose(received, reference(path, TEXTS), atol=1e-5)


@pytest.fixture(scope="module")
def classify(tmp_path_factory):
    return zoo.pipeline(make_checkpoint(tmp_path_factory.mktemp("m") / "tiny"))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.text(max_size=200), min_size=1, max_size=12), st.integers(1, 13))
@pytest.mark.filterwarnings("ignore:.*hold no word")
def test_answers_do_not_depend_on_the_batch(classify, texts, batch_size):
    together = classify.predict_proba(texts, batch_size=batch_size)
    alone = np.concatenate([classify.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-6)
    backwards = classify.predict_proba(texts[::-1], batch_size=batch_size)
    np.testing.assert_allclose(backwards[::-1], together, atol=1e-6)


def test_a_very_long_text_counts_by_its_head_and_tail(classify):
    words = ["film"] * 11 + ["so"] * 350_000 + ["waste"] * 20
    ends = ["film"] * 11 + ["waste"] * 20
    received = classify.predict_proba([" ".join(words)])
    assert len(" ".join(words)) > 1_000_000
    np.testing.assert_allclose(received, classify.predict_proba([" ".join(ends)]), atol=1e-6)


def test_answers_have_the_form_of_hugging_face(classify):
    one = classify("a film")
    assert len(one) == 1 and set(one[0]) == {"label", "score"}
    assert [set(answer) for answer in classify(["a film", "waste"])] == [set(one[0])] * 2
    assert [len(answers) for answers in classify(["a", "b"], top_k=2)] == [2, 2]
    assert len(classify("a film", top_k=None)) == 3
    with pytest.warns(UserWarning, match="1 of 2 texts hold no word"):
        classify(["a film", " "])


@pytest.mark.parametrize(
    "arguments", [{"top_k": 0}, {"top_k": "all"}, {"batch_size": 0}, {"batch_size": 2.0}]
)
def test_wrong_arguments_are_refused(classify, arguments):
    with pytest.raises(zoo.InputError, match="Received"):
        classify("a film", **arguments)


def test_a_tokenizer_with_ids_out_of_the_table_is_refused(tiny):
    name = TOKENIZER
    content = json.loads((tiny / name).read_text())
    content["model"]["vocab"]["film"] = 60
    rewrite(tiny, name, json.dumps(content).encode())
    with pytest.raises(zoo.CheckpointError, match="id 60"):
        zoo.pipeline(tiny)
    with pytest.raises(zoo.CheckpointError, match="id 60"):
        zoo.load(tiny)
    rewrite(tiny, name, b"{}")
    with pytest.raises(zoo.CheckpointError, match="tokenizer"):
        zoo.pipeline(tiny)


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["post_processor"]["special_tokens"]["[START]"].update(ids=[60]),
        lambda t: t.update(post_processor=None),
        lambda t: t["model"].update(unk_token="[NONE]"),
    ],
    ids=["start token out of the table", "no start token", "no unknown token"],
)
def test_a_tokenizer_that_cannot_answer_every_text_is_refused(tiny, change):
    """The vocabulary alone does not say which ids come out: the template adds its own."""
    edit_json(tiny, TOKENIZER, change)
    with pytest.raises(zoo.CheckpointError):
        zoo.pipeline(tiny)
