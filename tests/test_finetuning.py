"""Fine-tuning of text classifiers from end to end, as a user meets it."""

from __future__ import annotations

import errno
import functools
import json
import random
import signal

import keras
import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import zoo
import zoo.files
from zoo import checkpoint
from zoo.cards.card import render_card
from zoo.cards.check import check_card
from zoo.fitting.optimizer import make_optimizer
from zoo.hub.staging import check_figures
from zoo.learning.settings import FineTuningSettings
from zoo.learning.strategies import gradual_begin, layer_groups
from zoo.tasks.text_classification import learning
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, VARIANTS, make_checkpoint

GOOD = ["moving film", "beautifully acted", "acted so beautifully"]
BAD = ["waste of time", "awful plot", "don't bother"]


@pytest.fixture
def tiny(tmp_path):
    """A network that compiles sooner than a recurrent one; what is tested does not know which."""
    return make_checkpoint(tmp_path / "tiny", backbone=OTHER_BACKBONES["one width"])


def reviews(count=60):
    """Texts in the words of the tiny checkpoint that a network can learn to tell."""
    draw = random.Random(0)
    labels = [["bad", "good"][index % 2] for index in range(count)]
    texts = [
        " ".join([*draw.sample(GOOD if label == "good" else BAD, 2), f"number{index}"])
        for index, label in enumerate(labels)
    ]
    return texts, labels


def write_csv(path, count=60):
    texts, labels = reviews(count)
    lines = [f"{text},{label}" for text, label in zip(texts, labels, strict=True)]
    path.write_text("\n".join(["review,stars", *lines]) + "\n")
    return path


def tensors(path):
    return checkpoint.read(path).tensors


def test_layers_are_ordered_from_the_head_down(tmp_path):
    expected = {
        "lstm bidirectional of 2": {"logits": 0, "recurrent_1": 1, "recurrent_0": 2},
        "widths": {"logits": 0, "convolution_1": 1, "convolution_5": 1},
        "blocks": {"logits": 0, "layer_norm": 1, "encoder_1": 1, "encoder_0": 2},
        "n-grams": {"logits": 0, "recurrent_0": 1, "ngram_embedding": 2},
    }
    for name, groups in expected.items():
        path = make_checkpoint(tmp_path / name.replace(" ", "-"), **VARIANTS[name])
        paths = [name for name in tensors(path) if "keys" not in name]
        found = dict(
            zip(
                (path.split("/")[0] for path in paths), layer_groups(paths, ["logits"]), strict=True
            )
        )
        assert {layer: found[layer] for layer in groups} == groups, name
        assert found["token_embedding"] == max(found.values())


@pytest.mark.parametrize(
    ("skew", "given", "weighted"),
    [
        (1.0, None, False),
        (3.9, None, False),
        (4.0, None, True),
        (9.0, False, False),
        (1.0, True, True),
    ],
)
def test_rare_classes_count_more_where_they_are_rare(skew, given, weighted):
    chosen = FineTuningSettings(class_weights=given).complete(800, skew)
    assert chosen.class_weights is weighted


@pytest.mark.slow
def test_class_weights_find_more_of_a_rare_class(tiny, tmp_path, monkeypatch):
    """Labels that no word tells, one in ten of them rare: only the weights decide."""
    draw = random.Random(0)
    texts = [f"{draw.choice(GOOD + BAD)} number{row}" for row in range(300)]
    labels = ["rare" if draw.random() < 0.1 else "common" for _ in texts]

    def tune(weighted):
        return zoo.finetune(
            tiny,
            (texts, labels),
            output=tmp_path / "mine",
            class_weights=weighted,
            linear_probe=False,
            learning_rate=0.03,
            epochs=3,
        )

    given = []
    with monkeypatch.context() as patch, pytest.raises(StopIteration):
        patch.setattr(learning, "Descent", lambda **parts: given.append(parts) or next(iter(())))
        tune(False)
    assert (given[0]["examples"](0).weights == 1).all()
    tuned = tune(None)
    rare = tuned.info.labels.index("rare")
    taken = zoo.pipeline(tuned.path).predict_proba(texts)[:, rare].mean()
    assert tuned.info.training.settings["class_weights"] is True
    assert taken > 0.35  # as often as any other, and not as often as it is


