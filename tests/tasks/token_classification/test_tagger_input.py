"""What a tagger in Keras is given: raw texts and wrong tags are refused, nothing is answered."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.tasks.token_classification.testing import LABELS, make_tagger


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_tagger(tmp_path_factory.mktemp("input") / "tagger")


@pytest.fixture(scope="module")
def model(path):
    model = zoo.load(path)
    model.compile()
    return model


@pytest.mark.parametrize(
    "texts",
    [
        "Mary left",
        ["Mary left London"],
        ["Mary", "left\tLondon"],
        ("It rained.", "Mary left"),
        ["Mary left", ["x"]],
        np.array(["Mary left"]),
        np.array(["Mary left"], object),
    ],
)
def test_raw_texts_are_not_taken_for_words(model, texts):
    tags = ["B-PER O"] * len(texts)
    for ask in (
        model.predict,
        model.tag,
        lambda x: model.fit(x, tags, verbose=0),
        lambda x: model.evaluate(x, tags, verbose=0),
        lambda x: model.fit([[["x"]]], [[["O"]]], validation_data=(x, tags), verbose=0),
    ):
        with pytest.raises(
            zoo.InputError,
            match=r"lists of words, such as \[\[\['EU'.*Received: .*(Mary|rained|London)",
        ):
            ask(texts)
    if not isinstance(texts, np.ndarray):
        with pytest.raises(zoo.InputError, match=r"Call model\.tag_texts for raw texts"):
            model.tag(texts)


def test_raw_texts_are_not_scored_as_words(path):
    with pytest.raises(zoo.DataError, match=r"lists of words.*Received: the text 'Mary left'"):
        zoo.evaluate(path, (["Mary left"], ["B-PER O"]))


def test_words_are_still_a_sentence(model):
    for words in (["Mary", "left"], ["Mary"], ["1\u00a0000", " Mary"]):
        assert model.tag(words) == model.tag([[words]])
    # Whoever cuts words may leave a blank in one.
    assert len(model.tag([[["New York", "left"]]])[0][0]) == 2


def test_nothing_is_answered_by_nothing(path, model):
    pipeline = zoo.pipeline(path)
    count = 4 * len(LABELS) + 1
    for document in ([[]], [["Mary"], [], ["left"]], [[], []]):
        assert model.tag([document]) == [pipeline.tag(document, together=True)]
        (shares,) = model.predict([document])
        assert [one.shape for one in shares] == [(len(words), count) for words in document]
        assert all(one.dtype == np.float32 for one in shares)
    assert pipeline.tag([[]]) == [[]]
    assert model.tag([[]]) == model.predict([[]]) == [[]]
    # What says nothing between sentences changes nothing.
    assert model.tag([[["Mary"], [], ["left"]]])[0][::2] == model.tag([[["Mary"], ["left"]]])[0]
    for nothing in ([[[]]], [[]], []):
        with pytest.raises(zoo.InputError, match="Expected documents"):
            model.fit(nothing, [[["O"]]], verbose=0)


@pytest.mark.parametrize("tag", ["B-XYZ", "I-XYZ"])
def test_an_unknown_tag_is_shown_as_it_was_given(model, tag):
    for words, tags in ((["EU", "rejects"], [tag, "O"]), (["x", "EU", "y"], ["O", tag, "I-XYZ"])):
        with pytest.raises(zoo.InputError, match=rf"types, LOC, PER\. Received: '{tag}'"):
            model.fit([[words]], [[tags]], verbose=0)


@pytest.mark.parametrize(
    "labels", [["B-PER", "O"], ["O", "PER"], ["B-PER", "I-PER"], ["B-A", "I-A", "E-A", "S-A"]]
)
def test_tags_are_not_taken_for_types(path, labels):
    with pytest.raises(zoo.InputError, match=r"Expected types, such as PER, without B- or I-.*\['"):
        zoo.load(path, labels=labels)


def test_types_that_look_a_little_like_tags_are_types(path):
    for labels in (["E-mail", "S-Bahn"], ["B-cell", "T-cell"], ["PER"]):
        assert zoo.load(path, labels=labels).labels == tuple(labels)
    with pytest.raises(zoo.InputError, match="a letter at least"):
        zoo.load(path, labels=["", "PER"])
