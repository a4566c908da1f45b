"""The study of fine-tuning on own series: what it says of figures, and that none is lost."""

from __future__ import annotations

import pytest

from benchmarks.own_series_data import drawn
from benchmarks.own_series_page import Row, summarise, table
from benchmarks.studies import Figures, spread


def row(less, **found):
    return Row("data", "9 series", "few", {way: (*own, 3) for way, own in found.items()}, less)


@pytest.mark.parametrize(
    ("less", "found", "words", "best"),
    [
        (True, {"rule": (0.3, 0.0), "new": (0.5, 0.01), "tuned": (0.4, 0.01)}, 0, "rule"),
        (False, {"rule": (0.3, 0.0), "new": (0.5, 0.01), "tuned": (0.4, 0.01)}, 1, "new"),
        (False, {"rule": (0.41, 0.02), "new": (0.4, 0.2), "tuned": (0.42, 0.02)}, 2, "tuned"),
    ],
)
def test_the_page_says_where_tuning_helps_and_where_it_loses(less, found, words, best):
    expected = [("helps", "loses"), ("hurts", "ahead"), ("makes no difference", "level")][words]
    one = row(less, **found)
    assert one.words == expected and one.best == best and one.rival == "rule"
    assert all(f"**{word}**" in one.verdict for word in expected)
    cells = table([one]).splitlines()[-1].split(" | ")
    assert [cell.strip(" |*") for cell in cells if "**" in cell] == [one.told(best)]
    assert f"**{expected[1]} in 1**" in summarise([one]) or expected[1] == "level"


def test_one_seed_is_no_verdict():
    found = {"rule": (0.3, 0.0, 1), "new": (0.5, 0.0, 1), "tuned": (0.4, 0.0, 1)}
    one = Row("data", "9 series", "few", found, True)
    assert "no verdict" in one.verdict and "behind" in one.verdict and "helps" not in one.verdict
    assert one.told("tuned") == "0.400 (1)" and one.told("rule") == "0.300"
    told = summarise([one])
    assert "In 1 of 1 cases" in told and "in 0 the same network" in told and "helps" not in told


def test_a_way_that_was_left_out_has_no_cell_and_no_rank():
    whole = row(True, a=(0.2, 0.0), new=(0.5, 0.0), tuned=(0.4, 0.0))
    other = row(True, b=(0.6, 0.0), new=(0.5, 0.0), tuned=(0.4, 0.0))
    lines = table([whole, other]).splitlines()
    assert lines[0].count("|") == lines[3].count("|") and "| - |" in lines[2] + lines[3]
    assert other.words == ("helps", "ahead")


def test_a_figure_is_measured_once_unless_the_weights_are_others(tmp_path):
    path, measured = tmp_path / "figures.json", []

    def measure():
        measured.append(len(measured))
        return {"mae": float(len(measured))}

    for seed in (1, 2, 1):
        Figures(path, weights="a").measured(f"set/all/way/{seed}", measure)
    assert len(measured) == 2
    cells = Figures(path, weights="a").cells
    mean, deviation, found = spread(cells, "set/all/way", "mae")
    assert (mean, round(deviation, 4), len(found)) == (1.5, 0.7071, 2)
    assert Figures(path, weights="b").cells == {}


def test_of_every_class_as_many_are_drawn():
    labels = list("aabbbbcccccc")
    rows = drawn(labels, 2, seed=1)
    assert [labels[at] for at in rows] == list("aabbcc") and rows == sorted(rows)
    assert drawn(labels, 2, seed=1) == rows != drawn(labels, 2, seed=2)
