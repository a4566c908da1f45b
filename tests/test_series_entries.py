"""What holds for every bundled entry of numeric series."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo
from helpers import series_or_skip
from models import list_recipes, load_recipe
from zoo import checkpoint, registry
from zoo.cards.card import render_card
from zoo.networks.echo_state.reservoir import draw_reservoir
from zoo.networks.echo_state.spec import CELL

ROOT = Path(__file__).parent.parent
TASKS = ("time-series-forecasting", "time-series-classification")
ENTRIES = [name for task in TASKS for name in zoo.list_models(task=task)]
FORECASTERS = zoo.list_models(task=TASKS[0])
CLASSIFIERS = zoo.list_models(task=TASKS[1])

entries = pytest.mark.parametrize("name", ENTRIES)
forecasters = pytest.mark.parametrize("name", FORECASTERS)
classifiers = pytest.mark.parametrize("name", CLASSIFIERS)


def examples(name, count=5):
    """Series of 1 to 60 steps around the means that the entry was fitted to."""
    tensors = checkpoint.read(registry.resolve(name)).tensors
    generator = np.random.default_rng(0)
    mean, scale = tensors["scaling/mean"], tensors["scaling/scale"]
    return [
        mean + scale * np.cumsum(generator.normal(0, 0.1, (length, len(mean))), axis=0)
        for length in (1, 2, 17, 60, 33)[:count]
    ]


def test_there_are_entries():
    assert set(ENTRIES) >= {"esn-mackey-glass", "esn-lorenz", "esn-japanese-vowels"}


@entries
def test_it_loads_and_predicts_like_its_pipeline(name):
    model, pipeline, series = zoo.load(name), zoo.pipeline(name), examples(name)
    if name in CLASSIFIERS:
        received = model.predict(series, verbose=0)
        np.testing.assert_allclose(received, pipeline.predict_proba(series), atol=1e-5)
        return
    scale = model.tensors["scaling/scale"]
    for received, expected in zip(model.predict(series), pipeline.predict(series), strict=True):
        # Keras computes in float32; readouts that weigh small differences show it.
        np.testing.assert_allclose(received / scale, expected / scale, atol=2e-3)
    np.testing.assert_array_equal(model.forecast(series[3], 20), pipeline(series[3], horizon=20))


@entries
def test_it_round_trips_byte_for_byte(name, tmp_path):
    zoo.save(zoo.load(name), tmp_path / "copy")
    source = registry.resolve(name)
    for file in ("zoo.json", *zoo.info(name).files):
        assert (tmp_path / "copy" / file).read_bytes() == (source / file).read_bytes(), file


@entries
def test_its_reservoir_is_the_one_of_its_seed(name):
    loaded = checkpoint.read(registry.resolve(name))
    drawn = draw_reservoir(loaded.backbone, loaded.backbone.channels)
    for part, expected in drawn.items():
        np.testing.assert_array_equal(loaded.tensors[f"{CELL}/{part}"], expected)


@entries
def test_it_answers_without_keras(name):
    call = "(x, 3)" if name in FORECASTERS else "(x)"
    channels = checkpoint.read(registry.resolve(name)).backbone.channels
    code = (
        f"import sys, numpy as np, zoo\nx = np.ones((30, {channels}))\n"
        f"zoo.pipeline({name!r}){call}\n"
        "assert not {'keras', 'tensorflow', 'jax', 'torch', 'sklearn'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)


@forecasters
def test_it_forecasts_as_far_as_asked_and_streams(name):
    forecast = zoo.pipeline(name)
    series = examples(name)
    assert forecast(series[2], horizon=84).shape == (84, forecast.model.channels)
    several = forecast(series, horizon=3)
    assert [item.shape for item in several] == [(3, forecast.model.channels)] * 5
    session = forecast.session()
    received = np.concatenate([session.step(series[3][:25]), session.step(series[3][25:])])
    np.testing.assert_allclose(received, forecast.predict(series[3]), atol=1e-6)


@classifiers
def test_it_answers_in_the_form_of_a_hugging_face_pipeline(name):
    classify, series = zoo.pipeline(name), examples(name)
    labels = set(zoo.info(name).labels)
    (one,) = classify(series[2])
    assert set(one) == {"label", "score"} and one["label"] in labels
    assert [set(answer) for answer in classify(series)] == [{"label", "score"}] * 5
    for answers in classify(series, top_k=None):
        scores = [answer["score"] for answer in answers]
        assert {answer["label"] for answer in answers} == labels
        assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1)


@entries
def test_its_record_is_complete(name):
    info = checkpoint.read(registry.resolve(name)).info
    assert info.name == name and info.dataset and info.licenses and info.papers
    assert name in list_recipes()
    recipe = load_recipe(name)
    assert (ROOT / info.training.recipe).is_file()
    assert (getattr(recipe, "labels", ()), recipe.dataset) == (info.labels, info.dataset.name)
    main = info.metrics[0]
    assert main.split == "test" and len(main.seeds.values) >= 10
    assert main.seeds.values[str(info.training.seed)] == main.value
    assert re.fullmatch(r"[0-9a-f]{40}", info.training.commit)


FLOORS = {
    "esn-mackey-glass": {"nrmse_84": 10**-4.2, "rmse_1": 0.0015},
    "esn-lorenz": {"valid_time": -8.0},
    "esn-japanese-vowels": {"accuracy": -365 / 370},
}


@entries
def test_its_figures_are_not_below_its_floors(name):
    """That they are reproduced is for the tests of `zoo.verify`."""
    for metric, floor in FLOORS[name].items():
        sign = -1 if floor < 0 else 1
        assert sign * zoo.info(name).metric(metric).value <= floor


@entries
def test_its_card_is_what_its_record_renders(name):
    series_or_skip(zoo.info(name).dataset.name, "test")
    card = (ROOT / "hub_cards" / f"{name}.md").read_text(encoding="utf-8")
    assert card == render_card(name)
    assert "{{" not in card and "TODO" not in card
    for picture in re.findall(r"\]\(\.\./(docs/[^)]+)\)", card):
        assert (ROOT / picture).is_file()


@entries
@pytest.mark.slow
def test_jax_predicts_like_the_pipeline(name, tmp_path):
    series = examples(name)
    np.savez(tmp_path / "in.npz", *series)
    code = (
        "import sys, numpy as np, zoo\n"
        "series = list(np.load(sys.argv[2]).values())\n"
        "np.savez(sys.argv[3], *zoo.load(sys.argv[1]).predict(series))\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, name, tmp_path / "in.npz", tmp_path / "out.npz"],
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    pipeline = zoo.pipeline(name)
    scale = 1.0
    expected = pipeline.predict_proba(series) if name in CLASSIFIERS else pipeline.predict(series)
    if name in FORECASTERS:
        scale = checkpoint.read(registry.resolve(name)).tensors["scaling/scale"]
    for one, other in zip(np.load(tmp_path / "out.npz").values(), expected, strict=True):
        np.testing.assert_allclose(one / scale, other / scale, atol=2e-3)
