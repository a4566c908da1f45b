"""What the record of a fine-tuned model cannot hold is refused before it is trained."""

from __future__ import annotations

import re

import pytest

import zoo
from test_finetuning import reviews, write_csv
from zoo.finetuning.run import plan


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"file": "caf\udce9.csv"}, "not valid UTF-8. Rename it"),
        ({"output": "caf\udce9"}, "not valid UTF-8. Rename it"),
        ({"label": "x" * 10_001}, "of 10,001 characters, where 10,000 is the most"),
        ({"label": "caf\udce9"}, "valid text"),
        ({"epochs": 10_001}, "at least 1 and at most 10,000"),
        ({"learning_rate": True}, "Received: True"),
    ],
)
def test_what_a_record_cannot_hold_is_refused_before_training(tiny, tmp_path, change, words):
    data = tmp_path / change.pop("file", "reviews.csv")
    output = tmp_path / change.pop("output", "mine")
    texts, labels = reviews()
    if label := change.pop("label", None):
        given = texts, [label if name == "good" else name for name in labels]
    else:
        given = write_csv(data)
        change |= {"text_column": "review", "label_column": "stars"}
    with pytest.raises(zoo.ZooError, match=re.escape(words)):
        plan(tiny, given, output=output, **change)  # which does not train
    assert not output.exists()


def test_labels_that_no_record_can_hold_are_refused_by_load(tiny):
    for label in ("x" * 10_001, 3, "caf\udce9"):
        with pytest.raises(zoo.InputError, match="labels that a checkpoint's record can hold"):
            zoo.load(tiny, labels=["bad", label])
