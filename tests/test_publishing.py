"""zoo.push and `zoo push` against the Hub of the tests: one commit, or nothing."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
import time

import pytest
from huggingface_hub import constants
from matplotlib.figure import Figure
from typer.testing import CliRunner

import zoo
from helpers import edit_record, rewrite
from hub_cases import COPIES, further, impatient, stage_once
from training import publish
from zoo import checkpoint, registry
from zoo.cli.main import app
from zoo.fitting.events import EventWriter, add_figure
from zoo.hub import publishing
from zoo.hub.published import Pin, read_pins, write_pins
from zoo.hub.staging import stage
from zoo.tasks.text_classification.testing import make_checkpoint

REPO = "user/tiny"


@pytest.fixture
def login(hub, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    return hub


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def head(hub, branch="main"):
    return hub.repositories[REPO].branches[branch]


def files(hub, branch="main"):
    return {name: f.data for name, f in hub.repositories[REPO].commits[head(hub, branch)].items()}


@pytest.fixture(autouse=True)
def staged_once(monkeypatch):
    """Make once what goes up of the same files: it is the same, as test_side_effects.py tests."""
    monkeypatch.setattr(publishing, "stage", stage_once)


def test_a_push_is_one_commit_that_is_loaded_by_its_id(login, tiny):
    code, stdout, stderr = run("push", tiny, REPO)
    commit, url = stdout.split()
    assert code == 0 and "Uploading" in stderr
    assert commit == head(login) and url == f"{login.endpoint}/{REPO}/commit/{commit}"
    assert len(login.repositories[REPO].commits) == 2  # the one that made the repository, and ours
    stored = files(login)
    assert set(stored) == checkpoint.read_info(tiny).files.keys() | COPIES | {
        ".gitattributes",
        "zoo.json",
    }
    for name in ("zoo.json", *checkpoint.read_info(tiny).files):
        assert stored[name] == (tiny / name).read_bytes()
    loaded = zoo.load(f"hf://{REPO}", revision=commit)
    assert (loaded.predict(["a film"]) == zoo.load(tiny).predict(["a film"])).all()


def test_what_is_unchanged_makes_no_commit(login, tiny):
    first = zoo.push(tiny, REPO)
    before = login.count("POST|PUT")
    code, stdout, stderr = run("push", tiny, REPO)
    assert code == 0 and "no new commit" in stderr and stdout.split()[0] == first.revision
    assert head(login) == first.revision and login.count("POST|PUT") == before
    further(tiny)
    second = zoo.push(tiny, REPO)
    assert head(login) == second.revision != first.revision
    assert "model.safetensors" in second.changed and "config.json" not in second.changed


def test_what_is_no_longer_made_goes_and_the_owners_files_stay(login, tiny, tmp_path):
    events = tmp_path / "logs" / "train" / "events.out.tfevents.17.my.machine.3.0"
    events.parent.mkdir(parents=True)
    events.write_bytes(b"events")
    pushed = zoo.push(tiny, REPO, tensorboard=tmp_path / "logs")
    assert files(login)["runs/train/events.out.tfevents.17.3.0"] == b"events"
    login.repositories[REPO].commit({"notes/mine.md": b"mine", "onnx/old.onnx": b"old"})
    again = zoo.push(tiny, REPO)
    assert set(again.changed) == {"runs/train/events.out.tfevents.17.3.0", "onnx/old.onnx"}
    assert "notes/mine.md" in files(login) and not set(again.changed) & set(files(login))
    assert set(pushed.files) - set(again.files) == {"runs/train/events.out.tfevents.17.3.0"}


def test_event_files_beside_the_checkpoint_go_along(login, tiny):
    logs = tiny.with_name("tiny.run") / "tensorboard"
    logs.mkdir(parents=True)
    writer = EventWriter(logs)
    writer.add_scalar("epoch/train_loss", 0.5, 1)
    add_figure(writer, "saliency/1", Figure(), 1)
    writer.close()
    (own,) = logs.iterdir()
    staged = stage(tiny).files
    (name,) = (name for name in staged if name.startswith("runs/events.out.tfevents."))
    # Texts that it was validated on are not for everyone to read, unless told so.
    assert b"epoch/train_loss" in staged[name] and b"saliency" not in staged[name]
    assert stage(tiny, tensorboard=logs).files[name] == own.read_bytes()
    with pytest.raises(zoo.DataError, match="event files"):
        zoo.push(tiny, REPO, tensorboard=tiny)
    assert login.repositories == {}


def test_a_dry_run_sends_nothing_and_needs_no_login(hub, tiny):
    before = len(hub.requests)
    code, stdout, stderr = run("push", tiny, REPO, "--dry-run")
    listed = dict(line.split("\t") for line in stdout.splitlines())
    assert code == 0 and set(listed) == checkpoint.read_info(tiny).files.keys() | COPIES | {
        "zoo.json"
    }
    assert "Would push 12 files" in stderr
    assert len(hub.requests) == before and hub.repositories == {}
    answer = json.loads(run("push", tiny, REPO, "--dry-run", "--json")[1])
    assert answer["revision"] is None and set(answer["files"]) == set(listed)


def test_a_private_repository_is_made_so_and_a_public_one_is_not_taken_for_it(login, tiny):
    zoo.push(tiny, REPO, private=True)
    assert login.repositories[REPO].private
    zoo.push(tiny, REPO, private=True)
    login.repositories[REPO].private = False
    further(tiny)
    before = head(login)
    with pytest.raises(zoo.HubError, match="public"):
        zoo.push(tiny, REPO, private=True)
    assert head(login) == before


def test_branches_and_tags(login, tiny):
    first = zoo.push(tiny, REPO, tag="v1")
    assert login.repositories[REPO].tags == {"v1": first.revision}
    assert zoo.push(tiny, REPO, tag="v1").changed == ()  # it stands where it should
    zoo.push(tiny, REPO, tag="v1.0")  # a second one, without a commit
    further(tiny)
    second = zoo.push(tiny, REPO, revision="next", tag="v2")
    assert head(login) == first.revision and head(login, "next") == second.revision
    assert login.repositories[REPO].tags == {
        "v1": first.revision,
        "v1.0": first.revision,
        "v2": second.revision,
    }
    assert zoo.info(f"hf://{REPO}", revision="v2") == checkpoint.read_info(tiny)
    for branch in (None, "next"):
        with pytest.raises(zoo.HubError, match=r"v1 .*another commit.*nothing was pushed"):
            zoo.push(tiny, REPO, revision=branch, tag="v1")
    assert head(login) == first.revision


@pytest.mark.parametrize(
    "arguments",
    [
        {"repo_id": "tiny"},
        {"repo_id": "user/tiny/more"},
        {"repo_id": "user/.."},
        {"repo_id": None},
        {"revision": "../main"},
        {"revision": ""},
        {"revision": "0" * 40},
        {"tag": "a b"},
        {"tag": "-v1"},
        {"tag": 1},
    ],
)
def test_wrong_arguments_are_told_before_anything_is_done(hub, tiny, arguments):
    with pytest.raises(zoo.InputError, match="Received"):
        zoo.push(tiny, **{"repo_id": REPO, **arguments})
    assert hub.requests == []


def refused(hub, source, words, error=zoo.HubError, **arguments):
    """A push is refused in one line, and the Hub is as it was."""
    before = {name: dict(repo.branches) for name, repo in hub.repositories.items()}
    start = time.monotonic()
    with pytest.raises(error, match=words) as caught:
        zoo.push(source, REPO, **arguments)
    assert time.monotonic() - start < 300
    assert "\n" not in str(caught.value) and "hf_writer" not in str(caught.value)
    assert {name: dict(repo.branches) for name, repo in hub.repositories.items()} == before


def test_no_login(hub, tiny, monkeypatch):
    refused(hub, tiny, "hf auth login")
    assert hub.repositories == {}
    code, stdout, stderr = run("push", tiny, REPO)
    assert code == 1 and stdout == "" and "Traceback" not in stderr


def test_tokens_that_may_not_write(login, tiny, monkeypatch):
    zoo.push(tiny, REPO)
    further(tiny)
    for token in ("hf_reader", "hf_stranger", "hf_wrong"):
        monkeypatch.setenv("HF_TOKEN", token)
        refused(login, tiny, "hf auth login")
    monkeypatch.setenv("HF_TOKEN", "hf_stranger")
    login.repositories[REPO].private = True
    refused(login, tiny, "private|rights")


@pytest.mark.parametrize("path", ["refs", "tree", "preupload", "lfs/objects", "/commit/"])
def test_a_server_that_fails_changes_nothing(login, tiny, path):
    zoo.push(tiny, REPO)
    further(tiny)
    login.fault(path, status=500)
    with impatient():
        refused(login, tiny, "status 500|out of order|does not answer")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"path": "/upload/", "drop": True}, "Check the network|connection"),
        ({"path": "/commit/", "drop": True}, "connection"),
        ({"path": "/refs", "status": 429, "headers": {"Retry-After": "9999"}}, "no more requests"),
        ({"path": "lfs/objects", "status": 429}, "no more requests"),
        ({"path": "validate-yaml", "status": 400, "body": b"{}"}, "README|400|front matter"),
        ({"path": "/commit/", "status": 412}, "changed in the meantime"),
    ],
)
def test_what_breaks_off_changes_nothing(login, tiny, fault, words):
    zoo.push(tiny, REPO)
    further(tiny)
    login.fault(**fault)
    with impatient():
        refused(login, tiny, words)


@pytest.mark.parametrize("path", ["lfs/objects", "/commit/main"])
def test_a_server_that_is_silent_is_given_up(login, tiny, path):
    zoo.push(tiny, REPO)
    further(tiny)
    login.fault(path, stall=300)
    with impatient():
        refused(login, tiny, "answer|ReadTimeout")


def test_a_dead_server_and_no_network(login, tiny, monkeypatch):
    zoo.push(tiny, REPO)
    further(tiny)
    login.stop()
    refused(login, tiny, "connection|answer")
    login.start()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused(login, tiny, "HF_HUB_OFFLINE")


def test_somebody_elses_push_is_not_overwritten(login, tiny, monkeypatch):
    zoo.push(tiny, REPO)
    further(tiny)
    repository, seen = login.repositories[REPO], []

    def progress(line):
        if line.startswith("Uploading"):
            seen.append(repository.commit({"config.json": b"{}"}))

    with pytest.raises(zoo.HubError, match="changed in the meantime"):
        zoo.push(tiny, REPO, progress=progress)
    assert seen == [head(login)] and files(login)["config.json"] == b"{}"


def test_a_push_that_is_killed_leaves_the_old_commit(login, tiny, tmp_path):
    first = zoo.push(tiny, REPO).revision
    before = zoo.info(tiny)
    further(tiny)
    login.fault("/commit/main", stall=120)
    (tmp_path / "staged").write_bytes(pickle.dumps(publishing.stage(tiny, REPO, None)))
    code = (
        "import pickle, sys, zoo\n"
        "from pathlib import Path\n"
        "from zoo.hub import publishing\n"
        "staged = pickle.loads(Path(sys.argv[2]).read_bytes())\n"  # without Keras
        "publishing.stage = lambda *given: staged\n"
        f"zoo.push(sys.argv[1], {REPO!r})\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, tiny, tmp_path / "staged"], stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 600
        (fault,) = login.faults._rules
        while not fault.seen:
            assert time.monotonic() < deadline and child.poll() is None
            time.sleep(0.05)
    finally:
        child.kill()
        child.wait()
    assert head(login) == first
    login.faults.clear()  # from here on the Hub may still take what it was sent as a whole
    assert zoo.load(f"hf://{REPO}").info in [before, zoo.info(tiny)]
    second = zoo.push(tiny, REPO)
    assert zoo.load(f"hf://{REPO}", revision=second.revision).info == checkpoint.read_info(tiny)


def test_no_token_is_printed_or_stored(login, tiny, tmp_path, monkeypatch):
    home = tmp_path / "hub-home"
    code, stdout, stderr = run("push", tiny, REPO, "--tag", "v1")
    assert code == 0 and "hf_writer" not in stdout + stderr
    for root in (home, tiny):
        for file in root.rglob("*"):
            assert not file.is_file() or b"hf_writer" not in file.read_bytes()
    for data in files(login).values():
        assert b"hf_writer" not in data
    assert not any(request.authorized for request in login.requests if request.origin == "cdn")


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_checkpoint_whose_hashes_do_not_stand_is_refused(login, tiny, name):
    data = bytearray((tiny / name).read_bytes())
    data[len(data) // 2] ^= 1
    (tiny / name).write_bytes(bytes(data))
    refused(login, tiny, "Expected", zoo.CheckpointError)
    assert login.requests == []


def test_figures_of_other_weights_are_refused(login, tmp_path):
    path = tmp_path / "mine"
    shutil.copytree(registry.resolve("cnn-imdb"), path)
    rewritten = stage(path).info  # a copy with another name is what it was
    assert rewritten == registry.info("cnn-imdb")
    loaded = checkpoint.read(path)
    changed = {name: value * 2 for name, value in loaded.tensors.items()}
    rewrite(path, "model.safetensors", checkpoint.serialize_tensors(changed))
    refused(login, path, "those of cnn-imdb, whose weights are others", zoo.CheckpointError)


def test_a_checkpoint_trained_further_says_that_nobody_evaluated_it(login, tiny, tmp_path):
    model = zoo.load("cnn-imdb")
    model.logits.bias.assign([0.5, -0.5])
    zoo.save(model, tmp_path / "mine")
    zoo.push(tmp_path / "mine", "user/mine")
    repository = login.repositories["user/mine"]
    card = repository.commits[repository.branches["main"]]["README.md"].data.decode()
    assert "Nobody has evaluated it" in card and "model-index" not in card
    assert "made from `cnn-imdb`" in card and 'zoo.load("hf://user/mine")' in card
    assert "license: apache-2.0" in card and "Kim" in card


def test_a_card_with_a_placeholder_does_not_go_up(login, tiny):
    edit_record(tiny, lambda record: record.update(description="A model of TODO."))
    refused(login, tiny, "placeholder 'TODO' in line", zoo.CheckpointError)


def test_publishing_an_entry_pins_it(login, tmp_path, monkeypatch):
    pins = tmp_path / "published.json"
    fingerprints = {"zoo.json": checkpoint.fingerprint(b"{}")}
    other = Pin(repo_id="user/glass", revision="0" * 40, files=fingerprints)
    write_pins(pins, {"esn-mackey-glass": other})
    pin = publish.publish("esn-lorenz", "user/lorenz", tag="v1", published=pins)
    assert read_pins(pins) == {"esn-lorenz": pin, "esn-mackey-glass": other}
    assert login.repositories["user/lorenz"].tags == {"v1": pin.revision}
    path = registry.resolve("esn-lorenz")
    assert pin.files == {
        name: checkpoint.fingerprint((path / name).read_bytes())
        for name in ("zoo.json", *zoo.info("esn-lorenz").files)
    }
    with pytest.raises(zoo.InputError, match="bundled entry"):
        publish.publish("unknown", "user/unknown", published=pins)
    monkeypatch.setattr(registry, "pins", lambda: read_pins(pins))
    assert zoo.info("esn-lorenz", source="hub") == zoo.info("esn-lorenz")


def test_what_cannot_be_fetched_back_is_not_pinned(login, tmp_path):
    pins = tmp_path / "published.json"
    pins.write_text("{}")
    login.fault("resolve.*config.json", flip=True)
    with pytest.raises(zoo.CheckpointError, match="is not what it should be"):
        publish.publish("esn-lorenz", "user/lorenz", published=pins)
    assert pins.read_text() == "{}"


def test_the_commands_need_no_keras_until_they_stage():
    code = (
        "import sys\n"
        "import zoo.cli.main, zoo.hub.publishing\n"
        "heavy = {'keras', 'tensorflow', 'keras_hub', 'huggingface_hub'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(registry.BUNDLED.parent.parent)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_a_checkpoint_that_was_pushed_is_pulled_and_pushed_again_as_it_is(login, tiny, tmp_path):
    first = zoo.push(tiny, REPO)
    pulled = zoo.pull(f"hf://{REPO}", tmp_path / "pulled")
    assert zoo.push(pulled, REPO).revision == first.revision
    assert zoo.push(make_checkpoint(tmp_path / "other", seed=1), REPO).changed
