"""What a model that was tuned on series knows of their columns and dates; no Keras here."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

import zoo
from zoo.errors import InputError
from zoo.finetuning.record import Work, derived_info
from zoo.interfaces import UserData
from zoo.registry import read
from zoo.schema import DataSource, ModelInfo
from zoo.series.files import SeriesReading, load_series
from zoo.series.inputs import series_reading
from zoo.series.known import Known
from zoo.series.sources import read_source
from zoo.task import task_of

_Y = np.arange(30.0)[:, None] + [0.25, 100.5]


def _table(path: Path, names: str, values: np.ndarray = _Y, step: int = 24) -> str:
    start = np.datetime64("2023-01-01T00")
    rows = [
        f"{start + step * row},{','.join(map(str, numbers))}" for row, numbers in enumerate(values)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([f"ds,{names}", *rows]) + "\n")
    return str(path)


def _tuned(tmp_path: Path) -> ModelInfo:
    """Return the record of a model that was tuned on the columns y1 and y2, one a day."""
    path = _table(tmp_path / "train.csv", "y1,y2")
    source = read("segrnn-etth1")
    task = task_of(source.info)
    given = UserData(train=path, options={"horizon": 2})
    prepared = task.prepare(source, given, task.settings(source, {}))
    info = derived_info(
        source.info,
        Work(tmp_path / "tuned", False, False, False),
        labels=(),
        sources=prepared.sources,
        settings={},
        method="",
        validation={},
        seconds=0.0,
        command="zoo finetune",
        backend="jax",
    )
    return msgspec.json.decode(msgspec.json.encode(info), type=ModelInfo)


def test_a_tuned_model_chooses_its_columns_by_name(tmp_path: Path) -> None:
    info = _tuned(tmp_path)
    assert info.sources[0].columns == ("y1", "y2") and info.sources[0].step == "day"
    reading = series_reading(info=info)
    extra = np.column_stack([_Y[:, 1], np.arange(30) % 7, _Y[:, 0]])
    for names, values, told in (
        ("y2,y1", _Y[:, ::-1], ""),
        ("y2,promo,y1", extra, "left out, for the model was tuned on y1, y2 alone: promo"),
        ("foo,bar", _Y, "the columns foo, bar are taken for y1, y2"),
    ):
        found = load_series(_table(tmp_path / "asked.csv", names, values), 2, reading)
        np.testing.assert_array_equal(found.values, _Y)
        assert told in "; ".join(found.warned) and bool(found.warned) == bool(told)
    asked = series_reading(columns=["y2,y1"], info=info)
    found = load_series(_table(tmp_path / "asked.csv", "y2,y1", _Y[:, ::-1]), 2, asked)
    assert found.columns == ("y1", "y2") and "in the order of the model" in found.warned[0]
    claimed = SeriesReading(known=Known(("y1", "y1", "z")))
    plain = load_series(_table(tmp_path / "asked.csv", "y1,y2"), 2, claimed)
    assert plain.columns == ("y1", "y2") and not plain.warned
    with pytest.raises(InputError, match="Expected 2 channels"):
        load_series(_table(tmp_path / "asked.csv", "y1,z,w", extra), 2, reading)


def test_a_tuned_model_tells_of_another_step(tmp_path: Path) -> None:
    reading = series_reading(info=_tuned(tmp_path))
    hourly = load_series(_table(tmp_path / "hours.csv", "y1,y2", step=1), 2, reading)
    assert ["every hour" in text and "every day" in text for text in hourly.warned] == [True]
    week = load_series(_table(tmp_path / "week.csv", "y1,y2", _Y[1:6]), 2, reading)
    assert week.step == "day" and not week.warned


def test_names_decide_the_order_of_channels_in_a_folder(tmp_path: Path) -> None:
    for number in range(4):
        _table(tmp_path / "many" / f"{number}.csv", "ax,ay")
    _table(tmp_path / "many" / "odd.csv", "ay,ax", _Y[:, ::-1])
    with pytest.warns(UserWarning, match=r"odd.csv: the columns 'ay, ax' are put in the order"):
        source = read_source(tmp_path / "many", classes=False)
    for series in source.series:
        np.testing.assert_array_equal(series, _Y)
    assert source.used(train=5).columns == ("ax", "ay")


def test_records_without_columns_are_read_and_written_as_before(tmp_path: Path) -> None:
    old = b'{"name":"a.csv","sha256":"%s","rows":1,"used":{"train":1}}' % (b"0" * 64)
    source = msgspec.json.decode(old, type=DataSource)
    assert msgspec.json.encode(source) == old
    np.savetxt(tmp_path / "plain.csv", _Y, delimiter=",")
    found = read_source(tmp_path / "plain.csv", classes=False).used(train=1)
    assert found.columns is msgspec.UNSET and found.step is msgspec.UNSET
    assert series_reading(info=zoo.info("segrnn-etth1")) == SeriesReading()
