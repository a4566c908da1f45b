"""Warnings point at the line of who uses the zoo; what a session is not begun with is refused."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from suite.cases import tiny
from zoo.cli.main import app
from zoo.schema import megabytes


def said_here(call):
    """Return what a call warns of, all of it at a line of this file."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    assert {warning.filename for warning in caught} <= {__file__}
    return [str(warning.message) for warning in caught]


def test_nothing_counts_the_frames_to_its_user_by_itself():
    package = Path(zoo.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if "stacklevel" in path.read_text(encoding="utf-8")
    }
    assert found <= {"common/user_warnings.py", "cli/predict.py"}  # the command has no such line


def test_a_session_of_a_forecaster_warns_of_what_lies_far_off_as_its_pipeline_does():
    pipeline = zoo.pipeline("esn-mackey-glass")
    (told,) = said_here(lambda: pipeline([1.0] * 2_000 + [1e3], horizon=1))[:1]
    assert "lies far from what the model was fitted to" in told
    session, other = pipeline.session(), pipeline.session()
    for piece in (1e3, [[1.0], [-1e3]], [[1e300]]):
        (told,) = said_here(lambda piece=piece: session.step(piece))
        assert "lies far from what the model was fitted to" in told
    (told,) = said_here(lambda: pipeline.step_sessions([session, other], [1.0, 1e3]))
    session.reset()
    assert said_here(lambda: session.step(1.0)) == []
    assert said_here(lambda: session.step(np.ones((5, 1)))) == []


def test_pipelines_and_what_they_write_warn_at_the_line_of_their_user():
    classify = zoo.pipeline(tiny("text-classification"))
    translate, long = zoo.pipeline(tiny("translation")), "Ein Mann. " * 300
    assert said_here(lambda: classify([""]))
    assert said_here(lambda: classify.predict_proba([""]))
    assert said_here(lambda: translate(long, num_beams=1, max_length=2))
    assert said_here(lambda: translate.session(long))
    assert said_here(lambda: list(translate.stream(long, max_length=2)))


def test_a_session_that_begins_with_a_text_wants_it_and_no_beams():
    translate = zoo.pipeline(tiny("translation"))
    with pytest.raises(zoo.InputError, match=r"Expected one text.*Received: NoneType"):
        translate.session()
    for given, options, words in (
        ((), {}, "Received: NoneType"),
        (("Ein Mann.",), {"num_beams": 2}, "text, max_length. Received: .*'num_beams'"),
        (("Ein Mann.", 3, 4), {}, "text, max_length. Received: too many"),
    ):
        for begin in (translate.stream, translate.session):
            with pytest.raises(zoo.InputError, match=words):
                begin(*given, **options)


def test_sizes_of_small_checkpoints_are_not_nothing():
    assert [megabytes(size) for size in (0, 1, 51_000, 12_345_678)] == [
        "0.0",
        "1e-06",
        "0.1",
        "12.3",
    ]
    found = CliRunner().invoke(app, ["info", str(tiny("text-classification"))])
    assert " MB" in found.output and " 0.0 MB" not in found.output
