"""Training of language models: pieces of streams, the state between them, and a user's own text."""

from __future__ import annotations

import dataclasses
import gzip
import warnings

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
import zoo.fitting.loop
from helpers import to_numpy
from zoo import checkpoint, registry
from zoo.fitting.building import build_task
from zoo.fitting.sampled_classes import ClassSampler, SampledStreams
from zoo.fitting.streams import Streams
from zoo.fitting.weight_drop import drop_weights
from zoo.interfaces import UserData
from zoo.layers.recurrent import GRU, LSTM, SimpleRNN
from zoo.learning.learner import Run
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.specs import make_spec
from zoo.task import task_of
from zoo.tasks.text_generation.data import prepare_corpus
from zoo.tasks.text_generation.pieces import (
    HeldText,
    carrying,
    epoch_streams,
    token_loss,
    tokens_of,
)
from zoo.tasks.text_generation.specs import CausalLMSpec
from zoo.tasks.text_generation.testing import CASES, LINES, TEXT, make_language_model
from zoo.tasks.text_generation.training import learn
from zoo.text.corpora import TextCorpus
from zoo.text.language import LanguageEncoder, train_plain_words

WORDS = 30
TOKENS = np.random.default_rng(4).integers(2, WORDS, 150).astype(np.int32)


def language_model(units=5, tied=True, dropout=0.0, **backbone):
    spec = make_spec(
        RecurrentBackboneSpec,
        vocabulary_size=WORDS,
        embedding_dim=6,
        cell="lstm",
        units=units,
        num_layers=2,
        **backbone,
    )
    model = build_task("text-generation", spec, make_spec(CausalLMSpec, tied=tied, dropout=dropout))
    generator = np.random.default_rng(1)
    for variable in model.trainable_variables:
        variable.assign(generator.normal(0, 0.7, variable.shape))
    return model


def whole_text_nats(model, tokens, before=2):
    """The nats of every token, by one pass over the whole."""
    read = np.concatenate([[before], tokens[:-1]])[None].astype(np.int32)
    logits = model({"token_ids": read, "padding_mask": np.ones(read.shape, bool)})
    scores = to_numpy(keras.ops.log_softmax(logits, axis=-1))[0]
    return -scores[np.arange(len(tokens)), tokens]


@given(st.integers(1, 300), st.integers(1, 9), st.integers(1, 40), st.sampled_from([0, 1, 20]))
@settings(deadline=None, max_examples=60)
def test_pieces_hold_every_token_once_and_in_order(count, streams, steps, warmup):
    tokens = np.arange(count, dtype=np.int32) + 100
    cut = Streams(tokens, streams, steps, before=7, warmup=warmup)
    pieces = [cut.batch(np.array([piece])) for piece in range(len(cut.lengths))]
    shapes = {part.shape for _, *parts in pieces for part in parts}
    assert shapes == {(streams, cut.steps)} and cut.steps <= steps
    read, targets, weights = (
        np.concatenate(parts, axis=1).ravel()
        for parts in zip(
            *((features["token_ids"], target, weight) for features, target, weight in pieces),
            strict=True,
        )
    )
    # Stream after stream the tokens that count are the sequence, each after the one before it.
    assert targets[weights == 1].tolist() == tokens.tolist()
    assert read[weights == 1].tolist() == [7, *tokens[:-1].tolist()]
    assert set(weights.tolist()) <= {0.0, 1.0}
    first = pieces[0][0]["goes_on"]
    assert not first.any()


def test_an_epoch_reads_the_text_from_another_place_and_all_of_it():
    examples = epoch_streams(TOKENS, 4, 10, seed=3)
    found = []
    for epoch in (0, 1, 1, 2):
        streams = examples(epoch)
        pieces = [streams.batch(np.array([piece])) for piece in range(len(streams.lengths))]
        read = np.concatenate([features["token_ids"] for features, *_ in pieces], axis=1)
        weights = np.concatenate([weight for *_, weight in pieces], axis=1)
        found.append(read[weights == 1].tolist())
    assert found[0] == [2, *TOKENS[:-1].tolist()]
    assert found[1] == found[2] != found[3]
    ring = [*TOKENS.tolist(), *TOKENS.tolist()]
    assert found[1] in [ring[at : at + len(TOKENS)] for at in range(len(TOKENS))]


