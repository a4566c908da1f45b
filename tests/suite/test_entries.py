"""Every bundled entry: it loads, answers as its pipeline, is documented, and is what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import zoo
import zoo.statistics
from helpers import dataset_or_skip, stand_in
from models import list_recipes, load_recipe
from suite.cases import cases_of, same
from zoo import checkpoint, registry
from zoo.cards.card import render_card
from zoo.task import task_of

ROOT = Path(__file__).parent.parent.parent
ENTRIES = zoo.list_models()
SAMPLE = 200  # of the split of an entry; the smallest that is taken is 100

every_entry = pytest.mark.parametrize("name", ENTRIES)


def test_every_recipe_has_its_entry():
    assert "lstm-imdb" in ENTRIES and list_recipes() == ENTRIES


@every_entry
@pytest.mark.filterwarnings("ignore:.*longer than:UserWarning")
def test_it_loads_answers_as_its_pipeline_and_is_saved_byte_for_byte(name, tmp_path):
    source, info = registry.resolve(name), zoo.info(name)
    cases, model = cases_of(info.task), zoo.load(name)
    given = cases.fitting(checkpoint.read(source))
    expected = cases.ask_pipeline(zoo.pipeline(name), given)
    same(cases.ask_model(model, given), expected, cases.tolerance)
    zoo.save(model, tmp_path / "copy")
    for file in ("zoo.json", *info.files):
        assert (tmp_path / "copy" / file).read_bytes() == (source / file).read_bytes(), file


@every_entry
def test_its_record_is_complete(name):
    info = checkpoint.read(registry.resolve(name)).info
    assert info.name == name and info.dataset and info.licenses and info.papers
    recipe = load_recipe(name)
    assert (ROOT / info.training.recipe).is_file()
    assert re.fullmatch(r"[0-9a-f]{40}", info.training.commit)
    assert (getattr(recipe, "labels", ()), recipe.dataset) == (info.labels, info.dataset.name)
    first, task = info.metrics[0], task_of(info)
    assert first.split == "test"
    if not task.whole:
        assert first.num_examples == info.dataset.splits["test"]
    least = cases_of(info.task).seeds
    least = least if isinstance(least, int) else least[name]
    if least:
        assert len(first.seeds.values) >= least
        assert first.seeds.values[str(info.training.seed)] == first.value


@every_entry
def test_its_card_is_what_its_record_renders(name, monkeypatch):
    info = zoo.info(name)
    if "time-series" in info.task:  # its card shows something of the data, which is read once
        parts = {"test": dataset_or_skip(info.dataset.name, "test")}
        stand_in(monkeypatch, info.dataset.name, parts.__getitem__)
    card = (ROOT / "hub_cards" / f"{name}.md").read_text(encoding="utf-8")
    assert card == render_card(name)
    assert "{{" not in card and "TODO" not in card
    for picture in re.findall(r"\]\(\.\./(docs/[^)]+)\)", card):
        assert (ROOT / picture).is_file()


@pytest.mark.slow
@every_entry
def test_it_is_what_it_claims(name, monkeypatch):
    """On a sample, or on the whole split where a sample means nothing or has too few of a class."""
    info = zoo.info(name)
    data = dataset_or_skip(info.dataset.name, "test")
    # A sample has to hold every class.
    rare = len(info.labels) * 15 > SAMPLE
    limit = None if rare or task_of(info).whole else SAMPLE
    signed = any(
        metric.signature for metric in info.metrics
    )  # the number of resamples stands there
    if limit is not None and len(data) > limit and not signed:
        # Intervals are compared on a whole split alone.
        monkeypatch.setattr(zoo.statistics, "RESAMPLES", 30)
    result = zoo.verify(name, data, limit=limit)
    assert result.complaint == "" and result.agrees
    assert [item.claimed for item in result.comparisons] == list(info.metrics)
    sampled = limit is not None and info.metrics[0].num_examples > SAMPLE
    assert result.basis.startswith(f"a sample of {SAMPLE} of ") == sampled
