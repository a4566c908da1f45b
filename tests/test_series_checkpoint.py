"""Checkpoints of numeric series: what is refused, and what fine-tuning leaves behind."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
import zoo.datasets
from helpers import edit_config, edit_record, edit_tensors
from zoo import checkpoint
from zoo.cli.main import app
from zoo.errors import CheckpointError, InputError
from zoo.networks.echo_state.spec import CELL
from zoo.tasks.time_series_classification.testing import examples, make_series_classifier
from zoo.tasks.time_series_forecasting.testing import fitted, make_forecaster, waves


@pytest.fixture
def forecaster(tmp_path):
    return make_forecaster(tmp_path / "forecaster")


@pytest.fixture
def classifier(tmp_path):
    return make_series_classifier(tmp_path / "classifier")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t[f"{CELL}/recurrent_columns"].__setitem__((0, -1), 40), "below 40"),
        (lambda t: t[f"{CELL}/recurrent_columns"].__setitem__((3, 0), -1), "from 0 and below"),
        (
            lambda t: t[f"{CELL}/recurrent_columns"].__setitem__(
                (2, 1), t[f"{CELL}/recurrent_columns"][2, 0]
            ),
            "ascending order",
        ),
        (
            lambda t: t.update(
                {f"{CELL}/recurrent_columns": t[f"{CELL}/recurrent_columns"].astype(np.int64)}
            ),
            "int64",
        ),
        (lambda t: t["readout/kernel"].__setitem__((0, 0), np.nan), "NaN"),
        (lambda t: t.pop("scaling/mean"), "lacks the tensor 'scaling/mean'"),
    ],
)
def test_wrong_tensors_are_refused(forecaster, change, words):
    edit_tensors(forecaster, change)
    with pytest.raises(CheckpointError, match=words):
        zoo.pipeline(forecaster)


@pytest.mark.parametrize(
    ("parts", "change", "words"),
    [
        ("backbone", lambda c: c["config"].update(units=10**9), "units"),
        ("backbone", lambda c: c["config"].update(density=2.0), "density"),
        ("backbone", lambda c: c["config"].update(feedback_size=3), "feedback_size"),
        ("backbone", lambda c: c.update(class_name="RecurrentBackbone"), "does not load"),
        ("", lambda c: c["config"].update(washout=-1), "washout"),
        ("", lambda c: c["config"].update(preprocessor=None), "preprocessor"),
        ("", lambda c: c.update(class_name="EchoStateSequenceClassifier"), "not load"),
    ],
)
def test_wrong_configurations_are_refused(forecaster, parts, change, words):
    edit_config(forecaster, change, *parts.split())
    with pytest.raises(CheckpointError, match=words):
        zoo.pipeline(forecaster)


def test_another_task_than_its_own_is_refused(forecaster, classifier):
    edit_record(forecaster, lambda record: record.update(task="text-classification"))
    with pytest.raises(CheckpointError):
        zoo.load(forecaster)
    edit_record(classifier, lambda record: record.update(labels=["a", "b"]))
    with pytest.raises(CheckpointError, match="3 different labels"):
        zoo.load(classifier)


def test_fitting_anew_and_saving(forecaster, tmp_path):
    model = zoo.load(forecaster)
    model.fit(waves(300, 50.0), ridge=1e-6)
    zoo.save(model, tmp_path / "mine")
    info = zoo.info(tmp_path / "mine")
    assert info.name == "mine" and info.base_model.name == "tiny"
    np.testing.assert_array_equal(
        zoo.pipeline(tmp_path / "mine")(waves(50), 9), model.forecast(waves(50), 9)
    )


def test_a_new_readout_over_the_same_reservoirs(classifier):
    model = zoo.load(classifier, labels=["even", "odd"])
    series, _ = examples(40)
    labels = np.arange(40) % 2
    model.fit(series, labels, ridge=1e-2)
    assert model.predict(series).shape == (40, 2) and model.info.labels == ("even", "odd")
    kept = checkpoint.read(classifier).tensors
    np.testing.assert_array_equal(
        model.tensors[f"{CELL}/input_kernel"], kept[f"{CELL}/input_kernel"]
    )
    assert zoo.pipeline(classifier)(series[0])[0]["label"] in ("slow", "middle", "fast")


def test_a_forecaster_takes_no_classes(forecaster):
    with pytest.raises(InputError, match="classifies only"):
        zoo.load(forecaster, num_classes=3)


def run(*arguments, text=None):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=text)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_forecasts_files_and_standard_input(forecaster, tmp_path):
    series = waves(50)
    lines = "a,b\n" + "\n".join(f"{a!r},{b!r}" for a, b in series.tolist())
    (tmp_path / "series.csv").write_text(lines)
    expected = zoo.pipeline(forecaster)(series, 4)
    code, output, _ = run("predict", forecaster, tmp_path / "series.csv", "--horizon", 4)
    rows = [line.split("\t") for line in output.splitlines()]
    assert code == 0 and [row[0] for row in rows] == ["1", "2", "3", "4"]
    np.testing.assert_allclose(np.array(rows, float)[:, 1:], expected, rtol=1e-8)
    code, output, _ = run("predict", forecaster, "--horizon", 4, "--json", text=lines)
    (answer,) = json.loads(output)
    np.testing.assert_allclose(answer["forecast"], expected)


def test_the_command_classifies_files(classifier, tmp_path):
    series, _ = examples(2)
    for index, item in enumerate(series):
        np.save(tmp_path / f"{index}.npy", item)
    files = [tmp_path / "0.npy", tmp_path / "1.npy"]
    code, output, _ = run("predict", classifier, *files)
    classify = zoo.pipeline(classifier)
    expected = classify(series)
    (best, _), (other, _) = classify(series, top_k=np.int64(2), batch_size=np.int64(1))
    assert [best["label"], other["label"]] == [answer["label"] for answer in expected]
    assert code == 0
    for line, file, answer in zip(output.splitlines(), files, expected, strict=True):
        assert line.split("\t") == [answer["label"], f"{answer['score']:.4f}", str(file)]
    code, output, _ = run("predict", classifier, *files, "--top-k", 3, "--json")
    assert [len(item["labels"]) for item in json.loads(output)] == [3, 3]


def test_a_forecaster_is_scored_on_files(forecaster, tmp_path):
    rows = [
        f"2020-01-{1 + k // 24:02} {k % 24:02}:00;x;{a};{b}"
        for k, (a, b) in enumerate(waves(300).tolist())
    ]
    text = "\n".join(["time;kind;a;b", *rows]).replace(".", ",")
    (tmp_path / "series.csv").write_text(text)
    code, output, error = run("evaluate", forecaster, "--data", tmp_path / "series.csv", "--json")
    assert code == 0 and "left out, for they hold no numbers: kind ('x')" in error
    first, second = json.loads(output)
    # A quarter of what follows the washout; a start at every hundredth of the points.
    assert (first["name"], second["name"]) == ("nrmse_67", "rmse_1")
    assert first["split"] == "series.csv" and first["num_examples"] == 102
    outputs, _ = fitted()[0].run(waves(300))
    last = 300 - 67
    errors = np.sqrt(np.mean((outputs[30:last] - waves(300)[31 : last + 1]) ** 2, axis=1))
    assert second["value"] == pytest.approx(np.sqrt(np.mean(errors**2)), rel=1e-4)
    for data in ([waves(300)], zoo.datasets.SeriesDataset([waves(300)]), waves(300)):
        again = zoo.evaluate(forecaster, data)
        assert again[1].value == pytest.approx(second["value"], rel=1e-5)
    (shorter, _) = zoo.evaluate(forecaster, waves(300), horizon=np.int64(5))
    assert shorter.name == "nrmse_5"
    with pytest.raises(InputError, match=r"at least 41 steps: 31 to read.* Received: 40"):
        zoo.evaluate(forecaster, waves(40), horizon=10)
    with pytest.warns(UserWarning, match="1 of 2 series are shorter than 41 steps"):
        zoo.evaluate(forecaster, [waves(200), waves(40)], horizon=10)


def test_a_classifier_of_series_is_scored_on_a_folder_a_class(classifier, tmp_path):
    series, labels = examples(30, seed=5)
    names = ("slow", "middle", "fast")
    for index, (item, label) in enumerate(zip(series, labels, strict=True)):
        (tmp_path / "data" / names[label]).mkdir(parents=True, exist_ok=True)
        np.save(tmp_path / "data" / names[label] / f"{index}.npy", item)
    code, output, _ = run("evaluate", classifier, "--data", tmp_path / "data", "--json")
    expected = np.mean(zoo.pipeline(classifier).predict_proba(series).argmax(axis=1) == labels)
    accuracy = json.loads(output)[0]
    assert code == 0 and accuracy["value"] == pytest.approx(expected, abs=1e-6)
    assert accuracy["num_examples"] == 30
    (tmp_path / "data" / "slow" / "README.txt").write_text("notes")
    with pytest.warns(UserWarning, match="Not read in .*: 1 file, such as 'README.txt'"):
        zoo.evaluate(classifier, tmp_path / "data")
    (tmp_path / "data" / "fast").rename(tmp_path / "data" / "quick")
    code, _, error = run("evaluate", classifier, "--data", tmp_path / "data")
    assert code == 1 and "Received: 'quick' in data" in error


def test_the_command_says_in_one_line_what_is_wrong(forecaster, classifier, tmp_path):
    for arguments, words in (
        (("predict", forecaster, tmp_path / "no.csv", "--horizon", 2), "no such file"),
        (("predict", forecaster, tmp_path / "no.csv"), "--horizon 84"),
        (
            ("predict", classifier, tmp_path / "no.csv", "--horizon", 2),
            "Expected --horizon with an entry",
        ),
        (("predict", forecaster, "--no-header"), "neither --header nor --no-header"),
        (("predict", "lstm-imdb", "a film", "--fill", "linear"), "--fill with a model of numeric"),
        (("evaluate", "lstm-imdb", "--horizon", 3), "--horizon with a model of numeric series"),
        (("evaluate", forecaster), "data of your own: a file of a series"),
        (("evaluate", forecaster, "--data", tmp_path / "no.csv"), "a CSV, TSV or NPY file"),
        (("evaluate", classifier, "--data", tmp_path), "a folder with a folder of CSV"),
    ):
        code, _, error = run(*arguments)
        assert code in (1, 2) and words in error and error.count("\n") == 1, arguments