def test_the_state_goes_on_from_piece_to_piece_and_begins_anew_with_an_epoch():
    model = language_model()
    streams = Streams(TOKENS, 1, 10, before=2)
    reading = carrying(model, 1)
    expected = whole_text_nats(model, TOKENS)
    for _ in range(2):
        found = []
        for piece in range(len(streams.lengths)):
            features, targets, _ = streams.batch(np.array([piece]))
            scores = to_numpy(keras.ops.log_softmax(reading(features), axis=-1))[0]
            found.extend(-scores[np.arange(len(targets[0])), targets[0]])
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_training_step_sees_the_state_that_the_step_before_has_left():
    model = language_model()
    reading = carrying(model, 1)
    reading.compile(keras.optimizers.SGD(0.0), loss=token_loss(), weighted_metrics=[])
    streams = Streams(TOKENS, 1, 50, before=2)
    expected = whole_text_nats(model, TOKENS)
    for piece in range(3):
        scores = reading.train_on_batch(*streams.batch(np.array([piece])), return_dict=True)
        part = expected[50 * piece : 50 * (piece + 1)]
        assert float(scores["loss"]) == pytest.approx(part.mean(), abs=1e-5)


@pytest.mark.parametrize("unit", ["words", "characters"])
def test_the_score_is_that_of_the_whole_text(unit):
    model = language_model()
    tokens = np.random.default_rng(0).integers(2, WORDS, 3000).astype(np.int32)
    expected = whole_text_nats(model, tokens).mean()
    (name, value), *more = HeldText(tokens, unit)(model).items()
    assert name == {"words": "perplexity", "characters": "nats_per_character"}[unit] and not more
    assert (np.log(value) if unit == "words" else value) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("units", "tied"), [(6, True), (5, True), (5, False)])
def test_the_loss_of_all_classes_drawn_is_the_loss_and_of_some_is_near_it(units, tied):
    model = language_model(units, tied)
    streams, loss = Streams(TOKENS, 3, 50, before=2), token_loss()
    reading = carrying(model, 3)
    features, targets, weights = streams.batch(np.array([0]))
    expected = float(loss(targets, reading(features), weights))
    counts = np.bincount(TOKENS, minlength=WORDS)

    def sampled(size, seed):
        drawn = SampledStreams(streams, ClassSampler(counts, size), [seed])
        features, targets, weights = drawn.batch(np.array([0]))
        return float(loss(targets, reading(features), weights))

    assert sampled(WORDS, 0) == pytest.approx(expected, abs=1e-5)
    some = [sampled(20, seed) for seed in range(40)]
    assert np.mean(some) == pytest.approx(expected, rel=0.05) and np.std(some) > 0


def test_classes_come_as_often_as_is_said():
    counts = np.array([1000, 0, 1, 5, 5, 80, 7, 1])
    sampler, generator = ClassSampler(counts, 4), np.random.default_rng(0)
    seen = np.zeros(len(counts))
    for _ in range(3000):
        classes, weights = sampler.draw(generator)
        assert len(set(classes.tolist())) == 4
        np.testing.assert_allclose(np.exp(-weights), sampler.probabilities[classes], rtol=1e-5)
        seen[classes] += 1
    np.testing.assert_allclose(seen / 3000, sampler.probabilities, atol=0.03)
    assert sampler.probabilities.sum() == pytest.approx(4) and sampler.probabilities[0] == 1
    with pytest.raises(zoo.InputError, match="from 1 to 8 classes"):
        ClassSampler(counts, 9)


@pytest.mark.parametrize("layer", [LSTM, GRU, SimpleRNN])
def test_recurrent_weights_are_dropped_in_training_alone_and_for_a_call(layer):
    layer = layer(8, return_sequences=True)
    x = np.random.default_rng(0).normal(size=(2, 6, 3)).astype("float32")
    x[1] = x[0]
    plain = to_numpy(layer(x))
    layer.weight_drop = 0.5
    np.testing.assert_array_equal(to_numpy(layer(x)), plain)
    first, second = (to_numpy(layer(x, training=True)) for _ in range(2))
    # The first step reads a state of zeros; both rows have the same weights for all steps.
    np.testing.assert_allclose(first[:, 0], plain[:, 0], atol=1e-6)
    np.testing.assert_array_equal(first[0], first[1])
    assert np.abs(first - plain).max() > 1e-3 and np.abs(first - second).max() > 1e-3
    kernel = to_numpy(layer.cell.recurrent_kernel)
    assert (kernel != 0).all()  # the weights themselves stay
    assert "weight_drop" not in layer.get_config()


def test_dropped_weights_compute_what_a_kernel_with_zeros_does():
    cells = [LSTM(4, return_sequences=True) for _ in range(2)]
    x = np.random.default_rng(0).normal(size=(2, 5, 3)).astype("float32")
    for layer in cells:
        layer(x)
    cells[0].weight_drop = 0.5
    cells[0].cell.seed_generator.state.assign(np.array([3, 0], "uint32"))
    mask = to_numpy(keras.random.dropout(np.ones((4, 16), "float32"), 0.5, seed=3))
    kernel, recurrent, bias = (to_numpy(value) for value in cells[0].weights)
    cells[1].set_weights([kernel, recurrent * mask, bias])
    np.testing.assert_allclose(
        to_numpy(cells[0](x, training=True)), to_numpy(cells[1](x)), atol=1e-5
    )


