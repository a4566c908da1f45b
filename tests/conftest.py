"""Fixtures of all tests."""

from __future__ import annotations

import collections
import gc
import io
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before anything imports TensorFlow
# Before anything imports NumPy, whose threads wait for one another where every core has a process.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hub_server.environment import HUB  # isort: split

import pytest

from helpers import at_once, checkpoint_files
from zoo.tasks.text_classification.testing import make_checkpoint


def _refuse(event, arguments):
    """Refuse every connection that would leave this machine; other processes are given a proxy."""
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host or "localhost"
    if name not in ("localhost", "::1", "0.0.0.0", "::") and not name.startswith("127."):
        raise ConnectionRefusedError(f"no network in the tests, which asked for {name}")


sys.addaudithook(_refuse)


@pytest.fixture
def tiny(tmp_path):
    """A fresh checkpoint directory of a tiny LSTM."""
    return make_checkpoint(tmp_path / "tiny")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty Hub, and a client with an empty cache and no login; in other processes too."""
    from huggingface_hub import constants

    home = tmp_path / "hub-home"
    monkeypatch.setenv("HF_HOME", str(home))
    monkeypatch.setattr(constants, "HF_HOME", str(home))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(home / "token"))
    monkeypatch.setattr(constants, "HF_STORED_TOKENS_PATH", str(home / "stored_tokens"))
    HUB.reset()
    HUB.start()
    yield HUB
    HUB.reset()
    HUB.start()


@pytest.fixture
def files(tiny):
    """The content of the tiny checkpoint's files by name."""
    return checkpoint_files(tiny)


@pytest.fixture
def commit(hub, files):
    """The commit of a repository with a tiny checkpoint."""
    return hub.add("user/tiny", files).branches["main"]


@pytest.fixture
def no_pauses(monkeypatch):
    """Take out the seconds between the attempts; the slow tests leave them in."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture(autouse=True)
def _few_pictures(request, monkeypatch):
    """Have trainings draw nothing but their end, and small: it is most of a tiny one's time.

    Where a test is marked `pictures`, they draw all, and as large as for users, but for
    `pictures(small=True)`.
    """
    marker = request.node.get_closest_marker("pictures")
    small = marker is None or marker.kwargs.get("small", False)
    if "keras" in sys.modules and small:
        from zoo.finetuning import session
        from zoo.fitting import events
        from zoo.fitting.reports import Reports

        if marker is None:
            monkeypatch.setattr(Reports, "_write", lambda *arguments: None)
        for module in (session, events):
            monkeypatch.setattr(module, "png", _small_png)


@pytest.fixture(autouse=True)
def _soon_compiled():
    """Have TensorFlow run graphs as they are: what is tiny takes longer to optimise than to run."""
    if "tensorflow" in sys.modules and not _AS_THEY_ARE:
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
        _AS_THEY_ARE.append(True)


_AS_THEY_ARE: list[bool] = []  # whether this process has been told so


@pytest.fixture(autouse=True)
def _one_core(monkeypatch):
    """Have recurrent layers be trained as on one core, whatever this machine has.

    On two of them two loops are compiled for each, which `test_training_loops.py` tests.
    """
    recurrent = sys.modules.get("zoo.layers.recurrent")
    if recurrent is not None:
        monkeypatch.setattr(recurrent, "cores", lambda: 1)


def _small_png(figure):
    """Return a figure as a PNG file whose parts may lie over each other: they are laid out once."""
    figure.set_layout_engine("none")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=20)
    return buffer.getvalue()


@pytest.fixture
def eagerly():
    """Have TensorFlow compute at once in a test; see `helpers.at_once`."""
    with at_once():
        yield


@pytest.fixture(autouse=True)
def _eagerly(request):
    """Have TensorFlow do so in a test that is marked `at_once`, as a parameter may be too."""
    if request.node.get_closest_marker("at_once") is not None:
        request.getfixturevalue("eagerly")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Look for no garbage among what is imported: it is much, and all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items):
    """Begin with the files that take long, so that no process is left alone with one at the end."""
    slow = collections.Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])
