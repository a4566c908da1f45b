"""Checkpoints from the Hub: what is fetched, from which commit, and what is never asked again."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest

import zoo
from helpers import checkpoint_files, edit_record, zoo_command
from zoo import checkpoint
from zoo.datasets import TextDataset
from zoo.formats import PUBLISHED_COPIES, WEIGHTS
from zoo.hub import published
from zoo.hub.published import Pin
from zoo.tasks.text_classification.testing import make_checkpoint
from zoo.tasks.translation.testing import make_translator

TEXTS = ["A moving , beautifully acted film!", "so so plot and words"]


@pytest.fixture
def repository(hub, tiny):
    """A repository with a tiny checkpoint, and what else stands beside it when published."""
    copies = {"README.md": b"---\n---\n", "model.weights.h5": b"copy", "onnx/model.onnx": b"copy"}
    return hub.add("user/tiny", checkpoint_files(tiny) | copies)


def answers(*arguments, **options):
    return zoo.pipeline(*arguments, **options)(TEXTS, top_k=None)


def test_the_same_answers_as_from_the_directory(hub, repository, tiny):
    assert answers("hf://user/tiny") == answers(tiny)
    assert zoo.info("hf://user/tiny") == zoo.info(tiny)


@pytest.mark.slow
def test_a_keras_model_of_the_hub(hub, repository, tiny):
    received = zoo.load("hf://user/tiny", revision=repository.branches["main"]).predict(TEXTS)
    assert received.tolist() == zoo.load(tiny).predict(TEXTS).tolist()


def test_nothing_but_the_checkpoint_is_fetched(hub, repository, tiny):
    zoo.pipeline("hf://user/tiny")
    fetched = [
        request.path.partition("/resolve/")[2].partition("/")[2].partition("?")[0]
        or request.path.partition("name=")[2].partition("&")[0]
        for request in hub.requests
        if request.method == "GET"
    ]
    assert fetched[0] == "zoo.json" and sorted(fetched) == sorted(checkpoint_files(tiny))


def test_information_needs_the_record_only(hub, repository):
    zoo.info("hf://user/tiny")
    assert hub.count("GET") == hub.count("GET", "zoo.json") == 1


def test_a_commit_in_the_cache_needs_no_request(hub, repository):
    commit = repository.branches["main"]
    first = answers("hf://user/tiny", revision=commit)
    hub.requests.clear()
    assert answers("hf://user/tiny", revision=commit) == first
    zoo.info("hf://user/tiny", revision=commit)
    assert hub.requests == []


def test_an_unpinned_commit_is_logged(hub, repository, caplog):
    caplog.set_level(logging.INFO, "zoo")
    commit = repository.branches["main"]
    zoo.pipeline("hf://user/tiny")
    assert commit in caplog.text
    caplog.clear()
    zoo.pipeline("hf://user/tiny", revision=commit)
    assert caplog.text == ""


def test_a_moved_tag_is_followed_and_a_commit_is_not(hub, repository, tmp_path, caplog):
    caplog.set_level(logging.INFO, "zoo")
    old = repository.tags["v1"] = repository.branches["main"]
    before = answers("hf://user/tiny", revision="v1")
    new = repository.commit(checkpoint_files(make_checkpoint(tmp_path / "new", seed=1)))
    repository.tags["v1"] = new
    after = answers("hf://user/tiny", revision="v1")
    assert after == answers(tmp_path / "new") != before
    assert answers("hf://user/tiny", revision=old) == before
    assert caplog.text.count(f"commit {old}") == caplog.text.count(f"commit {new}") == 1


def test_a_branch_that_moves_in_between_gives_one_commit(hub, repository, tmp_path, monkeypatch):
    """Every file is of the commit that the first one was of."""
    before = answers("hf://user/tiny", revision=repository.branches["main"])
    shutil.rmtree(os.environ["HF_HOME"])
    real = huggingface_hub.hf_hub_download

    def move_after(repo_id, name, **options):
        path = real(repo_id, name, **options)
        if name == "zoo.json":
            repository.commit(checkpoint_files(make_checkpoint(tmp_path / "new", seed=1)))
        return path

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", move_after)
    assert answers("hf://user/tiny") == before


@pytest.mark.parametrize(
    "source", ["hf://", "hf://tiny", "hf://user/tiny/zoo.json", "hf://user/../tiny", "hf://a--b/c"]
)
def test_what_is_no_repository_is_refused(hub, source):
    with pytest.raises(zoo.InputError, match="hf://user/repo"):
        zoo.info(source)
    assert hub.requests == []


@pytest.mark.parametrize("revision", ["", "../main", "-x", "a b", "x" * 300, 7])
def test_what_is_no_revision_is_refused(hub, repository, revision):
    with pytest.raises(zoo.InputError, match="Received"):
        zoo.info("hf://user/tiny", revision=revision)
    assert hub.requests == []


def test_source_and_revision_are_for_the_hub(hub, tiny):
    for options in ({"revision": "main"}, {"source": "hub"}):
        with pytest.raises(zoo.InputError, match="Received"):
            zoo.pipeline(tiny, **options)
    with pytest.raises(zoo.InputError, match="source='hub'"):
        zoo.info("lstm-imdb", source="disk")
    with pytest.raises(zoo.InputError, match="name of a checkpoint"):
        zoo.evaluate(zoo.pipeline(tiny), revision="main")
    assert hub.requests == []


def test_private_needs_a_token_that_goes_nowhere_else(hub, repository, monkeypatch, caplog):
    repository.private = True
    with pytest.raises(zoo.HubError, match="hf auth login"):
        zoo.pipeline("hf://user/tiny")
    monkeypatch.setenv("HF_TOKEN", "hf_reader")
    hub.requests.clear()
    assert zoo.pipeline("hf://user/tiny")
    assert hub.count(origin="cdn") == 1
    assert {request.authorized for request in hub.requests if request.origin == "hub"} == {True}
    assert {request.authorized for request in hub.requests if request.origin == "cdn"} == {False}
    assert "hf_reader" not in caplog.text


def test_a_stored_login_is_used(hub, repository):
    repository.private = True
    token = Path(huggingface_hub.constants.HF_TOKEN_PATH)
    token.parent.mkdir(parents=True)
    token.write_text("hf_reader")
    assert zoo.info("hf://user/tiny").name == "tiny"


@pytest.fixture
def publish(hub, monkeypatch, tmp_path):
    """Put an entry on the Hub, and its pin where the package looks for it."""

    def publish(name, **changes):
        files = checkpoint_files(Path(zoo.__file__).parent / "checkpoints" / name)
        repository = hub.add(f"org/{name}", files | {"README.md": b"card"})
        pin = {
            "repo_id": repository.id,
            "revision": repository.branches["main"],
            "files": {key: checkpoint.fingerprint(data) for key, data in files.items()},
        }
        path = tmp_path / "published.json"
        published.write_pins(path, {name: Pin(**pin | changes)})
        monkeypatch.setattr(published, "PUBLISHED", path)
        published.pins.cache_clear()
        return repository

    yield publish
    published.pins.cache_clear()


NAME = "esn-japanese-vowels"


def test_a_published_entry_comes_from_its_pinned_commit(hub, publish):
    repository = publish(NAME)
    repository.commit({"zoo.json": b"{}"}, "Later")
    assert zoo.info(NAME, source="hub") == zoo.info(NAME)
    assert zoo.pipeline(NAME, source="hub").info.files == zoo.info(NAME).files
    hub.requests.clear()
    zoo.pipeline(NAME, source="hub")
    assert hub.requests == []
    with pytest.raises(zoo.CheckpointError, match=r"zoo\.json"):
        zoo.info(NAME, source="hub", revision="main")


def test_an_entry_that_is_not_published_says_so(hub):
    with pytest.raises(zoo.UnknownModelError, match=r"not published.*without it"):
        zoo.pipeline(NAME, source="hub")
    assert zoo.pipeline(NAME)
    with pytest.raises(zoo.UnknownModelError, match="Received: 'nonsense'"):
        zoo.pipeline("nonsense", source="hub")
    assert hub.requests == []


@pytest.mark.parametrize("name", ["zoo.json", WEIGHTS])
def test_a_commit_with_other_bytes_than_pinned_is_refused(hub, publish, name):
    files = checkpoint_files(Path(zoo.__file__).parent / "checkpoints" / NAME)
    pin = {key: checkpoint.fingerprint(data) for key, data in files.items()}
    pin[name] = checkpoint.fingerprint(files[name][::-1])
    publish(NAME, files=pin)
    with pytest.raises(zoo.CheckpointError, match=r"zoo\.json.*Expected.*Received"):
        zoo.pipeline(NAME, source="hub")


@pytest.mark.parametrize(
    "change",
    [
        lambda pin: pin.update(surprise=1),
        lambda pin: pin.update(revision="main"),
        lambda pin: pin.update(repo_id="evil"),
        lambda pin: pin["files"].pop("zoo.json"),
        lambda pin: pin["files"]["zoo.json"].update(size=-1),
    ],
)
def test_pins_are_strict(tmp_path, change):
    fingerprint = {"sha256": "0" * 64, "size": 1}
    pin = {"repo_id": "a/b", "revision": "0" * 40, "files": {"zoo.json": fingerprint}}
    path = tmp_path / "published.json"
    path.write_text(json.dumps({"name": pin}))
    assert published.read_pins(path)["name"].repo_id == "a/b"
    change(pin)
    path.write_text(json.dumps({"name": pin}))
    with pytest.raises(zoo.CheckpointError, match=r"published\.json"):
        published.read_pins(path)


def test_the_packages_own_pins_are_readable():
    assert published.pins().keys() <= set(zoo.list_models())


def test_pull_writes_the_verified_checkpoint_and_nothing_else(hub, repository, tiny, tmp_path):
    path = zoo.pull("hf://user/tiny", tmp_path / "copy")
    assert checkpoint_files(path) == checkpoint_files(tiny)
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        zoo.pull("hf://user/tiny", path)
    zoo.pull("hf://user/tiny", path, overwrite=True)
    assert answers(path) == answers(tiny)


def test_pull_into_the_clients_cache(hub, repository, tiny):
    path = zoo.pull("hf://user/tiny", revision="main")
    hub.stop()
    assert answers(path) == answers(tiny)


def test_pull_of_a_translator_and_of_no_checkpoint(hub, tmp_path):
    hub.add("user/translator", checkpoint_files(make_translator(tmp_path / "a")))
    assert zoo.info(zoo.pull("hf://user/translator", tmp_path / "b")).task == "translation"
    hub.add("user/none", {"README.md": b"", "config.json": b"{}"})
    with pytest.raises(zoo.HubError, match=r"lacks.*zoo\.json"):
        zoo.pull("hf://user/none", tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_a_folder_of_the_clients_loads_as_a_directory(hub, repository, tiny, tmp_path):
    folder = Path(huggingface_hub.snapshot_download("user/tiny", local_dir=tmp_path / "local"))
    assert (folder / "README.md").exists() and (folder / ".cache").exists()
    assert answers(folder) == answers(huggingface_hub.snapshot_download("user/tiny"))


def test_a_clone_loads_and_is_not_replaced(hub, tiny):
    for name in PUBLISHED_COPIES:
        (tiny / name).mkdir() if "." not in name else (tiny / name).touch()
    (tiny / ".git").unlink()
    (tiny / ".git").mkdir()
    (tiny / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    assert answers(tiny)
    loaded = checkpoint.read(tiny)
    with pytest.raises(zoo.InputError, match="git repository"):
        checkpoint.write(
            tiny,
            info=loaded.info,
            backbone=loaded.backbone,
            head=loaded.head,
            preprocessor=loaded.preprocessor,
            assets=loaded.assets,
            weights=checkpoint.serialize_tensors(loaded.tensors),
            overwrite=True,
        )


@pytest.mark.slow
def test_evaluate_takes_a_repository(hub, repository, tiny):
    data = TextDataset(texts=TEXTS * 6, labels=np.arange(12, dtype=np.int32) % 3)
    assert zoo.evaluate("hf://user/tiny", data) == zoo.evaluate(tiny, data)


def spawn(*arguments, code=None, **environment):
    command = [sys.executable, *(["-c", code] if code else ["-m", "zoo.cli.main", *arguments])]
    root = Path(zoo.__file__).parent.parent
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root), **environment},
        timeout=600,
    )


def test_the_command_says_the_commit_on_standard_error(hub, repository, tmp_path):
    commit = repository.branches["main"]
    done = spawn("predict", "hf://user/tiny", "a film")
    assert done.returncode == 0 and done.stdout.startswith("label ")
    assert commit in done.stderr and done.stderr.count("\n") == 1
    done = zoo_command("info", "hf://user/tiny", "--revision", commit, "--json")
    assert json.loads(done.stdout)["name"] == "tiny" and done.stderr == ""
    done = zoo_command("pull", "hf://user/tiny", "--output", tmp_path / "copy")
    assert done.stdout.strip() == str(tmp_path / "copy") and zoo.info(tmp_path / "copy")


def test_the_command_fails_in_one_line(hub):
    for arguments in (
        ["predict", "hf://user/nothing", "a film"],
        ["pull", "hf://user/nothing"],
        ["info", "lstm-imdb", "--hub"],
        ["evaluate", "hf://user/nothing"],
    ):
        done = zoo_command(*arguments)
        assert done.returncode in (1, 2) and done.stdout == ""
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_the_client_is_imported_for_the_hub_only(tiny):
    code = (
        "import sys, zoo\n"
        "zoo.list_models(), zoo.info('lstm-imdb')\n"
        f"zoo.pipeline({str(tiny)!r})('a film')\n"
        "assert 'huggingface_hub' not in sys.modules\n"
    )
    done = spawn(code=code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "notes.txt", "assets/../../evil"])
def test_the_listing_of_a_record_is_that_of_its_task(hub, tiny, name):
    extra = {name: {"sha256": "0" * 64, "size": 1}}
    edit_record(tiny, lambda record: record["files"].update(extra))
    hub.add("user/tiny", checkpoint_files(tiny) | {name: b"x"})
    with pytest.raises(zoo.CheckpointError, match="does not list a checkpoint's files"):
        zoo.pipeline("hf://user/tiny")
    assert hub.count("GET") == hub.count("GET", "zoo.json") == 1
