"""Training: batches, optimiser, resume, and the scripts from end to end on a small data set."""

from __future__ import annotations

import dataclasses
import json
import shutil

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import training.train
import zoo
import zoo.datasets
import zoo.fitting.loop
from helpers import (
    dataset_or_skip,
    edit_record,
    edit_tensors,
    one_of_a_kind,
    stand_in,
)
from models import list_recipes, load_recipe
from training.history import read_history
from training.split_films import choose_groups, film_groups
from zoo import checkpoint, registry
from zoo.classes.probabilities import all_right
from zoo.datasets import TextDataset
from zoo.datasets.imdb_reviews import load_imdb_reviews
from zoo.fitting.batches import length_batches
from zoo.fitting.optimizer import make_optimizer
from zoo.fitting.state import load_progress, save_state
from zoo.specs import make_spec
from zoo.tasks.text_classification.recipe import TeacherSettings, TextClassificationRecipe
from zoo.tasks.translation.training import all_given


@given(st.lists(st.integers(1, 400), min_size=1, max_size=200), st.integers(1, 64))
@settings(deadline=None, max_examples=40)
def test_batches_hold_every_text_once(lengths, batch_size):
    batches = length_batches(lengths, batch_size, seed=3, epoch=1)
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert max(map(len, batches)) <= batch_size
    again = length_batches(lengths, batch_size, seed=3, epoch=1)
    assert all(np.array_equal(a, b) for a, b in zip(batches, again, strict=True))


def test_the_optimizer_reports_norms_clips_and_averages():
    variable = keras.Variable(np.zeros(4, "float32"), name="weight")
    optimizer = make_optimizer(
        steps=100,
        learning_rate=0.1,
        warmup=0.1,
        final_rate=0.0,
        weight_decay=0.0,
        clipnorm=1.0,
        average_decay=0.5,
    )
    optimizer.build([variable])
    seen = []
    for _ in range(3):
        optimizer.apply([keras.ops.convert_to_tensor(np.full(4, 50.0, "float32"))])
        seen.append(np.array(variable))
    assert float(optimizer.gradient_norms[0]) == pytest.approx(100)
    average = seen[0]
    for value in seen[1:]:
        average = 0.5 * average + 0.5 * value
    optimizer.finalize_variable_values([variable])
    np.testing.assert_allclose(np.array(variable), average, rtol=1e-5)


def test_reviews_with_the_same_names_are_one_group():
    texts = [
        "I saw Orson Welles and Joseph Cotten in it.",
        "A dull one.",
        "Here Orson Welles beats Joseph Cotten.",
        "A dull one.",
        "With Ingrid Bergman and Claude Rains.",
        "And so Ingrid Bergman loves Claude Rains.",
    ]
    assert film_groups(texts).tolist() == [0, 1, 0, 1, 4, 4]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 1)), min_size=1, max_size=60),
    st.integers(1, 10),
)
def test_whole_groups_are_chosen_and_as_many_of_either_label(rows, half):
    groups, labels = np.array(rows).T
    chosen = np.zeros(len(rows), bool)
    chosen[choose_groups(groups, labels, 2 * half)] = True
    assert not set(groups[chosen]) & set(groups[~chosen])
    assert np.bincount(labels[chosen], minlength=2).max() <= half


def test_other_reviews_than_those_the_validation_part_is_cut_of_are_refused(monkeypatch):
    texts = [f"review {index}" for index in range(25_000)]
    monkeypatch.setattr(
        "zoo.datasets.imdb_reviews.read_official",
        lambda split, download: (texts, np.zeros(25_000, np.int32)),
    )
    with pytest.raises(zoo.errors.DataError, match="official order"):
        load_imdb_reviews("validation")


def test_the_validation_part_is_balanced_and_apart():
    train = dataset_or_skip("imdb_reviews", "train")
    validation = dataset_or_skip("imdb_reviews", "validation")
    assert (len(train), len(validation)) == (22_500, 2_500)
    assert validation.labels.mean() == 0.5
    assert not set(train.texts) & set(validation.texts)


@pytest.fixture
def small_data(monkeypatch):
    """A small made-up data set in place of IMDB's."""
    words = {0: ["dull", "waste", "boring"], 1: ["moving", "great", "fine"]}

    def load(split):
        generator = np.random.default_rng(len(split))
        # Whole batches of 16, so that a network is traced for one shape.
        labels = np.arange(128 if split == "train" else 48, dtype=np.int32) % 2
        texts = [
            " ".join([*generator.choice(words[int(label)], 3), *["film", "plot"] * (row % 5)])
            for row, label in enumerate(labels)
        ]
        return TextDataset(texts, labels)

    stand_in(monkeypatch, "imdb_reviews", load)


