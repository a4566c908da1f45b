"""Labelled series of the archives: read from a copy in any form, checked against what is pinned."""

from __future__ import annotations

import io
import tarfile
import zipfile

import numpy as np
import pytest

from helpers import dataset_or_skip
from zoo.datasets import dataset_named, hmp, jhmdb, load_dataset, uea
from zoo.datasets.hmp import VOLUNTEERS
from zoo.errors import DataError, InputError

SETS = [
    ("uea/epilepsy", (206, 3), [34, 37, 37, 30]),
    ("uea/ering", (65, 4), [45] * 6),
    ("uea/ecg200", (96, 1), [64, 36]),
]


@pytest.mark.parametrize(("name", "shape", "counts"), SETS)
def test_the_official_splits(name, shape, counts):
    test, train = dataset_or_skip(name, "test"), dataset_or_skip(name, "train")
    info = dataset_named(name).info
    assert {"train": len(train), "test": len(test)} == info.splits
    assert {series.shape for series in test.series + train.series} == {shape}
    assert np.bincount(test.labels).tolist() == counts


def test_every_volunteer_is_left_out_once_and_nobody_is_in_both_parts():
    dataset_or_skip("hmp/m1", "test")
    seen = 0
    for number, (volunteer, count) in enumerate(VOLUNTEERS.items()):
        train, test = (load_dataset(f"hmp/{volunteer}", split) for split in ("train", "test"))
        assert set(test.groups) == {number} and number not in train.groups
        assert len(test) == count and len(train) + len(test) == 839
        seen += len(test)
    assert seen == 839
    steps = np.concatenate(train.series)
    assert steps.min() == -1.5 and steps.max() == 1.5
    assert dataset_named("hmp/m1").folds == tuple(f"hmp/{name}" for name in VOLUNTEERS)


def test_the_splits_of_the_poses():
    dataset_or_skip("jhmdb/1", "test")
    for number in (1, 2, 3):
        train, test = (load_dataset(f"jhmdb/{number}", split) for split in ("train", "test"))
        assert {"train": len(train), "test": len(test)} == dataset_named(
            f"jhmdb/{number}"
        ).info.splits
        assert len(train) + len(test) == 609
        keys = [{series.tobytes() for series in part.series} for part in (train, test)]
        assert not keys[0] & keys[1]
        assert {series.shape[1] for series in test.series} == {30}


def test_an_archive_in_another_form_holds_the_same(monkeypatch):
    """The public copies are zip files, with line ends and class names of their own."""
    whole = dataset_or_skip("uea/epilepsy", "test")
    lines = []
    for series, label in zip(whole.series, whole.labels, strict=True):
        channels = ":".join(",".join(map(str, channel)) for channel in series.T.tolist())
        lines.append(f"{channels}:{uea._SOURCES['epilepsy'].labels[label].upper()}")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("Epilepsy_TEST.ts", "@problemName x\r\n@data\r\n" + "\r\n".join(lines))
    monkeypatch.setattr(
        uea, "pinned_file", lambda folder, name, url, read, **how: read(content.getvalue(), url)
    )
    again = load_dataset("uea/epilepsy", "test")
    np.testing.assert_array_equal(again.labels, whole.labels)
    np.testing.assert_array_equal(again.series[5], whole.series[5])


def _packed(kind, files):
    content = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(content, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        with tarfile.open(fileobj=content, mode="w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))
    return content.getvalue()


def test_recordings_are_read_out_of_either_archive_and_models_of_them_are_not():
    files = {
        "HMP_Dataset/Walk/Accelerometer-2011-walk-f1.txt": "0 63 21\r\n63 0 42\r\n",
        "HMP_Dataset/Walk_MODEL/Accelerometer-2011-walk-f1.txt": "1 1 1\n",
        "HMP_Dataset/Pour_water/Accelerometer-2011-pour_water-m10.txt": "0 0 0\n",
        "HMP_Dataset/README.txt": "1 2 3\n",
    }
    for kind in ("zip", "tar"):
        data = hmp._parse(sorted(hmp._members(_packed(kind, files))))
        assert [hmp.ACTIVITIES[label] for label in data.labels] == ["pour water", "walk"]
        np.testing.assert_allclose(data.series[1], [[-1.5, 1.5, -0.5], [1.5, -1.5, 0.5]])
        assert [list(VOLUNTEERS)[group] for group in data.groups] == ["m10", "f1"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1f\x8b\x08", b"@data\n1,2:x\n"])
def test_what_is_not_the_data_is_refused(content):
    for read in (hmp._read, jhmdb._read):
        with pytest.raises(DataError, match="place"):
            read(content, "place")


def test_a_changed_copy_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for folder, name, text in (
        ("Epilepsy", "Epilepsy_TRAIN.ts", "@data\n1,2:3,4:1\n"),
        ("ERing", "ERing_TRAIN.arff", "@data\n'1,2\\n3,4',1\n"),
        ("ECG200", "ECG200_TRAIN.txt", "1 2 3\n"),
    ):
        (tmp_path / "uea_ucr" / folder).mkdir(parents=True)
        (tmp_path / "uea_ucr" / folder / name).write_text(text)
        with pytest.raises(DataError, match="not the data expected"):
            load_dataset(f"uea/{folder.lower()}", "train")


def test_an_unknown_split_is_refused_and_a_pickle_never_read(tmp_path, monkeypatch):
    for name in ("uea/ering", "hmp/f1", "jhmdb/2"):
        with pytest.raises(InputError, match="'train' or 'test'"):
            load_dataset(name, "validation")
    with pytest.raises(DataError, match="cannot be read"):
        content = io.BytesIO()
        np.savez(content, length=np.array([{}], dtype=object), pose=np.zeros(1))
        jhmdb._read(content.getvalue(), "a file")
