"""Messages about odd files and numbers, and what must not be printed beside them."""

from __future__ import annotations

import errno
import io
import warnings

import numpy as np
import pytest
from rich.console import Console

import zoo
from helpers import rewrite
from zoo.classes.report import class_report, draw_confusion_matrix
from zoo.common.figures import png
from zoo.errors import CheckpointError, DataError, InputError, OutputError
from zoo.files import new_directory
from zoo.fitting.progress import RunProgress
from zoo.series.arrays import check_series
from zoo.series.files import parse_series
from zoo.tables.columns import source_name
from zoo.tables.sources import read_columns


def test_a_series_of_no_finite_numbers_names_one():
    with pytest.raises(
        DataError, match=r"Received: 'inf' in line 3. All of a line was taken for one"
    ):
        parse_series(b"x\n1\ninf\n2\n1e400\n", "here")


@pytest.mark.parametrize(
    "content", ['{"text": "a", "text": "b"}\n', '[{"text": "a", "text": "b"}]']
)
def test_a_key_that_stands_twice_is_refused(tmp_path, content):
    (tmp_path / "a.jsonl").write_text(content)
    with pytest.raises(DataError, match="the key 'text' stands twice"):
        read_columns(tmp_path / "a.jsonl", "text", None)


def test_the_root_has_a_name():
    assert source_name("/") == "/"


def test_a_folder_below_a_file_is_no_lack_of_space(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match=r"(?<!space or )Choose another place"),
        new_directory(tmp_path / "file" / "run"),
    ):
        pass
    with (
        pytest.raises(OutputError, match="Free some space or choose another place"),
        new_directory(tmp_path / "run"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_empty_weights_are_told_as_such(tiny):
    rewrite(tiny, "model.safetensors", b"")
    with pytest.raises(CheckpointError, match=r"Expected: 10 bytes or more. Received: 0"):
        zoo.pipeline(tiny)


def test_one_is_no_plural():
    with pytest.raises(InputError, match=r"Expected 1 channel: the shape"):
        check_series(np.zeros((5, 2)), 1)
    with pytest.raises(InputError, match=r"Expected at least 1 step. Received: 0"):
        check_series(np.zeros((0, 1)))


def test_a_run_with_nothing_to_do_shows_no_bar():
    for begun in (False, True):
        shown = io.StringIO()
        with RunProgress(Console(file=shown, force_terminal=True), epochs=1) as progress:
            if begun:
                progress.begin(0, 5, 0)
        assert bool(shown.getvalue()) is begun


def test_nothing_else_warns_of_labels_and_series_that_are_odd():
    report = class_report(("a\x1b[31m", "b"), np.array([0, 1, 1]), np.array([0, 1, 0]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        png(draw_confusion_matrix(report))
    forecast = zoo.pipeline("esn-mackey-glass")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        forecast(np.random.default_rng(0).random((400, 1)) * 1e300, horizon=2)
    assert {warning.category for warning in caught} == {UserWarning}
