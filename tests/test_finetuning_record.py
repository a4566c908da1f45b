"""What the record of a fine-tuned model cannot hold is refused before it is trained."""

from __future__ import annotations

import re

import pytest

import zoo
import zoo.tasks.text_classification.learning
from test_finetuning import reviews, write_csv
from zoo.finetuning.record import Work, check_record
from zoo.finetuning.run import plan
from zoo.schema import DataSource


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": "x" * 10_001}, "of at most 1,000 characters. Received: 10,001"),
        ({"label": "caf\udce9"}, "valid text"),
        ({"epochs": 10_001}, "at least 1 and at most 10,000"),
        ({"learning_rate": True}, "Received: True"),
    ],
)
def test_what_a_record_cannot_hold_is_refused_before_training(tiny, tmp_path, change, words):
    data, output, change = tmp_path / "reviews.csv", tmp_path / "mine", dict(change)
    texts, labels = reviews()
    if label := change.pop("label", None):
        given = texts, [label if name == "good" else name for name in labels]
    else:
        given = write_csv(data)
        change |= {"text_column": "review", "label_column": "stars"}
    with pytest.raises(zoo.ZooError, match=re.escape(words)):
        plan(tiny, given, output=output, **change)  # which does not train
    assert not output.exists()


def test_names_that_are_not_utf_8_lose_no_run(tiny, tmp_path, monkeypatch):
    """They are recorded as they can be written."""
    monkeypatch.setattr(
        zoo.tasks.text_classification.learning, "classifier_reports", lambda *_: None
    )
    data = write_csv(tmp_path / "caf\udce9.csv")
    columns = {"text_column": "review", "label_column": "stars", "linear_probe": False}
    output = tmp_path / "out\udce9"
    tuned = zoo.finetune(tiny, data, output=output, strategy="head", epochs=1, **columns)
    (source,) = zoo.info(tuned.path).sources
    assert source.name.startswith("caf") and source.name.endswith(".csv")
    # What could not be recorded in any way would be told first.
    with pytest.raises(zoo.InputError, match=r"can hold.*not valid UTF-8\. Rename it"):
        odd = DataSource(name="caf\udce9.csv", sha256="0" * 64, rows=1, used={})
        check_record(zoo.info(tiny), Work(output, False), sources=[odd], command="")


def test_labels_that_no_record_can_hold_are_refused_by_load(tiny):
    for label in ("x" * 10_001, 3, "caf\udce9"):
        with pytest.raises(zoo.InputError, match="labels that a checkpoint's record can hold"):
            zoo.load(tiny, labels=["bad", label])
