"""Forecasters over SegRNN: the equations, windows, horizons, quantiles, sessions and damages."""

from __future__ import annotations

import functools
import shutil
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest

import zoo
from helpers import edit_json
from zoo import checkpoint
from zoo.formats import CONFIG
from zoo.networks.segrnn.spec import CELL
from zoo.series.examples import SeriesDataset
from zoo.series.protocol import ForecastProtocol
from zoo.tasks.time_series_forecasting.testing import make_segrnn, waves
from zoo.tasks.time_series_forecasting.trained_scoring import _figure, repeated, window_errors
from zoo.tasks.time_series_forecasting.windows import ForecastWindows, drawn, step_weights

LEVELS = (0.1, 0.5, 0.9)


@functools.cache
def tiny(*quantiles, channels=2):
    return make_segrnn(Path(tempfile.mkdtemp(prefix="zoo-trained-")) / "tiny", quantiles, channels)


@functools.cache
def pipeline_of(*quantiles):
    return zoo.pipeline(tiny(*quantiles))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_equations(source, series):
    """Return the forecast of a tiny checkpoint as the paper writes it, in float64."""
    loaded = checkpoint.read(source)
    t = {name: value.astype(float) for name, value in loaded.tensors.items()}
    spec, outputs = loaded.backbone, []
    (read, carried), units = t[f"{CELL}/bias"], spec.units
    for channel in range(spec.channels):
        x = (series[-spec.look_back :, channel] - series[-1, channel]) / t["scaling/scale"][channel]
        h = np.zeros(units)

        def cell(x, h):
            a, b = x @ t[f"{CELL}/kernel"] + read, h @ t[f"{CELL}/recurrent_kernel"] + carried
            z, r = sigmoid(a[:units] + b[:units]), sigmoid(a[units:-units] + b[units:-units])
            return z * h + (1 - z) * np.tanh(a[-units:] + r * b[-units:])

        for segment in x.reshape(-1, spec.segment):
            product = segment @ t["segments/projection/kernel"] + t["segments/projection/bias"]
            h = cell(np.maximum(product, 0), h)
        places = [
            cell(np.concatenate([place, t["segments/channel_embedding"][channel]]), h)
            for place in t["segments/position_embedding"]
        ]
        y = np.concatenate([place @ t["readout/kernel"] + t["readout/bias"] for place in places])
        outputs.append(y[: spec.horizon] * t["scaling/scale"][channel] + series[-1, channel])
    return np.stack(outputs, axis=1)


def test_it_computes_what_the_paper_writes():
    series = waves(60)
    found = pipeline_of().predict(series)
    np.testing.assert_allclose(found, by_equations(tiny(), series), atol=2e-5)
    # Of what lies before the look-back nothing is read.
    np.testing.assert_array_equal(found, pipeline_of().predict(series[-24:]))


def test_a_constant_is_added_to_the_forecast_and_changes_nothing_else():
    series = waves(60)
    far = pipeline_of().predict(series + 1e9) - 1e9
    np.testing.assert_allclose(far, pipeline_of().predict(series), atol=1e-5)


