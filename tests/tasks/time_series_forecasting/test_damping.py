"""Forecasts drawn towards the last value where those of a network are worse than that it stays."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.tasks.time_series_forecasting.damping import damp, share_of
from zoo.tasks.time_series_forecasting.testing import make_segrnn, waves
from zoo.tasks.time_series_forecasting.windows import ForecastWindows

LEVELS = (0.1, 0.5, 0.9)


def test_the_share_is_the_one_with_the_least_error():
    generator = np.random.default_rng(0)
    truth = generator.standard_normal((50, 8, 2))
    assert share_of(truth, truth) == 1.0
    assert share_of(-truth, truth) == 0.05
    assert share_of(4.0 * truth, truth) == 0.25
    # What is not known does not count, and without anything known all is kept.
    odd = truth.copy()
    odd[:, 5:] = np.nan
    wild = np.where(np.isnan(odd), 1e6, 2.0 * truth)
    assert share_of(wild, odd) == 0.5
    assert share_of(truth, np.full_like(truth, np.nan)) == 1.0


@pytest.mark.at_once
@pytest.mark.parametrize("levels", [(), LEVELS])
def test_a_damped_model_forecasts_that_share_and_so_do_its_quantiles(levels, tmp_path):
    model = zoo.load(make_segrnn(tmp_path / "tiny", levels))
    spec, series = model.backbone.spec, waves(90)
    before, last = model.predict(series), series[-1]
    quantiles = model.predict_quantiles(series) if levels else None
    # What follows is half of what is forecast, whatever the place: no series of its own says that.
    windows = ForecastWindows([series], spec.look_back, spec.horizon, first=24, least=spec.horizon)
    found = model.predict_on_batch(windows.batch(np.arange(len(windows)))[0])
    point = np.asarray(found)[..., 1] if levels else np.asarray(found)
    windows.batch = lambda rows, given=windows.batch: (given(rows)[0], 0.5 * point[rows])
    assert damp(model, windows, np.ones(spec.channels)) == 0.5
    after = model.predict(series)
    np.testing.assert_allclose(after - last, 0.5 * (before - last), atol=2e-3)
    if levels:
        moved = model.predict_quantiles(series) - last[:, None]
        np.testing.assert_allclose(moved, 0.5 * (quantiles - last[:, None]), atol=2e-3)


@pytest.mark.at_once
def test_it_is_told_where_little_is_left(tmp_path):
    model = zoo.load(make_segrnn(tmp_path / "tiny"))
    spec, series = model.backbone.spec, waves(90)
    windows = ForecastWindows([series], spec.look_back, spec.horizon, first=24, least=spec.horizon)
    found = np.asarray(model.predict_on_batch(windows.batch(np.arange(len(windows)))[0]))
    windows.batch = lambda rows, given=windows.batch: (given(rows)[0], -found[rows])
    with pytest.warns(UserWarning, match="last value stays: 5% of what it forecasts is kept"):
        assert damp(model, windows, np.ones(spec.channels)) == 0.05
