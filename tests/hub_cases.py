"""How a case of trouble with the Hub must end: in a right model, or in one error of ours."""

from __future__ import annotations

import functools
import hashlib
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from huggingface_hub import constants

import zoo
from helpers import checkpoint_files
from zoo.fetching import hub_client
from zoo.hub import upload
from zoo.hub.staging import stage
from zoo.tasks.text_classification.testing import make_checkpoint

SOURCE = "hf://user/tiny"
# What a push makes beside the files of the checkpoint.
COPIES = {
    "README.md",
    "metadata.json",
    "model.weights.h5",
    "onnx/model.onnx",
    "onnx/stream.onnx",
    "runs/record/events.out.tfevents.0000000000.0.0",
    "task.json",
    "task.weights.h5",
}


@contextmanager
def ends():
    start = time.monotonic()
    yield
    assert time.monotonic() - start < 300  # it would be hours


@contextmanager
def impatient():
    """Wait a second for what users wait longer for: an answer, or before asking again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
        patch.setattr(constants, "HF_HUB_ETAG_TIMEOUT", 1)
        patch.setattr(hub_client, "_PATIENCE", 2.0)
        patch.setattr(upload, "_PATIENCE", 2.0)
        patch.setattr(upload, "_TIMEOUTS", dict.fromkeys(upload._TIMEOUTS, 1.0))
        sleep = time.sleep
        patch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.5)))
        yield


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


@functools.cache
def further_files():
    """A tiny checkpoint's files with other weights."""
    with tempfile.TemporaryDirectory() as folder:
        model = zoo.load(make_checkpoint(Path(folder) / "old"))
        model.logits.bias.assign([0.5, 0.25, -1.0])
        return checkpoint_files(zoo.save(model, Path(folder) / "tiny"))


def further(path):
    """Give the tiny checkpoint other weights."""
    for name, data in further_files().items():
        (path / name).write_bytes(data)


STAGED = {}


def stage_once(source, repo_id, tensorboard):
    """Return what goes up of a checkpoint, which is made once of the same files."""
    path = Path(source)
    if tensorboard is not None or not path.is_dir() or path.with_suffix(".run").exists():
        return stage(source, repo_id, tensorboard)
    key = (path.name, repo_id, *checkpoint_files(path).items())
    if key not in STAGED:
        STAGED[key] = stage(source, repo_id, tensorboard)
    return STAGED[key]
