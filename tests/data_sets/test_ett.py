"""The transformers' temperatures: read from a copy, checked, and cut as is customary."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from helpers import dataset_or_skip
from zoo.datasets import dataset_named, ett
from zoo.errors import DataError, InputError
from zoo.tasks.time_series_forecasting.trained_scoring import repeated


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """Neither a copy nor a network: everything is in `tmp_path`."""
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(ett, "_rows", ett._rows.__wrapped__)
    (tmp_path / "ett").mkdir()
    return tmp_path / "ett"


@pytest.mark.parametrize(("name", "first"), [("ett/h1", 5.827), ("ett/h2", 41.13)])
def test_the_transformers_parts_lie_one_after_another(name, first):
    train, held, test = (
        dataset_or_skip(name, split).series[0] for split in ("train", "validation", "test")
    )
    protocol = dataset_named(name).protocol
    assert [len(part) for part in (train, held, test)] == [8_640, 3_600, 3_600]
    assert train[0, 0] == pytest.approx(first, abs=1e-3)
    np.testing.assert_array_equal(train[-720:], held[:720])
    np.testing.assert_array_equal(held[-720:], test[:720])
    errors = repeated([test], train.std(axis=0), protocol, protocol.season)
    assert {horizon: len(found.squared) for horizon, found in errors.items()} == {
        horizon: 2_881 - horizon for horizon in (24, 96, 192, 336, 720)
    }


def test_there_is_no_other_part():
    with pytest.raises(InputError, match=r"train, validation, test\. Received: 'all'"):
        ett.load_ett("ETTh1", "all")


def test_without_a_copy_and_a_network_the_error_says_what_to_do(alone):
    with pytest.raises(DataError, match=r"folder ett of ZOO_DATA_DIR.*Connection refused"):
        ett.load_ett("ETTh1", "train")
    with pytest.raises(DataError, match="was not to be fetched"):
        ett.load_ett("ETTh1", "train", download=False)


def test_a_changed_or_a_damaged_copy_is_refused(alone):
    (alone / "ETTh1.csv").write_text("date,OT\n2016-07-01,1\n")
    with pytest.raises(DataError, match="not the data expected"):
        ett.load_ett("ETTh1", "train")
    (alone / "ETTh1.csv").unlink()
    (alone / "ETTh1.csv.gz").write_bytes(gzip.compress(b"date,OT\n" * 100)[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        ett.load_ett("ETTh1", "train")
