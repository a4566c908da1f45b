"""Writing to a place where something is: at every moment the old or the new is there, whole."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import zoo
from helpers import checkpoint_files
from zoo import checkpoint
from zoo.files import new_directory, write_atomically, write_directory
from zoo.tasks.text_classification.testing import make_checkpoint


def no_exchange(one, other):
    raise OSError(errno.EINVAL, "Invalid argument")


def names(folder):
    return sorted(place.name for place in folder.iterdir())


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch):
    """Both ways of replacing a directory, whichever the file system offers."""
    if request.param == "two renames":
        monkeypatch.setattr("zoo.common.atomic.exchange", no_exchange)
    return request.param


@pytest.fixture
def versions(tmp_path):
    """The files of two checkpoints."""
    return [
        checkpoint_files(make_checkpoint(tmp_path / "made" / str(seed), seed=seed))
        for seed in (0, 1)
    ]


# Writes a directory twice over an old one. Of each child of its own, it ends one a step later
# than the one before, at whatever Python tells of: opening, making, renaming, removing.
KILLED = """
import os, signal, sys
from pathlib import Path
import zoo.common.atomic
from zoo import checkpoint
from zoo.files import list_files, write_directory

path, way, old, new = Path(sys.argv[1]), sys.argv[2], {"zoo.json": b"old"}, {"zoo.json": b"new"}
for kind in (old, new):
    kind["assets/words"] = kind["zoo.json"]
if way == "two renames":
    def refuse(one, other):
        raise OSError(22, "Invalid argument")
    zoo.common.atomic.exchange = refuse

def contents():
    return {name: (path / name).read_bytes() for name in list_files(path)}

steps = 0
while True:
    write_directory(path, old)
    assert contents() == old
    assert [place.name for place in path.parent.iterdir()] == [path.name], os.listdir(path.parent)
    steps += 1
    child = os.fork()
    if child == 0:
        left = steps
        def count(event, arguments):
            global left
            left -= event.startswith(("os.", "open", "shutil."))
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(count)
        write_directory(path, new)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status == 0:
        break
    zoo.common.atomic.restore(path)  # as whoever reads it does
    assert contents() in (old, new), (steps, contents())
print(steps)
"""


@pytest.mark.parametrize("way", ["exchange", "two renames"])
def test_a_process_killed_at_any_step_leaves_the_old_or_the_new(tmp_path, way):
    root = str(Path(__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "one" / "place"), way],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15  # steps at which it was killed


def test_an_interrupted_replacement_is_repaired_by_whoever_comes_first(versions, tmp_path):
    path = tmp_path / "place"
    write_directory(path, versions[0])
    readers = (checkpoint.read_info, checkpoint.read, zoo.pipeline)
    for reader in readers:
        path.rename(tmp_path / ".place.zoo-replaced")
        reader(path)
        assert checkpoint_files(path) == versions[0]
    path.rename(tmp_path / ".place.zoo-replaced")
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        write_directory(path, versions[1], overwrite=False)
    assert checkpoint_files(path) == versions[0]
    write_directory(path, versions[1])
    assert checkpoint_files(path) == versions[1]
    assert names(tmp_path) == ["made", "place"]


def test_what_a_dead_process_left_is_swept_and_what_a_live_one_writes_is_not(tmp_path):
    path = tmp_path / "place"
    for name in (".place.0123abcd.zoo-tmp", ".place.89abcdef.zoo-tmp"):
        write_directory(tmp_path / name, {"a": b"1"})
    write_atomically(tmp_path / ".place.456789ab.zoo-tmp", b"2")
    mine = (".place.notes", ".other.0123abcd.zoo-tmp", "place.zoo-tmp")
    for name in mine:
        (tmp_path / name).write_bytes(b"mine")
    with new_directory(path) as staging:
        (staging / "b").write_bytes(b"3")
        write_atomically(path, b"4")
        assert staging.is_dir()
        path.unlink()
    assert (path / "b").read_bytes() == b"3"
    assert names(tmp_path) == sorted([*mine, "place"])


def test_of_two_savers_on_a_new_path_one_succeeds(versions, tmp_path):
    path, barrier, results = tmp_path / "place", threading.Barrier(2), []

    def save(files):
        with new_directory(path, overwrite=False) as staging:
            for name in files:
                (staging / name).parent.mkdir(parents=True, exist_ok=True)
                (staging / name).write_bytes(files[name])
            barrier.wait()  # both have found nothing there

    def run(files):
        try:
            save(files)
            results.append(files)
        except zoo.InputError as error:
            results.append(str(error))

    threads = [threading.Thread(target=run, args=(files,)) for files in versions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [result for result in results if isinstance(result, str)]
    assert len(results) == 2 and len(refused) == 1 and "does not exist yet" in refused[0]
    assert checkpoint_files(path) in [result for result in results if result not in refused]


def test_a_reader_gets_the_old_or_the_new_while_it_is_replaced(versions, tmp_path, way):
    path, stop, failed = tmp_path / "place", threading.Event(), []
    write_directory(path, versions[0])

    def replace(first):
        number = first
        while not stop.is_set():
            try:
                write_directory(path, versions[number % 2])
            except BaseException as error:
                failed.append(error)
                raise
            number += 1

    threads = [threading.Thread(target=replace, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(100):
            _, contents = checkpoint.read_contents(path)
            assert contents in versions
            checkpoint.read_info(path)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert names(tmp_path) == ["made", "place"]


def test_a_link_to_a_directory_is_replaced_and_not_what_it_leads_to(tmp_path, way):
    write_directory(tmp_path / "other", {"a": b"1"})
    (tmp_path / "place").symlink_to("other")
    write_directory(tmp_path / "place", {"b": b"2"})
    assert checkpoint_files(tmp_path / "place") == {"b": b"2"}
    assert checkpoint_files(tmp_path / "other") == {"a": b"1"}
    assert names(tmp_path) == ["other", "place"]


def test_a_file_in_the_place_of_a_directory_is_left_alone(tmp_path):
    (tmp_path / "place").write_bytes(b"mine")
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        write_directory(tmp_path / "place", {"b": b"2"})
    assert checkpoint_files(tmp_path) == {"place": b"mine"}


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_umask_is_the_systems_to_apply(tmp_path, monkeypatch, umask):
    """Asking for it sets it, to 0 for a moment, in all threads."""
    set_umask = os.umask
    before = set_umask(umask)
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("the umask was set"))
    try:
        write_atomically(tmp_path / "file", b"1")
        write_directory(tmp_path / "folder", {"a": b"1", "b/c": b"2"})
    finally:
        set_umask(before)
    for path in tmp_path.rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o777 if path.is_dir() else 0o666) & ~umask, path
