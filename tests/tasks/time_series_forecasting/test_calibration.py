"""Quantiles that hold what they say: how far they lie from the median, and where that is stored."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import numpy as np
import pytest

import zoo
from training.calibrate import calibrate
from zoo import checkpoint
from zoo.schema import Licenses
from zoo.tasks.time_series_forecasting.calibration import stretch_of
from zoo.tasks.time_series_forecasting.recipe import TrainedForecastingRecipe
from zoo.tasks.time_series_forecasting.specs import TrainedForecasterSpec
from zoo.tasks.time_series_forecasting.testing import make_segrnn, waves

LEVELS = (0.1, 0.5, 0.9)


def test_each_side_is_put_where_it_holds_what_it_says():
    generator = np.random.default_rng(0)
    truth = generator.gamma(2.0, 1.0, (400, 5, 2))
    forecasts = np.broadcast_to([1.5, 1.7, 2.0], (*truth.shape, 3))
    low, high = stretch_of(forecasts, truth, LEVELS, np.ones(5))
    bottom, top = 1.7 - low * 0.2, 1.7 + high * 0.3
    assert np.mean(truth < bottom) == pytest.approx(0.1, abs=1e-3)
    assert np.mean(truth < top) == pytest.approx(0.9, abs=1e-3)
    # Steps count by their weights, and what is not known does not count.
    odd = truth.copy()
    odd[:, 1:], odd[:, 4] = 1e9, np.nan
    assert stretch_of(forecasts, odd, LEVELS, np.array([1.0, 0, 0, 0, 1])) == pytest.approx(
        stretch_of(forecasts[:, :1], truth[:, :1], LEVELS, np.ones(1))
    )
    # Where quantiles lie on the median there is nothing to stretch.
    assert stretch_of(forecasts[..., [1, 1, 1]], truth, LEVELS, np.ones(5)) == (1.0, 1.0)


def stretched(path, stretch=(2.0, 0.5)):
    loaded = checkpoint.read(make_segrnn(path, LEVELS))
    head = msgspec.structs.replace(loaded.head, stretch=stretch)
    weights = (path / "model.safetensors").read_bytes()
    checkpoint.write(
        path,
        info=loaded.info,
        backbone=loaded.backbone,
        head=head,
        assets={},
        weights=weights,
        overwrite=True,
    )
    return path


def test_a_checkpoint_says_how_far_and_its_point_forecast_stays(tmp_path):
    plain, further = make_segrnn(tmp_path / "plain", LEVELS), stretched(tmp_path / "further")
    assert "stretch" not in (plain / "config.json").read_text()
    assert json.loads((further / "config.json").read_text())["config"]["stretch"] == [2.0, 0.5]
    series = waves(50)
    before = zoo.pipeline(plain)(series, quantiles=LEVELS)
    after = zoo.pipeline(further)(series, quantiles=LEVELS)
    np.testing.assert_array_equal(after[..., 1], before[..., 1])
    away, moved = before - before[..., 1:2], after - before[..., 1:2]
    np.testing.assert_allclose(moved, away * [2.0, 1.0, 0.5], atol=1e-4)
    model = zoo.pipeline(further).model
    np.testing.assert_allclose(model.uncalibrated(after), before, atol=1e-4)
    assert zoo.pipeline(plain).model.uncalibrated(before) is None
    for wrong in ([1.0], [0.0, 1.0], [1e9, 1.0], "far"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"stretch": wrong, "quantiles": [0.5]}, TrainedForecasterSpec)
    with pytest.raises(msgspec.ValidationError, match="without quantiles"):
        msgspec.convert({"stretch": [1.0, 2.0]}, TrainedForecasterSpec)


def test_a_checkpoint_is_calibrated_afterwards_without_a_change_of_its_weights(tmp_path):
    path = make_segrnn(tmp_path / "tiny", LEVELS)
    np.savetxt(tmp_path / "waves.csv", waves(300), delimiter=",", header="a,b", comments="")
    recipe = TrainedForecastingRecipe(
        name="tiny",
        architecture="segrnn",
        description="A small network.",
        method="By windows.",
        dataset=str(tmp_path / "waves.csv"),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        backbone={"look_back": 24, "horizon": 10, "segment": 4, "units": 6},
        horizons=(10,),
        windows=64,
        dropout=0.0,
        quantiles=LEVELS,
        batch_size=16,
        epochs=1,
        patience=1,
        learning_rate=1e-3,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.5,
        seed=1,
    )
    before = {file.name: file.read_bytes() for file in path.iterdir()}
    old, written = checkpoint.read_info(path), calibrate(recipe, path)
    after = {file.name: file.read_bytes() for file in path.iterdir()}
    changed = {name for name, content in after.items() if before[name] != content}
    assert set(after) == set(before) and changed == {"config.json", "zoo.json"}
    assert msgspec.structs.replace(written, files=old.files) == old
    assert checkpoint.read(path).head.factors[1] == 1.0
    one_number = dataclasses.replace(recipe, quantiles=())
    with pytest.raises(zoo.InputError, match="sets something after the last epoch"):
        calibrate(one_number, path)


@pytest.mark.slow
def test_keras_models_are_calibrated_and_kept_so(tmp_path):
    model = zoo.load(make_segrnn(tmp_path / "tiny", LEVELS))
    held = waves(160, 5.0) + np.random.default_rng(0).normal(0, 0.3, (160, 2))
    before, points = model.predict_quantiles(held), model.predict(held)
    model.calibrate(held)
    after = model.predict_quantiles(held)
    np.testing.assert_array_equal(model.predict(held), points)
    factors = np.array(model.spec.factors)
    assert (factors[[0, 2]] != 1).all() and factors[1] == 1
    point = before[..., 1:2]
    np.testing.assert_allclose(after, point + (before - point) * factors, atol=1e-4)
    saved = zoo.pipeline(zoo.save(model, tmp_path / "mine"))
    np.testing.assert_allclose(saved(held, quantiles=LEVELS), after, atol=1e-4)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("tiny", "mine")]
    assert weights[0] == weights[1]
    with pytest.raises(zoo.InputError, match="trained to forecast quantiles"):
        zoo.load(make_segrnn(tmp_path / "point", ())).calibrate(held)
