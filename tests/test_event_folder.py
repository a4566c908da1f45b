"""Which event files go up to the Hub, and under which names."""

from __future__ import annotations

import os

import pytest

import zoo
from zoo.boards import event_folder
from zoo.boards.event_folder import EVENTS, own_events, read_events


def events(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{EVENTS}{name}").write_bytes(name.encode())


@pytest.mark.parametrize(
    ("name", "pushed"),
    [
        ("17.my.machine.3.0", "17.3.0"),
        ("17.10.0.0.1.3.0.v2", "17.3.0.v2"),
        ("17.my-machine", "17.0.0"),
        ("1", "1.0.0"),
        ("", "0.0.0"),
        ("my-machine.v2", "0.0.0"),
    ],
)
def test_an_event_file_goes_up_without_its_machine(tmp_path, name, pushed):
    events(tmp_path / "a", name)
    assert read_events(tmp_path) == {f"runs/a/{EVENTS}{pushed}": name.encode()}


def test_files_that_would_have_one_name_all_go_up(tmp_path):
    events(tmp_path, "17.one", "17.two", "17.a.0.0")
    assert sorted(read_events(tmp_path).values()) == [b"17.a.0.0", b"17.one", b"17.two"]


def test_no_link_is_followed_and_nothing_waits(tmp_path):
    secret = tmp_path / "secret"
    events(secret, "1.secret.0.0")
    logs = tmp_path / "tiny.run" / "tensorboard"
    events(logs, "2.own.0.0")
    (logs / f"{EVENTS}3.link.0.0").symlink_to(secret / f"{EVENTS}1.secret.0.0")
    (logs / "folder").symlink_to(secret)
    os.mkfifo(logs / f"{EVENTS}4.fifo.0.0")
    with pytest.warns(UserWarning, match="3 links or special files"):
        assert list(read_events(logs)) == [f"runs/{EVENTS}2.0.0"]
    with pytest.warns(UserWarning, match="3 links or special files"):
        assert list(own_events(tmp_path / "tiny")) == [f"runs/{EVENTS}2.0.0"]
    (tmp_path / "link").symlink_to(secret)
    with pytest.raises(zoo.DataError, match="a link"):
        read_events(tmp_path / "link")
    for link, target in (("other.run", logs.parent), ("third.run/tensorboard", secret)):
        (tmp_path / link).parent.mkdir(exist_ok=True)
        (tmp_path / link).symlink_to(target)
        with pytest.warns(UserWarning, match="left out"):
            assert own_events(tmp_path / link.partition(".")[0]) == {}
    assert own_events(tmp_path / "none") == {}


def test_what_is_too_large_is_told(tmp_path, monkeypatch):
    events(tmp_path, "1.a.0.0", "2.a.0.0")
    monkeypatch.setattr(event_folder, "_MAX_BYTES", 10)
    with pytest.raises(zoo.DataError, match="at most 10 bytes together"):
        read_events(tmp_path)
    monkeypatch.setattr(event_folder, "_MAX_BYTES", 1_000)
    monkeypatch.setattr(event_folder, "_MAX_FILES", 1)
    with pytest.raises(zoo.DataError, match="at most 1 event files"):
        read_events(tmp_path)
