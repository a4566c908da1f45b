"""Several processes, processes that are killed, and disks that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from huggingface_hub import constants

import zoo
from helpers import checkpoint_files

ROOT = Path(__file__).parent.parent
SOURCE = "hf://user/tiny"
ASK = f"import zoo\nprint(zoo.pipeline({SOURCE!r})('a film'))\n"


@pytest.fixture
def repository(hub, tiny):
    return hub.add("user/tiny", checkpoint_files(tiny))


def start(code=ASK, **environment):
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def finish(process):
    stdout, stderr = process.communicate(timeout=600)
    return process.returncode, stdout, stderr


def wait_for(condition):
    deadline = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_processes_at_once_make_one_transfer(hub, repository, tiny):
    hub.fault(method="GET", origin="cdn", stall=2)  # until all of them are there
    processes = [start() for _ in range(3)]
    expected = str(zoo.pipeline(tiny)("a film"))
    for process in processes:
        code, stdout, stderr = finish(process)
        assert (code, stdout.strip()) == (0, expected), stderr
    assert hub.count("GET", origin="cdn") == 1
    assert hub.count("GET", "zoo.json") == 1


def test_killed_in_the_middle_of_a_transfer(hub, repository, tiny):
    hub.fault(method="GET", origin="cdn", stall=100, stall_after=1000, times=1)
    process = start()
    wait_for(lambda: hub.count("GET", origin="cdn") == 1)
    process.send_signal(signal.SIGKILL)
    finish(process)
    assert zoo.pipeline(SOURCE)("a film") == zoo.pipeline(tiny)("a film")
    commit = repository.branches["main"]
    folder = Path(constants.HF_HUB_CACHE) / "models--user--tiny" / "snapshots" / commit
    assert checkpoint_files(folder) == checkpoint_files(tiny)


def test_interrupted_by_the_user(hub, repository, tiny):
    hub.fault(method="GET", origin="cdn", stall=100, stall_after=1000, times=1)
    code = (
        "import signal\nfrom zoo.cli.main import app\n"
        # A shell starts what runs in its background with the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "app(['pull', 'hf://user/tiny'])\n"
    )
    process = start(code)
    wait_for(lambda: hub.count("GET", origin="cdn") == 1)
    process.send_signal(signal.SIGINT)
    code, stdout, stderr = finish(process)
    assert (code, stdout) == (130, "") and stderr.splitlines()[-1] == "error: interrupted"
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.incomplete"))
    assert zoo.pipeline(SOURCE)("a film") == zoo.pipeline(tiny)("a film")


def test_offline_in_the_environment(hub, repository, tiny):
    code, _, stderr = finish(start(HF_HUB_OFFLINE="1"))
    assert code == 1 and "zoo.errors.HubError" in stderr and "HF_HUB_OFFLINE" in stderr
    zoo.pipeline(SOURCE)
    hub.requests.clear()
    code, stdout, stderr = finish(start(HF_HUB_OFFLINE="1"))
    assert (code, stdout.strip()) == (0, str(zoo.pipeline(tiny)("a film"))), stderr
    assert hub.requests == []


def test_the_endpoint_of_the_environment_is_asked(hub, repository):
    code, _, stderr = finish(start(HF_ENDPOINT="http://127.0.0.1:9"))
    assert code == 1 and "zoo.errors.HubError" in stderr and "http://127.0.0.1:9" in stderr
    assert hub.requests == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 KiB, where this user may mount one."""
    path = tmp_path / "small"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no file system of a given size can be mounted: {error}")
    if done.returncode:
        pytest.skip(f"no file system of a given size can be mounted: {done.stderr.strip()}")
    yield path
    subprocess.run(["umount", str(path)], check=True)


@pytest.mark.filterwarnings("ignore:Not enough free disk space")
def test_a_full_disk(hub, repository, tiny, small_disk, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(constants, "HF_HUB_CACHE", str(small_disk / "hub"))
        with pytest.raises(zoo.OutputError, match=r"No space.*HF_HOME"):
            zoo.pipeline(SOURCE)
        assert not list(small_disk.rglob("*.incomplete"))
    assert zoo.pipeline(SOURCE)("a film") == zoo.pipeline(tiny)("a film")


def test_a_full_disk_where_nothing_can_be_mounted(hub, repository, tiny):
    pytest.importorskip("resource")
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))\n"
    code, _, stderr = finish(start(limit + ASK, PYTHONDONTWRITEBYTECODE="1"))
    assert code == 1 and "zoo.errors.OutputError" in stderr and "No space" in stderr
    assert not list(Path(constants.HF_HUB_CACHE).rglob("*.incomplete"))
    assert zoo.pipeline(SOURCE)("a film") == zoo.pipeline(tiny)("a film")


def test_pull_onto_a_full_disk(hub, repository, small_disk):
    with pytest.raises(zoo.OutputError, match="could not be written"):
        zoo.pull(SOURCE, small_disk / "copy")
    assert list(small_disk.iterdir()) == []
