"""Classifiers of series that are trained by gradient descent: recipes, tuning, layers, tables."""

from __future__ import annotations

import dataclasses
import functools

import keras
import numpy as np
import pytest

import zoo
from zoo import registry
from zoo.interfaces import UserData
from zoo.layers.pooling import AttentionPooling
from zoo.layers.series_features import FrameMask, SeriesFeatures, SeriesFrames
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.schema import Licenses
from zoo.series.augmentation import AugmentedSeries, SeriesAugmentation
from zoo.series.examples import SeriesDataset
from zoo.series.long import LongTables, read_long
from zoo.specs import make_spec
from zoo.task import task_named
from zoo.tasks.time_series_classification.data import read_labelled_series
from zoo.tasks.time_series_classification.held import hold_back
from zoo.tasks.time_series_classification.recipe import SeriesNetworkRecipe
from zoo.tasks.time_series_classification.testing import (
    LABELS,
    examples,
    make_gru_classifier,
    make_lstm_classifier,
    make_rnn_classifier,
    make_series_classifier,
)


def recipe_on(folder, **changes):
    recipe = SeriesNetworkRecipe(
        name="own",
        architecture="gru",
        description="A small GRU.",
        method="Cross-entropy.",
        dataset=str(folder),
        labels=tuple(sorted(LABELS)),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={"channels": 2, "cell": "gru", "units": 8, "lags": (1,), "frame": 4},
        pooling=("max", "attention"),
        attention_units=4,
        dropout=0.1,
        augmentation=SeriesAugmentation(speed=0.1, noise=0.1, mixup=0.2, resampled=True),
        batch_size=16,
        epochs=2,
        patience=2,
        learning_rate=1e-2,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.01,
        clipnorm=1.0,
        label_smoothing=0.05,
        average_decay=0.5,
        seed=1,
    )
    return dataclasses.replace(recipe, **changes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("own")
    for number, (series, label) in enumerate(zip(*examples(24, 5, 0.1), strict=True)):
        (place / LABELS[label]).mkdir(exist_ok=True)
        np.save(place / LABELS[label] / f"{number}.npy", series)
    return place


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("long") / "long.csv"
    lines = ["sensor,x,label,y"]
    for number, (series, label) in enumerate(zip(*examples(24, 5, 0.1), strict=True)):
        lines += [f"s{number},{x!r},{LABELS[label]},{y!r}" for x, y in series.tolist()]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.slow
@pytest.mark.at_once
def test_a_network_that_is_refitted_reads_all_of_the_series_and_goes_on_where_it_stopped(
    folder, tmp_path
):
    from training.train import train_recipe

    recipe = recipe_on(folder, refit=True)
    info = train_recipe(recipe, tmp_path / "whole")
    assert info.training.epochs == info.training.best_epoch == 2
    assert len(info.training.history) == 2 and "accuracy" in info.training.validation
    assert info.training.data[0].used == {"train": 18, "validation": 6}
    # A run that was killed in the second training goes on from the first, and ends with the same.
    work = tmp_path / "other.run"
    (tmp_path / "whole.run").rename(work)
    (work / "refit.npz").unlink()
    again = train_recipe(recipe, tmp_path / "other")
    assert again.files["model.safetensors"] == info.files["model.safetensors"]
    assert again.training.validation == info.training.validation


@pytest.mark.at_once
@pytest.mark.parametrize("last", [False, True])
def test_the_last_epoch_is_kept_where_the_validation_part_is_not_to_choose(folder, last):
    from zoo.tasks.time_series_classification.trained_training import learn

    learner = learn(recipe_on(folder, last=last), entry=zoo.pipeline, tell=lambda told: None)
    worse, best = {"accuracy": 0.5, "log_loss": 2.0}, {"accuracy": 1.0, "log_loss": 0.0}
    assert learner.better(worse, best) == last
    assert learner.perfect(best) != last


@pytest.mark.slow
def test_it_is_tuned_on_a_long_table_and_scored_on_it(table, tmp_path):
    source = make_gru_classifier(tmp_path / "gru")
    settings = {"strategy": "full", "epochs": 2, "batch_size": 18}  # all of them at a time
    tuned = zoo.finetune(source, table, output=tmp_path / "mine", id_column="sensor", **settings)
    assert tuned.info.training.data[0].used == {"train": 18, "validation": 6}
    data, label = examples(24, 5, 0.1)
    answers = zoo.pipeline(tmp_path / "mine").predict_proba(data)
    assert answers.shape == (24, 3) and set(label) == {0, 1, 2}
    metrics = zoo.evaluate(tmp_path / "mine", table, id_column="sensor")
    right = np.mean(np.array(LABELS)[answers.argmax(1)] == np.array(LABELS)[label])
    assert metrics[0].value == pytest.approx(right, abs=1e-6)
    assert tuned.info.training.settings["linear_probe"] is False
    for wrong in ({"bptt_steps": 3}, {"linear_probe": True}):
        with pytest.raises(zoo.InputError, match="classifier of texts only"):
            zoo.finetune(source, table, output=tmp_path / "no", id_column="sensor", **wrong)


@pytest.mark.at_once
def test_series_are_changed_in_every_epoch_unless_they_are_not_to_be(folder, tmp_path):
    source = registry.read(make_gru_classifier(tmp_path / "gru"))
    task = task_named("time-series-classification")
    for options, same in (({}, False), ({"augment": False}, True)):
        given = UserData(train=str(folder), options=options)
        prepared = task.prepare(source, given, task.settings(source, {}))
        learner = task.tune(functools.partial(zoo.load, source.path), source.info, prepared)
        rows = np.arange(4)
        first, second, again = (learner.examples(epoch).batch(rows)[0] for epoch in (0, 1, 0))
        assert np.array_equal(first["series"], second["series"]) is same
        np.testing.assert_array_equal(first["series"], again["series"])
        assert learner.config["augment"] is not same
        assert ("anew in every epoch" in learner.method) is not same
    given = UserData(train=str(folder), options={"augment": 1})
    with pytest.raises(zoo.InputError, match=r"augment=True or False\. Received: 1"):
        task.prepare(source, given, task.settings(source, {}))
    closed = registry.read(make_series_classifier(tmp_path / "committee"))
    given = UserData(train=str(folder), options={"augment": True})
    with pytest.raises(zoo.InputError, match=r"no augment.*closed form"):
        task.prepare(closed, given, task.settings(closed, {}))


@pytest.mark.at_once
def test_series_in_other_units_are_told_from_those_that_a_network_knows(tmp_path):
    from zoo.tasks.time_series_classification.trained_learning import _is_elsewhere

    model, (data, _) = zoo.load(make_gru_classifier(tmp_path / "gru")), examples(24, 5, 0.1)
    assert not _is_elsewhere(model, data)
    for other in (100.0, 0.01):
        assert _is_elsewhere(model, [other * item for item in data])
    assert _is_elsewhere(model, [item + 50.0 for item in data])
    far = [1e4 * item + 5e6 for item in data]
    model.scale_to(far)
    assert not _is_elsewhere(model, far)
    # Of large numbers small changes stay: what is classified is their form.
    model.scale_to(data)
    expected = model.predict(data)
    model.scale_to(far)
    np.testing.assert_allclose(model.predict(far), expected, atol=0.02)


def test_a_long_table_is_read_series_by_series(table, tmp_path):
    found = read_long(table, LongTables("sensor", "label"), 2)
    expected, labels = examples(24, 5, 0.1)
    assert found.ids[:2] == ["s0", "s1"]
    assert found.labels == [LABELS[label] for label in labels]
    for one, other in zip(found.series, expected, strict=True):
        np.testing.assert_array_equal(one.values, other)
    # Lines of a series need not lie together, and columns go by number too.
    path = tmp_path / "mixed.csv"
    path.write_text("id,a,label\nx,1,p\ny,5,q\nx,2,p\n")
    mixed = read_long(path, LongTables("1", "3"), 1)
    assert [item.values[:, 0].tolist() for item in mixed.series] == [[1.0, 2.0], [5.0]]


@pytest.mark.parametrize(
    ("lines", "error", "words"),
    [
        ("id,a,label\nx,1,p\nx,2,q\n", zoo.DataError, "line 3.*one class a series.*'q'"),
        ("id,a,label\n,1,p\n", zoo.DataError, "line 2.*column 'id'"),
        ("id,a,label\nx,1,\n", zoo.DataError, "line 2.*column 'label'"),
        ("id,a,label\nx,1\n", zoo.DataError, "line 2.*3 columns"),
        ("id,a,label\n", zoo.DataError, "Received: none"),
        ("key,a,label\nx,1,p\n", zoo.InputError, "'id'"),
        ("id,a,label\nx,red,p\nx,blue,p\n", zoo.DataError, "numbers.*id x"),
        ("id,a,label\nx,1,p\nx,,p\nx,2,p\n", zoo.InputError, "line 3.*fill"),
        # Of the second series it is the line of the table that is named.
        ("id,a,label\nx,1,p\ny,5,q\nx,2,p\ny,,q\ny,7,q\n", zoo.InputError, "id y: line 5. "),
        ("id,a,label\nx,1,p\ny,5,q\ny,red,q\ny,7,q\n", zoo.DataError, "id y, line 4.*'red'"),
    ],
)
def test_a_long_table_that_is_none_is_refused(tmp_path, lines, error, words):
    path = tmp_path / "long.csv"
    path.write_text(lines)
    with pytest.raises(error, match=words):
        read_long(path, LongTables("id", "label"), 1)


def test_a_label_column_alone_and_a_folder_are_refused(folder, tmp_path):
    source = make_gru_classifier(tmp_path / "gru")
    with pytest.raises(zoo.InputError, match="id_column"):
        zoo.evaluate(source, folder, label_column="kind")
    with pytest.raises(zoo.InputError, match="Leave --id-column out"):
        zoo.evaluate(source, folder, id_column="id")


def test_features_and_frames_are_what_they_are_said_to_be():
    x = np.random.default_rng(0).normal(size=(2, 5, 4)).astype("f4")
    pairs = ((2, 3), (0, 1))
    features = keras.ops.convert_to_numpy(SeriesFeatures([1, 7], pairs, 2)(x))
    assert features.shape == (2, 5, 13)
    np.testing.assert_array_equal(features[:, 1:, 4:8], x[:, 1:] - x[:, :-1])
    # Before there is a step so far back it is compared with the first.
    np.testing.assert_array_equal(features[:, 0, 4:8], 0)
    np.testing.assert_array_equal(features[:, :, 8:12], x - x[:, :1])
    apart = np.linalg.norm(x[:, :, 2:] - x[:, :, :2], axis=-1)
    np.testing.assert_allclose(features[:, :, 12], apart, atol=1e-3)
    mask = np.array([[True] * 5, [True, True, True, False, False]])
    frames = keras.ops.convert_to_numpy(SeriesFrames(2)(x, mask))
    np.testing.assert_array_equal(frames[0, 2], [*x[0, 4], 0, 0, 0, 0])
    np.testing.assert_array_equal(frames[1, 1], [*x[1, 2], 0, 0, 0, 0])
    inside = keras.ops.convert_to_numpy(FrameMask(2)(mask))
    assert inside.tolist() == [[True, True, True], [True, True, False]]


def test_attention_is_a_mean_with_weights_of_its_own():
    x = np.random.default_rng(1).normal(size=(3, 4, 5)).astype("f4")
    mask = np.array([[True] * 4, [True, True, False, False], [False] * 4])
    layer = AttentionPooling(6)
    found = keras.ops.convert_to_numpy(layer(x, mask))
    kernel, bias, context = (keras.ops.convert_to_numpy(weight) for weight in layer.weights)
    for row, count in enumerate((4, 2)):
        scores = (np.tanh(x[row, :count] @ kernel + bias) @ context)[:, 0]
        weights = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(found[row], weights @ x[row, :count], atol=1e-6)
    np.testing.assert_array_equal(found[2], 0)


@pytest.mark.at_once
@pytest.mark.parametrize("make", [make_gru_classifier, make_lstm_classifier])
def test_the_states_that_are_shown_are_those_of_keras_and_every_number_is_explained(make, tmp_path):
    model = zoo.load(make(tmp_path / "tiny"))
    (series,), frame = examples(1, 2)[0], model.backbone.spec.frame
    trace = zoo.inspect(model, series)
    assert trace.tokens == [str(step) for step in range(0, len(series), frame)]
    mean, scale = model._scaling()
    scaled = ((series - mean) / scale).astype("f4")[None]
    states = model.backbone.from_scaled(scaled, np.ones(scaled.shape[:2], bool))
    sides = 2 if model.backbone.spec.bidirectional else 1
    found = np.concatenate([layer.states for layer in trace.layers[-sides:]], axis=1)
    np.testing.assert_allclose(found, keras.ops.convert_to_numpy(states)[0], atol=1e-5)
    if sides == 1:
        return
    explained = zoo.explain(model, series)
    assert explained.scores.shape == series.shape
    assert explained.scores.sum() == pytest.approx(explained.score - explained.baseline, abs=0.05)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"lags": (1, 1)}, "different lags"),
        ({"point_dims": 2}, "points of 2"),
        ({"point_dims": 3}, "points of 3"),
        ({"frame": 0}, "frame"),
        ({"cell": "rnn"}, "cell"),
        ({"channels": 400, "point_dims": 2}, "2 to 64 points"),
    ],
)
def test_arguments_out_of_bounds_are_refused(arguments, words):
    usual = {"channels": 3, "cell": "gru", "units": 4}
    with pytest.raises(zoo.InputError, match=words):
        make_spec(SeriesRecurrentBackboneSpec, **{**usual, **arguments})


