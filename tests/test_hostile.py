"""Hostile checkpoints: every one is refused with the zoo's own error, and harms nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hostile_costs
import zoo
from hostile import build, make_cases, make_series, make_sources
from zoo import checkpoint, loading
from zoo.fitting.building import tensor_variables
from zoo.tasks.text_classification.testing import SENTENCES, make_checkpoint
from zoo.tasks.translation.testing import PAIRS
from zoo.text.encoding import train_word_tokenizer
from zoo.text.forms import SUBWORDS, WORDS
from zoo.text.subwords import train_subword_tokenizer

ROOT = Path(__file__).parent.parent
# How much more memory bad checkpoints may take than good ones, in MiB: they take 204. The weights
# of 240 MB that some ask for are above it. What all takes together differs between machines.
GROWTH = 230


def run(folder, good, bad):
    """Open directories in a process of its own; return what came of each, and its memory."""
    given = {"good": [str(path) for path in good], "bad": [str(path) for path in bad]}
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("hostile_runner.py")],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        cwd=folder,  # where code of theirs would leave its canary
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=600,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(bad) + 1, f"died at {bad[len(lines)]}: {done.stderr[-2000:]}"
    return lines[:-1], lines[-1]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    root = tmp_path_factory.mktemp("hostile")
    sources = make_sources(root / "good")
    cases = make_cases(sources)
    folders = [build(case, sources, root / str(number)) for number, case in enumerate(cases)]
    return root, sources, cases, folders


@pytest.fixture(scope="module")
def opened(corpus):
    """What came of every case, in one process, and its memory."""
    root, sources, _, folders = corpus
    return run(root, sources.values(), folders)


@pytest.mark.slow
def test_every_hostile_checkpoint_is_refused_and_harms_nothing(corpus, opened):
    root, _, cases, _ = corpus
    assert len(cases) > 2_000
    results, memory = opened
    wrong = [
        (case.source, case.name, result)
        for case, result in zip(cases, results, strict=True)
        if (result["error"] is None) != case.harmless or not result["known"] or result["outside"]
    ]
    assert wrong == []
    assert memory["after"] - memory["before"] < GROWTH
    assert list(root.rglob("canary*")) == [] and list(root.rglob("escaped*")) == []
    for result in results:  # one line that says what was expected or what is wrong
        assert result["error"] is None or "\n" not in result["error"].strip()


def test_what_asks_for_much_is_refused_within_bounds(corpus, opened):
    """Before the weights are read, and whatever is large is never held as a whole."""
    _, sources, cases, _ = corpus
    results, memory = opened
    costly = {
        (source, name)
        for source, path in sources.items()
        for name, _, _ in hostile_costs.damages(source, path)
    }
    found = [
        (case, result)
        for case, result in zip(cases, results, strict=True)
        if (case.source, case.name) in costly
    ]
    assert len(found) == len(costly) > 0
    for case, result in found:
        assert result["known"] and result["error"], (case.name, result)
        assert not case.name.startswith("config.json") or "larger model" in result["error"]
    assert memory["after"] - memory["before"] < GROWTH


@pytest.mark.slow
def test_keras_is_not_given_them_either(corpus, monkeypatch):
    """`zoo.load` reads through the same checks; a case in forty goes through it."""
    root, _, cases, folders = corpus
    pairs = list(zip(cases, folders, strict=True))
    chosen = [*pairs[::40], *(pair for pair in pairs if "regular expression" in pair[0].name)]
    monkeypatch.chdir(root)  # where code of theirs would leave its canary
    built = []
    monkeypatch.setattr(loading, "from_checkpoint", lambda loaded, *rest, **more: built.append(1))
    wrong = []
    for case, folder in chosen:
        built.clear()
        error = None
        try:
            zoo.load(folder)
        except zoo.ZooError as refused:
            error = refused
        if (error is None) != case.harmless or bool(built) != case.harmless:
            wrong.append((case.source, case.name, error))
    assert wrong == []
    assert list(root.rglob("canary*")) == []


@pytest.mark.parametrize(
    ("tokenizer", "expected"),
    [
        (train_word_tokenizer(SENTENCES, 60), WORDS),
        (train_subword_tokenizer(PAIRS[0], 300), SUBWORDS),
    ],
    ids=["words", "subwords"],
)
def test_the_tokenizers_that_are_read_are_those_that_are_written(tokenizer, expected):
    content = json.loads(tokenizer.to_str())
    content["model"].pop("vocab")
    content["model"].pop("merges", None)
    assert json.dumps(content, sort_keys=True) == json.dumps(expected, sort_keys=True)


def as_in_the_cache(path, repository, commit):
    """Lay a checkpoint out as the Hub's client keeps it: links into a folder of contents."""
    snapshot = repository / "snapshots" / commit
    for number, file in enumerate(sorted(path.rglob("*"))):
        if file.is_file():
            blob = repository / "blobs" / str(number)
            blob.parent.mkdir(parents=True, exist_ok=True)
            blob.write_bytes(file.read_bytes())
            link = snapshot / file.relative_to(path)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blob, link.parent))
    return snapshot


def test_links_of_the_hubs_cache_are_its_own_and_others_are_not(tiny, tmp_path):
    snapshot = as_in_the_cache(tiny, tmp_path / "models--me--tiny", "0" * 40)
    assert checkpoint.read(snapshot).tensors.keys() == checkpoint.read(tiny).tensors.keys()
    other = as_in_the_cache(tiny, tmp_path / "models--me--other", "0" * 40)
    config = snapshot / "config.json"
    config.unlink()
    config.symlink_to(other / "config.json")
    with pytest.raises(zoo.CheckpointError, match="leads out of the checkpoint"):
        checkpoint.read(snapshot)


def test_a_checkpoint_behind_a_link_is_read(tmp_path):
    make_checkpoint(tmp_path / "tiny")
    (tmp_path / "latest").symlink_to("tiny")
    assert checkpoint.read(tmp_path / "latest").info.name == "tiny"


def test_a_reservoir_of_a_small_file_is_not_drawn_to_be_overwritten(tmp_path, monkeypatch):
    """The largest one that a megabyte may ask for takes minutes to draw."""
    path = make_series(tmp_path / "tiny")
    expected = checkpoint.read(path).tensors
    monkeypatch.setattr(
        "zoo.networks.echo_state.reservoir.draw_reservoir", lambda *_: pytest.fail("drawn")
    )
    model = zoo.load(path)
    for name, value in tensor_variables(model).items():
        np.testing.assert_array_equal(np.asarray(value), expected[name])
