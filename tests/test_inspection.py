"""States and gates by the zoo's equations, against what Keras' own layers compute."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import zoo
from helpers import zoo_command
from zoo.errors import InputError
from zoo.tasks.text_classification.testing import make_checkpoint

pytestmark = pytest.mark.at_once
TEXT = "a moving film and a dull one"


def _keras_states(model, text):
    """Return the output of every recurrent layer, as Keras computes it."""
    backbone = model.backbone
    features = model.preprocessor([text])
    count = int(np.asarray(features["padding_mask"])[0].sum())
    outputs = [
        backbone.get_layer(f"recurrent_{index}").output for index in range(backbone.spec.num_layers)
    ]
    states = keras.Model(backbone.input, outputs).predict(features, verbose=0)
    states = states if isinstance(states, list) else [states]
    return [array[0, :count] for array in states]


@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["simple_rnn", "lstm", "gru"])
def test_states_equal_those_of_keras(tmp_path, cell, bidirectional, num_layers):
    path = make_checkpoint(tmp_path / "m", cell, bidirectional, num_layers)
    model = zoo.load(path)
    trace = zoo.inspect(model, TEXT)
    assert len(trace.layers) == num_layers * (1 + bidirectional)
    names = {"simple_rnn": set(), "lstm": {"input", "forget", "output"}, "gru": {"update", "reset"}}
    received = []
    for layer in trace.layers:
        assert set(layer.gates) == names[cell]
        for gate in layer.gates.values():
            assert gate.shape == layer.states.shape
            assert (gate > 0).all() and (gate < 1).all()
        received.append(layer.states)
    if bidirectional:
        received = [np.concatenate(received[i : i + 2], axis=1) for i in range(0, len(received), 2)]
    for states, expected in zip(received, _keras_states(model, TEXT), strict=True):
        np.testing.assert_allclose(states, expected, atol=1e-5)


def test_an_lstm_opens_its_state_from_its_cell(tmp_path):
    (layer,) = zoo.inspect(zoo.load(make_checkpoint(tmp_path / "m")), TEXT).layers
    np.testing.assert_allclose(layer.states, layer.gates["output"] * np.tanh(layer.cells))


def test_networks_of_n_grams_are_inspected_too_and_tokens_stand_as_written():
    model = zoo.load("ngram-gru-imdb")
    trace = zoo.inspect(model, "A moving film. Not BORING!")
    assert trace.tokens == ["(start)", "A", "moving", "film", ".", "Not", "BORING", "!"]
    (expected,) = _keras_states(model, "A moving film. Not BORING!")
    np.testing.assert_allclose(trace.layers[0].states, expected, atol=1e-4)


def test_pictures_show_layers_and_gates(tmp_path):
    trace = zoo.inspect(zoo.load(make_checkpoint(tmp_path / "m", "gru", True)), TEXT)
    figure = zoo.draw_gates(trace)
    assert [axes.get_ylabel() for axes in figure.axes] == [
        f"{layer}\n{gate}"
        for layer in ("recurrent_0", "recurrent_0_backward")
        for gate in ("update", "reset")
    ]
    assert figure.get_suptitle().startswith("How far gates are open")
    assert next(tick.get_text() for tick in figure.axes[-1].get_xticklabels()) == "(start)"
    for plot in (zoo.plot_gates, zoo.plot_states):
        first = plot(trace, tmp_path / "a.png").read_bytes()
        assert first.startswith(b"\x89PNG")
        assert first == plot(trace, tmp_path / "b.png").read_bytes()


def test_what_has_no_states_or_gates_is_refused(tmp_path):
    with pytest.raises(InputError, match="recurrent backbone"):
        zoo.inspect(zoo.load("cnn-imdb"), TEXT)
    model = zoo.load(make_checkpoint(tmp_path / "m", "simple_rnn"))
    with pytest.raises(InputError, match=r"with gates.*Received: one without"):
        zoo.draw_gates(zoo.inspect(model, TEXT))
    with pytest.raises(InputError, match="at least one word"):
        zoo.inspect(model, "  ")
    with pytest.raises(InputError, match=r"one text.*Received: list"):
        zoo.inspect(model, [TEXT])
    del model.info  # as of a model that Keras itself has read
    assert zoo.inspect(model, TEXT).layers
    with pytest.raises(InputError, match="and labels"):
        zoo.explain(model, TEXT)


def test_command_writes_pictures_and_a_run_for_tensorboard(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    folder = tmp_path / "why"
    done = zoo_command("inspect", make_checkpoint(tmp_path / "m", "gru"), TEXT, "--output", folder)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in folder.iterdir()} == {
        "gates.png",
        "saliency.png",
        "states.png",
        "tensorboard",
    }
    events = EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    assert set(events.Tags()["tensors"]) == {
        "inspect/gates",
        "inspect/saliency",
        "inspect/states",
        "recurrent_0/reset",
        "recurrent_0/state",
        "recurrent_0/update",
    }
    assert len(events.Tensors("recurrent_0/state")) == 1 + len(TEXT.split())
    again = zoo_command("inspect", tmp_path / "m", TEXT, "--output", folder)
    assert again.returncode == 2 and "does not exist yet" in again.stderr


@pytest.mark.parametrize(
    ("name", "message", "code"),
    [
        ("cnn-imdb", "recurrent backbone", 2),
        ("bahdanau-multi30k-de-en", "text-classification", 2),
        ("esn-lorenz", "the file of a series", 1),
    ],
)
def test_command_refuses_other_networks_and_leaves_nothing(tmp_path, name, message, code):
    done = zoo_command("inspect", name, TEXT, "--output", tmp_path / "why")
    assert done.returncode == code and message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())
