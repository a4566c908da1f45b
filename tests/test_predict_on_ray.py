"""Files answered by workers of Ray: the same bytes, whatever dies; and what is refused."""

from __future__ import annotations

import importlib.util
import os
import pickle
import re
import signal
import subprocess
import sys
import time
import types
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

import zoo
from answer_files import HOSTILE, left, written
from zoo.cli.main import app
from zoo.predicting import on_ray, ray_cluster
from zoo.predicting.partial import Partial
from zoo.predicting.plan import Plan
from zoo.task import task_named
from zoo.tasks.text_classification.testing import make_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

TEXT = type(task_named("text-classification"))
HAS_RAY = importlib.util.find_spec("ray") is not None
needs_ray = pytest.mark.skipif(not HAS_RAY, reason="Ray is not installed: pip install 'ray[data]'")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(scope="module")
def model(checkpoint):
    return zoo.pipeline(checkpoint)


@pytest.fixture
def reviews(tmp_path):
    return written(tmp_path / "reviews.csv", HOSTILE)


@pytest.fixture
def in_twos(monkeypatch):
    monkeypatch.setattr(TEXT, "at_once", 2)


@pytest.fixture
def here(monkeypatch):
    """Have a reader and a worker as Ray has them, in this process: the last part comes first."""

    def parts(plan, output, source, model, stop, workers, address):
        worker = on_ray._Worker(*pickle.loads(pickle.dumps((plan, output, pickle.dumps(model)))))
        *found, last = on_ray._read(plan, output, pickle.loads(pickle.dumps(source)))
        for item in [*found[::-1], last]:
            yield pickle.loads(worker(on_ray._block(item))["item"][0].as_py())

    monkeypatch.setattr(on_ray, "need", lambda *_, **__: None)
    monkeypatch.setattr(on_ray, "parts_on_ray", parts)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_parts_come_in_any_order_and_runs_go_on_across_engines(
    model, reviews, tmp_path, in_twos, here, form
):
    zoo.predict_file(model, reviews, tmp_path / f"whole.{form}")

    def stop(*_):
        raise KeyboardInterrupt

    output, engines = tmp_path / f"out.{form}", [None, "ray"]
    for engine in engines:
        with pytest.raises(KeyboardInterrupt, match=r"answers to [23] rows .*--resume"):
            zoo.predict_file(model, reviews, output, engine=engine, progress=stop)
        other, done = next(one for one in engines if one != engine), []
        zoo.predict_file(
            model,
            reviews,
            output,
            engine=other,
            resume=True,
            progress=lambda *how, done=done: done.append(how[1:]),
        )
        assert output.read_bytes() == (tmp_path / f"whole.{form}").read_bytes()
        assert done == sorted(done) and done[-1][0] == done[-1][1]
        assert left(tmp_path) == [f"out.{form}", f"whole.{form}"]
        output.unlink()


def test_what_is_wrong_with_a_part_is_told_and_the_others_are_kept(
    model, reviews, tmp_path, in_twos, here, monkeypatch
):
    output = tmp_path / "out.csv"
    usual = on_ray.compute_part

    def fails(plan, output, pipeline, number, chunk):
        if number == 1:
            raise failures[0]
        return usual(plan, output, pipeline, number, chunk)

    monkeypatch.setattr(on_ray, "compute_part", fails)
    failures = []
    for failure, kind, words in (
        (MemoryError(), zoo.OutputError, "Expected enough memory for a worker.*--workers"),
        (OSError(28, "No space left on device"), zoo.OutputError, "No space left"),
        (zoo.DataError("Expected a text"), zoo.DataError, "Expected a text"),
        (KeyError("of ours"), KeyError, "of ours"),
    ):
        failures[:] = [failure]
        resume = output.with_name("out.csv.partial").exists()
        with pytest.raises(kind, match=words) as told:
            zoo.predict_file(model, reviews, output, engine="ray", resume=resume)
        if isinstance(told.value, zoo.ZooError):
            assert re.search(r"3 rows are kept in .*--resume", str(told.value))
        assert not output.exists() and not list(tmp_path.glob("*/*.tmp"))
    monkeypatch.setattr(on_ray, "compute_part", usual)
    zoo.predict_file(model, reviews, output, engine="ray", resume=True)
    # The input that was begun with is another now.
    with pytest.raises(KeyboardInterrupt):
        zoo.predict_file(model, reviews, tmp_path / "b.csv", progress=raise_interrupt)
    written(reviews, [HOSTILE[0], ["1", "an other", "", ""], *HOSTILE[2:]])
    with pytest.raises(zoo.InputError, match="differs, from row 1 to 2"):
        zoo.predict_file(model, reviews, tmp_path / "b.csv", engine="ray", resume=True)


