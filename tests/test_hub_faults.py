"""What networks do: a right model or one error of ours, and no waiting without end."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from huggingface_hub import constants

import zoo
from helpers import checkpoint_files, edit_record
from hub_cases import SOURCE, assert_clean, ends, impatient, loads, refused
from zoo.fetching.hub_client import download
from zoo.formats import WEIGHTS
from zoo.task import task_named

CONFIG = "config.json"


@pytest.fixture(autouse=True)
def _loud_logs(caplog):
    caplog.set_level(logging.INFO)


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
    hub.fault(**fault)
    with impatient():
        refused(zoo.HubError, files=files, revision=commit)
    hub.faults.clear()
    loads(tiny)


@pytest.mark.slow
def test_a_server_that_stalls_is_given_up_within_half_a_minute(hub, files, commit):
    """With all the pauses of the client and ours: the slowest case there is."""
    hub.fault(method="GET", origin="cdn", stall=100, stall_after=1000)
    refused(zoo.HubError, files=files, revision=commit)


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


FILES = ["zoo.json", *sorted(task_named("text-classification").format.files)]


@pytest.mark.parametrize("name", FILES)
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
