"""The Numenta Anomaly Benchmark: read from a copy, checked against what is pinned, and scored."""

from __future__ import annotations

import csv
import io
import os
import tarfile
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from zoo.datasets import nab
from zoo.datasets.nab import load_nab
from zoo.errors import DataError, InputError
from zoo.tasks.time_series_anomaly_detection.windows import (
    PROFILES,
    probation_of,
    row_weights,
    sweep,
)

# What the benchmark's scoreboard says of its own detector, by profile.
NUMENTA_TM = {
    "standard": 64.55346441254311,
    "reward_low_FP_rate": 56.665308225043105,
    "reward_low_FN_rate": 69.18506822906035,
}
WINDOWED_GAUSSIAN = {
    "standard": 39.649523496077585,
    "reward_low_FP_rate": 20.86798582474138,
    "reward_low_FN_rate": 47.4100271583046,
}
NULL = dict.fromkeys(PROFILES, 0.0)


@pytest.fixture(scope="module")
def at_hand():
    try:
        return load_nab("test", download=False)
    except DataError as error:
        pytest.skip(f"the data set is not at hand: {error}")


@pytest.fixture(scope="module")
def published(at_hand):
    """The archive with the row-by-row results of published detectors."""
    archive = Path(os.environ.get("ZOO_DATA_DIR", "")) / "nab" / "nab-1.1.tar.gz"
    if not archive.is_file():
        pytest.skip("the results of published detectors are not at hand")
    with tarfile.open(archive) as opened:
        return {
            member.name.removeprefix("./"): opened.extractfile(member).read().decode()
            for member in opened
            if member.isfile() and member.name.removeprefix("./").startswith("results/")
        }


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_all_series_and_windows_are_there(at_hand):
    assert len(at_hand) == len(at_hand.names) == 58
    assert sum(map(len, at_hand.series)) == 365_558 and sum(map(len, at_hand.windows)) == 116
    assert {series.shape[1] for series in at_hand.series} == {1}
    for series, windows in zip(at_hand.series, at_hand.windows, strict=True):
        assert (windows[:, 0] < windows[:, 1]).all() and (windows < len(series)).all()
    taxi = at_hand.names.index("realKnownCause/nyc_taxi.csv")
    assert at_hand.series[taxi][:2, 0].tolist() == [10844.0, 8127.0]


def test_what_is_learnt_from_is_what_is_not_scored(at_hand):
    train, held = (load_nab(split, download=False) for split in ("train", "validation"))
    assert train.windows is None and train.names == at_hand.names
    for whole, first, last in zip(at_hand.series, train.series, held.series, strict=True):
        rows = probation_of(len(whole))
        assert len(first) + len(last) == rows and abs(len(last) - 0.2 * rows) <= 0.5
        np.testing.assert_array_equal(np.concatenate([first, last]), whole[:rows])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("detector", "scoreboard"),
    [("numentaTM", NUMENTA_TM), ("windowedGaussian", WINDOWED_GAUSSIAN), ("null", NULL)],
)
def test_the_scores_are_those_published(at_hand, published, detector, scoreboard):
    """Of every series at the threshold of every profile, and of all together."""
    scores = []
    for name in at_hand.names:
        group, file = name.split("/")
        lines = published[f"results/{detector}/{group}/{detector}_{file}"].splitlines()
        column = lines[0].split(",").index("anomaly_score")
        scores.append(np.array([float(line.split(",")[column]) for line in lines[1:]]))
    for name, profile in PROFILES.items():
        official = rows_of(published[f"results/{detector}/{detector}_{name}_scores.csv"])
        by_file = {row["File"]: row for row in official if row["File"]}
        assert set(by_file) == set(at_hand.names)
        for series, found, windows in zip(at_hand.names, scores, at_hand.windows, strict=True):
            row = by_file[series]
            received = sweep([found], [windows], profile).at(float(row["Threshold"]))
            assert received.raw == pytest.approx(float(row["Score"]), abs=1e-10)
            counts = (received.hits, received.quiet, received.false_alarms, received.misses)
            assert counts == tuple(int(row[key]) for key in ("TP", "TN", "FP", "FN"))
        whole = sweep(scores, at_hand.windows, profile)
        received = whole.at(float(official[0]["Threshold"]))
        assert whole.normalized(received.raw) == pytest.approx(scoreboard[name], abs=1e-10)
        # Where the published threshold is not the best one, an old way of searching ended early.
        assert whole.at(whole.best).raw >= received.raw - 1e-12
        if name == "standard":
            assert whole.at(whole.best).raw == pytest.approx(received.raw, abs=1e-12)


