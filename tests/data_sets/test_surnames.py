"""The surnames: cut so that no name stands in two parts, and each once a language."""

from __future__ import annotations

from collections import Counter

import pytest

import zoo
from helpers import dataset_or_skip
from zoo.datasets import dataset_named, load_dataset, surnames
from zoo.datasets.common import fingerprint


def test_copies_and_spellings_of_a_name_go_to_one_part():
    found = {
        "Welsh": ["Rhys", "Rhys", " Rhys ", "RHYS", "\u00c2b", "A\u0302b", *"abcdefgh"],
        "Irish": ["rhys", *"ijklmnopqrstuvwx"],
    }
    parts = surnames.parts_of(found)
    rows = [row for part in parts.values() for row in part]
    assert len(rows) == len(set(rows)) == 3 + 8 + 17
    homes = {}
    for part, some in parts.items():
        for name, _ in some:
            assert homes.setdefault(name.casefold(), part) == part
    assert {row for row in rows if row[0].casefold() == "rhys"} == {
        ("Rhys", "Welsh"),
        ("RHYS", "Welsh"),
        ("rhys", "Irish"),
    }
    # The order of the files and of their lines changes nothing.
    turned = {label: found[label][::-1] for label in reversed(found)}
    assert surnames.parts_of(turned) == parts


def test_the_parts_are_what_they_were():
    parts = {split: dataset_or_skip("surnames", split) for split in surnames.SHARES}
    known = dataset_named("surnames")
    for split, part in parts.items():
        assert len(part) == known.info.splits[split]
        assert fingerprint(part) == known.digests[split]
        counts = Counter(part.labels.tolist())
        assert len(counts) == len(surnames.LABELS) == 18
    spelt = [{name.casefold() for name in part.texts} for part in parts.values()]
    assert sum(map(len, spelt)) == len(set.union(*spelt))
    # What the card says of names of several languages.
    languages = Counter(name for part in parts.values() for name in part.texts)
    assert (len(languages), sum(count > 1 for count in languages.values())) == (17_450, 469)


def test_other_files_and_names_are_refused(tmp_path, monkeypatch):
    with pytest.raises(zoo.InputError, match="'train', 'validation' or 'test'"):
        load_dataset("surnames", "all")
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "Arabic.txt").write_text("Anna\n")
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    with pytest.raises(zoo.DataError, match=r"SHA-256.*Received"):
        load_dataset("surnames", "test")