def raise_interrupt(*_):
    raise KeyboardInterrupt


def test_workers_that_die_at_a_part_are_counted(model, reviews, tmp_path, in_twos, here):
    output = tmp_path / "out.csv"
    place = Partial(output).path

    def dying(times):
        def progress(*_):
            for mark in range(times):  # what the killed leave
                (place / f"00000001.{mark}.tmp").touch()

        return progress

    with pytest.raises(
        zoo.OutputError, match=r"4 that were killed at the rows from 3 to 4.*3 rows"
    ):
        zoo.predict_file(model, reviews, output, engine="ray", progress=dying(4))
    assert not output.exists()
    zoo.predict_file(model, reviews, tmp_path / "whole.csv")
    zoo.predict_file(model, reviews, output, engine="ray", resume=True)  # as often again
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    output.unlink()
    with pytest.warns(UserWarning, match="3 workers died"):
        zoo.predict_file(model, reviews, output, engine="ray", progress=dying(3))
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_workers_elsewhere_or_of_another_version_are_refused(model, reviews, tmp_path, in_twos):
    output = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        zoo.predict_file(model, reviews, output, progress=raise_interrupt)
    content = (Partial(output).path / "plan.json").read_bytes()
    plan = msgspec.json.decode(content, type=Plan)
    elsewhere = on_ray._Worker(plan, tmp_path / "elsewhere.csv", pickle.dumps(model))
    other = msgspec.structs.replace(plan, version="0.0.0")
    for worker, words in (
        (elsewhere, "storage that all machines share"),
        (on_ray._Worker(other, output, b""), "Expected workers with rnn-zoo 0.0.0"),
    ):
        answer = worker(on_ray._block((on_ray.Done(1, 2), "rows")))
        assert re.search(words, str(pickle.loads(answer["item"][0].as_py()).error))


def test_what_computes_is_part_of_the_plan(model, reviews, tmp_path, in_twos):
    pytest.importorskip("openvino")
    output = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt):
        zoo.predict_file(model, reviews, output, progress=raise_interrupt)
    path = model._source.path
    with pytest.raises(zoo.InputError, match="the engine, onnxruntime there and openvino now"):
        zoo.predict_file(path, reviews, output, engine="openvino", resume=True)


