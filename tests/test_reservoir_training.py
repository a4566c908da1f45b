"""Training reservoirs by recipes, and the search for their hyperparameters."""

from __future__ import annotations

import dataclasses
import functools
import json

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from helpers import stand_in
from models import load_recipe
from training import search_reservoirs
from training.train import app as train_app
from training.train import learner_of, train_recipe
from zoo.datasets import SeriesDataset, dataset_named
from zoo.errors import InputError
from zoo.networks.echo_state.closed_form import Fit
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.scoring import score

DATA = ("mackey_glass", "lorenz", "japanese_vowels")
RECIPES = ("esn-mackey-glass", "esn-lorenz", "esn-japanese-vowels")


def small(name, **changes):
    recipe = load_recipe(name)
    units = 5 * recipe.backbone.get("reservoirs", 6)
    return dataclasses.replace(
        recipe, backbone={**recipe.backbone, "units": units, "density": 0.5}, **changes
    )


@pytest.fixture
def short_data(monkeypatch):
    """The first 3,000 steps of every stretch."""

    whole = {name: dataset_named(name).load for name in DATA}

    @functools.cache
    def load(name, split):
        try:
            data = whole[name](split, False)
        except zoo.DataError as error:
            pytest.skip(str(error))
        return SeriesDataset([series[:3_000] for series in data.series], data.labels)

    for name in DATA:
        stand_in(monkeypatch, name, functools.partial(load, name))
    return load


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_makes_a_checkpoint_that_its_seed_decides(name, short_data, tmp_path):
    recipe = small(name, ridges=(1e-6, 1e-3, 1e-1))
    info = train_recipe(recipe, tmp_path / "one", command="the command")
    assert info.training.command == "the command" and info.training.seed == recipe.seed
    assert info.dataset.name == recipe.dataset and info.training.validation
    with pytest.raises(InputError, match="does not exist yet"):
        train_recipe(recipe, tmp_path / "one")
    train_recipe(dataclasses.replace(recipe, seed=5), tmp_path / "other")
    train_recipe(recipe, tmp_path / "one", restart=True)
    again = train_recipe(recipe, tmp_path / "again")
    weights = "model.safetensors"
    assert again.files[weights] == zoo.info(tmp_path / "one").files[weights]
    assert again.files[weights] != zoo.info(tmp_path / "other").files[weights]
    zoo.pipeline(tmp_path / "one")


@pytest.mark.parametrize("name", ["esn-mackey-glass", "esn-lorenz"])
def test_the_ridge_is_chosen_by_running_freely_over_the_validation_stretch(name, short_data):
    recipe = small(name, ridges=(1e-12, 1e-6, 1e-1))
    learner = learner_of(recipe)
    fit = learner.solve(None)
    (held,) = short_data(recipe.dataset, "validation").series
    model = ReservoirForecaster(fit.tensors, learner.backbone, learner.head)
    assert fit.scores[fit.ridge] == min(fit.scores.values())
    measured = score(model, held, zoo.datasets.dataset_named(recipe.dataset).protocol)
    assert measured == pytest.approx(fit.scores[fit.ridge])


def test_ridges_that_all_fail_are_told(short_data):
    with pytest.raises(InputError, match="validation forecasts stay finite, such as"):
        search_reservoirs.fit(small("esn-mackey-glass", ridges=(1e-14, 1e-13)))


def test_passes_are_refused_for_a_closed_form(tmp_path):
    result = CliRunner().invoke(train_app, ["esn-lorenz", "--epochs", "3"])
    assert result.exit_code == 2 and "closed form" in result.stderr


def test_the_search_goes_on_where_its_log_ends(monkeypatch, tmp_path):
    fits = []

    def fit(recipe):
        fits.append(recipe)
        ridge = 1e-9
        value = float(recipe.backbone["leak_rate"] + recipe.seed)
        return Fit({}, ridge, {ridge: value}, {"figure": value})

    monkeypatch.setattr(search_reservoirs, "fit", fit)
    log = tmp_path / "logs" / "search.jsonl"
    arguments = ["esn-lorenz", "--seeds", "2", "--log", str(log)]
    assert CliRunner().invoke(search_reservoirs.app, [*arguments, "--trials", "3"]).exit_code == 0
    assert len(fits) == 6 and {recipe.seed for recipe in fits} == {1, 2}
    result = CliRunner().invoke(search_reservoirs.app, [*arguments, "--trials", "5"])
    assert result.exit_code == 0 and len(fits) == 10
    trials = [json.loads(line) for line in log.read_text().splitlines()]
    assert [trial["trial"] for trial in trials] == [0, 1, 2, 3, 4]
    best = json.loads(result.stdout.splitlines()[0])
    assert best["score"] == min(trial["score"] for trial in trials)
    assert best["score"] == pytest.approx(best["backbone"]["leak_rate"] + 1.5)
    drawn = [search_reservoirs.draw_trial(load_recipe("esn-lorenz"), n) for n in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2] and drawn[0]["units"] == 1_000
    assert np.isclose(trials[0]["backbone"]["leak_rate"], drawn[0]["leak_rate"])


def test_the_search_is_for_reservoirs():
    result = CliRunner().invoke(search_reservoirs.app, ["lstm-imdb"])
    assert result.exit_code == 2 and "recipe of a reservoir" in result.stderr
