"""The metrics and their intervals."""

from __future__ import annotations

import signal
import warnings

import numpy as np
import pytest
from sklearn import metrics as sk

import zoo
import zoo.evaluation
from zoo.classes.metrics import METRICS, classification_metrics
from zoo.evaluation import evaluate
from zoo.series.examples import SeriesDataset
from zoo.series.files import SeriesReading
from zoo.tasks.text_classification.scoring import read_labelled
from zoo.text.examples import TextDataset


def example(count, classes, seed=0):
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, count)
    logits = generator.normal(size=(count, classes)) + 1.5 * np.eye(classes)[labels]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return probabilities, labels


@pytest.mark.parametrize("classes", [2, 4])
def test_the_values_are_those_of_scikit_learn(classes):
    probabilities, labels = example(300, classes)
    received = {m.name: m for m in classification_metrics(probabilities, labels, "test")}
    predicted = probabilities.argmax(axis=1)
    average = "binary" if classes == 2 else "macro"
    auc = (
        sk.roc_auc_score(labels, probabilities[:, 1])
        if classes == 2
        else sk.roc_auc_score(labels, probabilities, multi_class="ovr")
    )
    expected = {
        "accuracy": sk.accuracy_score(labels, predicted),
        "precision": sk.precision_score(labels, predicted, average=average),
        "recall": sk.recall_score(labels, predicted, average=average),
        "f1": sk.f1_score(labels, predicted, average=average),
        "auc": auc,
    }
    assert list(received) == list(METRICS)
    for name, value in expected.items():
        metric = received[name]
        assert metric.value == pytest.approx(value, abs=1e-6)
        low, high = metric.confidence_interval
        assert low < metric.value < high and metric.num_examples == 300


def test_the_interval_is_reproducible_and_narrows_with_more_examples():
    few, many = (classification_metrics(*example(count, 2), "test")[0] for count in (100, 2500))
    assert classification_metrics(*example(100, 2), "test")[0] == few
    widths = [m.confidence_interval[1] - m.confidence_interval[0] for m in (few, many)]
    assert widths[0] / widths[1] == pytest.approx(5, rel=0.35)  # the square root of 25
    share = many.value
    normal = 2 * 1.96 * np.sqrt(share * (1 - share) / 2500)
    assert widths[1] == pytest.approx(normal, rel=0.15)


def test_one_class_alone_has_an_accuracy():
    probabilities, _ = example(40, 2)
    labels = np.ones(40, int)
    with pytest.warns(UserWarning, match="All 40 examples are of one class.*precision"):
        (metric,) = classification_metrics(probabilities, labels, "test")
    assert metric.name == "accuracy" and metric.num_examples == 40
    assert metric.value == (probabilities.argmax(axis=1) == 1).mean()
    low, high = metric.confidence_interval
    assert low < metric.value < high


@pytest.fixture
def few_resamples(monkeypatch):
    """The bootstrap takes seconds; these tests are about something else."""
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", 20)


def test_rare_classes_do_not_hang_the_bootstrap(few_resamples):
    """Sixteen classes of one example each: almost no resample holds all of them."""

    def expired(*_):
        raise TimeoutError("the bootstrap does not end")

    before = signal.signal(signal.SIGALRM, expired)
    signal.alarm(10)
    try:
        metrics = classification_metrics(example(16, 16)[0], np.arange(16), "test")
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert tuple(metric.name for metric in metrics) == METRICS
    assert all(metric.num_examples == 16 for metric in metrics)


def test_evaluating_does_not_depend_on_the_order(tiny, few_resamples):
    texts, labels = ["a film", "waste of time", "so so " * 9, "plot"] * 5, [0, 1, 2, 1] * 5
    forth = evaluate(tiny, TextDataset(texts, np.array(labels)))
    expected = (zoo.pipeline(tiny).predict_proba(texts).argmax(axis=1) == labels).mean()
    assert forth[0].value == pytest.approx(expected, abs=1e-6)
    back = evaluate(tiny, TextDataset(texts[::-1], np.array(labels[::-1])))
    assert [m.value for m in back] == pytest.approx([m.value for m in forth])


def test_few_examples_are_told(tiny):
    for count, told in ((4, True), (40, False)):
        data = TextDataset(["a film", "so so"] * (count // 2), np.array([0, 1] * (count // 2)))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            evaluate(tiny, data)
        assert any(f"{count} examples are too few" in str(one.message) for one in caught) is told


def test_the_warning_of_empty_texts_names_the_right_row(tiny, few_resamples):
    data = TextDataset(["a film", "waste", ""], np.array([0, 1, 2]))
    with pytest.warns(UserWarning, match="1 of 3 texts hold no word.*index 2"):
        evaluate(tiny, data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizon": 3}, "horizon with a model of the task time-series.* Received: tiny"),
        ({"plot": "a.png"}, "the task text-generation or text2text-.* or translation only"),
        ({"colour": 1}, "options out of .*label_column.*Received: 'colour'"),
        ({"reading": SeriesReading()}, "a Reading, such as .*Received: SeriesReading"),
    ],
)
def test_options_that_a_task_does_not_take_are_refused(tiny, tmp_path, options, message):
    with pytest.raises(zoo.InputError, match=message):
        evaluate(tiny, (["a film"], ["0"]), **options)


def test_examples_of_another_kind_are_refused(tiny):
    with pytest.raises(zoo.InputError, match=r"a TextDataset, to score a text classifier.*Series"):
        evaluate(tiny, SeriesDataset([np.zeros((3, 1))]))


NAMES = ["bad", "good"]


def table(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return read_labelled(path, "text", "label", NAMES)


@pytest.mark.parametrize(
    ("name", "content", "texts"),
    [
        ("a.csv", "text,label\na,bad\nb,good\n", ["a", "b"]),
        ("a.csv", "\ufefftext,label\r\na,0\r\nb,1\r\n", ["a", "b"]),
        ("a.csv", 'id,label,text\n1,0,"a, ""b""\nc"\n2, 1 ,d', ['a, "b"\nc', "d"]),
        ("a.TSV", "text\tlabel\na, b\tBAD\nc\tGood\n", ["a, b", "c"]),
        ("a.csv", "text,label\n" + "so " * 100_000 + ",0\nb,1\n", ["so " * 100_000, "b"]),
        ("a.csv", "text,label\n\na,0\n\nb,1\n\n", ["a", "b"]),
    ],
    ids=["names", "BOM and CRLF", "quotes", "tabs", "long field", "empty lines"],
)
def test_tables_are_read(tmp_path, name, content, texts):
    data = table(tmp_path / name, content)
    assert list(data.texts) == texts and data.labels.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("text,label\na,0\nb,neutral\n", "line 3.*bad, good.*neutral"),
        ("text,label\na,-1\n", "line 2"),
        ("text,label\na,\n", "line 2"),
        ("text,score\na,1\n", "'label'.*text, score"),
        ("text,label\na,0\nb,1\nc,good\n", "line 2.*bad, good.*'0'"),  # names and numbers
        # An unquoted comma: without the second half, the text would be scored as another one.
        ("label,text\n0,a film, moving\n", "line 2"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tmp_path, content, word):
    with pytest.raises(zoo.DataError, match=word):
        table(tmp_path / "a.csv", content)
