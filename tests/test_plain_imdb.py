"""The plain networks of `docs/imdb.md`: what their recipe is, and what the page says of them."""

from __future__ import annotations

import argparse
import dataclasses

import numpy as np
import pytest

import zoo
from benchmarks import plain_imdb
from benchmarks.plain_imdb import NETWORKS, collect, mean_gates, plain_recipe, read_results
from benchmarks.plain_page import TITLES, draw_plain_gradients, plain_table
from models import list_recipes, load_recipe
from models.common.imdb import KERAS_FORGET_BIAS
from zoo import registry
from zoo.fitting.building import build_task
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.tasks.text_classification.specs import TextClassifierSpec

ROOT = registry.BUNDLED.parent.parent
PAGE = (ROOT / "docs" / "imdb.md").read_text("utf-8")
RECIPES = {name: load_recipe(name) for name in list_recipes()}
TAUGHT = [name for name, r in RECIPES.items() if getattr(r, "teacher", None) is not None]
SHUT = [
    name
    for name, recipe in RECIPES.items()
    if isinstance(recipe, TextClassificationRecipe) and recipe.forget_bias != KERAS_FORGET_BIAS
]


def test_the_plain_networks_share_one_recipe_of_labels_and_the_starts_of_keras():
    own = {"name", "architecture", "description", "method", "kind", "backbone", "forget_bias"}
    shared = []
    for network in NETWORKS:
        recipe = plain_recipe(network, 7)
        assert recipe.teacher is None and recipe.word_vectors is None and recipe.seed == 7
        assert recipe.kernel_start is None and recipe.recurrent_start is None
        assert recipe.embedding_start == "uniform"
        assert recipe.forget_bias == (-2.0 if network == "lstm-forget-2" else KERAS_FORGET_BIAS)
        fields = {f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)}
        shared.append({name: value for name, value in fields.items() if name not in own})
        assert "taught" not in recipe.description
    assert all(fields == shared[0] for fields in shared)
    assert list(TITLES) == list(NETWORKS)
    lstm, shut = plain_recipe("lstm", 1), plain_recipe("lstm-forget-2", 1)
    assert (lstm.kind, lstm.backbone) == (shut.kind, shut.backbone)


@pytest.mark.parametrize("bias", [-2.0, 1.0])
def test_mean_gates_are_those_of_the_layers(bias):
    spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
    head = TextClassifierSpec(num_classes=2, pooling=("mean",))
    model = build_task("text-classification", spec, head)
    for variable in model.backbone.trainable_variables:
        variable.assign(np.zeros(variable.shape))
    (cell,) = (v for v in model.backbone.trainable_variables if v.path.endswith("cell/bias"))
    cell.assign(np.repeat([0.0, bias, 0.0, 0.0], 3))
    found = mean_gates(model, [np.array([2, 3, 4]), np.array([2])])
    assert found == {"recurrent_0": pytest.approx(1 / (1 + np.exp(-bias)), rel=1e-2)}


def test_a_run_that_was_stopped_goes_on(tmp_path, monkeypatch):
    measured = []

    def measure(recipe, output):
        measured.append((recipe.architecture, recipe.seed, output.name))
        if len(measured) == 2:
            raise KeyboardInterrupt
        return {"accuracy": 0.5 + recipe.seed / 100, "parameters": 10}

    monkeypatch.setattr(plain_imdb, "measure", measure)
    arguments = argparse.Namespace(networks=["cnn", "gru"], seeds=[1, 2], runs=tmp_path)
    arguments.output = tmp_path
    with pytest.raises(KeyboardInterrupt):
        collect(arguments)
    results = collect(arguments)
    assert measured == [
        ("cnn", 1, "cnn-seed-1"),
        ("gru", 1, "gru-seed-1"),
        ("gru", 1, "gru-seed-1"),
        ("cnn", 2, "cnn-seed-2"),
        ("gru", 2, "gru-seed-2"),
    ]
    assert read_results(tmp_path / "plain-imdb.json") == results
    table = plain_table(results)
    assert "| CNN | 51.50% ± 0.71% | 2 | 10 |" in table and "LSTM" not in table


def test_the_page_holds_what_was_measured():
    results = read_results(ROOT / "docs" / "plain-imdb.json")
    assert plain_table(results) in PAGE
    assert len(draw_plain_gradients(results).axes) == 2


@pytest.mark.parametrize("name", TAUGHT)
def test_who_taught_an_entry_stands_on_its_card_before_all_else(name):
    card = (ROOT / "hub_cards" / f"{name}.md").read_text("utf-8")
    first = card[: card.index("## Use")]
    assert "taught" in first
    if RECIPES[name].dataset == "imdb_reviews":
        for teacher in ("linear classifier of n-grams", *RECIPES[name].teacher.committee):
            assert teacher in first, teacher
        assert "None of them is a plain network" in PAGE


@pytest.mark.parametrize("name", SHUT)
def test_a_forget_bias_of_its_own_stands_on_the_card_in_the_record_and_on_the_page(name):
    bias = f"{RECIPES[name].forget_bias:g}"
    card = (ROOT / "hub_cards" / f"{name}.md").read_text("utf-8")
    assert f"bias {bias}" in card[: card.index("## Use")]
    method = zoo.info(name).training.method
    assert f"forget gates start at {bias}, where Keras starts them at 1" in method
    assert method in card
    (line,) = {  # it is said twice
        line
        for line in PAGE.splitlines()
        if f"with a bias of {bias} instead of 1" in line and line.startswith("- The forget gates")
    }
    assert f"`{name}`" in line


def test_there_are_entries_to_tell_of():
    assert {"lstm-imdb", "gru-imdb"} <= set(TAUGHT) and "lstm-imdb" in SHUT
