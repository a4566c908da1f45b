"""Figures of whole entities: as seqeval and conlleval count them, with intervals by document."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2

import zoo
from zoo.interfaces import Scoring
from zoo.tasks.token_classification.scoring import (
    draw_entity_scores,
    entity_metrics,
    entity_scores,
)
from zoo.tasks.token_classification.testing import DATA, make_tagger
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import repair

TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]


def random_documents(seed, count=30):
    """Return documents of tags that break no rule."""
    generator = np.random.default_rng(seed)
    return [
        [
            repair(
                [TAGS[tag] for tag in generator.choice(5, length, p=[0.4, 0.2, 0.15, 0.15, 0.1])]
            )[0]
            for length in generator.integers(1, 12, generator.integers(1, 5))
        ]
        for _ in range(count)
    ]


def mixed(documents, seed):
    """Return the same with some of the tags of other documents."""
    generator = np.random.default_rng(seed)
    return [
        [
            repair(
                [tag if generator.random() < 0.8 else TAGS[generator.integers(5)] for tag in tags]
            )[0]
            for tags in document
        ]
        for document in documents
    ]


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_seqeval_in_strict_iob2(seed):
    true = random_documents(seed)
    found = mixed(true, seed + 100)
    scores = entity_scores(true, found)
    flat = [list(itertools.chain(*side)) for side in (true, found)]
    expected = classification_report(*flat, mode="strict", scheme=IOB2, output_dict=True)
    names = ("precision", "recall", "f1-score")
    np.testing.assert_allclose(scores.figures(), [expected["micro avg"][name] for name in names])
    for at, label in enumerate(scores.labels):
        np.testing.assert_allclose(
            scores.by_type()[at], [expected[label][name] for name in names], err_msg=label
        )
        assert scores.true[:, at].sum() == expected[label]["support"]
    (f1, precision, recall) = entity_metrics(scores, "test")
    assert (f1.name, precision.name, recall.name) == ("f1", "precision", "recall")
    assert f1.num_examples == 30
    assert f1.confidence_interval[0] < f1.value < f1.confidence_interval[1]
    assert f1.value == pytest.approx(expected["micro avg"]["f1-score"], abs=1e-6)


def conlleval(true, found):
    """Count entities as the script of CoNLL-2000 does: with no set, chunk after chunk."""
    right = there = said = 0
    for ones, others in zip(itertools.chain(*true), itertools.chain(*found), strict=True):
        begun = None
        for one, other in zip([*ones, "O"], [*others, "O"], strict=True):
            ends = [not tag.startswith("I-") for tag in (one, other)]
            if begun is not None:
                if ends[0] and ends[1]:
                    right += 1
                    begun = None
                elif ends[0] != ends[1] or one[2:] != begun or other[2:] != begun:
                    begun = None
            there += one.startswith("B-")
            said += other.startswith("B-")
            if one.startswith("B-") and one == other:
                begun = one[2:]
    return right, there, said


@pytest.mark.parametrize("seed", range(5))
def test_counts_are_those_of_conlleval(seed):
    true = random_documents(seed)
    found = mixed(true, seed + 100)
    scores = entity_scores(true, found)
    assert conlleval(true, found) == (
        scores.right.sum(),
        scores.true.sum(),
        scores.found.sum(),
    )


def test_an_entity_is_right_as_a_whole_or_not_at_all():
    def figures(true, found):
        return entity_scores([[true.split()]], [[found.split()]]).figures().tolist()

    assert figures("B-PER I-PER O", "B-PER I-PER O") == [1, 1, 1]
    assert figures("B-PER I-PER O", "B-PER O O") == [0, 0, 0]
    assert figures("B-PER I-PER O", "B-LOC I-LOC O") == [0, 0, 0]
    assert figures("B-PER B-PER", "B-PER I-PER") == [0, 0, 0]
    assert figures("O O", "O O") == [0, 0, 0]
    assert figures("B-PER O", "B-PER B-LOC")[0] == 0.5
    assert entity_scores([], []).figures().tolist() == [0, 0, 0]


def test_a_tagger_is_scored_by_its_pipeline(tmp_path):
    pipe = zoo.pipeline(make_tagger(tmp_path / "tagger"))
    told, shown = [], {}
    how = Scoring(tell=told.append, show=shown.__setitem__)
    from zoo.tasks.token_classification.scoring import evaluate

    f1, precision, recall = evaluate(pipe, DATA, how)
    found = [[pipe.tag(words, together=True)][0] for words in DATA.words]
    expected = entity_scores(DATA.tags, found).figures()
    assert (precision.value, recall.value, f1.value) == pytest.approx(expected.tolist(), abs=1e-6)
    assert "precision  recall" in told[0] and "PER" in told[0] and "all" in told[0]
    assert set(shown) == {"entities"}


def test_types_that_the_model_does_not_know_are_told(tmp_path):
    pipe = zoo.pipeline(make_tagger(tmp_path / "tagger"))
    data = ([["Ann", "flew"], ["a", "Boeing"]], [["B-PER", "O"], ["O", "B-PLANE"]])
    with pytest.warns(UserWarning, match="1 entity is of types that tiny-tagger does not know"):
        (f1, *_) = zoo.evaluate(pipe, data)
    assert f1.value < 1
    with pytest.raises(zoo.InputError, match="1 sentence without any"):
        zoo.evaluate(pipe, ([["Ann"]], [["O"]]))
    with pytest.raises(zoo.DataError, match="break no rule"):
        zoo.evaluate(pipe, ([["Ann"]], [["I-PER"]]), strict_tags=True, tag_scheme="IOB2")


def test_the_picture_has_a_bar_a_type():
    tags = [[["B-PER", f"B-{'x' * 60}"]]] * 3
    figure = draw_entity_scores(entity_scores(tags, tags))
    (axes,) = figure.axes
    assert len(axes.patches) == 2
    with pytest.raises(zoo.DataError, match="none"):
        draw_entity_scores(entity_scores([[["O"]]], [[["O"]]]))


def test_data_is_a_data_set_of_documents():
    assert isinstance(DATA, TaggedDataset)
    assert len(DATA) == len(DATA.words) == len(DATA.tags)
