"""Runs made of a checkpoint, the command that opens them, and a real server over them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from event_files import (
    embeddings,
    histograms,
    hparams,
    pictures,
    read_events,
    scalars,
    wall_times,
)
from helpers import checkpoint_files, edit_record
from zoo import checkpoint, registry
from zoo.boards.record import OWN_FILES, summarize
from zoo.boards.run import record_events
from zoo.cli.main import app
from zoo.fitting.events import TIMELESS_NAME
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.tasks.time_series_forecasting.testing import make_forecaster
from zoo.tasks.translation.testing import make_translator

ROOT = Path(__file__).parent.parent
ENTRIES = zoo.list_models()
# A shell starts what runs in its background deaf to Ctrl-C; so may the tests be.
HEARING = (
    "import signal\n"
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from zoo.cli.main import app\n"
    "app()\n"
)


def run_command(*arguments):
    result = CliRunner().invoke(app, ["tensorboard", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("name", ENTRIES)
def test_a_record_is_shown_as_it_is(tmp_path, name):
    loaded = registry.read(name)
    events = record_events(loaded)
    assert len(events) < 100_000
    (tmp_path / TIMELESS_NAME).write_bytes(events)
    info = loaded.info
    history = info.training.history or ()
    assert scalars(tmp_path, "epoch/train_loss") == pytest.approx(
        {item.epoch: item.loss for item in history}
    )
    for figure in info.training.validation if history else ():
        assert scalars(tmp_path, f"epoch/validation_{figure}") == pytest.approx(
            {item.epoch: item.validation[figure] for item in history}
        )
    tags = {tag for tag, _, _ in read_events(tmp_path)}
    for metric in info.metrics:
        found = scalars(tmp_path, f"{metric.split}/{metric.name}")
        assert found == pytest.approx({info.training.best_epoch: metric.value})
    data = hparams(tmp_path)
    (experiment,) = data["experiment"]
    assert {info.name.tag for info in experiment.experiment.metric_infos} <= tags
    (start,) = data["session_start_info"]
    values = start.session_start_info.hparams
    assert values["seed"].number_value == info.training.seed
    assert values["architecture"].string_value == info.architecture
    for tensor in ("logits/kernel", "readout/kernel", "decoder/bias"):
        if tensor in loaded.tensors:
            bins = histograms(tmp_path, f"weights/{tensor}")[info.training.best_epoch]
            assert bins[:, 2].sum() == loaded.tensors[tensor].size
            assert bins[-1, 1] == pytest.approx(float(loaded.tensors[tensor].max()))
    (text,) = (value for tag, _, value in read_events(tmp_path) if tag == "summary")
    shown = text.tensor.string_val[0].decode()
    assert shown == summarize(info)
    assert info.description in shown and all(paper.url in shown for paper in info.papers)


def test_the_same_checkpoint_gives_the_same_bytes_in_any_process():
    code = (
        "import hashlib, sys\n"
        "from zoo import registry\n"
        "from zoo.boards.run import record_events\n"
        "print(hashlib.sha256(record_events(registry.read('lstm-imdb'))).hexdigest())\n"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_bars_and_lines_stay_in_their_cell():
    info = zoo.info("lstm-imdb")
    changed = msgspec.structs.replace(info, labels=("a|b", "c\nd"))
    assert "| labels | a&#124;b, c d |" in summarize(changed)


@pytest.mark.at_once
def test_a_run_is_replaced_by_the_same_and_nothing_else_is(tmp_path):
    path = make_checkpoint(tmp_path / "tiny", backbone=OTHER_BACKBONES["one width"])
    run = zoo.write_tensorboard(path, tmp_path / "boards" / "tiny")
    assert hparams(run)
    assert wall_times(run) == {(path / "zoo.json").stat().st_mtime}
    before = checkpoint_files(run)
    zoo.write_tensorboard(path, run, course=False)
    after = checkpoint_files(run)
    assert set(after) == set(before) and not hparams(run)
    for name in ("projector_config.pbtxt", "token_embedding.tsv", "token_embedding.metadata.tsv"):
        assert after[name] == before[name]
    (run / "notes.txt").write_text("mine")
    with pytest.raises(zoo.InputError, match=r"also holds 'notes\.txt'"):
        zoo.write_tensorboard(path, run)
    assert checkpoint_files(run) == {**after, "notes.txt": b"mine"}
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(zoo.InputError, match="made by this function"):
        zoo.write_tensorboard(path, tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"


@pytest.mark.slow
@pytest.mark.at_once
def test_a_translators_run_shows_where_it_looks(tmp_path):
    run = zoo.write_tensorboard(make_translator(tmp_path / "tiny"), tmp_path / "run")
    assert list(pictures(run, "attention/1")) == [0]
    assert set(embeddings(run)) == {"source_embedding", "token_embedding"}
    assert checkpoint_files(run).keys() == OWN_FILES


@pytest.mark.slow
@pytest.mark.at_once
def test_a_forecasters_run_shows_its_states(tmp_path):
    run = zoo.write_tensorboard("esn-mackey-glass", tmp_path / "run")
    assert {
        tag
        for tag, _, value in read_events(run)
        if value.metadata.plugin_data.plugin_name == "images"
    } == {"reservoir/forecast", "reservoir/states"}
    run = zoo.write_tensorboard(make_forecaster(tmp_path / "tiny"), tmp_path / "other")
    assert list(pictures(run, "reservoir/states")) == [0]  # of noise: nobody knows its series
    assert not pictures(run, "reservoir/forecast")


def test_what_cannot_be_is_told_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    tiny = make_forecaster(tmp_path / "tiny")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, stdout, stderr = run_command(tiny, "--port", port)
    assert code == 2 and f"Received: {port}, which another program uses" in stderr
    assert "--port" in stderr and stderr.count("\n") == 1
    # The run was written before, and is used again.
    (run,) = (tmp_path / "cache" / "rnn-zoo" / "tensorboard").glob("tiny-*/*")
    assert stdout == f"Wrote {run}\n"
    assert run_command(tiny, "--write-only") == (0, "", "")
    for arguments, told in (
        (("lstm-imbd",), "Did you mean lstm-imdb"),
        (("esn-lorenz", "--port", "70000"), "0 to 65535"),
        ((tiny, "--port", "0", "--host", "no.such.host.invalid"), "host"),
        (("hf://nobody",), "hf://"),
    ):
        code, _, stderr = run_command(*arguments)
        assert code != 0 and told in stderr and stderr.startswith("error: "), stderr
    (tmp_path / "logs" / "esn-lorenz").mkdir(parents=True)
    code, _, stderr = run_command("esn-lorenz", "--logdir", tmp_path / "logs", "--write-only")
    assert code == 2 and "Choose another" in stderr
    (tmp_path / "file").write_text("")
    code, _, stderr = run_command(tiny, "--logdir", tmp_path / "file")
    assert code == 1 and "could not be written" in stderr


@pytest.mark.at_once
def test_a_published_checkpoint_is_opened(hub, tmp_path):
    edit = make_forecaster(tmp_path / "tiny-on-hub")
    edit_record(edit, lambda record: record.update(name="tiny-on-hub"))
    hub.add("user/tiny", checkpoint_files(edit))
    code, stdout, stderr = run_command("hf://user/tiny", "--logdir", tmp_path / "x", "--write-only")
    assert code == 0, stderr
    assert stdout == f"Wrote {tmp_path / 'x' / 'tiny-on-hub'}\n"


def ask(address, path, **query):
    url = f"{address}{path}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=600) as answer:
        return answer.read()


def assert_at_work(run, path):
    """Assert that a run shows a classifier of one GRU at work."""
    for tag in ("gradient_flow", *(f"saliency/{number}" for number in (1, 2, 3, 4))):
        assert list(pictures(run, tag)) == [zoo.info(path).training.best_epoch]
    assert max(wall_times(run)) == (path / "zoo.json").stat().st_mtime
    gates = {tag for tag, _, _ in read_events(run) if tag.startswith("gates/")}
    assert gates == {"gates/recurrent_0/update", "gates/recurrent_0/reset"}
    vectors, words = embeddings(run)["token_embedding"]
    stored = checkpoint.read(path).tensors["token_embedding/embeddings"]
    np.testing.assert_allclose(vectors, stored[3 : 3 + len(words)], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.at_once
def test_a_real_server_shows_the_entry_and_its_training(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = make_checkpoint(tmp_path / "base", cell="gru")
    texts = [f"{word} number{index}" for index in range(20) for word in ("moving film", "waste")]
    tuned = zoo.finetune(
        base, (texts, ["good", "bad"] * 20), output=tmp_path / "mine", epochs=2, strategy="head"
    )
    code, stdout, _ = run_command(tuned.path, "--write-only")  # so that the process need not
    assert code == 0
    assert_at_work(Path(stdout.removeprefix("Wrote ").strip()), tuned.path)
    process = subprocess.Popen(
        [sys.executable, "-c", HEARING, "tensorboard", tuned.path, "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        found = re.search(r"at (http://localhost:\d+)/ \(Ctrl-C ends it\)", line)
        assert found, (line, process.stderr.read())
        address = found[1]
        assert json.loads(ask(address, "/data/plugins_listing"))["projector"]["enabled"]
        until = time.monotonic() + 600
        while len(json.loads(ask(address, "/data/runs"))) < 2:
            assert time.monotonic() < until
            time.sleep(0.2)
        made, training = "mine", "mine-training"
        tags = json.loads(ask(address, "/data/plugin/scalars/tags"))
        assert "validation/accuracy" in tags[made] and "best/log_loss" not in tags[made]
        assert {"epoch/train_loss", "gradient_norm/all", "best/log_loss"} <= set(tags[training])
        points = json.loads(
            ask(
                address,
                "/data/plugin/scalars/scalars",
                run=training,
                tag="epoch/validation_accuracy",
            )
        )
        assert [step for _, step, _ in points] == [1, 2]
        drawn = json.loads(ask(address, "/data/plugin/images/tags"))
        assert {"saliency/1", "gradient_flow"} <= set(drawn[made])
        (first, *_) = json.loads(
            ask(
                address,
                "/data/plugin/images/images",
                run=made,
                tag="gradient_flow",
                sample=0,
            )
        )
        picture = ask(address, f"/data/plugin/images/individualImage?{first['query']}&x=")
        assert picture.startswith(b"\x89PNG")
        bins = json.loads(ask(address, "/data/plugin/histograms/tags"))
        assert "gates/recurrent_0/update" in bins[made] and "weights/logits/kernel" in bins[made]
        assert "summary" in json.loads(ask(address, "/data/plugin/text/tags"))[made]

        experiment = json.loads(ask(address, "/data/plugin/hparams/experiment", request="{}"))
        names = [info["name"] for info in experiment["hparamInfos"]]
        assert "base" in names[:5] and "learning_rate" in names
        wanted = json.dumps(
            {"startIndex": 0, "sliceSize": 10, "allowedStatuses": ["STATUS_SUCCESS"]}
        )
        groups = json.loads(ask(address, "/data/plugin/hparams/session_groups", request=wanted))[
            "sessionGroups"
        ]
        assert len(groups) == 1  # one training, though two runs tell of it
        for group in groups:
            figures = {value["name"]["tag"]: value["value"] for value in group["metricValues"]}
            assert figures["best/log_loss"] > 0
            assert group["sessions"][0]["status"] == "STATUS_SUCCESS"

        assert set(json.loads(ask(address, "/data/plugin/projector/runs"))) == {made, training}
        config = json.loads(ask(address, "/data/plugin/projector/info", run=made))
        rows, width = config["embeddings"][0]["tensorShape"]
        vectors = ask(
            address,
            "/data/plugin/projector/tensor",
            run=made,
            name="token_embedding",
            num_rows=9999,
        )
        assert len(vectors) == 4 * rows * width
        words = ask(
            address,
            "/data/plugin/projector/metadata",
            run=made,
            name="token_embedding",
            num_rows=9999,
        )
        assert len(words.decode().rstrip("\n").split("\n")) == rows + 1
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=600)
        assert process.returncode == 0 and not stdout.strip() and not stderr.strip(), stderr
    finally:
        process.kill()
