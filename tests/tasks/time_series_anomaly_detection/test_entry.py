"""The bundled detector: its figures, and what it does with a series of the benchmark."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.datasets import load_dataset
from zoo.errors import DataError

NAME = "gru-nab"


def test_its_figures_are_not_below_its_floors():
    info = zoo.info(NAME)
    assert info.metric("nab_score").value >= 60.0  # windowed Gaussian has 39.6, Skyline 35.7
    assert info.metric("nab_score").num_examples == 58
    assert 0.9 <= info.metric("coverage_95").value <= 0.99


def test_it_finds_what_is_labelled_in_a_series():
    try:
        data = load_dataset("nab", "test")
    except DataError as error:
        pytest.skip(f"the data set is not at hand: {error}")
    number = data.names.index("realTraffic/occupancy_t4013.csv")
    detect, series = zoo.pipeline(NAME), data.series[number]
    alarms = np.flatnonzero(detect(series) >= detect.threshold)
    for first, last in data.windows[number]:
        assert ((alarms >= first) & (alarms <= last)).any()
    assert len(alarms) < 0.02 * len(series)
