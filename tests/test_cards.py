"""Cards and the figures on them: what is refused before anybody sees it."""

from __future__ import annotations

import shutil

import huggingface_hub
import msgspec
import pytest
from typer.testing import CliRunner

import zoo
from helpers import edit_record
from zoo import registry
from zoo.cards.card import render_card
from zoo.cards.check import check_card, validate_on_hub
from zoo.cards.derived import bibtex
from zoo.cli.main import app
from zoo.datasets import KNOWN, DataSet
from zoo.hub.staging import check_figures
from zoo.schema import DatasetInfo, Paper
from zoo.task import task_of

CARDS = registry.BUNDLED.parent.parent / "hub_cards"


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


METRIC = {
    "name": "accuracy",
    "split": "test",
    "value": 0.9,
    "confidence_interval": [0.8, 0.95],
    "confidence_level": 0.95,
    "num_examples": 100,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.update(metrics=[]), "no metrics"),
        (lambda r: r.update(training=None), "no training"),
        (lambda r: r.update(metrics=[METRIC], training=None, dataset=None), "no training and no"),
        (lambda r: r["metrics"][0].update(value=0.99), "its interval"),
        (lambda r: r["metrics"][0].update(num_examples=0), "examples"),
        (lambda r: r["metrics"][0]["seeds"].update(mean=0.5), "mean over the seeds"),
        (lambda r: r["metrics"][0]["seeds"].update(values={}), "value of every seed"),
        (lambda r: r["metrics"][0]["seeds"]["values"].update({"8": 1e308}), "value of every seed"),
        (lambda r: r["training"].update(seed=1), "value of seed 1"),
        (lambda r: r["files"]["model.safetensors"].update(sha256="0" * 64), "not measured on its"),
    ],
)
def test_figures_that_do_not_stand_are_refused(change, words):
    record = msgspec.to_builtins(registry.info("lstm-imdb"))
    check_figures(msgspec.convert(record, zoo.ModelInfo))
    change(record)
    with pytest.raises(zoo.CheckpointError, match=words):
        check_figures(msgspec.convert(record, zoo.ModelInfo))


def test_a_card_of_a_checkpoint_elsewhere_loads_that_one(tmp_path):
    path = tmp_path / "mine"
    shutil.copytree(registry.resolve("esn-mackey-glass"), path)
    edit_record(path, lambda record: record.update(name="mine"))
    card = render_card(path, "user/mine")
    assert 'zoo.pipeline("hf://user/mine")' in card and "zoo predict hf://user/mine" in card
    assert 'zoo.pipeline("mine")' not in card


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["metrics"][0].update(name="f2"), r"accuracy among its metrics.*'f2, prec"),
        (lambda r: r["training"]["validation"].pop("log_loss"), "log_loss among its validation"),
        (lambda r: r.update(licenses=None), "licenses"),
    ],
)
def test_a_record_that_lacks_what_its_card_tells_is_refused(tmp_path, change, words):
    path = tmp_path / "mine"
    shutil.copytree(registry.resolve("cnn-imdb"), path)
    edit_record(path, change)
    with pytest.raises(zoo.CheckpointError, match=words):
        render_card(path)


@pytest.mark.filterwarnings("ignore:Most words")
@pytest.mark.parametrize("entry", ["cnn-imdb", "bahdanau-multi30k-de-en"])
def test_a_card_says_what_its_data_set_says_of_itself(tmp_path, monkeypatch, entry):
    info = DatasetInfo(name="histoires", title="H", url="https://x.org", splits={"test": 1})
    made = DataSet(
        info=info,
        terms="",
        load=lambda split, download: None,
        languages=("de", "en"),
        examples=('Ein "Mann" fährt Rad.', "Zwei Hunde."),
        tags=("histoires",),
        limits=("It knows stories.",),
    )
    monkeypatch.setitem(KNOWN, "histoires", made)
    path = tmp_path / "mine"
    shutil.copytree(registry.resolve(entry), path)
    edit_record(path, lambda r: r.update(name="mine", dataset=msgspec.to_builtins(info)))
    card = render_card(path)
    assert card.count(r'"Ein \"Mann\" fährt Rad."') >= 3 and "A moving" not in card
    data = huggingface_hub.ModelCard(card).data
    assert data.language == ["de", "en"]
    assert data.tags[-1] == "histoires" and "sentiment-analysis" not in data.tags
    assert card.partition("## Limits and biases")[2].split("##")[0].strip() == "- It knows stories."


