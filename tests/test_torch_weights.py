"""Weights in PyTorch's form, against PyTorch's equations and, where it is installed, PyTorch."""

from __future__ import annotations

import sys
import types

import keras
import numpy as np
import pytest

import zoo
import zoo.networks.recurrent.backbone
from zoo.errors import InputError

KINDS = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU, "RNN": keras.layers.SimpleRNN}
TIME, FEATURES, UNITS = 6, 3, 4


def _stack(kind: str, num_layers: int, bidirectional: bool, use_bias: bool = True) -> list:
    layers, features = [], FEATURES
    for _ in range(num_layers):
        layer = KINDS[kind](UNITS, return_sequences=True, use_bias=use_bias)
        if bidirectional:
            layer = keras.layers.Bidirectional(layer)
        layer.build((None, None, features))
        features = UNITS * (1 + bidirectional)
        layers.append(layer)
    generator = np.random.default_rng(num_layers)
    for layer in layers:
        for weight in layer.weights:
            weight.assign(generator.normal(size=weight.shape) * 0.5)
    return layers


def _run(layers: list, x: np.ndarray) -> np.ndarray:
    for layer in layers:
        x = layer(x)
    return keras.ops.convert_to_numpy(x)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _torch_direction(
    kind: str, weights: dict, suffix: str, x: np.ndarray, prefix: str = ""
) -> np.ndarray:
    """The equations in the documentation of torch.nn.RNN, LSTM and GRU."""
    w_i, w_h = (weights[f"{prefix}weight_{part}_{suffix}"] for part in ("ih", "hh"))
    b_i, b_h = (
        weights.get(f"{prefix}bias_{part}_{suffix}", np.zeros(len(w_i))) for part in ("ih", "hh")
    )
    h, c, states = np.zeros((len(x), w_h.shape[1])), np.zeros((len(x), w_h.shape[1])), []
    for t in range(x.shape[1]):
        inputs, hidden = x[:, t] @ w_i.T + b_i, h @ w_h.T + b_h
        if kind == "RNN":
            h = np.tanh(inputs + hidden)
        elif kind == "LSTM":
            i, f, g, o = np.split(inputs + hidden, 4, axis=1)
            c = _sigmoid(f) * c + _sigmoid(i) * np.tanh(g)
            h = _sigmoid(o) * np.tanh(c)
        else:
            (r_i, z_i, n_i), (r_h, z_h, n_h) = (np.split(v, 3, axis=1) for v in (inputs, hidden))
            z = _sigmoid(z_i + z_h)
            h = (1 - z) * np.tanh(n_i + _sigmoid(r_i + r_h) * n_h) + z * h
        states.append(h)
    return np.stack(states, axis=1)


def _torch_stack(kind: str, weights: dict, x: np.ndarray) -> np.ndarray:
    weights = {name: np.asarray(value) for name, value in weights.items()}
    index = 0
    while f"weight_ih_l{index}" in weights:
        out = _torch_direction(kind, weights, f"l{index}", x)
        if f"weight_ih_l{index}_reverse" in weights:
            back = _torch_direction(kind, weights, f"l{index}_reverse", x[:, ::-1])[:, ::-1]
            out = np.concatenate([out, back], axis=-1)
        x, index = out, index + 1
    return x


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_weights_compute_the_same_by_pytorchs_equations(kind, num_layers, bidirectional, use_bias):
    layers = _stack(kind, num_layers, bidirectional, use_bias)
    x = np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype(np.float32)
    received = _torch_stack(kind, zoo.to_torch_state_dict(layers), x)
    np.testing.assert_allclose(received, _run(layers, x), atol=1e-5)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_pytorch_computes_the_same_and_its_weights_come_back(kind, bidirectional):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layers = _stack(kind, 2, bidirectional)
    module = getattr(torch.nn, kind)(
        FEATURES, UNITS, num_layers=2, bidirectional=bidirectional, batch_first=True
    )
    x = np.random.default_rng(0).normal(size=(2, TIME, FEATURES)).astype(np.float32)
    drawn = _run(zoo.from_torch_state_dict(layers, module.state_dict()), x)
    np.testing.assert_allclose(module(torch.from_numpy(x))[0].detach().numpy(), drawn, atol=1e-5)
    layers = _stack(kind, 2, bidirectional)
    module.load_state_dict(zoo.to_torch_state_dict(layers))
    received = module(torch.from_numpy(x))[0].detach().numpy()
    np.testing.assert_allclose(received, _run(layers, x), atol=1e-5)


def _tagger(**ngrams):
    """A model over a recurrent backbone whose last layer has a name of its own."""
    backbones = zoo.networks.recurrent.backbone
    kind = backbones.NgramRecurrentBackbone if ngrams else backbones.RecurrentBackbone
    backbone = kind(
        vocabulary_size=40, embedding_dim=3, cell="gru", units=4, num_layers=2, **ngrams
    )
    states = backbone(backbone.input)
    model = keras.Model(backbone.input, keras.layers.Dense(5, name="tags")(states))
    model.backbone = backbone
    return model


def test_a_models_last_layer_is_found_whatever_it_is_called():
    model, other = _tagger(), _tagger()
    weights = zoo.to_torch_state_dict(model)
    assert weights["classifier.weight"].shape == (5, 4) and "rnn.weight_hh_l1" in weights
    ids = np.array([[2, 5, 7]])
    features = {"token_ids": ids, "padding_mask": ids != 0}
    assert np.abs(model(features) - other(features)).max() > 1e-4
    zoo.from_torch_state_dict(other, weights)
    np.testing.assert_array_equal(model(features), other(features))


