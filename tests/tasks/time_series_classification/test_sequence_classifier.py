"""Classification of series by reservoirs: equations, committees, fits, and the Keras task."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reservoir_equations import equations
from zoo.errors import InputError
from zoo.layers.series import SeriesSampling, SeriesScaling
from zoo.networks.echo_state.backbone import EchoStateBackbone
from zoo.networks.echo_state.spec import CELL, series_tensor_shapes
from zoo.series.arrays import pad_series
from zoo.tasks.time_series_classification.fitting import fit_classifier
from zoo.tasks.time_series_classification.model import EchoStateSequenceClassifier
from zoo.tasks.time_series_classification.network import ReservoirClassifier, softmax
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec
from zoo.tasks.time_series_classification.testing import HEAD, SPEC, examples


def sampled(values, points):
    """What numpy.interp gives at points spread from the first to the last row."""
    places = np.linspace(0, len(values) - 1, points) if points > 1 else [len(values) - 1]
    columns = [np.interp(places, np.arange(len(values)), column) for column in values.T]
    return np.stack(columns, axis=1)


def features(tensors, spec, points, series):
    weights = {name.removeprefix(f"{CELL}/"): value for name, value in tensors.items()}
    scaled = (series - tensors["scaling/mean"]) / tensors["scaling/scale"]
    states = equations(weights, spec.leak_rate, scaled)
    return sampled(np.hstack([states, scaled]), points)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 14), min_size=1, max_size=5), st.integers(1, 6))
def test_layer_and_runtime_sample_as_numpy_interpolates(lengths, points):
    generator = np.random.default_rng(0)
    series = [generator.normal(size=(length, 2)) for length in lengths]
    padded, mask = pad_series(series)
    received = keras.ops.convert_to_numpy(SeriesSampling(points)(padded, mask))
    expected = np.stack([sampled(item, points).ravel() for item in series])
    np.testing.assert_allclose(received, expected, atol=1e-5)
    tensors = fit_classifier(SPEC, HEAD, *examples(9), ridge=1.0).tensors
    head = SequenceClassifierSpec(num_classes=3, points=points)
    tensors = {name: value for name, value in tensors.items() if "readout" not in name}
    received = ReservoirClassifier(tensors, SPEC, head).features(series)
    expected = [features(tensors, SPEC, points, item) for item in series]
    np.testing.assert_allclose(received, np.stack(expected), atol=1e-9)


def test_scaling_goes_there_and_back():
    layer = SeriesScaling()
    layer.build((None, None, 2))
    layer.mean.assign([5.0, -1.0])
    layer.scale.assign([2.0, 0.5])
    scaled = keras.ops.convert_to_numpy(layer(np.array([[[7.0, -1.5]]])))
    assert scaled.tolist() == [[[1.0, -1.0]]]
    assert keras.ops.convert_to_numpy(layer(scaled, invert=True)).tolist() == [[[7.0, -1.5]]]


def test_probabilities_follow_the_equations_in_any_batches():
    series, labels = examples(24)
    tensors = fit_classifier(SPEC, HEAD, series, labels, ridge=1e-2).tensors
    model = ReservoirClassifier(tensors, SPEC, HEAD)
    rows = np.stack([features(tensors, SPEC, 4, item).ravel() for item in series])
    expected = softmax(rows @ tensors["readout/kernel"] + tensors["readout/bias"])
    for batch_size in (1, 5, 64):
        received = model.predict_proba(series, batch_size)
        np.testing.assert_allclose(received, expected, atol=1e-6)


def test_a_committee_is_the_mean_of_its_members_alone():
    series, labels = examples(60)
    tensors = fit_classifier(SPEC, HEAD, series, labels, ridge=1e-2).tensors
    rows = np.stack([features(tensors, SPEC, 4, item) for item in series])
    indicators = np.eye(3)[labels]
    outputs = np.zeros((60, 3))
    for number in range(3):
        own = np.concatenate([rows[:, :, 10 * number : 10 * number + 10], rows[:, :, 30:]], axis=2)
        own = own.reshape(60, -1)
        centred, target = own - own.mean(axis=0), indicators - indicators.mean(axis=0)
        gram = centred.T @ centred + 1e-2 * 60 * np.eye(own.shape[1])
        kernel = np.linalg.solve(gram, centred.T @ target)
        outputs += (centred @ kernel + indicators.mean(axis=0)) / 3
    received = rows.reshape(60, -1) @ tensors["readout/kernel"] + tensors["readout/bias"]
    # The readout is as sharp as the softmax needs it: the outputs times a factor.
    factor = (received * outputs).sum() / (outputs**2).sum()
    assert factor >= 1
    np.testing.assert_allclose(received, factor * outputs, atol=1e-4 * factor)


def test_it_learns_and_cross_validation_tells_how_well():
    series, labels = examples(150)
    fit = fit_classifier(SPEC, HEAD, series, labels)
    held, truth = examples(150, seed=1)
    model = ReservoirClassifier(fit.tensors, SPEC, HEAD)
    accuracy = np.mean(model.predict_proba(held).argmax(axis=1) == truth)
    assert accuracy > 0.9
    assert abs(accuracy - fit.validation["accuracy"]) < 0.08
    given_ = fit_classifier(SPEC, HEAD, series, labels, (held, truth))
    assert given_.validation["accuracy"] == pytest.approx(
        np.mean(
            ReservoirClassifier(given_.tensors, SPEC, HEAD).predict_proba(held).argmax(axis=1)
            == truth
        )
    )


def test_cross_validation_does_not_judge_what_it_was_fitted_to():
    generator = np.random.default_rng(0)
    series = [generator.normal(size=(12, 2)) for _ in range(90)]
    labels = np.arange(90) % 3  # of no relation to the series
    fit = fit_classifier(SPEC, HEAD, series, labels, ridge=(1e-8, 1e-6))
    assert fit.validation["accuracy"] < 0.55
    model = ReservoirClassifier(fit.tensors, SPEC, HEAD)
    assert np.mean(model.predict_proba(series).argmax(axis=1) == labels) > 0.9


@pytest.fixture(scope="module")
def task():
    backbone = EchoStateBackbone(channels=2, units=30, reservoirs=3, density=0.4, seed=1)
    return EchoStateSequenceClassifier(backbone, num_classes=3, points=4)


def test_the_task_predicts_like_its_runtime(task):
    series, labels = examples(60)
    fit = task.fit(series, labels.tolist())
    runtime = ReservoirClassifier(task.tensors, task.backbone.spec, task.spec)
    received = task.predict(series, batch_size=7)
    np.testing.assert_allclose(received, runtime.predict_proba(series), atol=1e-5)
    scores = task.evaluate(series, labels)
    assert scores["accuracy"] == np.mean(received.argmax(axis=1) == labels)
    chosen = received[np.arange(60), labels]
    assert scores["loss"] == pytest.approx(-np.log(chosen).mean(), rel=1e-5)
    shapes = {variable.path: tuple(variable.shape) for variable in task.weights}
    assert shapes == series_tensor_shapes(task.backbone.spec, task.spec)
    assert fit.ridge in fit.scores
    task.fit(series, labels, standardize=False, ridge=1e-2)
    assert not task.tensors["scaling/mean"].any() and (task.tensors["scaling/scale"] == 1).all()


def test_the_task_tells_series_far_from_zero_apart(task):
    series, labels = examples(60)
    series = [1e7 + item for item in series]
    task.fit(series, labels, ridge=np.float32(1e-2), folds=np.int64(3))
    runtime = ReservoirClassifier(task.tensors, task.backbone.spec, task.spec)
    np.testing.assert_allclose(task.predict(series), runtime.predict_proba(series), atol=1e-4)


def test_the_task_refuses_what_it_cannot_work_with(task):
    series, labels = examples(9)
    series[4][0, 1] = np.nan
    with pytest.raises(InputError, match="nan at step 0, channel 1 of series 4"):
        task.fit(series, labels)
    series, labels = examples(9)
    with pytest.raises(InputError, match="Received: 7 for series 2"):
        task.fit(series, [0, 1, 7, *labels[3:]])
    with pytest.raises(InputError, match="one class number a series: 9"):
        task.fit(series, labels[:5])
    with pytest.raises(InputError, match="Received: batch_size, epochs"):
        task.fit(series, labels, epochs=3, batch_size=9)
    with pytest.raises(InputError, match="folds of at least 2"):
        task.fit(series, labels, folds=1)
    with pytest.raises(InputError, match="2 channels"):
        task.predict(np.zeros((4, 3)))
    with pytest.raises(InputError, match="num_classes"):
        EchoStateSequenceClassifier(task.backbone, num_classes=1)
