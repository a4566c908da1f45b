"""Weights & Biases, offline: what its files hold is what TensorBoard's hold."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
import signal
import socket
import struct
import sys
from collections import defaultdict
from pathlib import Path

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import zoo
from test_finetuning import reviews
from test_training import small_data, small_recipe  # noqa: F401
from training.train import train_recipe
from zoo import checkpoint
from zoo.errors import InputError, OutputError
from zoo.fitting.wandb_run import WandbRun, wandb_run
from zoo.learning.learner import Interrupted
from zoo.tasks.text_classification import learning
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint

# Imported where it is used: it takes long, and every process of the tests reads this file.
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("wandb") is None, reason="wandb is not installed"
)

# Tags of pictures that show validation texts or series.
PRIVATE = ("saliency/", "attention/", "forecast")


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    import wandb

    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    # A process keeps the settings that it began with.
    wandb.teardown()
    yield
    wandb.teardown()


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    backbone = OTHER_BACKBONES["one width"]  # it compiles sooner than a recurrent one
    return make_checkpoint(tmp_path_factory.mktemp("tiny") / "tiny", backbone=backbone)


def records(folder: Path):
    """Yield the records of the only offline run below a folder.

    The file is a log of LevelDB's format: blocks of 32 KiB of records in pieces, each after seven
    bytes of checksum, length and type.
    """
    import wandb
    from wandb.proto import wandb_internal_pb2

    wandb.teardown()  # which waits until everything is on disk
    (file,) = folder.glob("wandb/offline-run-*/*.wandb")
    data, at, whole = file.read_bytes(), 7, b""
    while at + 7 <= len(data):
        if 32_768 - at % 32_768 < 7:
            at += 32_768 - at % 32_768
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):  # a whole record, or its last piece
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            whole = b""
            yield record


def read_run(folder: Path):
    """Return an offline run's curves and pictures by name, its configuration and its record."""
    logged, config, begun, code = defaultdict(list), {}, None, None
    for record in records(folder):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            begun = record.run
            items = record.run.config.update
            config = {item.key: json.loads(item.value_json) for item in items}
        elif kind == "exit":
            code = record.exit.exit_code
        elif kind == "history":
            row = {}
            for item in record.history.item:
                name, *inner = item.nested_key or [item.key]
                value = json.loads(item.value_json)
                if inner:  # a part of a histogram or a picture
                    row.setdefault(name, {})[inner[0]] = value
                else:
                    row[name] = value
            for axis in ("trained/step", "trained/epoch"):
                for name, value in row.items():
                    if axis in row and not name.startswith(("trained/", "_")):
                        logged[name].append((row[axis], value))
    return logged, config, begun, code


def read_events(folder: Path):
    """Return the scalars of TensorBoard's events by name, and the names of the pictures."""
    events = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    scalars, images = {}, set()
    for tag in events.Tags()["tensors"]:
        plugin = events.SummaryMetadata(tag).plugin_data.plugin_name
        if plugin == "images":
            images.add(tag)
        if plugin == "scalars":
            scalars[tag] = [
                (event.step, float(np.asarray(event.tensor_proto.float_val)[0]))
                for event in events.Tensors(tag)
            ]
    return scalars, images


def assert_same(logged, folder: Path, *, texts: bool):
    scalars, images = read_events(folder)
    assert scalars
    for tag, points in scalars.items():
        assert [step for step, _ in logged[tag]] == [step for step, _ in points], tag
        found, expected = ([value for _, value in curve] for curve in (logged[tag], points))
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert any(
        tag.startswith(PRIVATE) for tag in images
    )  # TensorBoard, which stays here, has them always
    for tag in images:
        assert (tag in logged) is (texts or not tag.startswith(PRIVATE)), tag
        for _, value in logged[tag]:
            assert value["_type"] == "image-file"


def assert_anonymous(folder: Path, *words: str):
    """Assert that what would be sent names neither the machine, nor a path, nor the command."""
    (run,) = folder.glob("wandb/offline-run-*")
    sent = [*run.glob("*.wandb"), *(file for file in (run / "files").rglob("*") if file.is_file())]
    secrets = [socket.gethostname(), str(Path.home()), str(Path.cwd()), str(folder.parent)]
    # In the processes of xdist the command is "-c", which any bytes may hold.
    command = [sys.argv[0]] if len(sys.argv[0]) > 4 else []
    for word in (*secrets, *command, *words):
        for file in sent:
            assert word.encode() not in file.read_bytes(), (word, file.name)