CLASSIFIERS = [
    name for name in list_recipes() if isinstance(load_recipe(name), TextClassificationRecipe)
]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_recipe_describes_the_network_of_its_entry(name):
    recipe, loaded = load_recipe(name), checkpoint.read(registry.resolve(name))
    learnt = {"vocabulary_size": loaded.backbone.vocabulary_size}
    assert make_spec(recipe.kind, **learnt, **recipe.backbone) == loaded.backbone
    assert (recipe.pooling, recipe.dropout) == (loaded.head.pooling, loaded.head.dropout)
    lengths = (loaded.preprocessor.head_length, loaded.preprocessor.tail_length)
    assert (recipe.head_length, recipe.tail_length) == lengths


# Of every kind of network one that learns the data set that the small data stand in for; of
# recurrent ones the smallest, and that whose word vectors start at counts.
KINDS = one_of_a_kind("text-classification")
DIFFERENT = sorted(
    {name for name in KINDS if load_recipe(name).dataset == "imdb_reviews"}
    | {"lstm-imdb", "simple-rnn-imdb"}
)


@pytest.mark.slow
@pytest.mark.parametrize("name", DIFFERENT)
def test_a_recipe_of_every_kind_trains_its_network(name, small_data, tmp_path):
    recipe = load_recipe(name)
    recipe = dataclasses.replace(
        recipe,
        # The bundled entries read other words than those of the small data.
        teacher=dataclasses.replace(recipe.teacher, committee=()),
        vocabulary_size=30,
        batch_size=16,
        epochs=4,
        learning_rate=1e-2,
        average_decay=0.8,
    )
    if recipe.word_vectors is not None:  # of no more dimensions than the small data has words
        recipe = dataclasses.replace(recipe, backbone={**recipe.backbone, "embedding_dim": 6})
    info = training.train.train_recipe(recipe, tmp_path / name)
    assert info.training.validation["accuracy"] > 0.8
    assert zoo.pipeline(tmp_path / name)("great moving fine film")[0]["label"] == "positive"


@pytest.fixture(params=[None, TeacherSettings(min_count=1)], ids=["labels", "taught"])
def small_recipe(small_data, request):
    """A recipe on a small made-up data set that a network can learn."""
    return dataclasses.replace(
        load_recipe("lstm-imdb"),
        vocabulary_size=30,
        backbone={"cell": "lstm", "embedding_dim": 6, "units": 8, "word_dropout": 0.1},
        batch_size=16,
        epochs=6,
        learning_rate=3e-2,
        average_decay=0.8,
        patience=6,
        teacher=request.param,
    )


