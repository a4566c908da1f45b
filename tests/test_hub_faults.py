"""What networks and strangers do: each case ends in a right model or in one error of ours.

Every case also ends within 30 seconds, which `ends` sees to, and leaves nothing bad in the cache.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from huggingface_hub import constants

import zoo
from helpers import checkpoint_files, edit_record, make_checkpoint
from zoo.formats import TASKS, WEIGHTS
from zoo.hub_client import download

SOURCE = "hf://user/tiny"
CONFIG = "config.json"


@pytest.fixture(autouse=True)
def _loud_logs(caplog):
    caplog.set_level(logging.INFO)


@pytest.fixture
def files(tiny):
    return checkpoint_files(tiny)


@pytest.fixture
def commit(hub, files):
    """The commit of a repository with a tiny checkpoint."""
    return hub.add("user/tiny", files).branches["main"]


@pytest.fixture
def no_pauses(monkeypatch):
    """Take out the seconds between the attempts; the slow tests leave them in."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@contextmanager
def ends():
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 30


def assert_clean(files):
    """Every file in the cache is one of the checkpoint's, whole; and no link leads nowhere."""
    good = {hashlib.sha256(data).digest() for data in files.values()}
    for path in Path(constants.HF_HUB_CACHE).glob("models--*/blobs/*"):
        assert hashlib.sha256(path.read_bytes()).digest() in good, path
    for path in Path(constants.HF_HUB_CACHE).glob("models--*/snapshots/**/*"):
        assert path.exists(), path


def refused(error, *words, files, source=SOURCE, **options):
    with ends(), pytest.raises(error) as caught:
        zoo.pipeline(source, **options)
    message = str(caught.value)
    assert "\n" not in message and "Expected" in message and "Received" in message
    assert "hf_writer" not in message and "secret" not in message
    for word in words:
        assert word in message, message
    assert_clean(files)
    return message


def loads(tiny, **options):
    with ends():
        received = zoo.pipeline(SOURCE, **options)
    texts = ["a moving film", "so so"]
    assert received(texts, top_k=None) == zoo.pipeline(tiny)(texts, top_k=None)
    assert_clean(checkpoint_files(tiny))


# What is not there, or not for everyone.


def test_a_missing_repository(hub, files):
    refused(zoo.HubError, "does not exist, or it is private", "'user/tiny'", files=files)


@pytest.mark.parametrize("token", [None, "hf_stranger"])
def test_a_private_repository(hub, files, commit, monkeypatch, token):
    hub.repositories["user/tiny"].private = True
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    refused(zoo.HubError, "private", "hf auth login", files=files)


@pytest.mark.parametrize("token", [None, "hf_stranger"])
def test_a_gated_repository(hub, files, commit, monkeypatch, token):
    hub.repositories["user/tiny"].gated = True
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    refused(zoo.HubError, "gated", f"{hub.endpoint}/user/tiny", files=files)


def test_a_bad_token(hub, files, commit, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_nobody")
    message = refused(zoo.HubError, "refuses the access token", "HF_TOKEN", files=files)
    assert "hf_nobody" not in message


def test_a_server_that_repeats_the_token(hub, files, commit, monkeypatch, caplog):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    hub.fault(status=403, headers={"X-Error-Message": "hf_writer may not do this"})
    refused(zoo.HubError, "status 403", "hf_***", files=files)
    assert "hf_writer" not in caplog.text


@pytest.mark.parametrize("revision", ["nowhere", "0" * 40])
def test_a_bad_revision(hub, files, commit, revision):
    refused(zoo.HubError, revision, "though the repository does", files=files, revision=revision)


@pytest.mark.parametrize("name", ["zoo.json", CONFIG, WEIGHTS])
def test_a_missing_file(hub, files, name):
    hub.add("user/tiny", {key: data for key, data in files.items() if key != name})
    refused(zoo.HubError, "lacks a file", name, files=files)


# Servers that fail.


def test_errors_of_the_server_and_an_empty_cache(hub, files, commit, no_pauses):
    hub.fault(status=500)
    refused(zoo.HubError, "out of order", "status 500", files=files)
    assert hub.count("HEAD") == 3


def test_one_error_of_the_server_is_survived(hub, tiny, commit, no_pauses):
    hub.fault(status=503, times=1)
    loads(tiny)


@pytest.mark.parametrize("status", [500, 401, 404])
@pytest.mark.parametrize("pinned", [True, False])
def test_errors_of_the_server_and_a_full_cache(hub, tiny, commit, caplog, status, pinned):
    zoo.pipeline(SOURCE)
    hub.fault(status=status)
    hub.requests.clear()
    loads(tiny, revision=commit if pinned else None)
    assert ("using the copy in the cache" in caplog.text) is not pinned
    assert (hub.requests == []) is pinned


def test_too_many_requests_do_not_wait_for_an_hour(hub, files, commit):
    hub.fault(status=429, headers={"Retry-After": "3600"})
    refused(zoo.HubError, "no more requests", "3600", files=files)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_dead_server(hub, tiny, files, commit, no_pauses, pinned):
    options = {"revision": commit} if pinned else {}
    hub.stop()
    refused(zoo.HubError, "Check the network", hub.endpoint, files=files, **options)
    hub.start()
    loads(tiny, **options)
    hub.stop()
    loads(tiny, **options)


@pytest.mark.parametrize("pinned", [True, False])
def test_offline(hub, tiny, files, commit, monkeypatch, pinned):
    options = {"revision": commit} if pinned else {}
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    refused(zoo.HubError, "HF_HUB_OFFLINE", files=files, **options)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    loads(tiny, **options)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    hub.requests.clear()
    loads(tiny, **options)
    assert hub.requests == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    [
        {"method": "HEAD", "stall": 100},
        {"method": "HEAD", "stall": 100, "skip": 1},  # the client's own question, after ours
        {"method": "GET", "origin": "cdn", "stall": 100},
        {"method": "GET", "origin": "cdn", "stall": 100, "stall_after": 1000},
        {"method": "GET", "origin": "cdn", "drip": 0.5},
        {"method": "GET", "origin": "cdn", "drop": True},
        {"status": 500},
    ],
)
def test_a_server_that_stalls_drips_or_hangs_up(hub, tiny, files, commit, fault):
    """With all the pauses of the client and ours: the slowest cases there are."""
    hub.fault(**fault)
    refused(zoo.HubError, files=files, revision=commit)
    hub.faults.clear()
    loads(tiny)


