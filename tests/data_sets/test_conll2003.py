"""CoNLL-2003: as many documents, sentences, words and names as its shared task counts."""

from __future__ import annotations

from collections import Counter

import pytest

import zoo
from helpers import dataset_or_skip
from zoo.datasets import load_dataset
from zoo.text.tags import repair, spans

# Documents and sentences, words, and names by type; of Tjong Kim Sang & De Meulder 2003, tables 1
# and 2, which count the 946, 216 and 231 lines that begin documents as sentences.
COUNTED = {
    "train": (946, 14_987, 203_621, {"LOC": 7140, "MISC": 3438, "ORG": 6321, "PER": 6600}),
    "validation": (216, 3_466, 51_362, {"LOC": 1837, "MISC": 922, "ORG": 1341, "PER": 1842}),
    "test": (231, 3_684, 46_435, {"LOC": 1668, "MISC": 702, "ORG": 1661, "PER": 1617}),
}


@pytest.mark.parametrize("split", COUNTED)
def test_it_holds_what_the_shared_task_counts(split):
    data = dataset_or_skip("conll2003", split)
    documents, sentences, words, names = COUNTED[split]
    assert len(data) == documents
    assert len(data.sentences) + documents == sentences
    assert sum(map(len, data.sentences)) == words
    assert Counter(kind for tags in data.sentence_tags for kind, _, _ in spans(tags)) == names
    assert all(repair(tags) == (tags, 0) for tags in data.sentence_tags)


def test_names_that_touch_stay_apart():
    """The files are in IOB1, where only such names begin with B-."""
    tags = dataset_or_skip("conll2003", "validation").sentence_tags
    ends = [(stop, kind) for one in tags for kind, _, stop in spans(one)]
    touching = sum(
        (first, kind) in {(stop, other) for other, _, stop in spans(one)}
        for one in tags
        for kind, first, _ in spans(one)
    )
    assert touching >= 4
    assert len(ends) == 5942


def test_other_splits_are_refused():
    with pytest.raises(zoo.InputError, match=r"'train', 'validation' or 'test'\. Received: 'dev'"):
        load_dataset("conll2003", "dev")