def test_what_may_be_dropped():
    backbone = language_model().backbone
    drop_weights(backbone, 0.25)
    assert [backbone.get_layer(f"recurrent_{at}").weight_drop for at in (0, 1)] == [0.25, 0.25]
    for share in (1.0, -0.1, True, "half"):
        with pytest.raises(zoo.InputError, match="weight_drop"):
            drop_weights(backbone, share)


def small_recipe(path, **changes):
    (path / "lines.txt").write_text(8 * TEXT, "utf-8")
    backbone = {"cell": "lstm", "embedding_dim": 6, "units": 6, "embedding_dropout": 0.2}
    given = {"backbone": backbone, "weight_drop": 0.3, "dropout": 0.2, "epochs": 2, **changes}
    return dataclasses.replace(CASES.recipe(path / "lines.txt"), **given)


def learnt(recipe, path):
    learner = learn(recipe, entry=None, tell=lambda told: None)
    return learner.fit(Run(path=path)), learner


@pytest.mark.at_once
def test_a_run_that_was_killed_ends_as_one_that_was_not(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo.fitting.loop, "SAVE_SECONDS", 0.0)  # after every step
    recipe = small_recipe(tmp_path, sampled_epochs=1, sampled_tokens=8)
    straight, learner = learnt(recipe, tmp_path / "straight")
    assert len(learner.examples(0).lengths) > 3
    original, calls = zoo.fitting.loop._Run.save, []

    def killed(state):
        original(state)
        calls.append(state.step)
        # In the middle of the second epoch.
        if len(calls) == len(learner.examples(0).lengths) + 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(zoo.fitting.loop._Run, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        learnt(recipe, tmp_path / "killed")
    resumed, _ = learnt(recipe, tmp_path / "killed")
    assert resumed.history == straight.history
    for name, value in straight.fitted.tensors.items():
        np.testing.assert_array_equal(value, resumed.fitted.tensors[name])


def test_labels_are_not_smoothed_over_tokens_that_never_follow(tmp_path):
    with pytest.raises(zoo.InputError, match=r"label_smoothing=0\.0.*Received: 0\.1"):
        learnt(small_recipe(tmp_path, label_smoothing=0.1), tmp_path / "run")


@pytest.mark.at_once
def test_what_was_learnt_is_the_model_that_is_scored(tmp_path):
    found, learner = learnt(small_recipe(tmp_path, epochs=6, patience=6), tmp_path / "run")
    first, best = found.history[0]["perplexity"], found.validation["perplexity"]
    assert best < 0.8 * first
    assert "carried_0" not in found.fitted.tensors
    assert learner.plan().startswith("on ") and "6 epochs" in learner.plan()


def test_texts_are_read_one_after_the_other():
    encoder = LanguageEncoder(train_plain_words(TEXT, 40))
    one, other = encoder.encode("the cat"), encoder.encode("a dog\n")
    joined = tokens_of(encoder, ["the cat", "", "a dog\n", "the cat"])
    assert joined.tolist() == [*one, 2, *other, *one]


def test_the_end_of_a_text_is_held_back_and_nothing_is_lost(tmp_path):
    text = "".join(f"line {number}\n" for number in range(100))
    (tmp_path / "poems.txt.gz").write_bytes(gzip.compress(text.encode()))
    corpus = prepare_corpus(tmp_path / "poems.txt.gz")
    assert "".join(corpus.train.texts + corpus.validation.texts) == text
    assert corpus.validation.texts[0].startswith("line 9") and len(corpus.validation) < 120
    (source,) = corpus.sources
    assert source.rows == len(text) == sum(source.used.values())
    many = [f"text number {number}" for number in range(40)]
    corpus = prepare_corpus(many, share=0.25)
    assert len(corpus.validation.texts) == 10
    assert sorted(corpus.train.texts + corpus.validation.texts) == sorted(many)
    for count in range(20, 120):
        some = [f"text number {number}" for number in range(count)]
        assert len(prepare_corpus(some).validation.texts) == round(count / 10)
    with pytest.raises(zoo.InputError, match="between 0 and 1"):
        prepare_corpus(many, share=1.0)
    with pytest.warns(UserWarning, match="1 of 2 texts .* nothing but white space"):
        prepare_corpus(["one two three four", " \n"], share=0.5)


def test_what_is_validated_on_is_not_learnt_from():
    with pytest.warns(UserWarning, match="1 of 2 texts .* stand in"):
        corpus = prepare_corpus(["a text", "another"], ["another"])
    assert (corpus.train.texts, corpus.validation.texts) == (["a text"], ["another"])
    with pytest.raises(zoo.DataError, match="to learn from"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepare_corpus(["another"], ["another"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"the cat saw the dog and the old dog saw it", "at least 50 words to learn from"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 100, "Expected a text"),
        (b" \n\n", "more than white space"),
        ("кот увидел старую собаку\n".encode() * 90, "unknown to it, such as 'кот'"),
        (b"abcdefgh" * 100_000, "at least 50 words"),
    ],
    ids=["ten words", "binary", "empty", "another script", "one long word"],
)
def test_text_that_nothing_can_be_learnt_from_is_refused(tmp_path, content, message):
    model = make_language_model(tmp_path / "model")
    (tmp_path / "own.txt").write_bytes(content)
    with pytest.raises(zoo.DataError, match=message):
        zoo.finetune(model, tmp_path / "own.txt", output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_strange_words_are_named_wherever_they_stand(tmp_path):
    model = make_language_model(tmp_path / "model")
    with pytest.raises(zoo.DataError, match="such as 'zebra', 'yak'\\. "):
        zoo.finetune(model, ["the cat", "zebra zebra yak\n" * 90], output=tmp_path / "out")


def test_a_plan_tells_what_it_counts(tmp_path):
    from zoo.learning.descent import Descent
    from zoo.learning.settings import FineTuningSettings

    streams, validation = Streams(TOKENS, 3, 50, before=2), TextCorpus(["to be\n", "or"])
    plan = Descent(
        model=None,
        examples=lambda epoch: streams,
        score=None,
        settings=FineTuningSettings(epochs=2, batch_size=3, patience=3),
        preprocessor=None,
        assets={},
        held=validation,
        trained_on=TextCorpus(["to be or not to be"]),
    ).plan()
    assert plan.startswith("on 18 characters, validated on 8 characters: at most 2 epochs")


def test_the_record_of_a_tuning_counts_characters_and_holds_no_settings_of_classifiers(tmp_path):
    source = checkpoint.read(make_language_model(tmp_path / "tiny", "characters"))
    task = task_of(source.info)
    prepared = task.prepare(source, UserData(train=[TEXT * 3]), task.settings(source, {}))
    (told,) = prepared.sources
    assert told.size == f"{len(TEXT) * 3} characters"
    settings = prepared.settings.as_dict()
    assert settings["strategy"] == "full" and settings["schedule"] == "cosine"
    idle = {"class_weights", "linear_probe", "rate_decay", "plateau_factor", "plateau_patience"}
    assert not idle & set(settings)
    slower = task.prepare(
        source, UserData(train=[TEXT * 3]), task.settings(source, {"schedule": "plateau"})
    )
    assert slower.settings.as_dict()["plateau_factor"] == 0.5


def test_text_that_is_too_short_is_told_of_the_part_that_is(tmp_path):
    from zoo.tasks.text_generation.data import check_tokens

    short, long = tmp_path / "short.txt", tmp_path / "long.txt"
    short.write_text("the cat saw\nthe dog ran")
    long.write_text(" ".join(["the cat saw"] * 30))
    encoder = zoo.pipeline(make_language_model(tmp_path / "words")).encoder
    # The end of the first line is a word of it.
    with pytest.raises(zoo.DataError, match=r"4 words in the part of short\.txt to learn from"):
        check_tokens(encoder, prepare_corpus(short, share=0.4))
    with pytest.raises(zoo.DataError, match=r"Received: \d words in short\.txt\. Give more text"):
        check_tokens(encoder, prepare_corpus(short, long))
    brief = tmp_path / "brief.txt"
    brief.write_text("the cat")
    with pytest.raises(
        zoo.DataError, match=r"5 words to validate on.* in brief\.txt\. Give more text"
    ):
        check_tokens(encoder, prepare_corpus(long, brief))


def test_what_a_vocabulary_does_not_hold_is_told(tmp_path):
    from zoo.tasks.text_generation.data import OwnCorpus, check_tokens, settings

    encoder = LanguageEncoder(train_plain_words(TEXT, 40))
    train = "".join(f"{line} zebra\n" for line in 8 * LINES)
    corpus = prepare_corpus([train], share=0.2)
    assert isinstance(corpus, OwnCorpus)
    with pytest.warns(UserWarning, match=r"32 of \d+ words .* such as 'zebra'"):
        check_tokens(encoder, corpus)
    source = registry.read(make_language_model(tmp_path / "model"))
    assert settings(source, {"bptt_steps": 5}).bptt_steps == 5
    with pytest.raises(zoo.InputError, match="strategy full"):
        settings(source, {"strategy": "head"})
