"""Forecasting by reservoirs: equations, streaming, fits, and the Keras task."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reservoir_equations import equations
from zoo.errors import InputError
from zoo.networks.echo_state.backbone import EchoStateBackbone
from zoo.networks.echo_state.closed_form import draw_tensors
from zoo.networks.echo_state.spec import CELL, EchoStateBackboneSpec, series_tensor_shapes
from zoo.sessions.session import Session
from zoo.tasks.time_series_forecasting import network
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster, one_step_error
from zoo.tasks.time_series_forecasting.model import EchoStateForecaster
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec
from zoo.tasks.time_series_forecasting.streaming import ForecastingStream
from zoo.tasks.time_series_forecasting.testing import CHANNELS, fitted, waves


def written_out(tensors, spec, squares, series, state=None):
    """The forecasts of one step by the plain equations, and the last state."""
    weights = {name.removeprefix(f"{CELL}/"): value for name, value in tensors.items()}
    mean = tensors["scaling/mean"].astype(float)
    scale = tensors["scaling/scale"].astype(float)
    scaled = (series - mean) / scale
    states = equations(weights, spec.leak_rate, scaled, state=state)
    features = np.hstack([states, scaled])
    if squares:
        features = np.hstack([features, features**2])
    outputs = features @ tensors["readout/kernel"].astype(float) + tensors["readout/bias"]
    return outputs * scale + mean, states[-1]


@pytest.mark.parametrize("squares", [False, True])
def test_steps_runs_and_forecasts_follow_the_equations(squares):
    model, fit, spec, _ = fitted(squares)
    tensors = {**fit.tensors}
    series = waves(60, 123.0)
    expected, state = written_out(tensors, spec, squares, series)
    received, end = model.run(series)
    np.testing.assert_allclose(received, expected, atol=1e-9)
    np.testing.assert_allclose(end, state, atol=1e-12)
    freely, x = [], expected[-1]
    for _ in range(25):
        freely.append(x)
        (x,), state = written_out(tensors, spec, squares, x[None], state)
    np.testing.assert_allclose(model.forecast(series, 25), freely, atol=1e-6)


def session_of(model):
    stream = ForecastingStream(model)
    return Session(stream, stream.first)


def test_a_step_changes_nothing_that_it_was_given():
    model = fitted()[0]
    state, x = np.full(40, 0.1), np.array([5.0, 1.0])
    first = model.step(state, x)
    assert (state == 0.1).all() and x.tolist() == [5.0, 1.0]
    for one, other in zip(first, model.step(state, x), strict=True):
        np.testing.assert_array_equal(one, other)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(1, 60), max_size=6), st.booleans(), st.integers(1, 9))
def test_any_chunking_gives_the_output_of_the_whole(cuts, squares, chunk):
    model = fitted(squares)[0]
    series = waves(60, 77.0)
    whole, end = model.run(series)
    session = session_of(model)
    pieces = [piece for piece in np.split(series, sorted(cuts)) if len(piece)]
    received = [
        session.step(piece[0])[None] if len(piece) == 1 else session.step(piece) for piece in pieces
    ]
    np.testing.assert_allclose(np.concatenate(received), whole, atol=1e-6)
    np.testing.assert_allclose(session.state, end, atol=1e-6)
    # So does the length of what is computed at once, which is the library's own chunking.
    before, network.CHUNK = network.CHUNK, chunk
    try:
        np.testing.assert_allclose(model.run(series)[0], whole, atol=1e-6)
    finally:
        network.CHUNK = before


def test_a_state_is_a_snapshot_that_forks_and_rewinds():
    model = fitted()[0]
    series = waves(30)
    session = session_of(model)
    session.step(series[:20])
    snapshot = session.state
    one = session.step(series[20:])
    fork = session_of(model)
    fork.state = snapshot
    np.testing.assert_array_equal(fork.step(series[20:]), one)
    session.state = snapshot
    np.testing.assert_array_equal(session.step(series[20:]), one)
    snapshot[:] = 0  # a copy: the session's own state stays
    assert session.state.any()
    session.reset()
    assert not session.state.any()
    np.testing.assert_allclose(session.step(series), model.run(series)[0], atol=1e-12)


def test_what_a_session_refuses_leaves_its_state():
    session = session_of(fitted()[0])
    session.step(waves(5))
    before = session.state
    for wrong in (np.zeros(3), np.array([1.0, np.nan]), "x"):
        with pytest.raises(InputError):
            session.step(wrong)
    for wrong in (np.zeros(7), np.full(40, np.inf)):
        with pytest.raises(InputError, match=r"state of shape \(40,\)"):
            session.state = wrong
    np.testing.assert_array_equal(session.state, before)


def test_contexts_of_different_lengths_are_forecast_as_alone():
    model = fitted()[0]
    contexts = [waves(50), waves(91, 3.0), waves(40, 500.0)]
    together = model.forecast(contexts, 12)
    assert [item.shape for item in together] == [(12, 2)] * 3
    for context, received in zip(contexts, together, strict=True):
        np.testing.assert_allclose(received, model.forecast(context, 12), atol=1e-9)


def test_a_wave_is_forecast_freely_for_long():
    spec = EchoStateBackboneSpec(channels=2, units=200, input_scaling=0.3, bias_scaling=0.3)
    head = ForecasterSpec(washout=30)
    fit = fit_forecaster(spec, head, [waves(400), waves(300, 1000.0)], ridge=1e-7)
    received = ReservoirForecaster(fit.tensors, spec, head).forecast(waves(200, 40.0), 100)
    expected = waves(300, 40.0)[200:]
    assert np.abs(received - expected).max() < 0.05 * expected.std()


def test_a_forecast_that_runs_away_is_told():
    model, fit, _, _ = fitted(squares=True)
    away = ReservoirForecaster(fit.tensors, *fitted(squares=True)[2:])
    away.set_readout(50 * fit.tensors["readout/kernel"], fit.tensors["readout/bias"])
    with pytest.warns(UserWarning, match="runs away to infinity: from step [0-9]+ on"):
        assert not np.isfinite(away.forecast(waves(50), 60)).all()
    with pytest.warns(UserWarning, match="runs away: from step 0 on it is more than 10 standard"):
        away.forecast(waves(50), 1)
    assert np.isfinite(model.forecast(waves(50), 3)).all()


@pytest.mark.parametrize(
    ("context", "words"),
    [
        (waves(29), "has 29 steps, fewer than the 30 after which"),
        (1e3 * waves(50), "far from what the model was fitted to: .* at step 0, channel"),
        ([waves(50), waves(7), waves(9)], "of series 1 has 7 steps.* for 1 more series"),
    ],
)
def test_a_context_that_says_too_little_is_told(context, words):
    with pytest.warns(UserWarning, match=words) as caught:
        fitted()[0].forecast(context, 2)
    assert len(caught) == 1 and caught[0].filename == __file__


def test_a_usual_context_is_not_warned_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forecasts = fitted()[0].forecast([waves(30), waves(80, 9.0)], np.int64(5))
    assert [forecast.shape for forecast in forecasts] == [(5, CHANNELS)] * 2


@pytest.mark.parametrize("horizon", [0, -1, 1.5, True, "3"])
def test_wrong_horizons_are_refused(horizon):
    with pytest.raises(InputError, match="horizon of at least 1"):
        fitted()[0].forecast(waves(10), horizon)


@pytest.mark.parametrize("horizon", [1_000_001, 10**13])
def test_a_horizon_that_takes_forever_is_refused(horizon):
    with pytest.raises(InputError, match=r"at most 1,000,000 steps at once, for 2 series of 2"):
        fitted()[0].forecast([waves(40), waves(40)], horizon)


def test_a_long_forecast_tells_how_far_it_is():
    told = []
    fitted()[0].forecast(waves(40), 25_000, lambda *step: told.append(step))
    assert told == [("steps", 10_000, 25_000), ("steps", 20_000, 25_000)]


def test_a_fit_is_the_ridge_regression_of_the_equations():
    _, fit, spec, head = fitted()
    rows, targets = [], []
    scale, mean = fit.tensors["scaling/scale"].astype(float), fit.tensors["scaling/mean"]
    weights = {name.removeprefix(f"{CELL}/"): value for name, value in fit.tensors.items()}
    for series in (waves(400), waves(300, 1000.0)):
        scaled = (series - mean) / scale
        states = equations(weights, spec.leak_rate, scaled)
        rows.append(np.hstack([states, scaled])[head.washout : -1])
        targets.append(scaled[head.washout + 1 :])
    rows, targets = np.concatenate(rows), np.concatenate(targets)
    centre, target_centre = rows.mean(axis=0), targets.mean(axis=0)
    penalty = np.sqrt(1e-7 * len(rows)) * np.eye(rows.shape[1])
    stacked = np.vstack([rows - centre, penalty])
    right = np.vstack([targets - target_centre, np.zeros((rows.shape[1], CHANNELS))])
    kernel = np.linalg.lstsq(stacked, right, rcond=None)[0]
    np.testing.assert_allclose(fit.tensors["readout/kernel"], kernel, rtol=1e-4, atol=1e-5)


def test_the_ridge_is_the_one_that_validates_best():
    spec, head = EchoStateBackboneSpec(channels=2, units=40), ForecasterSpec(washout=30)
    noisy = waves(75) + np.random.default_rng(0).normal(0, 0.5, (75, 2))
    held = [waves(300, 900.0)]

    def error(model):
        return one_step_error(model, held)

    ridges = (1e-12, 1e-4, 1e-2, 1e3)
    fit = fit_forecaster(spec, head, [noisy], error, ridge=ridges)
    alone = {
        ridge: error(
            ReservoirForecaster(
                fit_forecaster(spec, head, [noisy], ridge=ridge).tensors, spec, head
            )
        )
        for ridge in ridges
    }
    assert fit.scores == pytest.approx(alone) and fit.ridge == min(alone, key=alone.get)
    assert fit.ridge not in (1e-12, 1e3)


def test_scaling_is_that_of_all_steps_and_spares_constant_channels():
    series = [np.stack([np.arange(5.0), np.full(5, 7.0)], 1), np.ones((3, 2)) * [20.0, 7.0]]
    tensors = draw_tensors(EchoStateBackboneSpec(channels=2, units=5), series)
    together = np.concatenate(series)
    np.testing.assert_allclose(tensors["scaling/mean"], together.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(tensors["scaling/scale"], [together[:, 0].std(), 1.0], rtol=1e-6)


@pytest.mark.parametrize("amplitude", [1e-13, 1e-30])
def test_what_is_constant_depends_on_the_level(amplitude):
    wave = amplitude * waves(50)
    tensors = draw_tensors(EchoStateBackboneSpec(channels=2, units=5), [wave])
    np.testing.assert_allclose(tensors["scaling/scale"], wave.std(axis=0), rtol=1e-5)
    level = np.full((50, 2), 0.1 / amplitude)
    tensors = draw_tensors(EchoStateBackboneSpec(channels=2, units=5), [level, level])
    assert (tensors["scaling/scale"] >= 1).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda wave: 1e-50 * wave, "Multiply it by a constant first"),
        (lambda wave: 1e200 * wave, "Multiply it by a constant first"),
        (lambda wave: 1e12 + wave, "Subtract a constant from it first"),
    ],
)
def test_channels_that_float32_cannot_scale_are_refused(change, words):
    with pytest.raises(InputError, match=words):
        draw_tensors(EchoStateBackboneSpec(channels=2, units=5), [change(waves(50))])


def test_series_within_the_washout_are_refused():
    spec, head = EchoStateBackboneSpec(channels=2, units=5), ForecasterSpec(washout=30)
    with pytest.raises(InputError, match=r"more than washout \+ 1 = 31 steps. Received: 31"):
        fit_forecaster(spec, head, [waves(31), waves(4)], ridge=1e-3)
    fit_forecaster(spec, head, [waves(33), waves(4)], ridge=1e-3)


@pytest.fixture(scope="module")
def task():
    backbone = EchoStateBackbone(channels=CHANNELS, units=40, density=0.2, seed=3)
    return EchoStateForecaster(backbone, squares=True, washout=30)


def test_the_task_fits_and_predicts_like_its_runtime(task):
    fit = task.fit([waves(400), waves(300, 1000.0)], ridge=[1e-9, 1e-7, 1e-1])
    assert fit.ridge in (1e-9, 1e-7)
    series = [waves(70), waves(33, 9.0)]
    for received, item in zip(task.predict(series), series, strict=True):
        expected = task.runtime.run(item)[0]
        # Keras computes in float32, the runtime in float64.
        np.testing.assert_allclose(received, expected, atol=1e-3 * expected.std())
    np.testing.assert_allclose(
        task.forecast(waves(70), 5), task.runtime.forecast(waves(70), 5), atol=1e-12
    )
    assert task.predict(waves(70)).shape == (70, 2)
    shapes = {variable.path: tuple(variable.shape) for variable in task.weights}
    assert shapes == series_tensor_shapes(task.backbone.spec, task.spec)


def test_a_series_far_from_zero_keeps_its_changes(task):
    series = 1e7 + waves(400)
    task.fit(series, ridge=np.float32(1e-7))
    expected = task.runtime.run(series)[0]
    received = task.predict(series, batch_size=np.int64(1))
    np.testing.assert_allclose(received, expected, atol=1e-3)
    assert np.abs(received - series[0]).max() > 1


def test_the_task_holds_out_the_last_fifth_to_choose_the_ridge(task):
    series = waves(500)
    fit = task.fit(series, ridge=(1e-9, 1e-3))
    expected = task.fit(series[:400], validation_data=series[400:], ridge=(1e-9, 1e-3))
    assert fit.scores == expected.scores


def test_the_task_trains_on_with_the_reservoir_it_has(task):
    kernel = task.tensors[f"{CELL}/input_kernel"]
    task.set_tensors({f"{CELL}/input_kernel": 0.5 * kernel})
    task.fit(waves(400), ridge=1e-7)
    np.testing.assert_array_equal(task.tensors[f"{CELL}/input_kernel"], 0.5 * kernel)
    with pytest.raises(InputError, match="Received: 'nothing'"):
        task.set_tensors({"nothing": kernel})


def test_the_task_refuses_what_a_closed_form_has_not(task):
    with pytest.raises(InputError, match="Received: epochs"):
        task.fit(waves(400), epochs=3)
    broken = waves(400)
    broken[17, 1] = np.nan
    with pytest.raises(InputError, match="nan at step 17, channel 1"):
        task.fit(broken)
    with pytest.raises(InputError, match="a ridge"):
        task.fit(waves(400), ridge=-1.0)
    with pytest.raises(InputError, match="squares"):
        EchoStateForecaster(task.backbone, squares=3)