def test_options_that_mean_nothing_are_refused(checkpoint, model, reviews, tmp_path, monkeypatch):
    output = tmp_path / "out.csv"
    for options, words in (
        ({"workers": 2}, "workers=2 and engine=None"),
        ({"ray_address": "auto", "engine": "openvino"}, "ray_address='auto'"),
        ({"workers": 0, "engine": "ray"}, "at least 1. Received: 0"),
        ({"ray_address": "ray://a:1", "engine": "ray"}, "10.0.0.1:6379.*Received: 'ray://a:1'"),
        ({"engine": "openvino"}, "engine with the name of a checkpoint only"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            zoo.predict_file(model, reviews, output, **options)
    with pytest.raises(zoo.InputError, match=r"'onnxruntime' or 'openvino'.*'cuda'"):
        zoo.predict_file(checkpoint, reviews, output, engine="cuda")
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.data", None)
    file = ["--data", str(reviews), "--output", str(output)]
    for arguments, words in (
        (["--engine", "ray", *file], r'pip install "ray\[data\]"'),
        (["--engine", "ray", "a film"], "Expected --engine ray with a file"),
        (["--workers", "2", *file], "Expected --workers with --engine ray"),
        (["--engine", "cuda", "a film"], "Received: 'cuda'"),
    ):
        result = CliRunner().invoke(app, ["predict", str(checkpoint), *arguments])
        assert result.exit_code == 2 and result.stderr.count("\n") == 1
        assert re.search(words, result.stderr), result.stderr
    assert left(tmp_path) == []


def test_what_fails_because_all_processes_were_asked_to_stop_is_a_stop(
    model, reviews, tmp_path, in_twos, monkeypatch
):
    output = tmp_path / "out.csv"

    @contextmanager
    def cluster(address, workers, stop):
        signal.raise_signal(signal.SIGTERM)
        raise zoo.InputError("Expected Ray to begin on this machine")
        yield

    monkeypatch.setattr(on_ray, "need", lambda *_, **__: None)
    monkeypatch.setattr(on_ray, "cluster", cluster)
    monkeypatch.setitem(sys.modules, "ray", types.ModuleType("ray"))
    with pytest.raises(KeyboardInterrupt, match=r"by SIGTERM.* 2 rows are kept in .*--resume"):
        zoo.predict_file(model, reviews, output, engine="ray")
    zoo.predict_file(model, reviews, output, resume=True)
    zoo.predict_file(model, reviews, tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


class Dying:
    """A pipeline that kills its process at a text, once."""

    def __init__(self, inner, mark):
        self.inner, self.info, self.engine, self.mark = inner, inner.info, inner.engine, mark
        self.threads = inner.threads

    def with_doubts(self, texts, *arguments, **options):
        if "film 9" in texts and not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.inner.with_doubts(texts, *arguments, **options)


@pytest.fixture(scope="module")
def ray():
    import ray

    with ray_cluster.cluster("local", 2):
        yield ray


@needs_ray
@pytest.mark.slow
def test_a_killed_worker_loses_and_repeats_nothing(
    ray, checkpoint, model, tmp_path, in_twos, monkeypatch, capfd
):
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    data = written(tmp_path / "reviews.csv", [["text"], *([f"film {i}"] for i in range(21))])
    for form in ("csv", "parquet"):
        output, done = tmp_path / f"out.{form}", []
        dying = Dying(model, tmp_path / f"reviews-{form}")
        with pytest.warns(UserWarning, match="1 worker died"):
            zoo.predict_file(
                dying, data, output, engine="ray", progress=lambda *how, done=done: done.append(how)
            )
        zoo.predict_file(model, data, tmp_path / f"whole.{form}")
        assert output.read_bytes() == (tmp_path / f"whole.{form}").read_bytes()
        assert dying.mark.exists() and done[-1][1] == done[-1][2]
    (tmp_path / "reviews.jsonl").write_text('{"text": "a film"}\n' * 9 + '{"text": 3}\n')
    with pytest.raises(zoo.DataError, match=r"line 10: expected a text.*--resume"):
        zoo.predict_file(model, tmp_path / "reviews.jsonl", tmp_path / "b.csv", engine="ray")
    assert capfd.readouterr() == ("", "")


@needs_ray
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "group"), [(signal.SIGINT, True), (signal.SIGTERM, False), (signal.SIGTERM, True)]
)
def test_stopped_it_goes_on_and_nothing_is_left_running(checkpoint, tmp_path, number, group):
    rows = [["text"], *([f"a film {i}"] for i in range(60_000))]
    data, output = written(tmp_path / "reviews.csv", rows), tmp_path / "out.csv"
    (tmp_path / "reviews-ray").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "reviews-ray")}
    command = [sys.executable, "-c", "from zoo.cli.main import main; main()", "predict"]
    command += [str(checkpoint), "--data", str(data), "--output", str(output), "--engine", "ray"]
    run = subprocess.Popen(
        command, env=environment, stdout=-1, stderr=-1, text=True, start_new_session=True
    )
    while run.poll() is None and not (Partial(output).path / "00000002.json").exists():
        time.sleep(0.02)
    # As a terminal sends the one, to all, and a supervisor the other, to one or to all.
    os.killpg(run.pid, number) if group else run.send_signal(number)
    stdout, stderr = run.communicate()
    assert run.returncode == 128 + number and stdout == "", stderr
    assert re.fullmatch(r"error: Stopped by .* rows are kept in .*add --resume to go on\n", stderr)
    assert running(str(tmp_path)) == []
    zoo.predict_file(checkpoint, data, output, resume=True)
    zoo.predict_file(checkpoint, data, tmp_path / "whole.csv")
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def running(word):
    """Return the processes with a word in what they were called with or stand in."""
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            content = place.read_bytes()
        except OSError:
            continue
        if word.encode() in content:
            found.append(place.parent.name)
    return found
