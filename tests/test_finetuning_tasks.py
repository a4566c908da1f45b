"""Fine-tuning of what is no text classifier: translators, forecasters, classifiers of series."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from event_files import histograms, hparams, pictures, scalars
from zoo import checkpoint
from zoo.cards.card import render_card
from zoo.cards.check import check_card
from zoo.hub.staging import check_figures
from zoo.tasks.time_series_forecasting import scoring
from zoo.tasks.time_series_forecasting.testing import make_forecaster, waves
from zoo.tasks.translation.testing import PAIRS, make_translator


def publishable(tuned):
    """Check what `zoo push` would check before anything goes up."""
    check_figures(tuned.info)
    check_card(render_card(tuned.path, "user/mine"), tuned.info)
    assert checkpoint.read(tuned.path).info == tuned.info


def test_a_translator_is_tuned_as_a_whole(tmp_path):
    base = make_translator(tmp_path / "base")
    with pytest.raises(zoo.InputError, match=r"strategy full.*'head'"):
        zoo.finetune(base, PAIRS, output=tmp_path / "other", strategy="head")


def wave(count, speed=0.2):
    return np.sin(speed * np.arange(count)) * 3 + 10


@pytest.mark.pictures(small=True)
def test_a_forecaster_is_fitted_to_a_series(tmp_path, monkeypatch):
    np.savetxt(tmp_path / "wave.csv", wave(1500), header="value", comments="")
    scored, usual = [], scoring.roll_out

    def roll_out(model, series, *how):
        scored.append(len(series))
        return usual(model, series, *how)

    monkeypatch.setattr(scoring, "roll_out", roll_out)
    tuned = zoo.finetune("esn-mackey-glass", tmp_path / "wave.csv", output=tmp_path / "mine")
    assert len(scored) == 1  # of the one series that was held back
    error = tuned.info.metric("rmse_1")
    assert error.value < 0.01 and error.split == "validation"
    # What is recorded of the last fifth is what its evaluation measures.
    held = wave(1500)[1200 - checkpoint.read(tuned.path).head.washout - 1 :]
    measured = zoo.evaluate(tuned.path, [held])
    assert [(m.name, m.value, m.num_examples) for m in measured] == [
        (m.name, m.value, m.num_examples) for m in tuned.info.metrics
    ]
    validation = tuned.info.training.validation  # of the same steps
    assert validation == {"rmse_1": pytest.approx(tuned.info.metric("rmse_1").value, rel=1e-4)}
    assert tuned.info.base_model.name == "esn-mackey-glass"
    assert tuned.info.dataset is None and tuned.info.training.data[0].name == "wave.csv"
    assert tuned.info.training.settings["ridge"] > 0
    forecast = zoo.pipeline(tuned.path)(wave(1500), horizon=20)
    np.testing.assert_allclose(forecast[:, 0], wave(1520)[1500:], atol=0.1)
    assert "a forecast of no change" in tuned.report
    publishable(tuned)
    # What TensorBoard shows of it.
    run = tmp_path / "mine.run" / "tensorboard"
    assert set(pictures(run, "ridge")) == set(pictures(run, "forecast")) == {1}
    assert scalars(run, "best/rmse_1")[1] == pytest.approx(error.value, rel=1e-5)
    values = hparams(run)["session_start_info"][0].session_start_info.hparams
    assert values["ridge"].number_value == tuned.info.training.settings["ridge"]
    assert values["units"].number_value > 0
    bins = histograms(run, "weights/readout/kernel")[1]
    assert bins[:, 2].sum() == checkpoint.read(tuned.path).tensors["readout/kernel"].size
    small = make_forecaster(tmp_path / "small")  # of fewer units, which are sooner fitted
    other = zoo.finetune(small, [waves(900)], valid=[waves(700, 5.0)], output=tmp_path / "other")
    assert [source.used for source in other.info.training.data] == [
        {"train": 1},
        {"validation": 1},
    ]
    assert other.info.metric("rmse_1").num_examples < 700
    with pytest.raises(zoo.InputError, match=r"settings out of seed .*closed form.*'epochs'"):
        zoo.finetune("esn-mackey-glass", [wave(900)], output=tmp_path / "x", epochs=3)
    with pytest.raises(zoo.InputError, match="3 channels"):
        zoo.finetune("esn-lorenz", [wave(900)], output=tmp_path / "x")
    with pytest.raises(zoo.DataError, match="a folder of them"):
        zoo.finetune("esn-mackey-glass", tmp_path / "nowhere", output=tmp_path / "x")
    assert not (tmp_path / "x").exists() and not (tmp_path / "x.run").exists()


def utterances(count, classes, seed):
    """Series of twelve channels whose frequency tells their class."""
    draw = np.random.default_rng(seed)
    labels = [f"kind {index % classes}" for index in range(count)]
    steps = np.arange(20)[:, None] + draw.uniform(0, 6, (count, 1, 12))
    speeds = np.array([0.1 + 0.3 * (index % classes) for index in range(count)])
    return list(np.sin(steps * speeds[:, None, None])), labels


def test_a_classifier_of_series_is_fitted_to_a_folder_a_class(tmp_path):
    series, labels = utterances(60, 3, 0)
    for index, (item, label) in enumerate(zip(series, labels, strict=True)):
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{index}.npy", item)
    tuned = zoo.finetune("esn-japanese-vowels", tmp_path / "data", output=tmp_path / "mine")
    assert tuned.info.labels == ("kind 0", "kind 1", "kind 2")
    assert tuned.info.metric("accuracy").value > 0.9
    assert tuned.info.training.data[0].used == {"train": 48, "validation": 12}
    assert "confusion matrix" in tuned.report and tuned.picture.exists()
    fresh, truth = utterances(30, 3, 1)
    answers = zoo.pipeline(tuned.path)(fresh)
    right = [answer["label"] == label for answer, label in zip(answers, truth, strict=True)]
    assert np.mean(right) > 0.9
    publishable(tuned)
    with pytest.raises(zoo.DataError, match="'kind 3'"):
        zoo.finetune(
            "esn-japanese-vowels",
            (series, labels),
            valid=utterances(40, 4, 2),
            output=tmp_path / "x",
        )
    with pytest.raises(zoo.DataError, match="at least two classes"):
        zoo.finetune("esn-japanese-vowels", (series, ["a"] * 60), output=tmp_path / "x")
