"""What holds for every bundled entry: it loads, answers, is documented, and is what it says."""

from __future__ import annotations

import json
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
from zoo.cards.card import render_card
from zoo.tasks.translation.scoring import TRANSLATION_METRICS

ROOT = Path(__file__).parent.parent
TEXTS = [
    "A moving, beautifully acted film.",
    "",
    "Two hours of my life that I will never get back.",
    "word " * 5000,
    "¡Una película maravillosa!",
]

CLASSIFIERS = zoo.list_models(task="text-classification")
TRANSLATORS = zoo.list_models(task="translation")
ENTRIES = [*CLASSIFIERS, *TRANSLATORS]  # those of series have a file of their own
SENTENCES = {
    "de": ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", "Ein Hund 🐕 und 日本語"],
    "en": ["A man is riding a bike.", "Two dogs play in the snow.", "A dog 🐕 and 日本語"],
}
# The ways to say the first one.
RIGHT = {
    "de": {"Ein Mann fährt Rad.", "Ein Mann fährt Fahrrad.", "Ein Mann fährt ein Fahrrad."},
    "en": {"A man is riding a bike."},
}

entries = pytest.mark.parametrize("name", ENTRIES)
classifiers = pytest.mark.parametrize("name", CLASSIFIERS)
translators = pytest.mark.parametrize("name", TRANSLATORS)


def languages(name):
    return zoo.info(name).dataset.name.split("/")[1].split("-")


def test_there_are_entries():
    assert "lstm-imdb" in ENTRIES


@classifiers
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


@classifiers
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


@translators
def test_a_translator_writes_what_its_pipeline_does(name):
    source, target = languages(name)
    translate, model = zoo.pipeline(name), zoo.load(name)
    sentences = [*SENTENCES[source], ""]
    expected = [answer["translation_text"] for answer in translate(sentences, num_beams=1)]
    assert model.generate(sentences)[:-1] == expected[:-1] and expected[-1] == ""
    assert expected[0] in RIGHT[target]
    given = [*SENTENCES[target], "x"]
    scores, _ = translate.score(sentences, given)
    np.testing.assert_allclose(model.score(sentences, given), scores, atol=1e-3)
    (alignment,) = translate.attention(sentences[:1])
    assert alignment.source[-1] == alignment.target[-1] == "(end)"
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)
    # Where it looks runs along the sentence, not at one place.
    assert len(set(alignment.weights.argmax(axis=1))) >= 4


@entries
def test_its_record_is_complete(name):
    info = checkpoint.read(registry.resolve(name)).info
    assert info.name == name and info.dataset and info.licenses and info.papers
    assert name in list_recipes()
    recipe = load_recipe(name)
    assert (ROOT / info.training.recipe).is_file()
    assert recipe.dataset == info.dataset.name
    first = info.metrics[0]
    assert first.split == "test" and first.num_examples == info.dataset.splits["test"]
    assert re.fullmatch(r"[0-9a-f]{40}", info.training.commit)
    if name in TRANSLATORS:
        assert [metric.name for metric in info.metrics] == list(TRANSLATION_METRICS)
        assert "case:mixed" in first.signature and info.labels == ()
        return
    assert recipe.labels == info.labels and first.name == "accuracy"
    assert len(first.seeds.values) >= 3
    assert first.seeds.values[str(info.training.seed)] == first.value


@entries
def test_its_card_is_what_its_record_renders(name):
    card = (ROOT / "hub_cards" / f"{name}.md").read_text(encoding="utf-8")
    assert card == render_card(name)
    assert "{{" not in card and "TODO" not in card


@pytest.fixture(scope="module")
def jax_predictions(tmp_path_factory):
    """What every classifier predicts on the jax backend, from one process: its start is slow."""
    folder = tmp_path_factory.mktemp("jax")
    code = (
        "import sys, numpy as np, keras, zoo\n"
        "assert keras.backend.backend() == 'jax'\n"
        "texts = np.load('texts.npy', allow_pickle=True)\n"
        "for name in sys.argv[1:]:\n"
        "    np.save(name, zoo.load(name).predict(texts, verbose=0))\n"
    )
    np.save(folder / "texts.npy", np.array(TEXTS, dtype=object))
    names = zoo.list_models(task="text-classification")
    subprocess.run(
        [sys.executable, "-c", code, *names],
        check=True,
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)},
        timeout=600,
    )
    return {name: np.load(folder / f"{name}.npy") for name in names}


@classifiers
@pytest.mark.slow
def test_jax_predicts_like_the_pipeline(name, jax_predictions):
    expected = zoo.pipeline(name).predict_proba(TEXTS)
    np.testing.assert_allclose(jax_predictions[name], expected, atol=1e-5)


@translators
@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_keras_writes_the_pipelines_greedy_translations_of_the_test_set(name, backend, tmp_path):
    sources = dataset_or_skip(zoo.info(name).dataset.name, "test").sources[::5]
    code = (
        "import json, sys, zoo\n"
        "sources = json.load(open(sys.argv[2]))\n"
        "json.dump(zoo.load(sys.argv[1]).generate(sources), open(sys.argv[3], 'w'))\n"
    )
    (tmp_path / "in.json").write_text(json.dumps(sources))
    subprocess.run(
        [sys.executable, "-c", code, name, tmp_path / "in.json", tmp_path / "out.json"],
        check=True,
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": str(ROOT)},
        timeout=600,
    )
    answers = zoo.pipeline(name)(sources, num_beams=1)
    expected = [answer["translation_text"] for answer in answers]
    assert json.loads((tmp_path / "out.json").read_text()) == expected
