"""Damaged caches and servers that lie: never wrong weights, and nothing bad is left behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from huggingface_hub import constants

import zoo
from helpers import checkpoint_files
from hub_cases import SOURCE, ends, loads, refused
from zoo.formats import WEIGHTS
from zoo.hub.memory import content_name
from zoo.tasks.text_classification.testing import make_checkpoint

CONFIG = "config.json"


# The cache.


@pytest.mark.parametrize("name", ["zoo.json", CONFIG, WEIGHTS])
@pytest.mark.parametrize("damage", ["changed", "truncated", "longer", "gone"])
def test_a_damaged_cache_is_healed(hub, tiny, files, commit, monkeypatch, name, damage):
    zoo.pipeline(SOURCE, revision=commit)
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit / name

    def harm():
        data = files[name]
        pointer.resolve().write_bytes(
            {"changed": data[::-1], "truncated": data[:-1], "longer": data + b" "}.get(damage, b"")
        )
        if damage == "gone":
            pointer.resolve().unlink()

    harm()
    hub.requests.clear()
    loads(tiny, revision=commit)
    assert hub.count("GET") == 1
    harm()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    if damage == "gone":
        with pytest.raises(zoo.HubError, match="HF_HUB_OFFLINE"):
            zoo.pipeline(SOURCE, revision=commit)
        return
    refused(
        zoo.CheckpointError,
        name,
        "is damaged",
        "could not be fetched again",
        "HF_HUB_OFFLINE",
        files=files,
        revision=commit,
    )
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    loads(tiny, revision=commit)


def test_a_planted_link_is_removed_and_what_it_leads_to_is_not(hub, tiny, commit, tmp_path):
    zoo.pipeline(SOURCE, revision=commit)
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit / WEIGHTS
    mine = tmp_path / "mine.txt"
    mine.write_text("keep me")
    pointer.unlink()
    pointer.symlink_to(mine)
    loads(tiny, revision=commit)
    assert mine.read_text() == "keep me"


def test_a_cache_that_cannot_be_written(hub, files, commit):
    Path(constants.HF_HUB_CACHE).parent.mkdir(parents=True)
    Path(constants.HF_HUB_CACHE).write_text("a file where the cache should be")
    with ends(), pytest.raises(zoo.ZooError, match="HF_HOME"):
        zoo.pipeline(SOURCE)


# Servers that lie.


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("name", ["zoo.json", WEIGHTS])
def test_a_lying_commit(hub, tiny, files, commit, tmp_path, name, skip):
    other = hub.repositories["user/tiny"].commit(
        checkpoint_files(make_checkpoint(tmp_path / "other", seed=1)), branch="other"
    )
    hub.fault(name, method="HEAD", commit=other, skip=skip)
    refused(zoo.HubError, name, commit, other, files=files, revision=commit)
    assert not list(Path(constants.HF_HUB_CACHE).glob(f"models--*/snapshots/{other}"))
    hub.faults.clear()
    loads(tiny, revision=commit)


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("value", ["../../../../evil", "/evil", "x" * 40, "."])
def test_a_commit_that_is_a_path(hub, files, commit, tmp_path, value, skip):
    before = {path for path in tmp_path.rglob("*") if "hub-home" not in str(path)}
    hub.fault(method="HEAD", commit=value, skip=skip)
    refused(zoo.HubError, "another commit", files=files)
    assert before == {path for path in tmp_path.rglob("*") if "hub-home" not in str(path)}


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("key", ["ETag", "X-Linked-Etag"])
@pytest.mark.parametrize("value", ['"../../../../../evil"', '"/evil"', '".."'])
def test_an_etag_that_is_a_path(hub, files, commit, tmp_path, key, value, skip):
    hub.fault(method="HEAD", headers={key: value}, skip=skip)
    refused(zoo.HubError, key, files=files)
    assert not list(tmp_path.rglob("evil*")) and not Path("/evil").exists()


def test_a_listing_with_paths_that_lead_out(hub, tiny, files, tmp_path):
    evil = {"../../evil": b"x", "/evil": b"x", "assets/../../../evil": b"x"}
    hub.add("user/tiny", files | evil)
    loads(tiny)
    assert not list(tmp_path.rglob("evil*")) and not Path("/evil").exists()


def test_an_answer_that_is_no_hubs(hub, files, commit):
    hub.fault(method="HEAD", headers={"X-Repo-Commit": None, "ETag": None})
    refused(zoo.HubError, "not a Hub", "HF_ENDPOINT", files=files)


def test_no_case_sends_a_token_to_the_second_origin(hub, tiny, commit, monkeypatch, no_pauses):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    hub.fault(origin="cdn", method="GET", truncate=100, times=1)
    hub.fault(origin="cdn", method="GET", flip=True, times=1)
    loads(tiny)
    assert hub.count("GET", origin="cdn") >= 3
    assert not any(request.authorized for request in hub.requests if request.origin == "cdn")


# A record in the cache that is not its commit's.


def forged(files):
    """Return a record that is whole in itself and not the commit's."""
    record = json.loads(files["zoo.json"])
    return json.dumps({**record, "description": "Another."}).encode()


