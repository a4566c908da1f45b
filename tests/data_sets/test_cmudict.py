"""The pronouncing dictionary: its parts, and no other bytes than theirs."""

from __future__ import annotations

import pytest

import zoo
from helpers import dataset_or_skip
from zoo.datasets import dataset_named, load_dataset

NAMES = ("cmudict", "cmudict/spelling")
SPLITS = ("train", "validation", "test")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("split", SPLITS)
def test_a_part_has_every_text_once_with_all_that_is_right(name, split):
    data = dataset_or_skip(name, split)
    assert len(data) == dataset_named(name).info.splits[split]
    assert len(set(data.sources)) == len(data) == len(data.targets)
    assert all(right and len(set(right)) == len(right) for right in data.targets)


def test_no_word_stands_in_two_parts_and_there_are_39_sounds():
    parts = [dataset_or_skip("cmudict", split) for split in SPLITS]
    words = [set(part.sources) for part in parts]
    assert not words[0] & words[1] and not words[0] & words[2] and not words[1] & words[2]
    assert set("".join(map("".join, words))) == set("abcdefghijklmnopqrstuvwxyz'")
    for part in parts:
        sounds = {sound for right in part.targets for one in right for sound in one.split(" ")}
        assert len(sounds) == 39 and all(sound.isalpha() for sound in sounds)
    test = dict(zip(parts[2].sources, parts[2].targets, strict=True))
    assert test["zhang"] == ("ZH AA NG", "ZH AE NG")


def test_from_sounds_to_letters_is_the_same_read_backwards():
    words, sounds = (dataset_or_skip(name, "test").pairs() for name in NAMES)
    forwards = set(zip(words.sources, words.targets, strict=True))
    assert forwards == set(zip(sounds.targets, sounds.sources, strict=True))
    learnt = set(dataset_or_skip(NAMES[1], "train").sources)
    assert not learnt & set(dataset_or_skip(NAMES[1], "validation").sources)
    # What the card says of it.
    assert len(learnt & set(dataset_or_skip(NAMES[1], "test").sources)) == 2_723


@pytest.mark.parametrize("name", NAMES)
def test_another_file_and_another_part_are_refused(name, tmp_path, monkeypatch):
    folder = tmp_path / "cmudict"
    folder.mkdir()
    (folder / "cmudict-0.7b.test").write_bytes(b"A  AH\r\nA  EY\r\n")
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    with pytest.raises(zoo.DataError, match="SHA-256"):
        load_dataset(name, "test", download=False)
    with pytest.raises(zoo.InputError, match="'validation'"):
        load_dataset(name, "dev")
