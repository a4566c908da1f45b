"""The course of a training: recorded, recovered from a run, drawn, and shown on the card."""

from __future__ import annotations

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from helpers import edit_record
from models import list_recipes, load_recipe
from training.history import add_history, app, read_history
from training.pictures import pictures
from zoo import checkpoint, registry
from zoo.cards.card import render_card
from zoo.common.figures import png
from zoo.fitting.events import EventWriter
from zoo.fitting.history import history_of
from zoo.fitting.state import SavedProgress, save_state
from zoo.hub.staging import stage
from zoo.learning.training_plots import draw_training, render_course, training_picture
from zoo.recipe import GradientDescent
from zoo.schema import DatasetInfo, Licenses, Metric, ModelInfo, TrainingRecord

ROOT = Path(__file__).parent.parent
EPOCHS = [
    {"epoch": 1, "loss": 0.75, "accuracy": 0.5, "log_loss": 0.625},
    {"epoch": 2, "loss": 0.5, "accuracy": 0.875, "log_loss": 0.25},
    {"epoch": 3, "loss": 0.25, "accuracy": 0.75, "log_loss": 0.375},
]


def write_events(run, epochs):
    writer = EventWriter(run / "tensorboard")
    for epoch in epochs:
        for name, value in epoch.items():
            if name != "epoch":
                part = "train" if name == "loss" else "validation"
                writer.add_scalar(f"epoch/{part}_{name}", value, epoch["epoch"])
        writer.add_scalar("step/loss", 9.0, epoch["epoch"])
    writer.close()


def write_state(run, epochs, seed=7):
    run.mkdir(exist_ok=True)
    identity = {"recipe": f"Recipe(name='tiny', seed={seed})", "backend": "jax"}
    progress = SavedProgress(identity=identity, epoch=len(epochs), history=epochs)
    save_state(run / "state.npz", {"a": np.zeros(1)}, progress)


@pytest.fixture
def trained(tiny):
    """A checkpoint with all that a card needs, trained without a history."""
    labels = ("negative", "positive", "mixed")
    metric = Metric(
        name="accuracy",
        split="test",
        value=0.5,
        confidence_interval=(0.25, 0.75),
        confidence_level=0.95,
        num_examples=100,
    )
    training = TrainingRecord(
        recipe="models/tiny.py",
        command="train",
        commit=None,
        packages={},
        backend="jax",
        hardware="one core",
        minutes=1,
        seed=7,
        epochs=3,
        best_epoch=2,
        validation={"accuracy": 0.875, "log_loss": 0.2501},
    )
    info = msgspec.structs.replace(
        checkpoint.read_info(tiny),
        labels=labels,
        metrics=(metric,),
        training=training,
        dataset=DatasetInfo(name="mine", title="Mine", url="https://x.org", splits={"test": 100}),
        licenses=Licenses(weights="apache-2.0", data="none"),
    )
    checkpoint.replace_info(tiny, info)
    return tiny


@pytest.mark.parametrize("write", [write_state, write_events])
def test_the_history_of_a_run_is_recovered(trained, tmp_path, write):
    run = tmp_path / "tiny.run"
    write(run, EPOCHS)
    assert read_history(run) == history_of(EPOCHS)
    before = checkpoint.read_info(trained)
    info = add_history(trained, run)
    assert checkpoint.read_info(trained) == info and info.training.history == history_of(EPOCHS)
    training = msgspec.structs.replace(info.training, history=msgspec.UNSET)
    assert msgspec.structs.replace(info, training=training) == before


def test_of_a_run_that_was_taken_up_every_epoch_counts_once(tmp_path):
    """Killed between an epoch's events and its state, a run logs that epoch twice."""
    write_events(tmp_path, [EPOCHS[0], {**EPOCHS[1], "loss": 9.0}])
    write_events(tmp_path, EPOCHS[1:])
    assert read_history(tmp_path) == history_of(EPOCHS)


def test_a_run_that_lacks_an_epoch_or_is_none_is_refused(tmp_path):
    with pytest.raises(zoo.InputError, match=r"epochs none"):
        read_history(tmp_path / "nothing")
    write_events(tmp_path, [EPOCHS[0], EPOCHS[2]])
    with pytest.raises(zoo.InputError, match=r"\[1, 3\]"):
        read_history(tmp_path)


@pytest.mark.parametrize(
    ("epochs", "seed", "words"),
    [
        (EPOCHS[:2], 7, "of 2 epochs and not of 3"),
        (EPOCHS, 77, "of another seed than 7"),
        ([*EPOCHS[:1], {**EPOCHS[1], "log_loss": 0.26}, EPOCHS[2]], 7, "came to"),
        ([{"epoch": e["epoch"], "loss": 1.0, "bleu": 3.0} for e in EPOCHS], 7, "came to"),
    ],
)
def test_another_run_is_refused(trained, tmp_path, epochs, seed, words):
    write_state(tmp_path / "run", epochs, seed)
    before = (trained / "zoo.json").read_bytes()
    with pytest.raises(zoo.InputError, match=words):
        add_history(trained, tmp_path / "run")
    assert (trained / "zoo.json").read_bytes() == before


