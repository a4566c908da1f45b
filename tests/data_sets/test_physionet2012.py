"""The intensive-care stays of PhysioNet 2012: read from a local copy, whose bytes are pinned."""

from __future__ import annotations

import io
import tarfile

import numpy as np
import pytest

from helpers import dataset_or_skip
from zoo.datasets import physionet2012
from zoo.datasets.physionet2012 import STATICS, VARIABLES, load_physionet2012
from zoo.errors import DataError, InputError
from zoo.series.irregular import Names, check_irregular

STAY = """Time,Parameter,Value
00:00,RecordID,1
00:00,Age,54
00:00,Gender,0
00:00,Height,-1
00:00,ICUType,3
00:00,Weight,-1
00:07,HR,73
01:30,Temp,36
01:30,Temp,37
01:30,Weight,0
30:00,Weight,80
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data set of one stay, pinned as the real one is."""
    place = tmp_path / "physionet2012"
    place.mkdir()
    with tarfile.open(place / "set-a.tar.gz", "w:gz") as archive:
        member = tarfile.TarInfo("set-a/1.txt")
        member.size = len(STAY)
        archive.addfile(member, io.BytesIO(STAY.encode()))
    outcomes = "RecordID,SAPS-I,SOFA,Length_of_stay,Survival,In-hospital_death\n1,6,1,5,-1,1\n"
    (place / "Outcomes-a.txt").write_text(outcomes)
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return place


def pin(monkeypatch, words):
    """Pin what the error says was received."""
    name, digest = words.partition(" is not")[0].rpartition("/")[2], words.split()[-1]
    monkeypatch.setitem(physionet2012._SHA256, name, digest)


def test_a_stay_is_read_and_other_bytes_are_refused(folder, monkeypatch):
    for _ in range(2):
        with pytest.raises(DataError, match="is not the data expected") as caught:
            load_physionet2012("train", download=False)
        pin(monkeypatch, str(caught.value))
    data = load_physionet2012("train", download=False)
    np.testing.assert_allclose(data.times[0] * 60, [7, 90, 1800])
    values = data.values[0]
    measured = {(row, VARIABLES[at]): values[row, at] for row, at in np.argwhere(~np.isnan(values))}
    # Twice at one time is averaged; a weight of 0 is none, and neither is one of -1.
    assert measured == {(0, "HR"): 73, (1, "Temp"): 36.5, (2, "Weight"): 80}
    static = dict(zip(STATICS, data.static[0], strict=True))
    assert (static["Age"], static["Gender"], static["MedicalICU"]) == (54, 0, 1)
    assert np.isnan([static["Height"], static["Weight"]]).all()
    assert static["SurgicalICU"] == 0 and data.labels.tolist() == [1]
    with pytest.raises(InputError, match="'train' or 'test'"):
        load_physionet2012("validation")
    with pytest.raises(DataError, match=r"could not be loaded.*ZOO_DATA_DIR"):
        load_physionet2012("test", download=False)


@pytest.mark.slow
def test_the_splits_are_the_official_ones(monkeypatch):
    data = dataset_or_skip("physionet2012", "test")
    assert (len(data), int(data.labels.sum())) == (4000, 568)
    series, _ = check_irregular(data.series, Names(VARIABLES, STATICS))
    assert sum(item.steps == 0 for item in series) == 7  # without any measurement
    # Of the training part, whose bytes are pinned as well, the stays are only counted.
    stay = physionet2012._read("\n".join(["", "00:00,Age,54"]))
    monkeypatch.setattr(physionet2012, "_read", lambda text: stay)
    data = load_physionet2012("train", download=False)
    assert (len(data), int(data.labels.sum())) == (4000, 554)