@pytest.mark.parametrize(("first", "frozen"), [(0, [0, 1, 2]), (1, [0, 0, 1])])
def test_layers_join_from_the_head_down(first, frozen):
    """The epochs before which the layers at three heights do not learn."""
    shares = []

    class Optimizer:
        def set_shares(self, values):
            shares.append(list(values))

    begin = gradual_begin(Optimizer(), [0, 1, 2], 10, 2.0, first)
    joined = [begin(epoch) for epoch in range(5)]
    for height, epochs in enumerate(frozen):
        assert [row[height] for row in shares] == [0.0] * epochs + [2.0**-height] * (5 - epochs)
    assert joined == [epoch + first <= 2 for epoch in range(5)]


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_the_optimiser_freezes_and_scales_by_variable(weight_decay):
    start = np.array([1.0, -2.0], "float32")

    def moved(shares, gradients):
        variables = [keras.Variable(start, name=f"weight_{index}") for index in range(2)]
        optimizer = make_optimizer(
            steps=10,
            learning_rate=0.1,
            warmup=0.0,
            final_rate=1.0,
            weight_decay=weight_decay,
            clipnorm=1.0,
            average_decay=0.0,
            layerwise=shares is not None,
        )
        optimizer.build(variables)
        if shares is not None:
            optimizer.set_shares(shares)
        for _ in range(3):
            optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])
        return [np.array(keras.ops.convert_to_numpy(variable)) - start for variable in variables]

    gradients = [np.array([3.0, 4.0], "float32"), np.array([0.3, -0.4], "float32")]
    plain, same = moved(None, gradients), moved([1.0, 1.0], gradients)
    np.testing.assert_allclose(same, plain, rtol=1e-5)
    frozen = moved([0.0, 1.0], gradients)
    assert not frozen[0].any()
    # The large gradient of what is frozen does not clip the other's.
    alone = moved([0.0, 1.0], [0 * gradients[0], gradients[1]])
    np.testing.assert_allclose(frozen[1], alone[1], rtol=1e-6)
    half = moved([1.0, 0.5], gradients)
    np.testing.assert_allclose(half[1], plain[1] / 2, rtol=0.05)


