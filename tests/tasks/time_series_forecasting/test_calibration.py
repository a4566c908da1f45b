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
from zoo.tasks.time_series_forecasting.calibration import factors_of, stretch_of
from zoo.tasks.time_series_forecasting.recipe import TrainedForecastingRecipe
from zoo.tasks.time_series_forecasting.specs import TrainedForecasterSpec
from zoo.tasks.time_series_forecasting.testing import make_segrnn, waves

LEVELS = (0.1, 0.5, 0.9)


def test_each_side_is_put_where_it_holds_what_it_says_in_every_part_of_the_horizon():
    generator = np.random.default_rng(0)
    truth = generator.gamma(2.0, 1.0, (400, 6, 2)) * (1 + 0.2 * np.arange(6)[:, None])
    forecasts = np.broadcast_to([1.5, 1.7, 2.0], (*truth.shape, 3))
    stretch = stretch_of(forecasts, truth, LEVELS, 3)
    factors = factors_of(stretch, 6, 3, 1)
    put = 1.7 + factors * (forecasts - 1.7)
    for part in (slice(0, 2), slice(2, 4), slice(4, 6)):
        below = [np.mean(truth[:, part] < put[:, part, :, side]) for side in (0, 2)]
        assert below == pytest.approx([0.1, 0.9], abs=2e-3)
    np.testing.assert_array_equal(put[..., 1], 1.7)
    # What is not known does not count, and little truth is no reason for many factors.
    odd = truth.copy()
    odd[:, 5] = np.nan
    assert stretch_of(forecasts, odd, LEVELS, 3)[:2] == stretch[:2]
    assert len(stretch_of(forecasts[:40], truth[:40], LEVELS, 3)) == 2
    # Where quantiles lie on the median there is nothing to stretch.
    assert stretch_of(forecasts[..., [1, 1, 1]], truth, LEVELS, 1) == ((1.0, 1.0),)


def stretched(path, stretch=((2.0, 0.5), (3.0, 4.0))):
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
    assert json.loads((further / "config.json").read_text())["config"]["stretch"] == [
        [2.0, 0.5],
        [3.0, 4.0],
    ]
    series = waves(50)
    before = zoo.pipeline(plain)(series, quantiles=LEVELS)
    after = zoo.pipeline(further)(series, quantiles=LEVELS)
    np.testing.assert_array_equal(after[..., 1], before[..., 1])
    away, moved = before - before[..., 1:2], after - before[..., 1:2]
    factors = np.repeat([[[2.0, 1.0, 0.5]], [[3.0, 1.0, 4.0]]], 5, axis=0)
    np.testing.assert_allclose(moved, away * factors, atol=1e-4)
    model = zoo.pipeline(further).model
    np.testing.assert_allclose(model.uncalibrated(after), before, atol=1e-4)
    assert zoo.pipeline(plain).model.uncalibrated(before) is None
    for wrong in ([], [1.0, 1.0], [[1.0]], [[0.0, 1.0]], [[1e9, 1.0]], "far"):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"stretch": wrong, "quantiles": [0.5]}, TrainedForecasterSpec)
    with pytest.raises(msgspec.ValidationError, match="without quantiles"):
        msgspec.convert({"stretch": [[1.0, 2.0]]}, TrainedForecasterSpec)


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
    assert (checkpoint.read(path).head.factors(10)[..., 1] == 1.0).all()
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
    factors = model.spec.factors(10)
    assert (factors[..., [0, 2]] != 1).all() and (factors[..., 1] == 1).all()
    point = before[..., 1:2]
    np.testing.assert_allclose(after, point + (before - point) * factors, atol=1e-4)
    saved = zoo.pipeline(zoo.save(model, tmp_path / "mine"))
    np.testing.assert_allclose(saved(held, quantiles=LEVELS), after, atol=1e-4)
    weights = [(tmp_path / name / "model.safetensors").read_bytes() for name in ("tiny", "mine")]
    assert weights[0] == weights[1]
    with pytest.raises(zoo.InputError, match="trained to forecast quantiles"):
        zoo.load(make_segrnn(tmp_path / "point", ())).calibrate(held)
