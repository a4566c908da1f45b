"""The gradient of the state cut in time, for classifiers that read whole texts."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from keras import ops

import zoo
from helpers import small_backbone, stand_in, to_numpy, weight_gradients
from models import load_recipe
from zoo.datasets import TextDataset
from zoo.fitting.truncated_bptt import truncate_bptt
from zoo.insight.derivative import gradient_of
from zoo.layers.recurrent import GRU, LSTM, CarriedState, SimpleRNN
from zoo.networks.convolutional.backbone import ConvolutionalBackbone
from zoo.networks.recurrent.backbone import NgramRecurrentBackbone
from zoo.networks.recurrent.stream import StreamModel
from zoo.tasks.text_classification import learning
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.tasks.text_classification.training import learn
from zoo.tasks.translation.testing import make_translator

BATCH, TIME, WORDS, UNITS, STEPS = 3, 10, 20, 4, 3
LENGTHS = np.array([10, 4, 7])
MASK = np.arange(TIME) < LENGTHS[:, None]
LAYERS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


IDS = np.random.default_rng(0).integers(4, WORDS, (BATCH, TIME))
WHOLE = {"token_ids": IDS, "padding_mask": MASK}


def projection(features):
    """Random numbers whose products with the states are the loss: every step has a gradient."""
    drawn = np.random.default_rng(1).normal(size=(BATCH, TIME, features))
    return (drawn * MASK[..., None]).astype("float32")


def gradients(backbone, training=True):
    loss_of = projection(backbone.output.shape[-1])
    return weight_gradients(
        backbone.trainable_variables,
        lambda: ops.sum(backbone(WHOLE, training=training) * loss_of),
    )


def close(received, expected):
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize(
    ("cell", "layers"),
    [("simple_rnn", 1), ("lstm", 2), ("gru", 1)],
)
def test_the_gradient_is_the_sum_of_those_of_pieces_with_the_state_held(cell, layers):
    backbone = small_backbone(cell, layers, skip=layers == 2)
    full = gradients(backbone)
    states = to_numpy(backbone(WHOLE))
    truncate_bptt(backbone, STEPS)
    received = gradients(backbone)
    np.testing.assert_array_equal(to_numpy(backbone(WHOLE)), states)
    np.testing.assert_allclose(
        to_numpy(backbone(WHOLE, training=True))[MASK], states[MASK], atol=1e-6
    )

    stream, loss_of = StreamModel(backbone), projection(backbone.output.shape[-1])
    truncate_bptt(backbone, None)
    held = [to_numpy(part) for part in stream.initial_state(BATCH)]
    expected = 0.0
    for start in range(0, TIME, STEPS):
        piece = slice(start, start + STEPS)
        x = {name: array[:, piece] for name, array in WHOLE.items()}

        def objective(x=x, piece=piece, held=held):
            return ops.sum(stream((x, held), training=True)[0] * loss_of[:, piece])

        found = weight_gradients(backbone.trainable_variables, objective)
        expected = expected + np.array([*found, None], dtype=object)[:-1]
        held = [to_numpy(part) for part in stream((x, held))[1]]
    close(received, expected)
    # The cuts matter, and those beyond the text do not.
    assert max(np.abs(a - b).max() for a, b in zip(received, full, strict=True)) > 1e-2
    truncate_bptt(backbone, TIME)
    close(gradients(backbone), full)


@pytest.mark.parametrize("cell", LAYERS)
def test_every_direction_counts_in_its_own_reading_order(cell):
    backbone = small_backbone(cell, bidirectional=True)
    truncate_bptt(backbone, STEPS)
    found = dict(
        zip((v.path for v in backbone.trainable_variables), gradients(backbone), strict=True)
    )
    both = backbone.get_layer("recurrent_0")
    embedded = to_numpy(backbone.token_embedding(IDS))
    loss_of = projection(2 * UNITS)
    # What the side that reads backwards reads, as a text that is read forwards.
    turned = np.zeros_like(embedded), np.zeros_like(loss_of)
    for row, length in enumerate(LENGTHS):
        turned[0][row, :length] = embedded[row, :length][::-1]
        turned[1][row, :length] = loss_of[row, :length][::-1]
    for part, x, weights in (
        (both.forward_layer, embedded, loss_of[..., :UNITS]),
        (both.backward_layer, turned[0], turned[1][..., UNITS:]),
    ):
        alone = LAYERS[cell](UNITS, return_sequences=True)
        alone.build(x.shape)
        for variable, value in zip(alone.weights, part.weights, strict=True):
            variable.assign(to_numpy(value))
        alone.bptt_steps = STEPS
        expected = weight_gradients(
            alone.trainable_variables,
            lambda alone=alone, x=x, weights=weights: ops.sum(
                alone(x, mask=MASK, training=True) * weights
            ),
        )
        close([found[variable.path] for variable in part.trainable_variables], expected)


@pytest.mark.parametrize("cell", LAYERS)
def test_beyond_the_cut_the_gradient_is_zero_and_within_that_of_the_piece(cell):
    layer = LAYERS[cell](UNITS, return_sequences=True)
    x = np.random.default_rng(5).normal(size=(1, 9, 2)).astype("float32")
    layer.build(x.shape)
    mask = np.ones((1, 9), bool)

    def last_but_one(inputs):
        return ops.sum(layer(inputs, mask=mask, training=True)[:, 7])

    full = to_numpy(gradient_of(last_but_one, ops.convert_to_tensor(x)))
    assert (np.abs(full[:, :8]).max(-1) > 0).all()
    layer.bptt_steps = 3
    received = to_numpy(gradient_of(last_but_one, ops.convert_to_tensor(x)))
    assert not received[:, :6].any() and not received[:, 8].any()
    layer.bptt_steps = None
    view = CarriedState(layer)
    start = [np.zeros((1, UNITS), "float32")] * len(layer.state_size)
    _, state = view(x[:, :6], start, mask[:, :6])
    piece = gradient_of(
        lambda inputs: ops.sum(view(inputs, state, mask[:, 6:])[0][:, 1]),
        ops.convert_to_tensor(x[:, 6:]),
    )
    np.testing.assert_allclose(received[:, 6:], to_numpy(piece), atol=1e-6)


@pytest.mark.parametrize("steps", [1, 3, 20])
def test_the_gradient_is_that_of_the_equations(steps):
    """A plain RNN, h = tanh(x W + h U + b), differentiated by hand in float64."""
    layer = SimpleRNN(UNITS, return_sequences=True)
    x = np.random.default_rng(5).normal(size=(1, 8, 2)).astype("float32")
    layer.build(x.shape)
    layer.bptt_steps = steps
    weights = np.random.default_rng(6).normal(size=(1, 8, UNITS)).astype("float32")
    received = weight_gradients(
        layer.trainable_variables, lambda: ops.sum(layer(x, training=True) * weights)
    )
    w, u, b = (to_numpy(variable).astype(float) for variable in layer.weights)
    states = [np.zeros(UNITS)]
    for step in range(8):
        states.append(np.tanh(x[0, step] @ w + states[-1] @ u + b))
    dw, du, db, back = np.zeros_like(w), np.zeros_like(u), np.zeros_like(b), np.zeros(UNITS)
    for step in reversed(range(8)):
        inner = (weights[0, step] + back) * (1 - states[step + 1] ** 2)
        dw, du, db = (
            dw + np.outer(x[0, step], inner),
            du + np.outer(states[step], inner),
            db + inner,
        )
        back = inner @ u.T if step % steps else np.zeros(UNITS)
    for one, other in zip(received, (dw, du, db), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_it_is_of_training_only_and_not_in_the_configuration():
    backbone = small_backbone("lstm", 2)
    config, names = backbone.get_config(), [variable.path for variable in backbone.weights]
    before = gradients(backbone, training=False)
    truncate_bptt(backbone, 1)
    close(gradients(backbone, training=False), before)
    assert backbone.get_config() == config
    assert [variable.path for variable in backbone.weights] == names
    layer = backbone.get_layer("recurrent_0")
    assert "bptt_steps" not in layer.get_config()
    assert type(layer).from_config(layer.get_config()).bptt_steps is None


def test_a_reader_of_ngrams_can_be_cut_and_what_is_not_recurrent_cannot():
    specs = {name: OTHER_BACKBONES[name] for name in ("bigrams", "widths")}
    arguments = {
        name: {field: getattr(spec, field) for field in spec.__struct_fields__}
        for name, spec in specs.items()
    }
    backbone = NgramRecurrentBackbone(**arguments["bigrams"])
    truncate_bptt(backbone, 7)
    assert backbone.get_layer("recurrent_0").bptt_steps == 7
    convolutional = ConvolutionalBackbone(**arguments["widths"])
    truncate_bptt(convolutional, None)
    with pytest.raises(zoo.InputError, match=r"recurrent backbone.*7 for a ConvolutionalBackbone"):
        truncate_bptt(convolutional, 7)
    for wrong in (0, -1, True, 2.5):
        with pytest.raises(zoo.InputError, match="bptt_steps of at least 1"):
            truncate_bptt(backbone, wrong)


TEXTS = [
    f"film film {('dull', 'fine')[row % 2]} plot plot plot plot number{row}" for row in range(50)
]
LABELS = ["bad", "good"] * 25


@pytest.mark.slow
def test_fine_tuning_and_recipes_are_cut_and_say_so(tmp_path, monkeypatch):
    base = make_checkpoint(tmp_path / "base")
    options = {"strategy": "full", "epochs": 1, "batch_size": 8, "linear_probe": False}
    steps_of, descent = [], learning.Descent

    def made(**parts):
        steps_of.append(parts["model"].backbone.get_layer("recurrent_0").bptt_steps)
        if steps_of[-1] is None:
            raise RuntimeError  # that one need not be trained
        return descent(**parts)

    monkeypatch.setattr(learning, "Descent", made)
    with pytest.raises(RuntimeError):
        zoo.finetune(base, (TEXTS, LABELS), output=tmp_path / "full", **options)
    tuned = zoo.finetune(base, (TEXTS, LABELS), output=tmp_path / "cut", bptt_steps=2, **options)
    assert steps_of == [None, 2]
    assert tuned.info.training.settings["bptt_steps"] == 2
    assert "bptt" not in (tuned.path / "config.json").read_text()
    assert "--bptt-steps 2" in tuned.info.training.command

    labels = np.arange(50, dtype=np.int32) % 2
    stand_in(monkeypatch, "imdb_reviews", lambda split: TextDataset(TEXTS, labels))
    recipe = dataclasses.replace(
        load_recipe("lstm-imdb"),
        vocabulary_size=12,
        backbone={"cell": "lstm", "embedding_dim": 4, "units": 5},
        word_vectors=None,
        teacher=None,
    )
    for steps in (None, 2):
        own = dataclasses.replace(recipe, bptt_steps=steps)
        learner = learn(own, entry=zoo.pipeline, tell=lambda told: None)
        assert learner.model.backbone.get_layer("recurrent_0").bptt_steps == steps


def test_what_cannot_be_cut_is_told_in_one_line(tmp_path):
    from typer.testing import CliRunner

    from zoo.cli.main import app

    (tmp_path / "rows.csv").write_text("text,label\n" + "a film,good\nno film,bad\n" * 10)
    (tmp_path / "pairs.csv").write_text("text,translation\n" + "ein,a\n" * 10)
    convolutional = make_checkpoint(tmp_path / "cnn", backbone=OTHER_BACKBONES["widths"])
    translator = make_translator(tmp_path / "translator")
    plain = make_checkpoint(tmp_path / "plain")
    for name, data, steps, words in (
        (convolutional, "rows.csv", 5, "recurrent network only"),
        (translator, "pairs.csv", 5, "no bptt_steps for a translator"),
        (plain, "rows.csv", 0, "bptt_steps of at least 1"),
    ):
        options = ["--train", tmp_path / data, "--output", tmp_path / "x", "--bptt-steps", steps]
        result = CliRunner().invoke(app, ["finetune", str(name), *map(str, options)])
        assert result.exit_code == 2 and words in result.stderr
        assert result.stderr.startswith("error: ") and result.stderr.count("\n") == 1
    assert not (tmp_path / "x.run").exists()
