"""What is and is not a series."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.series.arrays import check_classes, check_series, check_step, pad_series


@pytest.mark.parametrize(
    ("given_", "lengths", "single"),
    [
        (np.zeros((5, 1)), [5], True),
        (np.zeros(5), [5], True),
        ([1, 2, 3.5], [3], True),
        ([np.zeros(5), np.zeros((3, 1))], [5, 3], False),
        (np.zeros((4, 6, 1)), [6] * 4, False),
        ([[0.1], [0.2]], [2], True),
        (np.ones((4, 1)).tolist(), [4], True),
        (np.ones((3, 4, 1)).tolist(), [4] * 3, False),
        ([[[1], [2]], [[3]]], [2, 1], False),
        ([[1, 2], np.zeros(3)], [2, 3], False),
        (np.ma.masked_invalid([1.0, 2.0]), [2], True),
        ((np.zeros((2, 1)) for _ in range(3)), [2] * 3, False),
    ],
)
def test_what_is_taken(given_, lengths, single):
    series, one = check_series(given_, 1)
    assert [len(item) for item in series] == lengths and one is single
    assert all(item.dtype == np.float64 and item.shape[1] == 1 for item in series)


@pytest.mark.parametrize(
    ("given_", "words"),
    [
        ("abc", "Received: 'abc'"),
        (None, "shape .time, channels."),
        ([], "at least one series"),
        (np.zeros((0, 1)), "at least 1 step. Received: 0"),
        ([np.zeros(3), "abc"], "Received: 'abc' as series 1"),
        ([np.zeros(3), np.zeros((3, 2))], r"1 channel.*\(3, 2\) as series 1"),
        (np.zeros((1, 2, 3, 1)), r"\(2, 3, 1\) as series 0"),
        (np.array(["1", "2"]), "array of numbers"),
        ([np.zeros(3), np.array([0, np.nan])], "nan at step 1, channel 0 of series 1"),
        (np.float64(3), "shape .time, channels."),
        (np.array(3.0), "shape .time, channels."),
        (([1, 2], [3]), "Rows must be of one length; give several series as a list of arrays"),
        (np.ma.masked_equal([0, 7, 9], 7), "none masked.* nan at step 1, channel 0"),
        ([np.zeros(3), np.ma.masked_equal([[1.0], [7.0]], 7)], "nan at step 1, .* of series 1"),
        (np.array([0, 1, -np.inf]), r"-inf at step 2, channel 0 \(counted from 0\)"),
    ],
)
def test_what_is_refused_is_named(given_, words):
    with pytest.raises(InputError, match=words):
        check_series(given_, 1)


def test_the_place_of_a_nan_among_channels():
    series = np.zeros((4, 3))
    series[2, 1] = np.nan
    with pytest.raises(InputError, match="nan at step 2, channel 1"):
        check_series([series])
    with pytest.raises(InputError, match="nan at step 2, channel 1"):
        check_step(series, 3)


def test_a_nested_list_is_the_array_that_it_was():
    array = np.random.default_rng(0).normal(size=(5, 3))
    for given_ in (array, array.tolist(), tuple(map(tuple, array.tolist()))):
        (series,), single = check_series(given_, 3)
        np.testing.assert_array_equal(series, array)
        assert single


def test_steps():
    assert check_step(2, 1).tolist() == [2.0]
    assert check_step([1, 2], 2).shape == (2,)
    assert check_step([[1, 2]] * 5, 2).shape == (5, 2)
    with pytest.raises(InputError, match="none masked"):
        check_step(np.ma.masked_equal([1, 2], 2), 2)
    for wrong in (2, [1, 2, 3], [[1], [2]], np.zeros((1, 1, 2))):
        with pytest.raises(InputError, match=r"shape \(2,\)"):
            check_step(wrong, 2)


def test_classes():
    assert check_classes([0, 2, 1], 3, 3).tolist() == [0, 2, 1]
    for wrong in ([0, 1], [0, 1, 3], [0, -1, 1], ["a", "b", "c"], [0.0, 1.0, 2.0]):
        with pytest.raises(InputError, match="from 0 to 2"):
            check_classes(wrong, 3, 3)


def test_padding():
    padded, mask = pad_series([np.full((2, 2), 3.0), np.full((4, 2), 5.0)])
    assert padded.shape == (2, 4, 2) and mask.sum(axis=1).tolist() == [2, 4]
    assert (padded[mask] == np.repeat([3, 5], [2, 4])[:, None]).all() and not padded[~mask].any()
