"""Sessions of every pipeline that makes them: states are values, and pieces come to the whole."""

from __future__ import annotations

import contextlib
import functools
import pickle
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import zoo
from suite.cases import TASKS, cases_of, needs, same, tiny, variants
from zoo.sessions.packing import pack

pytestmark = pytest.mark.filterwarnings("ignore:.*longer than:UserWarning")
every_task = pytest.mark.parametrize("task", TASKS)
every_variant = pytest.mark.parametrize(("task", "variant"), variants())
few = settings(
    deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CUTS = st.lists(st.floats(0, 1), max_size=6).map(sorted)


@functools.cache
def pipeline_of(task, variant=None):
    return zoo.pipeline(tiny(task, variant))


def sessions_of(task, variant=None):
    """Return how a task's sessions are used, or skip a network that makes none."""
    streamed, pipeline = needs(cases_of(task).streamed), pipeline_of(task, variant)
    try:
        streamed.begin(pipeline, cases_of(task).inputs[0])
    except zoo.InputError as error:
        assert str(error).startswith("Expected a network that reads from the start")
        pytest.skip(str(error))
    return streamed, pipeline


def stepped(streamed, pipeline, session, pieces):
    return streamed.joined(pipeline, [session.step(piece) for piece in pieces])


@every_variant
@few
@given(st.data(), CUTS)
def test_any_pieces_come_to_the_whole(task, variant, data, cuts):
    streamed, pipeline = sessions_of(task, variant)
    x = data.draw(st.sampled_from(cases_of(task).inputs))
    session = streamed.begin(pipeline, x)
    received = stepped(streamed, pipeline, session, streamed.pieces(x, cuts))
    same([received], [streamed.whole(pipeline, x)], 1e-5)


@every_task
@few
@given(st.data(), CUTS, st.integers(0, 6))
def test_branches_and_snapshots_do_not_disturb_each_other(task, data, cuts, fork):
    streamed, pipeline = sessions_of(task)
    x, other = (data.draw(st.sampled_from(cases_of(task).inputs)) for _ in range(2))
    pieces = streamed.pieces(x, cuts)
    session = streamed.begin(pipeline, x)
    answers = [session.step(piece) for piece in pieces[:fork]]
    branch, kept = session.fork(), session.state
    # What cannot follow, as times that run backwards, is refused, and disturbs as little.
    with contextlib.suppress(zoo.InputError):
        for piece in streamed.pieces(other, cuts):
            branch.step(piece)
    answers += [session.step(piece) for piece in pieces[fork:]]
    same([streamed.joined(pipeline, answers)], [streamed.whole(pipeline, x)], 1e-5)
    # And a rewind gives the same answers again.
    session.state = kept
    again = [session.step(piece) for piece in pieces[fork:]]
    assert str(again) == str(answers[fork:])
    session.reset()
    received = stepped(streamed, pipeline, session, pieces)
    same([received], [streamed.whole(pipeline, x)], 1e-5)


@every_task
def test_many_sessions_in_one_step_are_answered_as_one_by_one(task):
    streamed, pipeline = sessions_of(task)
    given = cases_of(task).inputs
    sessions = [streamed.begin(pipeline, x) for x in given]
    pieces = [streamed.pieces(x, [at / 10 for at in range(1, 10)]) for x in given]
    alone = [streamed.begin(pipeline, x) for x in given]
    for at in range(min(map(len, pieces))):
        some = [part[at] for part in pieces]
        together = pipeline.step_sessions(sessions, some)
        one_by_one = [one.step(piece) for one, piece in zip(alone, some, strict=True)]
        for left, right in zip(together, one_by_one, strict=True):
            join = functools.partial(streamed.joined, pipeline)
            same([join([left])], [join([right])], 1e-5)


@every_task
def test_a_kept_state_goes_on_in_another_process(task, tmp_path):
    streamed, pipeline = sessions_of(task)
    x = cases_of(task).inputs[0]
    pieces = streamed.pieces(x, [0.3, 0.6])
    session = streamed.begin(pipeline, x)
    session.step(pieces[0])
    kept = session.to_bytes()
    assert kept == session.to_bytes()
    (tmp_path / "state").write_bytes(kept)
    expected = session.step(pieces[1])
    code = (
        "import importlib, pathlib, sys, zoo\n"
        "task, source, state = sys.argv[1:]\n"
        "module = importlib.import_module(f'zoo.tasks.{task}.testing')\n"
        "streamed, x = module.CASES.streamed, module.CASES.inputs[0]\n"
        "session = streamed.begin(zoo.pipeline(source), x)\n"
        "session.restore(pathlib.Path(state).read_bytes())\n"
        "print(session.step(streamed.pieces(x, [0.3, 0.6])[1]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, task.replace("-", "_"), tiny(task), tmp_path / "state"],
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    assert done.stdout == f"{expected}\n"


@every_task
def test_what_is_no_state_or_no_piece_is_refused_and_changes_nothing(task):
    streamed, pipeline = sessions_of(task)
    x = cases_of(task).inputs[0]
    pieces = streamed.pieces(x, [0.3, 0.6])
    session = streamed.begin(pipeline, x)
    session.step(pieces[0])
    kept = session.to_bytes()
    wrong, words = streamed.refused
    with pytest.raises(zoo.InputError, match=words):
        session.step(wrong)
    for data, what in (
        (kept[: len(kept) // 2], "none"),
        (b"", "none"),
        (kept[:-1] + bytes([kept[-1] ^ 1]), "damaged"),
        ("text", "bytes of a session"),
        (pack("another model", {}), "same checkpoint"),
        (pack(pipeline._stream.model, {}), "state"),
    ):
        with pytest.raises(zoo.InputError, match=what):
            session.restore(data)
    with pytest.raises(zoo.InputError, match="Expected a state"):
        session.state = "a state"
    others = streamed.begin(pipeline, x)
    for sessions, steps, what in (
        ([session, session], pieces[:2], "twice"),
        ([session, others], pieces[:1], "Received: 1"),
        ([session, 3], pieces[:2], "this pipeline"),
        (session, pieces[:1], "a list of sessions"),
        ([session, others], "ab", "a list of inputs"),
        ([others, session], [pieces[0], wrong], words),
    ):
        with pytest.raises(zoo.InputError, match=what):
            pipeline.step_sessions(sessions, steps)
    assert session.to_bytes() == kept
    assert pipeline.step_sessions([], []) == []
    assert pickle.loads(pickle.dumps(session)).to_bytes() == kept
