"""Fixtures of all tests."""

from __future__ import annotations

import os
import tempfile

from hub_server import HubServer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before anything imports TensorFlow

# The Hub's client reads its environment when it is imported, by Keras too. No test talks to the
# real Hub, and none reads or fills the cache and the login of whoever runs the tests.
_HUB = HubServer()
_HOME = tempfile.TemporaryDirectory(prefix="hub-home-")
for _name in [name for name in os.environ if name.startswith(("HF_", "HUGGING"))]:
    del os.environ[_name]
os.environ |= {
    "HF_ENDPOINT": _HUB.endpoint,
    "HF_HOME": _HOME.name,
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
}

import pytest

from helpers import make_checkpoint


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
    _HUB.reset()
    _HUB.start()
    yield _HUB
    _HUB.reset()
    _HUB.start()
