"""The JapaneseVowels utterances: read from a copy, checked against what is pinned."""

from __future__ import annotations

import gzip
import io
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from zoo.datasets import japanese_vowels
from zoo.datasets.japanese_vowels import load_japanese_vowels
from zoo.errors import DataError, InputError


@pytest.fixture
def at_hand():
    try:
        return load_japanese_vowels("train"), load_japanese_vowels("test")
    except DataError as error:
        pytest.skip(f"the data set is not at hand: {error}")


def test_the_official_splits(at_hand):
    train, test = at_hand
    assert np.bincount(train.labels).tolist() == [30] * 9
    assert np.bincount(test.labels).tolist() == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    for data in at_hand:
        assert len(data) == len(data.labels)
        assert {series.shape[1] for series in data.series} == {12}
        assert min(map(len, data.series)) == 7
    assert max(map(len, test.series)) == 29
    np.testing.assert_array_equal(train.series[0][:2, 0], [1.860936, 1.891651])
    np.testing.assert_array_equal(train.series[0][:2, 1], [-0.207383, -0.193249])


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Neither a copy nor a network: everything is in `tmp_path`."""
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_without_a_copy_and_a_network_the_error_says_what_to_do(alone):
    with pytest.raises(DataError, match=r"ZOO_DATA_DIR .now: not set.*Connection refused"):
        load_japanese_vowels("train")


@pytest.mark.parametrize("packed", [False, True])
def test_a_changed_copy_is_refused(alone, monkeypatch, packed):
    monkeypatch.setenv("ZOO_DATA_DIR", str(alone))
    (alone / "japanese_vowels").mkdir()
    data = b"@equalLength false\n@data\n1,2:3,4:1\n"
    name = "JapaneseVowels_TRAIN.ts" + (".gz" if packed else "")
    (alone / "japanese_vowels" / name).write_bytes(gzip.compress(data) if packed else data)
    with pytest.raises(DataError, match="not the data expected"):
        load_japanese_vowels("train")


def test_a_damaged_copy_is_refused(alone, monkeypatch):
    monkeypatch.setenv("ZOO_DATA_DIR", str(alone))
    (alone / "japanese_vowels").mkdir()
    whole = gzip.compress(b"@data\n" * 100)
    (alone / "japanese_vowels" / "JapaneseVowels_TRAIN.ts.gz").write_bytes(whole[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        load_japanese_vowels("train")


def test_what_is_fetched_is_kept_whatever_its_header_and_line_ends(at_hand, alone, monkeypatch):
    # The content as the reader verified it, in the form of another public copy.
    monkeypatch.undo()
    content = japanese_vowels._content("TRAIN")
    monkeypatch.setenv("XDG_CACHE_HOME", str(alone / "cache"))
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    fetched = []

    def serve(url, timeout):
        fetched.append(url)
        return io.BytesIO(b"# another header\r\n" + content.replace(b"\n", b"\r\n"))

    monkeypatch.setattr(urllib.request, "urlopen", serve)
    for _ in range(2):
        data = load_japanese_vowels("train")
        np.testing.assert_array_equal(data.series[7], at_hand[0].series[7])
    assert len(fetched) == 1 and "JapaneseVowels_TRAIN.ts" in fetched[0]
    assert [path.name for path in Path(alone).rglob("*.ts")] == ["JapaneseVowels_TRAIN.ts"]


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="'train' or 'test'"):
        load_japanese_vowels("validation")


def test_what_is_not_at_hand_is_not_fetched_unless_asked(alone, monkeypatch):
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("fetched"))
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(alone / "cache"))
    with pytest.raises(DataError, match="not to be fetched"):
        load_japanese_vowels("train", download=False)