@pytest.mark.pictures(small=True)
@pytest.mark.slow
def test_fine_tuning_logs_the_same_as_to_tensorboard(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "a-host-of-mine")
    output = tmp_path / "mine"
    texts, labels = reviews(80)
    data = tmp_path / "my-reviews.csv"
    data.write_text(
        "text,label\n" + "".join(f"{a},{b}\n" for a, b in zip(texts, labels, strict=True))
    )
    tuned = zoo.finetune(tiny, data, output=output, epochs=2, batch_size=4, patience=9, wandb=True)
    logged, config, begun, code = read_run(tmp_path / "mine.run")
    assert code == 0
    assert (begun.project, begun.display_name, begun.job_type) == ("rnn-zoo", "mine", "finetune")
    assert config["epochs"] == 2 and config["strategy"] == "gradual"
    assert config["base"] == zoo.info(tiny).name
    assert len(logged["step/loss"]) >= 3
    assert_same(logged, tmp_path / "mine.run" / "tensorboard", texts=False)
    assert_anonymous(tmp_path / "mine.run", data.name, *texts)
    # What was mirrored is no part of the run: it goes by the record as one without it.
    assert "wandb" not in tuned.info.training.settings
    assert checkpoint.read(output).info == tuned.info


@pytest.mark.pictures(small=True)
@pytest.mark.slow
@pytest.mark.parametrize("small_recipe", [None], indirect=True)
def test_a_recipe_logs_the_same_as_to_tensorboard(small_recipe, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("WANDB_PROJECT", "films")
    recipe = dataclasses.replace(small_recipe, epochs=1)
    train_recipe(recipe, tmp_path / "entry", wandb=True, wandb_texts=True)
    logged, config, begun, code = read_run(tmp_path / "entry.run")
    assert code == 0
    assert (begun.project, begun.job_type) == ("films", "train")
    assert config["units"] == 8 and "licenses" not in config
    assert "gradient_flow/log10_norm_10_words_back" in logged
    images = [value for _, value in logged["gradient_flow"]]
    folder = next((tmp_path / "entry.run").glob("wandb/offline-run-*/files"))
    content = (folder / images[0]["path"]).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert_same(logged, tmp_path / "entry.run" / "tensorboard", texts=True)


@pytest.mark.slow
def test_an_interrupted_run_goes_on_under_its_id(tiny, tmp_path, monkeypatch):
    calls = []
    validate = learning.class_probabilities

    def stop(*arguments):
        calls.append(1)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        return validate(*arguments)

    monkeypatch.setattr(learning, "class_probabilities", stop)
    arguments = {"output": tmp_path / "mine", "epochs": 4, "batch_size": 8, "patience": 9}
    with pytest.raises(Interrupted):
        zoo.finetune(tiny, reviews(), wandb=True, **arguments)
    _, _, begun, code = read_run(tmp_path / "mine.run")
    assert code == 1
    (tmp_path / "mine.run" / "wandb").rename(tmp_path / "first")
    keras.backend.clear_session()
    zoo.finetune(tiny, reviews(), wandb=True, resume=True, **arguments)
    logged, _, again, code = read_run(tmp_path / "mine.run")
    assert (again.run_id, code) == (begun.run_id, 0)
    assert [epoch for epoch, _ in logged["epoch/train_loss"]][-1] == 4


def test_histograms_hold_every_value(tmp_path):
    values = np.random.default_rng(0).normal(size=(30, 7))
    with wandb_run(tmp_path, name="a", job="train", config={}) as run:
        run.add_histogram("weights/kernel", values, 1)
        run.add_scalar("epoch/train_loss", 0.5, 1)
        run.add_scalar("epoch/train_loss", 0.25, 2)
    logged, *_ = read_run(tmp_path)
    ((step, histogram),) = logged["weights/kernel"]
    assert step == 1 and histogram["_type"] == "histogram"
    assert sum(histogram["values"]) == values.size
    assert (histogram["bins"][0], histogram["bins"][-1]) == pytest.approx(
        (values.min(), values.max())
    )
    assert logged["epoch/train_loss"] == [(1, 0.5), (2, 0.25)]


def test_a_run_that_fails_is_told_once_and_training_goes_on():
    class Broken:
        def define_metric(self, *_, **__): ...

        def log(self, row):
            raise ConnectionError("the service is gone")

    run = WandbRun(Broken())
    run.add_scalar("step/loss", 1.0, 1)
    with pytest.warns(UserWarning, match=r"takes no more: the service is gone\. Training goes on"):
        run.add_scalar("step/loss", 1.0, 2)
    for step in (3, 4):
        run.add_scalar("step/loss", 1.0, step)
    run.summarise({"best_epoch": 1})


def test_without_the_package_it_is_said_what_to_install(tiny, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "wandb" else find(name)
    )
    with pytest.raises(InputError, match=r"Received: none installed\. Install it by: pip install"):
        zoo.finetune(tiny, reviews(), output=tmp_path / "mine", wandb=True)
    with pytest.raises(InputError, match="with wandb only"):
        zoo.finetune(tiny, reviews(), output=tmp_path / "mine", wandb_texts=True)
    assert not list(tmp_path.iterdir())


def test_without_a_key_it_is_said_what_to_do(tiny, tmp_path, monkeypatch):
    import wandb

    monkeypatch.setenv("WANDB_MODE", "online")
    wandb.teardown()
    monkeypatch.setenv("HOME", str(tmp_path))  # where a key would be kept
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    with pytest.raises(OutputError, match=r"could be begun: .*Log in by `wandb login`, set WANDB_"):
        zoo.finetune(tiny, reviews(), output=tmp_path / "mine", wandb=True)
    assert not (tmp_path / "mine").exists()
