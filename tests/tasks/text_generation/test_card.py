"""Cards of language models: what they show is what the model does, and what they tell is true."""

from __future__ import annotations

import contextlib
import io
import re

import msgspec
import pytest

import zoo
from helpers import edit_record
from zoo.cards.card import render_card
from zoo.cards.check import check_card
from zoo.common.beside import beside_baselines
from zoo.datasets import dataset_named
from zoo.evaluation import evaluate
from zoo.tasks.text_generation.testing import TEXT, make_language_model
from zoo.text.corpora import TextCorpus

KINDS = {
    "words": ("wikitext2", {"perplexity": 12.34}, "perplexity"),
    "characters": (
        "tiny_shakespeare",
        {"nats_per_character": 1.5, "loss": 1.5},
        "nats per character",
    ),
}


@pytest.fixture(params=KINDS)
def entry(request, tmp_path, monkeypatch):
    """A tiny checkpoint whose record says all that one of an entry does."""
    monkeypatch.setattr(zoo.statistics, "RESAMPLES", 50)
    unit, (dataset, validation, called) = request.param, KINDS[request.param]
    place = make_language_model(tmp_path / "tiny", unit=unit)
    metrics = evaluate(place, TextCorpus([TEXT * 40]))
    training = msgspec.to_builtins(zoo.info("lstm-imdb").training)
    history = [{"epoch": one, "loss": 2.0, "validation": validation} for one in range(1, 7)]
    training |= {"validation": validation, "history": history, "epochs": 6, "best_epoch": 6}
    changes = {
        "name": f"tiny-{unit}",
        "description": "A tiny LSTM.",
        "dataset": msgspec.to_builtins(dataset_named(dataset).info),
        "metrics": msgspec.to_builtins(metrics),
        "licenses": {"weights": "apache-2.0", "data": "CC"},
        "training": training,
    }
    edit_record(place, lambda record: record.update(changes))
    return place, unit, called


def python_of(card, words):
    """Return the block of Python of a card that holds some words, and the block that follows."""
    blocks = re.findall(r"```(\w*)\n(.*?)\n```", card, re.DOTALL)
    at = next(at for at, (kind, code) in enumerate(blocks) if kind == "python" and words in code)
    return blocks[at][1], blocks[at + 1][1]


@pytest.mark.filterwarnings("ignore:.*does not know:UserWarning")
def test_a_card_shows_what_the_model_writes(entry):
    place, unit, called = entry
    card, info = render_card(place), zoo.info(place)
    check_card(card, info)
    code, answer = python_of(card, "zoo.pipeline")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(code, "card", "exec"), {})
    # A sign that the terminal does not show is written out on the card.
    assert printed.getvalue().removesuffix("\n") == answer
    digits = 2 if unit == "words" else 4
    assert f"| test {called} | {info.metrics[0].value:.{digits}f} (95 % interval" in card
    chosen = {"words": "perplexity 12.34", "characters": "nats per character 1.5000"}[unit]
    assert f"(there: {chosen})" in card
    assert ("<unk>" in card) == (unit == "words")
    assert "with modified Kneser-Ney" in card and "Limits and biases" in card


def test_a_record_without_its_validation_is_refused(entry):
    place, _, _ = entry
    edit_record(place, lambda record: record["training"].update(validation={"loss": 1.0}))
    with pytest.raises(zoo.CheckpointError, match=r"among its validation figures"):
        render_card(place)


def test_plain_methods_are_told_beside_figures_of_which_less_is_better():
    info = zoo.info("lstm-imdb")
    metric = msgspec.structs.replace(info.metrics[0], name="perplexity", value=80.0)
    info = msgspec.structs.replace(info, metrics=(metric,))

    def told(values):
        found = {what: {"perplexity": value} for what, value in values.items()}
        return beside_baselines(
            info, found, {"perplexity": "perplexity"}, lower=["perplexity"], digits=2
        )

    assert told({}) == ""
    ahead = told({"five-grams": 141.2, "a guess": 10_000.0})
    assert ahead.endswith("In perplexity this model is ahead of them by 61.20.")
    assert told({"five-grams": 70.0, "a guess": 10_000.0}).endswith(
        "In perplexity five-grams wins by 10.00 (70.00 to 80.00)."
    )
    assert told({"five-grams": 80.001}).endswith("come to the same.")
