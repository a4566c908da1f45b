"""Ridge regression on sums against the equations solved at once."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from threadpoolctl import threadpool_info, threadpool_limits

from zoo.errors import InputError
from zoo.networks.echo_state import readout
from zoo.networks.echo_state.readout import RidgeRegression

FEATURES, TARGETS = 4, 2


def solved_at_once(features, targets, ridge):
    """Least squares of the centred rows, with rows for the penalty below them."""
    mean, target_mean = features.mean(axis=0), targets.mean(axis=0)
    rows = np.vstack([features - mean, np.sqrt(ridge) * np.eye(features.shape[1])])
    right = np.vstack([targets - target_mean, np.zeros((features.shape[1], targets.shape[1]))])
    kernel = np.linalg.lstsq(rows, right, rcond=None)[0]
    return kernel, target_mean - mean @ kernel


@settings(deadline=None)
@given(
    arrays(float, (20, FEATURES), elements=st.floats(-3, 3)),
    st.lists(st.integers(0, 20), max_size=5),
    st.sampled_from([1e-3, 1.0, 50.0]),
)
def test_any_batches_give_what_all_rows_give_at_once(features, cuts, ridge):
    targets = np.random.default_rng(0).normal(size=(20, TARGETS))
    regression = RidgeRegression(FEATURES, TARGETS)
    edges = [0, *sorted(cuts), 20]
    for start, end in pairwise(edges):
        regression.add(features[start:end], targets[start:end])
    kernel, bias = regression.solve(ridge)
    expected = solved_at_once(features, targets, ridge)
    np.testing.assert_allclose(kernel, expected[0], atol=1e-8)
    np.testing.assert_allclose(bias, expected[1], atol=1e-8)
    assert regression.count == 20


def test_it_agrees_with_scikit_learn():
    from sklearn.linear_model import Ridge

    generator = np.random.default_rng(1)
    features, targets = generator.normal(size=(80, 6)), generator.normal(size=(80, 3))
    regression = RidgeRegression(6, 3)
    regression.add(features, targets)
    kernel, bias = regression.solve(2.5)
    expected = Ridge(alpha=2.5).fit(features, targets)
    np.testing.assert_allclose(kernel, expected.coef_.T, atol=1e-12)
    np.testing.assert_allclose(bias, expected.intercept_, atol=1e-12)


def test_without_a_part_is_the_regression_on_the_rest():
    generator = np.random.default_rng(2)
    features = generator.normal(size=(50, FEATURES))
    targets = generator.normal(size=(50, TARGETS))
    whole, part, rest = (RidgeRegression(FEATURES, TARGETS) for _ in range(3))
    whole.add(features, targets)
    part.add(features[:15], targets[:15])
    rest.add(features[15:], targets[15:])
    difference = whole.without(part)
    assert difference.count == 35
    for received, expected in zip(difference.solve(0.1), rest.solve(0.1), strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-10)
    part.add(features[15:], targets[15:])  # what was subtracted from is not changed
    np.testing.assert_allclose(whole.solve(0.1)[0], part.solve(0.1)[0], atol=1e-10)


@pytest.mark.parametrize("count", [3, 50])
def test_one_factorisation_gives_the_solutions_of_every_ridge(count):
    generator = np.random.default_rng(4)
    regression = RidgeRegression(FEATURES, TARGETS)
    features = 5 + generator.normal(size=(count, FEATURES))
    regression.add(features, generator.normal(size=(count, TARGETS)))
    ridges = [1e-6, 0.1, 30.0]
    for ridge, found in zip(ridges, regression.solutions(ridges), strict=True):
        for received, expected in zip(found, regression.solve(ridge), strict=True):
            np.testing.assert_allclose(received, expected, rtol=1e-6, atol=1e-9)


def test_more_steps_need_no_more_memory():
    generator = np.random.default_rng(3)
    regression = RidgeRegression(100, 1)
    batch, targets = generator.normal(size=(200, 100)), generator.normal(size=(200, 1))
    peaks = []
    for batches in (2, 200):
        tracemalloc.start()
        for _ in range(batches):
            regression.add(batch, targets)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0]


def test_what_cannot_be_solved_is_refused():
    regression = RidgeRegression(2, 1)
    with pytest.raises(InputError, match="at least one step"):
        regression.solve(1.0)
    with pytest.raises(InputError, match="at least one step"):
        regression.solutions([1.0])
    regression.add(np.ones((5, 2)), np.ones((5, 1)))
    with pytest.raises(InputError, match="5 steps of 2 features"):
        regression.solve(0.0)
    regression.solve(1e-6)
    unsolved, solved = regression.solutions([0.0, 1e-6])
    assert unsolved is None and solved is not None


@pytest.mark.parametrize(("features", "limited"), [(2_000, True), (10_000, False)])
def test_small_sums_are_solved_in_one_thread(features, limited):
    with threadpool_limits(2, user_api="blas"):  # whatever the tests were started with
        assert _threads() == {2}
        with readout._few_threads(features):
            assert _threads() == ({1} if limited else {2})
        assert _threads() == {2}


def _threads():
    return {found["num_threads"] for found in threadpool_info() if found["user_api"] == "blas"}