def test_augmented_series_are_the_same_for_the_same_epoch_and_others_for_another():
    series = [np.random.default_rng(i).normal(size=(20 + i, 3)) for i in range(6)]
    how = SeriesAugmentation(
        speed=0.3, warp=0.4, crop=0.6, rotation=1.0, scaling=0.2, noise=0.1, shift=0.1, mixup=0.3
    )
    scaling = (np.zeros(3), np.ones(3))

    def drawn(epoch):
        batch = AugmentedSeries(series, np.eye(6, dtype="f4"), how, scaling, (1, epoch))
        return batch, batch.batch(np.arange(6))

    (first, (one, targets)), (_, (same, _)), (_, (other, _)) = drawn(0), drawn(0), drawn(1)
    np.testing.assert_array_equal(one["series"], same["series"])
    assert one["series"].shape != other["series"].shape or (one["series"] != other["series"]).any()
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert (one["padding_mask"].sum(axis=1) >= first.lengths).all()
    assert one["series"].shape[1] % 16 == 0


def test_a_rotation_turns_and_a_mirror_swaps_and_nothing_else():
    x, draw = np.random.default_rng(0).normal(size=(9, 3)), np.random.default_rng(1)
    turned = SeriesAugmentation(rotation=2.0).apply(x, np.zeros(3), np.ones(3), draw)
    np.testing.assert_allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(x, axis=1))
    assert np.abs(turned - x).max() > 0.1
    how = SeriesAugmentation(mirror=(1, 0, 2), negated=(2,))
    found = [how.apply(x, np.ones(3), np.ones(3), np.random.default_rng(i)) for i in range(8)]
    mirrored = np.stack([x[:, 1], x[:, 0], 2 - x[:, 2]], axis=1)
    kinds = [(np.array_equal(one, x), np.array_equal(one, mirrored)) for one in found]
    assert {(True, False), (False, True)} == set(kinds)
    assert SeriesAugmentation(longest=4).apply(x, x[0], x[0], draw).shape == (4, 3)