@pytest.mark.parametrize("name", ["lstm-imdb", "gru-imdb", "simple-rnn-imdb"])
def test_a_classifier_makes_the_round_trip(name):
    model, other = zoo.load(name), zoo.load(name)
    for weight in other.weights:
        weight.assign(weight * 0)
    zoo.from_torch_state_dict(other, zoo.to_torch_state_dict(model))
    texts = ["A moving film.", "A dull one, and far too long."]
    np.testing.assert_allclose(other.predict(texts), model.predict(texts), atol=1e-6)


def test_a_classifier_computes_the_same_by_pytorchs_equations():
    model = zoo.load("gru-imdb")
    weights = {
        name: np.asarray(value, np.float64)
        for name, value in zoo.to_torch_state_dict(model).items()
    }
    features = model.preprocessor(["A moving film, and never a dull moment in it."])
    ids, mask = (np.asarray(features[key])[0] for key in ("token_ids", "padding_mask"))
    embedded = weights["embedding.weight"][ids[mask.astype(bool)]][None]
    states = _torch_direction("GRU", weights, "l0", embedded, prefix="rnn.")[0]
    pooled = np.concatenate([states.mean(axis=0), states.max(axis=0)])
    scores = weights["classifier.weight"] @ pooled + weights["classifier.bias"]
    expected = np.exp(scores) / np.exp(scores).sum()
    received = model.predict(["A moving film, and never a dull moment in it."])[0]
    np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: keras.layers.Dense(3), "Expected an LSTM, GRU or SimpleRNN.*Received: Dense"),
        (lambda: [], "Received: list"),
        (lambda: keras.layers.LSTM(3), "without weights"),
        (lambda: _built(keras.layers.GRU(3, reset_after=False)), "reset_after=True"),
        (lambda: _built(keras.layers.LSTM(3, activation="relu")), "Received: 'relu'"),
        (lambda: [*_stack("LSTM", 1, False), *_stack("GRU", 1, False)], "one kind"),
        (lambda: zoo.load("cnn-imdb"), "recurrent backbone"),
        (lambda: _tagger(ngram_sizes=[30], ngram_dims=[2]), "recurrent backbone.*Functional"),
    ],
)
def test_what_pytorch_does_not_compute_is_refused(model, message):
    with pytest.raises(InputError, match=message):
        zoo.to_torch_state_dict(model())


def _built(layer: keras.layers.Layer) -> keras.layers.Layer:
    layer.build((None, None, FEATURES))
    return layer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("bias_hh_l0"), "lacks 'bias_hh_l0'"),
        (lambda d: d.update(weight_ih_l1=np.ones(3)), "beyond the model's 'weight_ih_l1'"),
        (lambda d: d.update(bias_hh_l0=np.ones(3)), r"shape \(16,\).*Received: \(3,\)"),
        (lambda d: d.update(bias_hh_l0=np.full(16, np.nan)), "finite"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_changes_nothing(change, message):
    layers = _stack("LSTM", 1, False)
    before = [np.array(keras.ops.convert_to_numpy(weight)) for weight in layers[0].weights]
    state_dict = {name: np.asarray(v) for name, v in zoo.to_torch_state_dict(layers).items()}
    state_dict = {name: value + 1 for name, value in state_dict.items()}
    change(state_dict)
    with pytest.raises(InputError, match=message):
        zoo.from_torch_state_dict(layers, state_dict)
    for weight, value in zip(layers[0].weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), value)


def test_no_state_dict_is_refused():
    with pytest.raises(InputError, match=r"state_dict.*Received: list"):
        zoo.from_torch_state_dict(_stack("LSTM", 1, False), [1, 2])


def test_a_module_that_only_has_the_name_of_torch_makes_no_tensors(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", types.ModuleType("torch"))
    (layer,) = _stack("GRU", 1, False)
    weights = zoo.to_torch_state_dict(layer)
    assert all(isinstance(value, np.ndarray) for value in weights.values())
    assert zoo.from_torch_state_dict(layer, weights) is layer


def test_numbers_that_float32_does_not_hold_are_refused():
    (layer,) = _stack("GRU", 1, False)
    given = zoo.to_torch_state_dict(layer)
    weights = {name: np.array(value, np.float64) for name, value in given.items()}
    weights["bias_ih_l0"][0] = 1e300
    with pytest.raises(InputError, match=r"finite numbers for 'bias_ih_l0', as float32"):
        zoo.from_torch_state_dict(layer, weights)


def test_tensors_of_every_kind_of_float_are_read():
    torch = pytest.importorskip("torch")
    (layer,) = _stack("LSTM", 1, False)
    weights = dict(zoo.to_torch_state_dict(layer))
    kernel = weights["weight_ih_l0"]
    for dtype in (torch.float64, torch.bfloat16, torch.float16, torch.float8_e4m3fn):
        zoo.from_torch_state_dict(layer, {**weights, "weight_ih_l0": kernel.to(dtype)})
        read = zoo.to_torch_state_dict(layer)["weight_ih_l0"]
        assert torch.equal(read, kernel.to(dtype).float())
    negated = torch._neg_view(kernel)  # what the imaginary part of a conjugate is
    zoo.from_torch_state_dict(layer, {**weights, "weight_ih_l0": negated})
    assert torch.equal(zoo.to_torch_state_dict(layer)["weight_ih_l0"], -kernel)
    with pytest.raises(InputError, match=r"on meta, which gives none.*\.float\(\)"):
        zoo.from_torch_state_dict(layer, {**weights, "weight_ih_l0": kernel.to("meta")})
