"""What holds for every bundled entry: it loads, answers, is documented, and is what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo
from helpers import dataset_or_skip
from models import list_recipes, load_recipe
from zoo import checkpoint, registry
from zoo.card import render_card

ROOT = Path(__file__).parent.parent
ENTRIES = zoo.list_models(task="text-classification")
TEXTS = [
    "A moving, beautifully acted film.",
    "",
    "Two hours of my life that I will never get back.",
    "word " * 5000,
    "¡Una película maravillosa!",
]

entries = pytest.mark.parametrize("name", ENTRIES)


def test_there_are_entries():
    assert "lstm-imdb" in ENTRIES


@entries
def test_it_loads_and_predicts_like_its_pipeline(name):
    model = zoo.load(name)
    received = model.predict(TEXTS, verbose=0)
    expected = zoo.pipeline(name).predict_proba(TEXTS)
    np.testing.assert_allclose(received, expected, atol=1e-5)


@entries
def test_it_round_trips_byte_for_byte(name, tmp_path):
    zoo.save(zoo.load(name), tmp_path / "copy")
    source = registry.resolve(name)
    for file in ("zoo.json", *zoo.info(name).files):
        assert (tmp_path / "copy" / file).read_bytes() == (source / file).read_bytes(), file


@entries
def test_it_answers_in_the_form_of_a_hugging_face_pipeline(name):
    classify = zoo.pipeline(name)
    labels = set(zoo.info(name).labels)
    (one,) = classify("A moving film.")
    assert set(one) == {"label", "score"} and one["label"] in labels
    every = classify(["A moving film.", "A dull one."], top_k=None)
    assert [{answer["label"] for answer in answers} for answers in every] == [labels, labels]
    for answers in every:
        scores = [answer["score"] for answer in answers]
        assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1, abs=1e-5)


@entries
def test_its_record_is_complete(name):
    info = checkpoint.read(registry.resolve(name)).info
    assert info.name == name and info.dataset and info.licenses and info.papers
    assert name in list_recipes()
    recipe = load_recipe(name)
    assert (ROOT / info.training.recipe).is_file()
    assert (recipe.labels, recipe.dataset) == (info.labels, info.dataset.name)
    accuracy = info.metric("accuracy")
    assert accuracy.split == "test" and accuracy.num_examples == info.dataset.splits["test"]
    assert len(accuracy.seeds.values) >= 3
    assert accuracy.seeds.values[str(info.training.seed)] == accuracy.value
    assert re.fullmatch(r"[0-9a-f]{40}", info.training.commit)


@entries
def test_its_card_is_what_its_record_renders(name):
    card = (ROOT / "hub_cards" / f"{name}.md").read_text(encoding="utf-8")
    assert card == render_card(name)
    assert "{{" not in card and "TODO" not in card


@entries
@pytest.mark.slow
def test_its_accuracy_is_reproduced_on_test_reviews(name):
    info = zoo.info(name)
    data = dataset_or_skip(info.dataset.name, "test")
    chosen = np.random.default_rng(0).choice(len(data), 2000, replace=False)
    labels = zoo.pipeline(name).predict_proba([data.texts[i] for i in chosen]).argmax(axis=1)
    measured = float(np.mean(labels == data.labels[chosen]))
    claimed = info.metric("accuracy").value
    # Four standard errors of a sample of 2,000.
    assert abs(measured - claimed) < 4 * np.sqrt(claimed * (1 - claimed) / 2000)


@entries
@pytest.mark.slow
def test_jax_predicts_like_the_pipeline(name, tmp_path):
    code = (
        "import sys, numpy as np, zoo\n"
        "texts = np.load(sys.argv[2], allow_pickle=True)\n"
        "np.save(sys.argv[3], zoo.load(sys.argv[1]).predict(texts, verbose=0))\n"
    )
    np.save(tmp_path / "texts.npy", np.array(TEXTS, dtype=object))
    subprocess.run(
        [sys.executable, "-c", code, name, tmp_path / "texts.npy", tmp_path / "out.npy"],
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        timeout=300,
    )
    expected = zoo.pipeline(name).predict_proba(TEXTS)
    np.testing.assert_allclose(np.load(tmp_path / "out.npy"), expected, atol=1e-5)