SETTINGS = {"epochs": 25, "patience": 25, "batch_size": 8, "learning_rate": 0.05, "seed": 3}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with a tiny checkpoint and a table of reviews."""
    folder = tmp_path_factory.mktemp("tuned")
    make_checkpoint(folder / "tiny", backbone=OTHER_BACKBONES["one width"])
    write_csv(folder / "reviews.csv")
    return folder


@pytest.fixture
def tuned(home):
    return _tuned(home)


@functools.cache  # no fixture of the module, which would draw all the pictures
def _tuned(home):
    return zoo.finetune(
        home / "tiny",
        home / "reviews.csv",
        text_column="review",
        label_column="stars",
        output=home / "mine",
        **SETTINGS,
    )


@pytest.mark.slow
def test_what_comes_out_is_a_checkpoint_that_tells_what_it_was_tuned_on(tuned, home, tmp_path):
    tiny = home / "tiny"
    base, info = zoo.info(tiny), zoo.info(tuned.path)
    assert tuned.path == home / "mine" and info == tuned.info
    assert (info.name, info.labels) == ("mine", ("bad", "good"))
    assert info.base_model.name == "tiny"
    assert info.base_model.sha256 == base.files["model.safetensors"].sha256
    (source,) = info.training.data
    content = (home / "reviews.csv").read_bytes()
    assert source.sha256 == checkpoint.fingerprint(content).sha256
    assert (source.name, source.rows) == ("reviews.csv", 60)
    assert source.used == {"train": 48, "validation": 12}
    assert info.training.settings["strategy"] == "gradual"
    assert info.training.settings["epochs"] == 25 and info.training.packages["keras"]
    assert str(home) not in (tuned.path / "zoo.json").read_text()
    assert info.metric("accuracy").split == "validation" and info.metric("accuracy").value > 0.9
    assert info.training.validation["accuracy"] == info.metric("accuracy").value
    # The tokenizer stays the base's, the body was moved.
    assert checkpoint.read(tuned.path).tokenizer == checkpoint.read(tiny).tokenizer
    assert zoo.pipeline(tuned.path)(["a moving film"])[0]["label"] == "good"

    code, stdout, _ = _run("predict", tuned.path, "awful plot, a waste of time")
    assert code == 0 and stdout.startswith("bad\t")
    columns = ("--text-column", "review", "--label-column", "stars")
    data = home / "reviews.csv"
    code, stdout, _ = _run("evaluate", tuned.path, "--data", data, *columns, "--json")
    assert code == 0 and json.loads(stdout)[0]["value"] > 0.9
    _, stdout, _ = _run("info", tuned.path)
    assert "60 rows (48 train, 12 validation)" in stdout and source.sha256 in stdout
    assert "strategy gradual" in stdout and "derived from\ttiny" in stdout

    check_figures(info)
    card = render_card(tuned.path, "user/mine")
    check_card(card, info)
    assert "by fine-tuning" in card and "`tiny`, whose weights" in card
    assert "reviews.csv, 60 rows: 48 train, 12 validation" in card
    assert "--text-column review --label-column stars" in info.training.command

    work = home / "mine.run"
    assert (work / "report.txt").read_text() == tuned.report
    assert "confusion matrix" in tuned.report
    assert tuned.picture.read_bytes().startswith(b"\x89PNG")
    beside = ["confusion.png", "report.txt", "state.npz", "tensorboard", "training.png"]
    assert tuned.files == (tuned.path, *(work / name for name in beside))
    assert all(path.exists() for path in tuned.files)
    kept = f"Kept: the weights of epoch {info.training.best_epoch}, "
    assert "its validation is perfect" in tuned.stopped and kept in tuned.stopped
    events = EventAccumulator(str(work / "tensorboard"), size_guidance={"tensors": 0})
    events.Reload()
    tags = set(events.Tags()["tensors"]) | set(events.Tags()["scalars"])
    assert {"epoch/train_loss", "epoch/validation_log_loss"} <= tags
    history = info.training.history
    assert [item.epoch for item in history] == list(range(1, info.training.epochs + 1))
    losses = [item.validation["log_loss"] for item in history]
    assert min(losses) == losses[info.training.best_epoch - 1]
    drawn = [
        float(np.asarray(event.tensor_proto.float_val)[0])
        for event in events.Tensors("epoch/validation_log_loss")
    ]
    np.testing.assert_allclose(losses, drawn, atol=1e-6)
    assert (work / "training.png").read_bytes().startswith(b"\x89PNG")

    # Once more from what was tuned, with the same labels: the head is kept.
    before = tensors(tuned.path)
    again = zoo.finetune(
        tuned.path, reviews(), output=tmp_path / "again", strategy="head", epochs=1
    )
    after = tensors(again.path)
    for name, value in before.items():
        close = np.abs(after[name] - value).max()
        assert close < 0.2 if name.startswith("logits") else close == 0, name
    assert again.info.base_model.name == "mine"
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        zoo.finetune(tiny, reviews(), output=again.path)


def _run(*arguments):
    from typer.testing import CliRunner

    from zoo.cli.main import app

    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--text-column", "words"], ["'words'", "review, stars"]),
        (["--strategy", "all"], ["gradual, full, head", "'all'"]),
        (["--epochs", "0"], ["epochs of at least 1"]),
        (["--validation-share", "2"], ["between 0 and 1"]),
        (["--valid", "nowhere.csv"], ["No such file", "nowhere.csv"]),
    ],
)
def test_wrong_use_is_told_in_one_line_and_leaves_nothing(tiny, tmp_path, arguments, words):
    data, output = write_csv(tmp_path / "a.csv"), tmp_path / "out"
    options = ["--text-column", "review", "--label-column", "stars", "--output", output]
    code, stdout, stderr = _run("finetune", tiny, "--train", data, *options, *arguments)
    assert code in (1, 2) and stdout == ""
    assert stderr.startswith("error: ") and stderr.count("\n") == 1
    for word in words:
        assert word in stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "tiny"]


def test_what_is_in_the_way_is_left_alone(tiny, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(zoo.InputError, match="does not exist yet"):
        zoo.finetune(tiny, reviews(), output=tmp_path / "out")
    (tmp_path / "other.run").mkdir()
    (tmp_path / "other.run" / "state.npz").write_bytes(b"a state")
    with pytest.raises(zoo.InputError, match="--resume"):
        zoo.finetune(tiny, reviews(), output=tmp_path / "other")


@pytest.mark.slow
def test_a_full_disk_is_one_error_and_the_run_goes_on_later(tiny, tmp_path, monkeypatch):
    options = {"output": tmp_path / "out", "epochs": 3, "patience": 3}
    original, written = zoo.files._write_file, []

    def full(path, data):
        written.append(path.name)
        if len(written) == 2:  # the state after the second epoch
            raise OSError(errno.ENOSPC, "No space left on device")
        original(path, data)

    monkeypatch.setattr(zoo.files, "_write_file", full)
    with pytest.raises(zoo.OutputError, match="No space left"):
        zoo.finetune(tiny, reviews(), **options)
    left = sorted(path.name for path in (tmp_path / "out.run").iterdir())
    assert left == ["state.npz", "tensorboard"] and not (tmp_path / "out").exists()
    tuned = zoo.finetune(tiny, reviews(), resume=True, **options)
    assert tuned.info.training.epochs == 3
    with pytest.raises(zoo.OutputError, match=r"tfevents.* could not be written"):
        (tmp_path / "new.run").write_text("a file where the events would go")
        zoo.finetune(tiny, reviews(), output=tmp_path / "new", epochs=1)


@pytest.mark.slow
def test_a_run_that_was_stopped_by_ctrl_c_goes_on_to_the_same_end(tuned, home, monkeypatch):
    options = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    columns = ["--text-column", "review", "--label-column", "stars"]
    output = home / "stopped"
    arguments = ["finetune", home / "tiny", "--train", home / "reviews.csv", *columns, *options]
    train, steps = keras.Model.train_on_batch, []

    def pressed(*given, **more):
        steps.append(1)
        if len(steps) == 9:  # in the middle of the second epoch
            signal.raise_signal(signal.SIGINT)
        return train(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(keras.Model, "train_on_batch", pressed)
        code, stdout, stderr = _run(*arguments, "--output", output)
    assert code == 130 and "Wrote" not in stdout
    assert "interrupted in epoch 2: the best weights so far" in stderr
    assert str(output) in stderr and "--resume" in stderr
    kept = zoo.info(output)
    assert kept.training.epochs == 1 and kept.labels == ("bad", "good")
    assert zoo.pipeline(output)("a film")[0]["label"] in kept.labels

    code, _, stderr = _run(*arguments, "--output", output)
    assert code == 2 and "--resume" in stderr
    code, stdout, stderr = _run(*arguments, "--output", output, "--resume")
    assert code == 0, stderr
    assert "Resuming in epoch 2 of 25 after 3 steps of it" in stderr
    assert f"Wrote {output}" in stdout
    ended = zoo.info(output)
    assert ended.files["model.safetensors"] == tuned.info.files["model.safetensors"]
    assert ended.training.validation == tuned.info.training.validation
    assert ended.training.history == tuned.info.training.history
