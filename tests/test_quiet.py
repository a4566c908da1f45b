"""What other libraries would print."""

from __future__ import annotations

import logging

import pytest

from zoo.common import quiet


def test_tensorflow_is_imported_quietly_before_what_would_import_it_later(monkeypatch):
    imported = []
    monkeypatch.setattr(quiet.importlib, "import_module", imported.append)
    monkeypatch.setattr(quiet.sys, "modules", {})
    quiet.import_quietly("tensorflow_datasets")
    assert imported == ["tensorflow", "tensorflow_datasets"]


@pytest.mark.parametrize(("size", "told"), [(8, False), (4, True)])
def test_the_read_ahead_of_keras_hub_is_not_told(size, told):
    message = "prefetch_buffer_size=%s is smaller than num_threads=%s. This will"
    record = logging.LogRecord("absl", logging.WARNING, "", 0, message, (size, 16), None)
    assert quiet._no_read_ahead(record) is told


def test_keras_is_imported_with_that_filter():
    quiet.import_keras()
    assert quiet._no_read_ahead in logging.getLogger("absl").filters