def test_the_command_fills_the_record(trained, tmp_path):
    write_events(tmp_path / "run", EPOCHS)
    arguments = ["tiny", "--run", str(tmp_path / "run"), "--checkpoint", str(trained)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "Wrote 3 epochs" in result.stdout
    record = json.loads((trained / "zoo.json").read_text())
    assert record["training"]["history"][2] == {
        "epoch": 3,
        "loss": 0.25,
        "validation": {"accuracy": 0.75, "log_loss": 0.375},
    }


def test_a_record_without_a_history_holds_no_word_of_it(trained):
    info = checkpoint.read_info(trained)
    assert b"history" not in checkpoint.to_json(info)
    edit_record(trained, lambda record: record["training"].update(history=[]))
    with pytest.raises(zoo.CheckpointError, match="history"):
        checkpoint.read_info(trained)


def with_history(info: ModelInfo) -> ModelInfo:
    training = msgspec.structs.replace(info.training, history=history_of(EPOCHS))
    return msgspec.structs.replace(info, training=training)


def test_the_course_is_drawn_as_it_was(trained):
    info = with_history(checkpoint.read_info(trained))
    figure = draw_training(info)
    curves = {axes.get_title(): axes for axes in figure.axes}
    assert list(curves) == ["training loss", "validation accuracy", "validation log loss"]
    for axes, name in zip(figure.axes, ("loss", "accuracy", "log_loss"), strict=True):
        curve, mark = axes.lines
        assert curve.get_xdata().tolist() == [1, 2, 3]
        assert curve.get_ydata().tolist() == [epoch[name] for epoch in EPOCHS]
        assert set(mark.get_xdata()) == {2}
    assert png(figure) == png(draw_training(info))
    # Figures that an epoch lacks or no axis holds are gaps, and there is an end of figures.
    mixed = [{"epoch": 1, "loss": 1e308, "$a$": 1.0}, {"epoch": 2, "loss": 1.0, "b": -1e308}]
    mixed[1] |= {f"figure {number}": 1.0 for number in range(1_000)}
    odd = msgspec.structs.replace(info.training, history=history_of(mixed))
    figure = draw_training(msgspec.structs.replace(info, training=odd))
    assert len(figure.axes) == 8
    assert figure.axes[0].get_title() == "training loss\n(not drawn: 1 of 2)"
    assert figure.axes[1].get_title() == "validation $a$\n(not drawn: 1 of 2)"
    assert png(figure)
    one = msgspec.structs.replace(info.training, history=history_of(EPOCHS[:1]))
    assert draw_training(msgspec.structs.replace(info, training=one)).axes
    with pytest.raises(zoo.InputError, match="history"):
        draw_training(checkpoint.read_info(trained))


def test_the_card_shows_the_course_where_there_is_one(trained):
    bare = render_card(trained)
    assert "training.png" not in bare and "of every epoch" not in bare
    assert f"zoo verify {trained}" in bare
    checkpoint.replace_info(trained, with_history(checkpoint.read_info(trained)))
    card = render_card(trained)
    assert "](../docs/tiny-training.png)" in card and "were kept, 2 of 3." in card
    staged = stage(trained)
    name, picture = training_picture(staged.info)
    assert staged.files[f"pictures/{name}"] == picture and picture.startswith(b"\x89PNG")
    assert f"](pictures/{name})" in staged.files["README.md"].decode()


@pytest.mark.parametrize("name", zoo.list_models())
def test_every_entry_shows_its_course_or_does_not_claim_one(name):
    info = registry.info(name)
    card = (ROOT / "hub_cards" / f"{name}.md").read_text(encoding="utf-8")
    shown = re.findall(r"\(\.\./docs/([^)]*-training\.png)\)", card)
    file = ROOT / "docs" / f"{name}-training.png"
    if not info.training.history:
        assert shown == [] and not file.exists()
        return
    assert shown == [file.name] and file.read_bytes().startswith(b"\x89PNG")
    last = info.training.history[info.training.best_epoch - 1].validation
    assert last == pytest.approx(info.training.validation, rel=2e-3)
    assert next(pictures(name))[0] == file.name


def test_the_course_speaks_of_softened_targets_where_the_recipe_softens_them():
    methods = {}
    for recipe in map(load_recipe, list_recipes()):
        if isinstance(recipe, GradientDescent):
            taught = getattr(recipe, "teacher", None) is not None
            methods[recipe.name] = recipe.method, taught or recipe.label_smoothing > 0
    assert len({softens for _, softens in methods.values()}) == 2
    info = with_history(zoo.info("segrnn-etth1"))
    for name, (method, softens) in methods.items():
        training = msgspec.structs.replace(info.training, method=method)
        told = render_course(msgspec.structs.replace(info, training=training), "")
        assert ("softened targets" in told) == softens, name