# Transfers that go wrong.


@pytest.mark.parametrize("fault", [{"drop": True}, {"truncate": 100}])
def test_a_transfer_that_breaks_off_always(hub, tiny, files, commit, no_pauses, fault):
    hub.fault(method="GET", origin="cdn", **fault)
    refused(zoo.HubError, "connection", "RemoteProtocolError", files=files)
    hub.faults.clear()
    loads(tiny)


@pytest.mark.parametrize("fault", [{"drop": True}, {"truncate": 100}])
def test_a_transfer_that_breaks_off_once(hub, tiny, commit, no_pauses, fault):
    hub.fault(method="GET", origin="cdn", times=1, **fault)
    loads(tiny)


def test_a_transfer_that_begins_anew_without_end(hub, files, no_pauses):
    """The client tries for ever where every attempt brings 10 MiB that are of no use."""
    tail = bytes(12 << 20)
    hub.add("user/tiny", files | {WEIGHTS: files[WEIGHTS] + tail})
    hub.fault(method="GET", origin="cdn", truncate=11 << 20, whole=True)
    with ends(), pytest.raises(zoo.HubError, match="again and again"):
        download("user/tiny", WEIGHTS, "main", limit=len(files[WEIGHTS]) + len(tail))
    assert_clean(files)


def test_a_body_that_is_complete_but_short(hub, tiny, files, commit):
    hub.fault(method="GET", origin="cdn", short=100)
    refused(zoo.HubError, "incomplete", "Try again", files=files)
    hub.faults.clear()
    loads(tiny)


@pytest.mark.parametrize("name", ["zoo.json", *sorted(TASKS["text-classification"].files)])
@pytest.mark.parametrize("pinned", [True, False])
def test_wrong_bytes_of_the_right_size(hub, tiny, files, commit, name, pinned):
    options = {"revision": commit} if pinned else {}
    path = re.escape(name) + r"(\?|&|$)"
    fault = hub.fault(path, method="GET", flip=True, times=1)
    loads(tiny, **options)
    assert fault.seen == 2
    remove(name)
    hub.fault(path, method="GET", flip=True)
    refused(zoo.CheckpointError, name, "fetched twice", files=files, **options)
    hub.faults.clear()
    loads(tiny, **options)


def remove(name):
    for path in Path(constants.HF_HUB_CACHE).glob(f"models--*/snapshots/*/{name}"):
        path.resolve().unlink()
        path.unlink()


def test_a_body_larger_than_its_size(hub, files, commit):
    for headers in ({}, {"Content-Length": None}):
        hub.faults.clear()
        hub.fault(method="GET", origin="cdn", body=bytes(1 << 20), headers=headers)
        refused(zoo.HubError, "larger than it may be", files=files)
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.incomplete"))


def test_a_record_larger_than_a_record_may_be(hub, files):
    hub.add("user/tiny", files | {"zoo.json": b" " * (5 << 20)})
    refused(zoo.HubError, "zoo.json", "larger", files=files)
    assert hub.count("GET") == 0


def test_a_file_larger_than_listed_is_not_fetched(hub, files):
    hub.add("user/tiny", files | {WEIGHTS: bytes(1 << 20)})
    refused(zoo.HubError, WEIGHTS, "larger", files=files)
    assert hub.count("GET", origin="cdn") == 0


def test_a_listed_size_out_of_bounds(hub, tiny):
    edit_record(tiny, lambda record: record["files"][CONFIG].update(size=1 << 30))
    files = checkpoint_files(tiny)
    hub.add("user/tiny", files)
    refused(zoo.CheckpointError, "config.json", str(1 << 30), files=files)
    assert hub.count("GET") == 1


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
@pytest.mark.parametrize("value", ["../../../../evil", "/tmp/evil", "x" * 40, "."])
def test_a_commit_that_is_a_path(hub, files, commit, tmp_path, value, skip):
    before = {path for path in tmp_path.rglob("*") if "hub-home" not in str(path)}
    hub.fault(method="HEAD", commit=value, skip=skip)
    refused(zoo.HubError, "another commit", files=files)
    assert before == {path for path in tmp_path.rglob("*") if "hub-home" not in str(path)}


@pytest.mark.parametrize("skip", [0, 1])
@pytest.mark.parametrize("key", ["ETag", "X-Linked-Etag"])
@pytest.mark.parametrize("value", ['"../../../../../evil"', '"/tmp/evil"', '".."'])
def test_an_etag_that_is_a_path(hub, files, commit, tmp_path, key, value, skip):
    hub.fault(method="HEAD", headers={key: value}, skip=skip)
    refused(zoo.HubError, key, files=files)
    assert not list(tmp_path.rglob("evil*")) and not Path("/tmp/evil").exists()


def test_a_listing_with_paths_that_lead_out(hub, tiny, files, tmp_path):
    evil = {"../../evil": b"x", "/tmp/evil": b"x", "assets/../../../evil": b"x"}
    hub.add("user/tiny", files | evil)
    loads(tiny)
    assert not list(tmp_path.rglob("evil*")) and not Path("/tmp/evil").exists()


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