@pytest.mark.slow
@pytest.mark.parametrize("small_recipe", [TeacherSettings(min_count=1)], indirect=True)
def test_a_run_that_was_killed_ends_as_one_that_was_not(small_recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo.fitting.loop, "SAVE_SECONDS", 0.0)  # after every step
    monkeypatch.setattr(zoo.fitting.loop, "LOG_EVERY", 2)
    small_recipe = dataclasses.replace(small_recipe, epochs=3)
    straight = training.train.train_recipe(small_recipe, tmp_path / "straight")
    assert straight.training.validation["accuracy"] >= 0.9

    original, calls = zoo.fitting.loop._Run.save, []

    def killed(run):
        original(run)
        calls.append(run.step)
        if len(calls) == 13:  # in the middle of the second epoch
            raise KeyboardInterrupt

    monkeypatch.setattr(zoo.fitting.loop._Run, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        training.train.train_recipe(small_recipe, tmp_path / "killed")
    assert not (tmp_path / "killed").exists()
    with pytest.raises(zoo.InputError, match="another"):
        training.train.train_recipe(
            dataclasses.replace(small_recipe, epochs=2), tmp_path / "killed"
        )
    state = tmp_path / "killed.run" / "state.npz"
    content, progress = state.read_bytes(), load_progress(state)
    with np.load(state) as archive:
        arrays = {name: archive[name] for name in archive.files if name != "progress.json"}
    progress.step = 10**9
    save_state(state, arrays, progress)
    with pytest.raises(zoo.InputError, match="of an epoch at most"):
        training.train.train_recipe(small_recipe, tmp_path / "killed")
    state.write_bytes(content)
    resumed = training.train.train_recipe(small_recipe, tmp_path / "killed")
    assert resumed.files["model.safetensors"] == straight.files["model.safetensors"]
    assert resumed.training.validation == straight.training.validation
    assert resumed.training.history == straight.training.history
    assert [epoch.epoch for epoch in straight.training.history] == [1, 2, 3]
    best = straight.training.history[straight.training.best_epoch - 1].validation
    assert best == pytest.approx(straight.training.validation, rel=2e-3)
    for run in ("straight.run", "killed.run"):
        (tmp_path / run / "state.npz").unlink()
        for one, other in zip(read_history(tmp_path / run), straight.training.history, strict=True):
            assert one.loss == pytest.approx(other.loss, abs=2e-6)
            assert one.validation == pytest.approx(other.validation, abs=2e-6)
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        training.train.train_recipe(small_recipe, tmp_path / "killed")

    events = EventAccumulator(str(tmp_path / "straight.run" / "tensorboard"))
    events.Reload()
    tags = set(events.Tags()["tensors"]) | set(events.Tags()["scalars"])
    assert {"step/loss", "step/learning_rate", "gradient_norm/all"} <= tags
    assert {"epoch/train_loss", "epoch/validation_accuracy"} <= tags


@pytest.mark.slow
@pytest.mark.parametrize("small_recipe", [None], indirect=True)
def test_evaluation_writes_what_it_measured(small_recipe, tmp_path):
    from typer.testing import CliRunner

    from training.evaluate import app

    recipe = dataclasses.replace(
        small_recipe, seed=1, epochs=2, description="Old words.", method="Old words."
    )
    training.train.train_recipe(recipe, tmp_path / "seed-1")
    # As if it were another run: what it takes for the one class is the other.
    other = shutil.copytree(tmp_path / "seed-1", tmp_path / "seed-2")
    edit_record(other, lambda record: record["training"].update(seed=2))
    edit_tensors(
        other, lambda tensors: tensors.update({"logits/kernel": -tensors["logits/kernel"]})
    )
    runner = CliRunner()
    first, second = str(tmp_path / "seed-1"), str(tmp_path / "seed-2")
    assert runner.invoke(app, ["lstm-imdb", "--checkpoint", second]).exit_code == 0
    result = runner.invoke(app, ["lstm-imdb", "--checkpoint", first, "--seed-run", second])
    assert result.exit_code == 0, result.output
    info = zoo.info(first)
    assert [metric.name for metric in info.metrics] == list(zoo.classes.metrics.METRICS)
    current = load_recipe("lstm-imdb")
    assert (info.description, info.training.method) == (current.description, current.method)
    accuracy, other = info.metric("accuracy"), zoo.info(second).metric("accuracy")
    assert accuracy.value > other.value
    assert accuracy.seeds.values == {"1": accuracy.value, "2": other.value}
    assert accuracy.seeds.mean == pytest.approx((accuracy.value + other.value) / 2, abs=1e-6)
    assert json.loads((tmp_path / "seed-1" / "zoo.json").read_text())["metrics"]
    assert zoo.evaluate(first)[0].value == accuracy.value
    # The same seed twice is no spread.
    result = runner.invoke(app, ["lstm-imdb", "--checkpoint", first, "--seed-run", first])
    assert result.exit_code == 2 and "different seeds" in result.stderr


def test_every_recipe_is_complete_and_named_after_its_file():
    for name in list_recipes():
        recipe = load_recipe(name)
        assert recipe.name == name and recipe.papers and recipe.method
        assert recipe.dataset and recipe.licenses
        if isinstance(recipe, TextClassificationRecipe):
            assert len(recipe.labels) >= 2
    with pytest.raises(zoo.InputError, match="Did you mean lstm-imdb"):
        load_recipe("lstm-imbd")


@pytest.mark.parametrize(
    ("perfect", "best", "ends"),
    [
        (all_right, {"accuracy": 1.0, "log_loss": 5e-5}, True),
        (all_right, {"accuracy": 1.0, "log_loss": 0.01}, False),
        (all_right, {"accuracy": 0.99, "log_loss": 5e-5}, False),
        (all_given, {"bleu": 100.0}, True),
        (all_given, {"bleu": 99.0}, False),
    ],
)
def test_a_run_ends_when_its_validation_is_perfect(perfect, best, ends):
    run = object.__new__(zoo.fitting.loop._Run)
    run.perfect = perfect
    run.best, run.epoch, run.stale = best, 3, 0
    assert ("after epoch 3 of 50: its validation is perfect" in run.over(50, 5)) is ends
