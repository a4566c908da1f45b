"""`zoo.verify` and `zoo verify`: honest records agree, and every claim that is false does not."""

from __future__ import annotations

import dataclasses
import json
import re

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
import zoo.datasets
import zoo.evaluation
import zoo.tasks.translation.scoring
from helpers import edit_record, stand_in
from zoo import checkpoint
from zoo.classes.metrics import classification_metrics
from zoo.cli.main import app
from zoo.datasets import PairDataset, TextDataset
from zoo.errors import DataError
from zoo.evaluation import evaluate
from zoo.schema import DatasetInfo
from zoo.statistics import Bound, allowed_range
from zoo.task import task_named
from zoo.tasks.text_classification.testing import SENTENCES, make_checkpoint
from zoo.tasks.translation.testing import PAIRS, make_translator

NOISE = task_named("text-classification").noise


def finished(path, monkeypatch, data, resamples=50):
    """Put the figures of a data set into a checkpoint's record, as `training.evaluate` does."""
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", resamples)
    info = checkpoint.read(path).info
    stand_in(monkeypatch, info.name, lambda split: data)
    dataset = DatasetInfo(name=info.name, title="Mine", url="x", splits={"test": len(data)})
    metrics = evaluate(path, data)
    checkpoint.replace_info(path, msgspec.structs.replace(info, dataset=dataset, metrics=metrics))
    return path


@pytest.fixture
def classifier(tiny, monkeypatch):
    texts = [f"{text} {'so ' * (number % 7)}" for number in range(100) for text in SENTENCES]
    labels = np.random.default_rng(0).integers(0, 3, len(texts)).astype(np.int32)
    return finished(tiny, monkeypatch, TextDataset(texts, labels))


@pytest.fixture
def translator(tmp_path, monkeypatch):
    path = make_translator(tmp_path / "translator")
    return finished(path, monkeypatch, PairDataset(PAIRS[0] * 2, PAIRS[1] * 2))


def test_a_sample_of_an_honest_record_agrees(classifier):
    sampled = zoo.verify(classifier, limit=200)
    assert sampled.agrees and sampled.basis.startswith("a sample of 200 of 300 examples")
    assert all(item.measured.num_examples == 200 for item in sampled.comparisons)
    assert zoo.verify(classifier, limit=200) == sampled  # the same sample always
    assert zoo.verify(classifier, limit=300) == zoo.verify(classifier)


def shifted(metric, by):
    metric["value"] += by


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: shifted(m, 0.01), "the figure differs"),
        (lambda m: shifted(m, -0.01), "the figure differs"),
        (lambda m: m.update(num_examples=301), "of 301 examples, here 300"),
        (lambda m: m.update(signature="tok:none"), "another way"),
        (lambda m: m.update(confidence_interval=[m["value"]] * 2), "interval"),
        (lambda m: m.update(confidence_level=0.5), "interval"),
        (lambda m: m.update(name="mcc"), "not a figure that the zoo measures"),
        (
            lambda m: m.update(seeds={"values": {"1": m["value"], "2": 1.0}, "mean": 1, "std": 0}),
            "seeds",
        ),
    ],
)
def test_a_false_claim_does_not(classifier, change, reason):
    edit_record(classifier, lambda record: change(record["metrics"][0]))
    result = zoo.verify(classifier)
    assert not result.agrees
    assert [item.agrees for item in result.comparisons] == [False] + [True] * 4
    assert reason in result.comparisons[0].reason and reason in result.complaint


def test_a_sample_refutes_what_is_far_from_it(classifier):
    edit_record(classifier, lambda record: shifted(record["metrics"][0], 0.25))
    assert zoo.verify(classifier, limit=200).comparisons[0].reason == "the figure differs"


def test_another_version_of_the_scorer_is_no_lie(translator):
    def change(record):
        bleu = record["metrics"][0]
        bleu["signature"] = bleu["signature"].rpartition("|")[0] + "|version:2.4.0"

    edit_record(translator, change)
    assert zoo.verify(translator).agrees
    edit_record(translator, lambda r: r["metrics"][0].update(signature="case:lc|version:2.4.0"))
    assert "scored in another way" in zoo.verify(translator).complaint


def test_a_changed_file_is_refused_before_anything_is_measured(classifier):
    path = classifier / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    with pytest.raises(zoo.CheckpointError, match="changed or damaged"):
        zoo.verify(classifier, hashes_only=True)


def test_data_that_is_not_at_hand_is_told_and_not_fetched(classifier, monkeypatch):
    asked = []

    def absent(split, download):
        asked.append(download)
        raise DataError("no such place")

    known = zoo.datasets.KNOWN
    monkeypatch.setitem(known, "tiny", dataclasses.replace(known["tiny"], load=absent))
    with pytest.raises(DataError, match=r"files of tiny are as its record says.*not at hand"):
        zoo.verify(classifier)
    assert asked == [False]
    edit_record(classifier, lambda record: record["dataset"].update(name="other"))
    with pytest.raises(DataError, match="not at hand"):
        zoo.verify(classifier)
    edit_record(classifier, lambda record: record.update(dataset=None))
    with pytest.raises(DataError, match="names its data set"):
        zoo.verify(classifier)
    assert zoo.verify(classifier, hashes_only=True).agrees  # which needs no data


@pytest.mark.parametrize("limit", [99, 0, -1, True, 1.5])
def test_a_sample_too_small_is_refused(classifier, limit):
    with pytest.raises(zoo.InputError, match="at least 100"):
        zoo.verify(classifier, limit=limit)