def test_a_task_without_a_template_has_a_whole_card(monkeypatch):
    task, info = task_of(zoo.info("cnn-imdb")), zoo.info("cnn-imdb")
    part = msgspec.structs.replace(task.card(registry.read("cnn-imdb")), template="card.md.jinja")
    monkeypatch.setattr(type(task), "card", lambda self, source: part)
    card = render_card("cnn-imdb")
    check_card(card, info)
    own = (CARDS / "cnn-imdb.md").read_text("utf-8")
    headings = [line for line in own.splitlines() if line.startswith("## ")]
    assert [line for line in card.splitlines() if line.startswith("## ")] == headings
    assert f"| test accuracy | {info.metric('accuracy').value:.4f} (95 % interval" in card


@pytest.mark.parametrize(
    ("authors", "key"),
    [("", "anonymous1997"), (" , ", "anonymous1997"), ("S. Hochreiter and J. X", "hochreiter1997")],
)
def test_a_publication_may_lack_its_authors(authors, key):
    paper = Paper(title="{T} 100%", authors=authors, year=1997, venue="{V", url="https://x.org/}")
    entry = bibtex(paper)
    assert entry.startswith(f"@misc{{{key},\n")
    assert r"title = {\{T\} 100\%}" in entry and "note = {(V}" in entry
    assert "url = {https://x.org/}" in entry


@pytest.mark.parametrize("name", zoo.list_models())
def test_the_card_of_an_entry_passes_the_checks(hub, name):
    text = (CARDS / f"{name}.md").read_text("utf-8")
    info = zoo.info(name)
    check_card(text, info)
    validate_on_hub(text, name)
    assert hub.count("POST", "validate-yaml") == 1
    results = huggingface_hub.ModelCard(text).data.eval_results
    assert [(r.metric_name, r.metric_value) for r in results] == [
        (metric.name, metric.value) for metric in info.metrics
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("## Results", "## Results\n\nTODO", "placeholder 'TODO'"),
        ("## Results", "{{ results }}", "placeholder"),
        ("## Results", "[More Information Needed]", "placeholder"),
        ("## Results", 'zoo.load("hf://<your name>/x")', "placeholder"),
        ("value: 0.", "value: 1.", "disagree"),
        ("split: test", "split: train", "disagree"),
        ("model-index:", "other-index:", "disagree"),
        ("license:", "license: [", "front matter"),
        ("---\n", "", "front matter"),
    ],
)
def test_a_card_that_is_not_right_is_refused(old, new, words):
    text = (CARDS / "lstm-imdb.md").read_text("utf-8")
    assert old in text
    with pytest.raises(zoo.CheckpointError, match=words):
        check_card(text.replace(old, new), zoo.info("lstm-imdb"))


def test_the_command_writes_a_card(hub, tmp_path):
    card = CARDS / "cnn-imdb.md"
    code, stdout, _ = run("card", "cnn-imdb", "--output", tmp_path / "README.md", "--validate")
    assert code == 0 and "Wrote" in stdout
    assert (tmp_path / "README.md").read_text("utf-8") == card.read_text("utf-8")
    hub.fault("validate-yaml", status=400, body=b'{"errors": []}')
    assert run("card", "cnn-imdb", "--validate")[0] == 1
    assert run("card", tmp_path)[0] == 1  # no checkpoint
