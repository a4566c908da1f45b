"""The state of a run: what is written is read, and nothing else is."""

from __future__ import annotations

import io
import json
import os
import zipfile

import msgspec
import numpy as np
import pytest

from zoo.errors import InputError
from zoo.fitting.state import SavedProgress, load_arrays, load_progress, save_state

ARRAYS = {
    "a": np.arange(6, dtype=np.float32).reshape(2, 3),
    "b": np.asfortranarray(np.ones((3, 2))),
    "c": np.array(7),
}
EXPECTED = {name: (array.shape, array.dtype) for name, array in ARRAYS.items()}
PROGRESS = SavedProgress(
    identity={"seed": 1},
    epoch=1,
    step=3,
    best_epoch=1,
    best={"loss": 0.5},
    history=[{"epoch": 1, "loss": 0.75}],
)


@pytest.fixture
def state(tmp_path):
    path = tmp_path / "state.npz"
    assert load_progress(path) is None
    save_state(path, ARRAYS, PROGRESS)
    return path


def rewritten(path, change, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def packed(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def progress(**fields):
    text = json.dumps({**msgspec.structs.asdict(PROGRESS), **fields})
    return {"progress.json.npy": packed(np.frombuffer(text.encode(), np.uint8))}


HUGE = packed(np.zeros((1, 1))).replace(b"(1, 1), ", b"(9999999, 9999999), ")
assert b"9999999" in HUGE


def test_what_is_written_is_read(state):
    assert load_progress(state) == PROGRESS
    for name, array in load_arrays(state, EXPECTED).items():
        np.testing.assert_array_equal(array, ARRAYS[name])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": 10**9 * 9}, "step"),
        ({"step": -1}, "step"),
        ({"epoch": 2}, "history of 2 epochs"),
        ({"best_epoch": 2}, "cannot be the best"),
        ({"seconds": "1"}, "seconds"),
        ({"identity": None}, "identity"),
        ({"more": 1}, "more"),
        ({"history": [{"epoch": "1"}]}, "history"),
    ],
)
def test_progress_that_cannot_be_is_refused(state, change, words):
    rewritten(state, lambda members: members.update(progress(**change)))
    with pytest.raises(InputError, match=f"state of a training run.*{words}.*Remove that file"):
        load_progress(state)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"a.npy": packed(np.zeros((2, 4), np.float32))}, "a has the shape .2, 4"),
        ({"a.npy": packed(np.zeros((2, 3)))}, "a has the shape .2, 3. of float64"),
        ({"a.npy": packed(np.array([object()]))}, "of object"),
        ({"a.npy": HUGE}, "9999999, 9999999. of float64 in"),
        ({"a.npy": b"no array"}, "magic string"),
        ({"a.npy": packed(ARRAYS["a"]) + b"more"}, "bytes"),
        ({"a.npy": packed(np.full((2, 3), np.nan, np.float32))}, "Expected finite numbers"),
        ({"d.npy": packed(ARRAYS["a"])}, "holds 5 arrays, such as"),
        ({"progress.json.npy": packed(np.zeros((9, 9)))}, "progress.json has the shape"),
    ],
)
def test_arrays_that_are_others_are_refused(state, change, words):
    rewritten(state, lambda members: members.update(change))
    with pytest.raises(InputError, match=words):
        load_progress(state)
        load_arrays(state, EXPECTED)


def test_a_state_that_unpacks_to_more_is_refused(state):
    """Eight megabytes would become gigabytes."""
    rewritten(
        state,
        lambda members: members.update({"a.npy": packed(np.zeros((1 << 10, 1 << 10)))}),
        zipfile.ZIP_DEFLATED,
    )
    for read in (load_progress, lambda path: load_arrays(path, EXPECTED)):
        with pytest.raises(InputError, match="is compressed"):
            read(state)


def test_what_is_no_state_is_refused(state):
    content = state.read_bytes()
    for wrong in (content[:-30], b"", content.replace(b"\x00\x00\x40\x40", b"\x00\x00\x41\x40")):
        assert wrong != content
        state.write_bytes(wrong)
        with pytest.raises(InputError, match="cannot be read"):
            load_arrays(state, EXPECTED)
    state.unlink()
    os.mkfifo(state)
    with pytest.raises(InputError, match="a pipe"):
        load_progress(state)