def test_a_horizon_beyond_the_models_rests_on_its_own_forecasts_and_is_told():
    forecast, series = pipeline_of(), waves(60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert forecast(series).shape == (10, 2) and forecast(series, horizon=3).shape == (3, 2)
    with pytest.warns(UserWarning, match="further than the 10 steps"):
        found = forecast(series, horizon=25)
    again = forecast.predict(np.concatenate([series, found[:10]]))
    np.testing.assert_allclose(found[10:20], again, atol=1e-6)
    np.testing.assert_array_equal(found[:10], forecast(series))
    with pytest.warns(UserWarning, match="5 steps, fewer than the 24"):
        forecast(series[:5])
    with pytest.raises(zoo.InputError, match="horizon of at least 1"):
        forecast(series, horizon=0)
    with pytest.raises(zoo.InputError, match="at most 1,000,000"):
        forecast(series, horizon=10**9)


def test_quantiles_are_in_order_and_only_those_that_were_trained():
    forecast, series = pipeline_of(*LEVELS), waves(60)
    found = forecast(series, quantiles=LEVELS)
    assert found.shape == (10, 2, 3) and (np.diff(found) >= 0).all() and np.ptp(found) > 0
    np.testing.assert_array_equal(found[..., 1], forecast(series))
    np.testing.assert_array_equal(found[..., 2:], forecast(series, quantiles=0.9))
    model = zoo.load(tiny(*LEVELS))
    np.testing.assert_allclose(model.predict_quantiles(series), found, atol=1e-5)
    for wrong in (0.3, [0.1, 2], "many", []):
        with pytest.raises(zoo.InputError, match=r"quantiles out of 0.1, 0.5, 0.9"):
            forecast(series, quantiles=wrong)
    with pytest.raises(zoo.InputError, match="to forecast one number"):
        pipeline_of()(series, quantiles=[0.5])


def test_a_state_is_what_has_arrived():
    forecast, series = pipeline_of(), waves(60)
    session = forecast.session()
    for row in series[:30]:
        last = session.step(row)
    np.testing.assert_array_equal(session.state, series[6:30])
    np.testing.assert_array_equal(last, forecast.predict(session.state))
    with pytest.raises(zoo.InputError, match="at most 24 steps of 2"):
        session.state = series
    with pytest.raises(zoo.InputError, match="at least one step"):
        forecast.session().step(series[:0])


def test_windows_are_all_and_end_with_what_is_known():
    series = [np.arange(9.0)[:, None] + 1e9, np.arange(4.0)[:, None]]
    windows = ForecastWindows(series, 3, 4, first=2, least=1)
    assert len(windows) == 7 + 2
    features, targets = windows.batch(np.array([0, 6, 8]))
    assert features["series"][..., 0].tolist() == [[-1, 0, 0], [-2, -1, 0], [-2, -1, 0]]
    assert features["padding_mask"].tolist() == [[True, True, False], [True] * 3, [True] * 3]
    np.testing.assert_array_equal(
        targets[..., 0], [[1, 2, 3, 4], [1, *[np.nan] * 3], [1, *[np.nan] * 3]]
    )
    some, others = (drawn(windows, 5, seed=1, epoch=epoch) for epoch in (0, 1))
    assert len(some.lengths) == 5 and (some._rows != others._rows).any()
    assert (some._rows == drawn(windows, 5, seed=1, epoch=0)._rows).all()
    weights = step_weights([2, 4])
    np.testing.assert_allclose(weights, [0.375, 0.375, 0.125, 0.125])


def test_errors_are_of_all_windows_and_in_deviations():
    series, scale = [np.arange(12.0)[:, None] * 2], np.array([2.0])
    protocol = ForecastProtocol(horizon=2, first=4, stride=1, horizons=(2, 5), season=3)
    found = repeated(series, scale, protocol, 1)
    # The last value of a line of slope 1 is 1, 2, 3 ... deviations behind.
    np.testing.assert_allclose(found[2].absolute, [1.5] * 7)
    np.testing.assert_allclose(found[5].squared, [np.mean(np.arange(1, 6) ** 2)] * 4)
    np.testing.assert_allclose(repeated(series, scale, protocol, 3)[2].absolute, [3.0] * 7)
    with pytest.raises(zoo.InputError, match="at least 13 steps"):
        window_errors(lambda c: [], series, scale, (9,), read=1, first=4)


def test_the_interval_is_of_blocks_for_neighbours_err_alike():
    values = np.repeat(np.random.default_rng(0).normal(size=20), 20)

    def width(block):
        low, high = _figure("mse_5", "test", values, block).confidence_interval
        return high - low

    assert width(20) > 2 * width(1)
    assert _figure("mse_5", "test", np.ones(9), 4).confidence_interval == (1.0, 1.0)


def test_the_figures_are_those_of_the_forecasts_and_how_many_they_hold():
    series = waves(70, 3.0)
    figures = {
        metric.name: metric
        for metric in zoo.evaluate(pipeline_of(*LEVELS), SeriesDataset([series]))
    }
    assert list(figures) == ["mse_10", "mae_10", "coverage_80"]
    assert figures["mse_10"].num_examples == 70 - 24 - 10 + 1
    scale = checkpoint.read(tiny(*LEVELS)).tensors["scaling/scale"].astype(float)
    truth = np.stack([series[at : at + 10] for at in range(24, 61)])
    found = pipeline_of(*LEVELS)([series[:at] for at in range(24, 61)], quantiles=LEVELS)
    error = (np.stack(found)[..., 1] - truth) / scale
    assert figures["mse_10"].value == pytest.approx(np.mean(error**2), abs=1e-6)
    assert figures["mae_10"].value == pytest.approx(np.mean(np.abs(error)), abs=1e-6)
    low, _, high = np.moveaxis(np.stack(found), -1, 0)
    inside = np.mean((truth >= low) & (truth < high))
    assert figures["coverage_80"].value == pytest.approx(inside, abs=1e-6)
    (squared, _) = zoo.evaluate(pipeline_of(), [series], horizon=4)
    assert (squared.name, squared.num_examples) == ("mse_4", 70 - 24 - 4 + 1)
    with pytest.raises(zoo.InputError, match="more than 80 steps"):
        zoo.evaluate(pipeline_of(), [series], horizon=80)


@pytest.mark.parametrize(
    ("part", "change", "words"),
    [
        ("backbone", {"units": 7}, "units"),
        ("backbone", {"look_back": 25}, "whole segments"),
        ("backbone", {"horizon": 10**9}, "horizon"),
        ("backbone", {"channels": 9_000, "horizon": 90_000}, "larger model"),
        ("head", {"quantiles": [0.1, 0.9]}, "0.5 among them"),
        ("head", {"quantiles": [0.9, 0.5]}, "ascending"),
        ("head", {"washout": 3}, "washout"),
    ],
)
def test_what_no_such_network_has_is_refused(part, change, words, tmp_path):
    path = Path(shutil.copytree(tiny(), tmp_path / "tiny"))
    edit_json(
        path,
        CONFIG,
        lambda config: (
            config["config"]["backbone"]["config"] if part == "backbone" else config["config"]
        ).update(change),
    )
    with pytest.raises(zoo.CheckpointError, match=words):
        zoo.pipeline(path)