def as_a_file(pointer, data):
    pointer.unlink()
    pointer.write_bytes(data)


def as_another_content(pointer, data):
    blob = pointer.resolve().with_name(content_name(data, like="0" * 40))
    blob.write_bytes(data)
    pointer.unlink()
    pointer.symlink_to(f"../../blobs/{blob.name}")


def remembered():
    return list(Path(constants.HF_HUB_CACHE).glob("models--*/zoo/*.json"))


@pytest.mark.parametrize("known", [True, False], ids=["met before", "never met"])
@pytest.mark.parametrize("tamper", [as_a_file, as_another_content])
def test_a_forged_record_under_a_pinned_commit_is_noticed(hub, files, commit, tamper, known):
    """Fetched again once; if the Hub is not there, refused, or used with a warning."""
    zoo.pipeline(SOURCE, revision=commit)
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit
    tamper(pointer / "zoo.json", forged(files))
    if not known:
        remembered()[0].unlink()
    assert zoo.info(SOURCE, revision=commit).description == ""
    assert hub.count("GET", "zoo.json") == 2
    assert (pointer / "zoo.json").read_bytes() == files["zoo.json"]
    hub.requests.clear()
    zoo.info(SOURCE, revision=commit)
    assert hub.requests == [] and len(remembered()) == 1


@pytest.mark.parametrize("tamper", [as_a_file, as_another_content])
def test_without_a_network_a_forged_record_is_refused(hub, files, commit, monkeypatch, tamper):
    zoo.pipeline(SOURCE, revision=commit)
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit
    tamper(pointer / "zoo.json", forged(files))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with ends(), pytest.raises(zoo.CheckpointError, match="is damaged"):
        zoo.info(SOURCE, revision=commit)


def test_what_nobody_vouches_for_is_told(hub, files, commit, monkeypatch, caplog):
    """A cache that another program filled, and no network: contents have their names alone."""
    zoo.pipeline(SOURCE, revision=commit)
    remembered()[0].unlink()
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert zoo.info(SOURCE, revision=commit).name == "tiny"
    assert "as the cache has it" in caplog.text and remembered() == []
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit
    as_a_file(pointer / "zoo.json", files["zoo.json"])
    with pytest.raises(zoo.CheckpointError, match="cannot be verified"):
        zoo.info(SOURCE, revision=commit)
    assert (pointer / "zoo.json").read_bytes() == files["zoo.json"]  # and it is left alone


def test_a_cache_without_links_is_read(hub, tiny, files, commit):
    zoo.pipeline(SOURCE, revision=commit)
    pointer = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit
    for name in files:
        as_a_file(pointer / name, files[name])
    for place in remembered():
        place.unlink()
    loads(tiny, revision=commit)
    hub.requests.clear()
    loads(tiny, revision=commit)
    assert hub.requests == []
