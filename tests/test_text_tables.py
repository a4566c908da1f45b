"""Files of labelled texts as people publish them are read at first try, and what was found told."""

from __future__ import annotations

import warnings

import pytest

from table_files import KINDS, ROWS
from zoo.datasets.columns import Reading
from zoo.datasets.labels import label_names
from zoo.datasets.tables import read_columns


@pytest.mark.parametrize("kind", KINDS)
def test_a_published_file_is_read_at_first_try(tmp_path, kind):
    name, content, options, told = KINDS[kind]
    (tmp_path / name).write_bytes(content)
    reading = {key: options[key] for key in ("encoding", "delimiter", "header") if key in options}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        columns = read_columns(
            tmp_path / name,
            options.get("first", "text"),
            options.get("second", "label"),
            Reading(**reading),
        )
        labels = label_names(columns)
    texts = [text.replace("\u2026", ".") for text in columns.texts]
    assert list(zip(texts, labels, strict=True)) == ROWS
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == (told is not None) and all("\n" not in line for line in messages)
    if told is not None:
        import re

        assert re.search(told, messages[0]), messages
