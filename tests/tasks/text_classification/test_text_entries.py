"""What is peculiar to the bundled entries that read texts."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from helpers import at_once, dataset_or_skip
from zoo.tasks.translation.scoring import TRANSLATION_METRICS

CLASSIFIERS = zoo.list_models(task="text-classification")
TRANSLATORS = zoo.list_models(task="translation")
SENTENCES = {
    "de": ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", "Ein Hund 🐕 und 日本語"],
    "en": ["A man is riding a bike.", "Two dogs play in the snow.", "A dog 🐕 and 日本語"],
}
# The ways to say the first one.
RIGHT = {
    "de": {"Ein Mann fährt Rad.", "Ein Mann fährt Fahrrad.", "Ein Mann fährt ein Fahrrad."},
    "en": {"A man is riding a bike."},
}

classifiers = pytest.mark.parametrize("name", CLASSIFIERS)
translators = pytest.mark.parametrize("name", TRANSLATORS)


def languages(name):
    return zoo.info(name).dataset.name.split("/")[1].split("-")


@classifiers
def test_it_answers_in_the_form_of_a_hugging_face_pipeline(name):
    classify = zoo.pipeline(name)
    labels = set(zoo.info(name).labels)
    assert zoo.info(name).metrics[0].name == "accuracy"
    (one,) = classify("A moving film.")
    assert set(one) == {"label", "score"} and one["label"] in labels
    every = classify(["A moving film.", "A dull one."], top_k=None)
    assert [{answer["label"] for answer in answers} for answers in every] == [labels, labels]
    for answers in every:
        scores = [answer["score"] for answer in answers]
        assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1, abs=1e-5)


@translators
@pytest.mark.slow
def test_a_translator_writes_what_its_pipeline_does(name):
    """On tensorflow; `tests/suite/test_jax.py` asks one entry on jax."""
    source, target = languages(name)
    info = zoo.info(name)
    assert [metric.name for metric in info.metrics] == list(TRANSLATION_METRICS)
    assert "case:mixed" in info.metrics[0].signature and info.labels == ()
    translate, model = zoo.pipeline(name), zoo.load(name)
    sentences = [*SENTENCES[source], ""]
    expected = [answer["translation_text"] for answer in translate(sentences, num_beams=1)]
    assert model.generate(sentences)[:-1] == expected[:-1] and expected[-1] == ""
    assert expected[0] in RIGHT[target]
    given = [*SENTENCES[target], "x"]
    scores, _ = translate.score(sentences, given)
    with at_once():
        np.testing.assert_allclose(model.score(sentences, given), scores, atol=1e-3)
    (alignment,) = translate.attention(sentences[:1])
    assert alignment.source[-1] == alignment.target[-1] == "(end)"
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-5)
    # Where it looks runs along the sentence, not at one place.
    assert len(set(alignment.weights.argmax(axis=1))) >= 4

    sources = dataset_or_skip(info.dataset.name, "test").sources[::5]
    expected = [answer["translation_text"] for answer in translate(sources, num_beams=1)]
    assert model.generate(sources) == expected
