"""A user's rows made ready for fine-tuning: what is kept, what is left out, and how it is cut."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo.learning.pairs import prepare_pairs
from zoo.learning.rows import split_rows
from zoo.learning.settings import FineTuningSettings
from zoo.tasks.text_classification.data import prepare_labelled


def rows(count, classes=2, prefix="text"):
    return [f"{prefix} {index}" for index in range(count)], [
        f"class {index % classes}" for index in range(count)
    ]


def write(path, texts, labels):
    lines = [f'"{text}",{label}' for text, label in zip(texts, labels, strict=True)]
    path.write_text("\n".join(["text,label", *lines]) + "\n")
    return path


def test_the_parts_are_stratified_seeded_and_apart():
    texts = [f"text {index}" for index in range(500)]
    labels = ["rare"] * 10 + ["some"] * 90 + ["many"] * 400
    data = prepare_labelled((texts, labels), seed=1)
    assert data.labels == ("many", "rare", "some")
    assert not set(data.train[0]) & set(data.validation[0])
    assert sorted(data.train[0] + data.validation[0]) == sorted(texts)
    held = Counter(data.labels[number] for number in data.validation[1])
    assert held == {"rare": 2, "some": 18, "many": 80}
    assert prepare_labelled((texts, labels), seed=1).validation[0] == data.validation[0]
    assert prepare_labelled((texts, labels), seed=2).validation[0] != data.validation[0]
    few = prepare_labelled((texts, labels), seed=1, share=0.5)
    assert len(few.validation[0]) == 250
    (source,) = data.sources
    assert source.rows == 500 and source.used == {"train": 400, "validation": 100}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 3)), min_size=2, max_size=80),
    st.floats(0.01, 0.99),
    st.integers(0, 5),
)
def test_no_text_is_in_both_parts_and_every_class_is_trained(pairs, share, seed):
    keys, strata = [str(key) for key, _ in pairs], [str(stratum) for _, stratum in pairs]
    first, second = split_rows(keys, strata, share, seed)
    assert sorted(first + second) == list(range(len(pairs)))
    assert not {keys[row] for row in first} & {keys[row] for row in second}
    stratum_of = dict(zip(reversed(keys), reversed(strata), strict=True))  # of the first row
    members = Counter(stratum_of.values())
    for stratum, count in members.items():
        held = {keys[row] for row in second if stratum_of[keys[row]] == stratum}
        assert len(held) < count and (count == 1 or held)


def test_numbers_are_sorted_as_numbers_and_known_labels_keep_their_order():
    texts = [f"text {index}" for index in range(24)]
    assert prepare_labelled((texts, [10, 9, 2] * 8)).labels == ("2", "9", "10")
    assert prepare_labelled((texts, [True, False] * 12)).labels == ("false", "true")
    known = ("good", "bad")
    assert prepare_labelled((texts, ["bad", "good"] * 12), known=known).labels == known
    data = prepare_labelled((texts, ["bad", "good"] * 12), known=known)
    assert data.train[1][data.train[0].index("text 0")] == 1 or "text 0" in data.validation[0]
    assert prepare_labelled((texts, ["a", "good"] * 12), known=known).labels == ("a", "good")


def test_empty_texts_are_counted_and_left_out(tmp_path):
    texts, labels = rows(50)
    for index in range(0, 50, 10):
        texts[index] = " \t"
    with pytest.warns(UserWarning, match=r"5 of 50 rows of a\.csv are empty .*line 2\)"):
        data = prepare_labelled(write(tmp_path / "a.csv", texts, labels))
    assert len(data.train[0]) + len(data.validation[0]) == 45
    with pytest.raises(zoo.DataError, match="3 empty ones"):
        prepare_labelled((["", " ", "\n"], ["a", "b", "a"]))


def test_repeated_rows_are_counted_and_left_out():
    texts, labels = rows(20)
    with pytest.warns(UserWarning, match="2 of 22 rows .* repeat an earlier one"):
        data = prepare_labelled(([*texts, "TEXT  0", "text 1 "], [*labels, *labels[:2]]))
    assert len(data.train[0]) + len(data.validation[0]) == 20
    with pytest.warns(UserWarning, match="1 texts .* with different labels"):
        data = prepare_labelled(([*texts, "text 0"], [*labels, labels[1]]))
    assert len(data.train[0]) + len(data.validation[0]) == 21


def test_texts_of_the_validation_file_are_not_trained_on(tmp_path):
    train = write(tmp_path / "train.csv", *rows(20))
    texts, labels = rows(6, prefix="other")
    valid = write(tmp_path / "valid.csv", [*texts, "Text 3", "text 4"], [*labels, *labels[1:3]])
    with pytest.warns(UserWarning, match=r"2 of 20 texts of train\.csv are in valid\.csv too"):
        data = prepare_labelled(train, valid)
    assert len(data.train[0]) == 18 and len(data.validation[0]) == 8
    assert [source.used for source in data.sources] == [{"train": 18}, {"validation": 8}]
    with (
        pytest.warns(UserWarning, match="20 of 20 texts"),
        pytest.raises(zoo.DataError, match="every class"),
    ):
        prepare_labelled(train, write(tmp_path / "all.csv", *rows(20)))


def test_a_label_unseen_in_training_is_named_with_its_place(tmp_path):
    valid = write(tmp_path / "valid.csv", ["x", "y"], ["class 1", "class 7"])
    with pytest.raises(zoo.DataError, match=r"valid\.csv, line 3: .*class 0, class 1.*'class 7'"):
        prepare_labelled(rows(10), valid)
    with pytest.raises(zoo.DataError, match="two classes in the validation data"):
        prepare_labelled(rows(10), (["x", "y"], ["class 1", "class 1"]))


@pytest.mark.filterwarnings("ignore:Of one text alone")
@pytest.mark.parametrize(
    ("texts", "labels", "words"),
    [
        (["a", "b", "c"], [1, 1, 1], "at least two classes .*only '1'"),
        (["a", "b"], [0, 1], "two texts or more"),
        (*rows(40, classes=30), "30 different labels of 40 texts.*--label-column"),
        (["a", "b"], ["x", None], "index 1: expected a label"),
        (["a", "b"], [0.25, 0.5], "index 0: expected a class"),
        (["a", 3], [0, 1], "index 1: expected a text"),
        (["a"], [0, 1], "two lists of the same length"),
        ([], [], "not empty"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_refused(texts, labels, words):
    with pytest.raises(zoo.ZooError, match=words):
        prepare_labelled((texts, labels))


def test_a_class_of_one_text_is_trained_on_with_a_warning():
    texts, labels = rows(20)
    with pytest.warns(UserWarning, match="Of one text alone: 1 class, such as 'lonely'"):
        data = prepare_labelled(([*texts, "single"], [*labels, "lonely"]))
    assert "single" in data.train[0]


def test_pairs_are_cleaned_and_cut(tmp_path):
    sources, targets = [f"Satz {i}" for i in range(20)], [f"sentence {i}" for i in range(20)]
    pairs = ([*sources, "Satz 0", "Satz"], [*targets, "sentence 0", ""])
    with pytest.warns(UserWarning) as caught:
        data = prepare_pairs(pairs)
    messages = " ".join(str(warning.message) for warning in caught)
    assert "1 of 22 rows" in messages and "are empty" in messages and "repeat" in messages
    assert len(data.train[0]) == 16 and len(data.validation[1]) == 4
    assert dict(zip(*data.train, strict=True))[data.train[0][3]] == data.train[1][3]
    with pytest.raises(zoo.DataError, match="two different texts"):
        prepare_pairs((["Ja."], ["Yes."]))


def test_a_pair_that_is_in_both_parts_is_left_out_of_training_and_no_class_is_missed():
    train = (["Ja.", "Nein.", "Gut."], ["Yes.", "No.", "Good."])
    with pytest.warns(UserWarning, match="1 of 3 texts of"):
        data = prepare_pairs(train, (["JA."], ["Yes."]))
    assert data.train == (["Nein.", "Gut."], ["No.", "Good."])
    assert data.validation == (["JA."], ["Yes."])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strategy", "all"),
        ("epochs", 0),
        ("epochs", 1.5),
        ("batch_size", True),
        ("seed", -1),
        ("learning_rate", float("nan")),
        ("learning_rate", 0),
        ("average_decay", 1.0),
    ],
)
def test_settings_out_of_bounds_are_refused(name, value, tmp_path):
    with pytest.raises(zoo.InputError, match=f"Expected.*{name}"):
        zoo.finetune("lstm-imdb", rows(20), output=tmp_path / "out", **{name: value})
    with pytest.raises(zoo.InputError, match=r"Expected settings out of .*: 'surprise'"):
        zoo.finetune("lstm-imdb", rows(20), output=tmp_path / "out", surprise=value)
    assert not list(tmp_path.iterdir())


def test_open_settings_depend_on_the_amount_of_data():
    few, many = (FineTuningSettings().complete(count) for count in (80, 20_000))
    assert few.epochs > many.epochs and few.batch_size < many.batch_size
    assert FineTuningSettings(epochs=2, batch_size=3).complete(80).epochs == 2
    rates = [
        FineTuningSettings(strategy=name).complete(9).learning_rate for name in ("head", "full")
    ]
    assert rates[0] > rates[1]
