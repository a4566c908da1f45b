"""Series out of files of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import DataError, InputError
from zoo.series_files import parse_series, read_series


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", "1\n2\n3\n", [[1], [2], [3]]),
        ("a.csv", "x,y\n1,2\n\n3,4", [[1, 2], [3, 4]]),
        ("a.csv", "\ufeff1, 2.5\r\n-3e2, 4\r\n", [[1, 2.5], [-300, 4]]),
        ("a.tsv", "x\ty\n1\t2\n", [[1, 2]]),
        ("a.txt", '"1","2"\n', [[1, 2]]),
    ],
)
def test_what_is_read(tmp_path, name, content, expected):
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert read_series(tmp_path / name).tolist() == expected


def test_numpy_arrays_are_read(tmp_path):
    array = np.random.default_rng(0).normal(size=(9, 3))
    np.save(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(read_series(tmp_path / "a.npy", 3), array)
    np.save(tmp_path / "b.npy", np.arange(4))
    assert read_series(tmp_path / "b.npy", 1).tolist() == [[0], [1], [2], [3]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "at least one line of numbers in here. Received: none"),
        (b"x,y\n", "at least one line of numbers"),
        (b"1\n2\nthree\n", "here, line 3: expected numbers, such as 0.5. Received: 'three'"),
        (b"x\ny\n1\n", "here, line 2: expected numbers"),
        (b"1,2\n3\n", "here, line 2: expected 2 columns. Received: 1"),
        (b"1\n\xff\n", "here, line 2: expected numbers. Received: no text"),
    ],
)
def test_what_is_not_numbers_is_refused(content, words):
    with pytest.raises(DataError, match=words):
        parse_series(content, "here")


def test_wrong_channels_and_gaps_are_refused():
    with pytest.raises(InputError, match="3 channels"):
        parse_series(b"1,2\n", "here", 3)
    with pytest.raises(InputError, match="nan at step 1, channel 0"):
        parse_series(b"1,2\nnan,2\n", "here", 2)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_series(tmp_path / "missing.csv")
    (tmp_path / "a.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="not an array in NumPy's format"):
        read_series(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([object()]), allow_pickle=True)
    with pytest.raises(DataError, match="not an array"):
        read_series(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.zeros((2, 3, 1)))
    with pytest.raises(DataError, match="one series"):
        read_series(tmp_path / "c.npy")