def test_a_sample_without_one_of_the_classes_is_refused_and_a_limit_told_that_has_all(
    tiny, tmp_path, monkeypatch
):
    labels = np.array([0] * 148 + [1] * 149 + [2] * 3, np.int32)
    path = finished(tiny, monkeypatch, TextDataset(SENTENCES * 100, labels))
    with pytest.raises(zoo.InputError, match=r"all 3 classes.*Give a limit of ") as refused:
        zoo.verify(path, limit=100)
    (told,) = re.findall(r"limit of (\d+), or leave it out", str(refused.value))
    assert int(told) < 300 and zoo.verify(path, limit=int(told)).agrees

    few = TextDataset(SENTENCES * 40, np.array([0] * 59 + [2] + [1] * 60, np.int32))
    path = finished(make_checkpoint(tmp_path / "few"), monkeypatch, few)
    with pytest.raises(zoo.InputError, match="Leave the limit out"):
        zoo.verify(path, limit=100)


def test_a_split_that_lacks_a_class_is_measured_as_it_is(tiny, monkeypatch):
    """As of one person, who did not do all that the others did."""
    labels = np.arange(120, dtype=np.int32) % 2
    texts = [f"{SENTENCES[number % 3]} {'so ' * (number % 7)}" for number in range(120)]
    path = finished(tiny, monkeypatch, TextDataset(texts, labels))
    assert len(zoo.info(path).labels) == 3
    assert zoo.verify(path).agrees and zoo.verify(path, limit=100).agrees


def predictions(count, share, seed=0):
    """Scores of two classes of which `share` are right."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 2, count)
    chosen = np.where(generator.random(count) < share, labels, 1 - labels)
    sure = generator.uniform(0.5, 1, count)
    return np.where(np.eye(2)[chosen] > 0, sure[:, None], 1 - sure[:, None]), labels


@pytest.mark.parametrize(("share", "limit"), [(0.9, 1_000), (0.99, 100), (0.999, 400)])
def test_samples_of_an_honest_split_agree_and_those_of_another_do_not(monkeypatch, share, limit):
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", 100)
    scores, labels = predictions(10_000, share)
    truth = {m.name: m.value for m in classification_metrics(scores, labels, "test")}
    for seed in range(25):
        rows = np.random.default_rng(seed).choice(len(labels), limit, replace=False)
        counts = tuple(np.bincount(labels[rows]).tolist())
        bound = Bound(NOISE, limit, len(labels), counts)
        for measured in classification_metrics(scores[rows], labels[rows], "test"):
            low, high = allowed_range(measured, bound)
            assert low <= truth[measured.name] <= high
            assert low > truth[measured.name] - 0.6 and (limit < 1_000 or low > 0.7)


def test_on_the_same_examples_a_few_may_be_tipped_over_and_no_more():
    (accuracy, _, recall, _, auc) = classification_metrics(*predictions(25_000, 0.9), "test")
    bound = Bound(NOISE, 25_000, 25_000, (12_500, 12_500))
    for metric, most in ((accuracy, 3 / 25_000), (recall, 3 / 12_500), (auc, 2e-5)):
        low, high = allowed_range(metric, bound)
        assert high - metric.value == pytest.approx(most, rel=0.1)
        assert metric.value - low == pytest.approx(most, rel=0.1)
    # Series are computed in float64: nothing is tipped over.
    low, high = allowed_range(
        accuracy, dataclasses.replace(bound, noise=task_named("time-series-classification").noise)
    )
    assert high - low < 1e-5


def test_a_forecaster_on_another_trajectory_is_told(monkeypatch):
    from zoo.series.chaos import integrate_mackey_glass
    from zoo.series.examples import SeriesDataset

    other = SeriesDataset([integrate_mackey_glass(12_000, start=1.21)])
    result = zoo.verify("esn-mackey-glass", other)
    assert "another trajectory" in result.basis and result.agrees
    error = result.comparisons[0]
    assert error.allowed == pytest.approx((error.measured.value / 3, error.measured.value * 3))


def run(*arguments):
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


def test_the_command_exits_by_the_outcome(classifier, tmp_path, monkeypatch):
    code, stdout, stderr = run(classifier)
    assert (code, stderr) == (0, "")
    lines = stdout.splitlines()
    assert lines[:2] == ["tiny: 3 files are as the record says", "measured on the whole test split"]
    name, split, claimed, measured, difference, *_, verdict = lines[2].split("\t")
    assert (name, split, verdict) == ("accuracy", "test", "agrees")
    assert claimed == measured and float(difference) == 0 and len(lines) == 7
    report = json.loads(run(classifier, "--json", "--limit", 150)[1])
    assert report["agrees"] and report["basis"].startswith("a sample of 150 of 300")
    assert len(report["metrics"]) == 5

    edit_record(classifier, lambda record: shifted(record["metrics"][1], 0.2))
    code, stdout, stderr = run(classifier)
    assert code == 1 and "the figure differs" in stdout
    assert stderr.count("\n") == 1 and "1 of 5 that do not agree: test precision" in stderr
    code, stdout, _ = run(classifier, "--json")
    assert code == 1 and not json.loads(stdout)["agrees"]
    assert run(classifier, "--hashes-only")[:2] == (0, "tiny: 3 files are as the record says\n")

    monkeypatch.delitem(zoo.datasets.KNOWN, "tiny")
    code, stdout, stderr = run(classifier)
    assert code == 1 and "not at hand" in stderr and stderr.count("\n") == 1
    assert run(classifier, "--limit", 5)[0] == 2
    assert run(classifier, "--limit", 500, "--hashes-only")[0] == 2
    assert run("no-such-entry")[0] == 2
    bare = make_checkpoint(tmp_path / "bare")
    code, stdout, _ = run(bare)
    assert code == 0 and "claims no figures" in stdout
    (bare / "config.json").unlink()
    assert run(bare)[0] == 1
