"""Detection of anomalies: no look ahead, flat memory, bands, pictures, and what is refused."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from typer.testing import CliRunner

import zoo
from zoo.cli.main import app
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec
from zoo.series.examples import WatchedDataset
from zoo.tasks.time_series_anomaly_detection import together
from zoo.tasks.time_series_anomaly_detection.network import quantile
from zoo.tasks.time_series_anomaly_detection.rows import read_rows, scored
from zoo.tasks.time_series_anomaly_detection.scoring import densities
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import mixture_of, signed_surprise
from zoo.tasks.time_series_anomaly_detection.synthetic import synthetic_series
from zoo.tasks.time_series_anomaly_detection.testing import make_detector, watched
from zoo.tasks.time_series_anomaly_detection.together import scored_together


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_detector(tmp_path_factory.mktemp("detector") / "tiny")


@pytest.fixture(scope="module")
def pipeline(path):
    return zoo.pipeline(path)


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 199), st.integers(0, 5))
def test_what_follows_a_row_does_not_change_its_score(pipeline, rows, seed):
    series = watched(200, seed)
    changed = np.concatenate([series[:rows], 1e3 * watched(200, seed + 1)])
    np.testing.assert_array_equal(pipeline(changed)[:rows], pipeline(series)[:rows])


def test_a_row_that_does_not_belong_is_the_most_unusual(pipeline):
    series = watched(300)
    found = pipeline.detect(series)
    assert int(found.scores.argmax()) == 200 and found.alarms[200]
    assert ((found.scores >= 0) & (found.scores <= 1)).all() and found.scores[:30].max() == 0
    np.testing.assert_array_equal(found.alarms, found.scores >= pipeline.threshold)
    np.testing.assert_array_equal(found.scores, pipeline(series))
    # In units and places of one's own the rows are as unusual.
    other = pipeline(series * 1e4 + 5e6)
    assert int(other.argmax()) == 200
    # Nothing is unusual where nothing happens, and little is what it was forecast to be.
    assert pipeline(np.full(200, 7.0)).max() < 0.6


def test_an_alarm_silences_what_is_not_stronger():
    spec = AnomalyDetectorSpec(components=1, hold=20, error_steps=1, weights=(1, 0, 0, 0))
    # The forecast is that nothing changes.
    forecasts = np.zeros((400, 3))
    series = np.random.default_rng(0).normal(0, 1, 400)
    series[200:206] = 40.0, 0.0, 39.0, 0.0, 4e3, 0.0
    scores = scored(series, forecasts, spec)
    assert scores[200] > 0.7 and scores[202] == 0.0 and scores[204] > scores[200]
    assert (scores[206:224] == 0).all()


def test_memory_is_flat_and_a_step_is_a_number(pipeline):
    session, sizes = pipeline.session(), set()
    for x in watched(400)[:, 0]:
        assert type(session.step(x)) is float
        sizes.add(len(session.to_bytes()) // 64)
    assert len(sizes) <= 2 and session.state.rows == 400
    with pytest.raises(zoo.InputError, match="Expected a state"):
        session.state = dataclasses.replace
    state = session.state
    for change in ({"rows": -1}, {"recent": state.recent[1:]}, {"scaling": (0.0, -1.0, 0.0, 0.0)}):
        import msgspec

        with pytest.raises(zoo.InputError, match="Expected a state"):
            session.state = msgspec.structs.replace(state, **change)
    with pytest.raises(ValueError, match="read-only"):
        state.network[0] = 1.0


def test_forecasts_are_distributions():
    mixture = mixture_of([0.3, -0.2, 1.0, -1.0, -0.5, 0.2], 0.7)
    weights, places, widths = (np.array(part) for part in zip(*mixture, strict=True))
    assert weights.sum() == pytest.approx(1) and places.tolist() == pytest.approx([1.0, 0.4])
    for share in (0.025, 0.5, 0.9):
        at = quantile(mixture, share)
        assert (weights * norm.cdf(at, places, widths)).sum() == pytest.approx(share, abs=1e-9)
    # One normal distribution: deviations where it matters, and the sign says where.
    one = [(1.0, 2.0, 0.5)]
    assert signed_surprise(one, 2.0) == pytest.approx(0.0, abs=1e-6)
    for z in (-3.0, 2.0, 8.0):
        tail = 2 * norm.sf(abs(z))
        expected = np.sign(z) * np.sqrt(-2 * np.log(tail))
        assert signed_surprise(one, 2.0 + 0.5 * z) == pytest.approx(expected)
    assert 37 < signed_surprise(one, 1e3) < signed_surprise(one, 1e4)


@pytest.mark.slow
def test_density_and_loss_are_the_same(path):
    model = zoo.load(path)
    model.compile()
    series = watched(64)
    (logs,) = densities([series[:, 0]], model.forecasts([series[:, 0]]), model.spec)
    rows, targets = read_rows(series[:, 0], model.spec)
    mask = np.ones((1, 63), bool)
    outputs = model({"series": rows[None, :-1].astype(np.float32), "padding_mask": mask})
    loss = model.loss(((targets - rows[:, 0])[None, :-1]).astype(np.float32), outputs)
    assert float(loss) == pytest.approx(-logs.mean(), abs=1e-4)


def test_series_side_by_side_are_scored_as_one_after_the_other(pipeline, monkeypatch):
    # Longer than what the network is fed at a time, and in several groups.
    lengths = (1_200, 1, 61, 300, 2, 90, 61, 150)
    series = [watched(rows, seed)[:, 0] for seed, rows in enumerate(lengths)]
    series[3] = series[3] * 1e4 + 5e6
    monkeypatch.setattr(together, "_CELLS", 5_000)
    found = dict(scored_together(pipeline.model, series))
    for index, (item, answer) in enumerate(zip(series, pipeline(series), strict=True)):
        expected, said = pipeline.model.scores_and_forecasts(item)
        np.testing.assert_allclose(found[index].forecasts, said, atol=1e-5)
        np.testing.assert_allclose(found[index].scores, expected, atol=1e-4)
        np.testing.assert_array_equal(answer, found[index].scores)
        np.testing.assert_allclose(pipeline(item), expected)


def test_figures_with_and_without_windows(path):
    series = [watched(300, seed) for seed in range(3)]
    windows = [np.array([[195, 215]]), np.array([[190, 230]]), np.zeros((0, 2), int)]
    task = zoo.task.task_named("time-series-anomaly-detection")
    pipeline = zoo.pipeline(path)
    told = []
    how = zoo.interfaces.Scoring(tell=told.append)
    metrics = {m.name: m for m in task.evaluate(pipeline, WatchedDataset(series, windows), how)}
    names = ["nab_score", "nab_low_fp", "nab_low_fn", "nll", "coverage_95"]
    assert [*metrics] == names and metrics["nab_score"].num_examples == 3
    assert metrics["nab_low_fp"].value <= metrics["nab_score"].value <= 100
    assert "outside" in "".join(told) and "threshold" in "".join(told)
    plain = task.evaluate(pipeline, WatchedDataset(series), how)
    assert [m.name for m in plain] == names[3:]
    assert plain[0].value == metrics["nll"].value
    with pytest.raises(zoo.InputError, match="at least 2 rows"):
        task.evaluate(pipeline, WatchedDataset([watched(1)]), how)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_the_command_marks_rows_and_draws(path, tmp_path):
    lines = [
        f"2024-01-01 {m // 60:02d}:{m % 60:02d},{x!r}"
        for m, x in enumerate(watched(300)[:, 0].tolist())
    ]
    (tmp_path / "metrics.csv").write_text("\n".join(["at,load", *lines]) + "\n")
    done = run("predict", path, tmp_path / "metrics.csv", "--plot", tmp_path / "alarms.png")
    assert done.exit_code == 0, done.output
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    marked = [row for row in rows if row[-1] == "alarm"]
    # Rows are counted as lines are: from 1.
    assert len(rows) == 300 and ["201", "2024-01-01 03:20:00.000"] in [row[:2] for row in marked]
    assert (tmp_path / "alarms.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(run("predict", path, tmp_path / "metrics.csv", "--json").stdout)
    assert found[0]["alarms"] == [row[-1] == "alarm" for row in rows]
    for more, words in (
        (["--plot", tmp_path / "alarms.txt"], "ends in .png"),
        ([tmp_path / "metrics.csv", "--plot", tmp_path / "x.png"], "one series"),
    ):
        done = run("predict", path, tmp_path / "metrics.csv", *more)
        assert done.exit_code != 0 and words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a,b\n1,2\n3,4\n", "--columns"),
        ("a\n1\n\nx\n", "x"),
        ("a\n1\nnan\n3\n", "--fill"),
        ("a\n", "no numbers|without|at least"),
    ],
)
def test_what_is_no_series_of_one_channel_is_refused_in_a_line(path, tmp_path, content, words):
    (tmp_path / "metrics.csv").write_text(content)
    done = run("predict", path, tmp_path / "metrics.csv")
    assert done.exit_code != 0 and "Traceback" not in done.stderr
    import re

    assert re.search(words, done.stderr), done.stderr


@pytest.mark.parametrize(
    "more", [{"bidirectional": True}, {"channels": 3}, {"lags": (1,)}, {"frame": 2}]
)
def test_a_network_that_reads_something_else_is_refused(tmp_path, more):
    from zoo.errors import CheckpointError

    spec = SeriesRecurrentBackboneSpec(**{"channels": 2, "cell": "gru", "units": 4, **more})
    path = make_detector(tmp_path / "other", spec) if more.get("channels") != 3 else None
    if path is None:
        from zoo.tasks.time_series_anomaly_detection.network import check_network

        with pytest.raises(zoo.InputError, match="2 channels"):
            check_network(spec)
        return
    with pytest.raises((CheckpointError, zoo.InputError), match="a row after the other"):
        zoo.pipeline(path)


def test_what_was_expected_of_a_row_is_told_by_the_rows_before_it(path, pipeline, tmp_path):
    model, series = zoo.load(path), watched(120)
    found = zoo.explain(model, series, row=100)
    assert found.scores.shape == (99, 2) and found.steps[0] == "1" and found.steps[-1] == "99"
    assert found.scores.sum() == pytest.approx(found.score - found.baseline, abs=1e-3)
    detection = pipeline.detect(series)
    assert detection.low[99] <= found.value <= detection.high[99]
    # Nothing from the row on matters, and by default it is the most unusual one.
    series[99] = 1e3
    again = zoo.explain(model, series, method="gradient_x_input")
    assert again.label == "expected change to row 100"
    assert again.value == pytest.approx(found.value)
    for row in (1, 121, "last"):
        with pytest.raises(zoo.InputError, match=r"row from 2.* to 120"):
            zoo.explain(model, series, row=row)
    trace = zoo.inspect(model, series)
    assert trace.tokens[0] == "1" and len(trace.tokens) == 120


def test_series_that_never_were_are_the_same_each_time_and_of_every_kind():
    one, again = synthetic_series(12, 1), synthetic_series(12, 1)
    for left, right in zip(one, again, strict=True):
        np.testing.assert_array_equal(left, right)
    assert all(np.isfinite(item).all() and 600 <= len(item) < 2_500 for item in one)
    assert len({round(float(item.std()), 3) for item in one}) == 12