def test_a_score_of_a_few_rows_by_hand():
    profile = PROFILES["standard"]
    weights, inside = row_weights(100, [(40, 49)], profile)
    assert inside.tolist() == [-1] * 40 + [0] * 10 + [-1] * 50
    assert weights[0] == -0.11 and weights[40] == pytest.approx(1.0)
    # One row behind the window is a ninth of its width behind, and far is three widths.
    assert weights[50] == pytest.approx(0.11 * (2 / (1 + np.exp(5 / 9)) - 1))
    assert weights[49 + 28] == -0.11
    scores = np.zeros(100)
    scores[[30, 45, 60]] = 0.7, 0.9, 0.8
    found = sweep([scores], [[(40, 49)]])
    assert found.best == 0.9 and found.at(1.1).raw == -1.0
    assert found.at(0.75).raw == pytest.approx(weights[45] + weights[60])
    assert found.at(0.7).raw == pytest.approx(weights[45] + weights[60] + weights[30])
    assert (found.at(0.7).hits, found.at(0.7).misses) == (1, 9)
    # Nothing is scored in the first 15 rows of a hundred.
    scores[3] = 1.0
    assert sweep([scores], [[(40, 49)]]).at(0.95).raw == -1.0


@pytest.mark.parametrize("windows", [[(5, 3)], [(3, 200)], [(3, 9), (9, 12)], [(-1, 4)]])
def test_windows_that_are_none_are_refused(windows):
    with pytest.raises(InputError, match="first and last row"):
        row_weights(100, windows, PROFILES["standard"])


def test_scores_that_are_none_are_refused():
    with pytest.raises(InputError, match="numbers"):
        sweep([np.array([0.1, np.nan])], [[]])
    with pytest.raises(InputError, match="at least one labelled window"):
        sweep([np.zeros(9)], [[]]).normalized(0.0)


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Neither a copy nor a network: everything is in `tmp_path`."""
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_without_a_copy_and_a_network_the_error_says_what_to_do(alone, monkeypatch):
    with pytest.raises(DataError, match=r"ZOO_DATA_DIR .now: not set.*Connection refused"):
        load_nab("train")
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("fetched"))
    with pytest.raises(DataError, match="not to be fetched"):
        load_nab("train", download=False)


def test_what_is_fetched_is_kept_and_a_changed_copy_refused(at_hand, alone, monkeypatch):
    archive = Path(os.environ.get("XDG_CACHE_HOME")).parent
    monkeypatch.undo()
    read = nab._reader(os.environ.get("ZOO_DATA_DIR", ""), "", False)
    fetched = []

    def serve(url, timeout):
        fetched.append(url)
        return io.BytesIO(read(url.partition("/v1.1/")[2]))

    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(archive / "other"))
    monkeypatch.setattr(urllib.request, "urlopen", serve)
    data = load_nab("test")
    np.testing.assert_array_equal(data.series[7], at_hand.series[7])
    assert len(fetched) == 59
    assert nab._reader("", str(archive / "other"), False)("labels/combined_windows.json")
    assert len(fetched) == 59
    nab._whole.cache_clear()
    one = archive / "other" / "rnn-zoo" / "nab" / "data" / "realTweets" / "Twitter_volume_KO.csv"
    one.write_bytes(one.read_bytes()[:-9])
    with pytest.raises(DataError, match="not those expected"):
        load_nab("test")
    nab._whole.cache_clear()


def test_a_damaged_archive_is_refused(alone, monkeypatch):
    monkeypatch.setenv("ZOO_DATA_DIR", str(alone))
    (alone / "nab").mkdir()
    (alone / "nab" / "nab-1.1.tar.gz").write_bytes(b"no archive")
    with pytest.raises(DataError, match="cannot be read"):
        load_nab("train")


def test_an_unknown_split_is_refused():
    with pytest.raises(InputError, match="'train', 'validation' or 'test'"):
        load_nab("probation")
