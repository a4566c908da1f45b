"""Fixtures of all tests."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before anything imports TensorFlow

import pytest

from helpers import make_checkpoint


@pytest.fixture
def tiny(tmp_path):
    """A fresh checkpoint directory of a tiny LSTM."""
    return make_checkpoint(tmp_path / "tiny")