def test_a_simple_network_answers_alike_step_by_step_and_as_a_whole(tmp_path):
    """The one by its equations, the other through its graph."""
    classify = zoo.pipeline(make_rnn_classifier(tmp_path / "rnn"))
    series = examples(4, 3)[0]
    for one, expected in zip(series, classify.predict_proba(series), strict=True):
        session = classify.session()
        for step in one:
            answer = session.step(step)
        found = {label["label"]: label["score"] for label in answer}
        np.testing.assert_allclose([found[label] for label in LABELS], expected, atol=1e-5)


def test_a_class_with_one_series_is_trained_on_and_told():
    series, labels = examples(24, 5, 0.1)
    names = ["rare", *(LABELS[label] for label in labels[1:])]
    with pytest.warns(UserWarning, match="1 class has one series alone, such as 'rare'"):
        data = read_labelled_series((series, names), 2)
    rare = data.labels.index("rare")
    assert rare in data.train.labels and rare not in data.held.labels
    train, held = hold_back(SeriesDataset(series, np.array([0] + [1] * 23)), 0.2)
    assert 0 in train.labels and set(held.labels) == {1}


def test_all_of_some_are_held_back_where_it_is_known_who_they_are_of():
    data = SeriesDataset(
        [np.ones((2, 1))] * 6, np.array([0, 1, 0, 1, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    )
    train, held = hold_back(data, 0.2)
    assert train.groups.tolist() == [0, 0, 1, 1] and held.groups.tolist() == [2, 2]


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="graphs of TensorFlow")
def test_how_many_series_there_are_is_known_after_frames_and_distances():
    """LiteRT converts a loop over steps only where it knows of how many series they are."""
    import tensorflow as tf

    pairs = ((0, 1, 0, 1), (2, 3, 4, 5))
    features, frames = SeriesFeatures(lags=(1,), pairs=pairs, point_dims=2), SeriesFrames(2)
    read = tf.function(lambda x, mask: frames(features(x), mask))
    graph = read.get_concrete_function(
        tf.TensorSpec((1, None, 6), tf.float32), tf.TensorSpec((1, None), tf.bool)
    )
    assert graph.output_shapes.as_list() == [1, None, 2 * (6 * 2 + 2)]
