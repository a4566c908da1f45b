"""Runs that are stopped by signals, and go on: nothing is lost, and what differs is told."""

from __future__ import annotations

import os
import signal
import threading

import keras
import numpy as np
import pytest
from rich.console import Console

import zoo
import zoo.finetuning.session
import zoo.tasks.text_classification.learning
from test_finetuning import reviews
from zoo.cli.errors import one_line_errors
from zoo.fitting.identity import differences
from zoo.fitting.loop import TrainingInterrupted, train
from zoo.fitting.optimizer import make_optimizer
from zoo.fitting.progress import RunProgress
from zoo.fitting.stopping import stop_requests
from zoo.learning.learner import Interrupted
from zoo.tasks.text_classification import learning
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def tiny(tmp_path):
    """A network that compiles sooner than a recurrent one; what is tested does not know which."""
    return make_checkpoint(tmp_path / "tiny", backbone=OTHER_BACKBONES["one width"])


class Rows:
    """Twenty rows that a layer can learn."""

    lengths = np.ones(20, int)

    def batch(self, rows):
        return np.eye(20, dtype=np.float32)[rows], (rows % 2).astype(np.float32)


def small_run(path, validation, **settings):
    """Train a layer of one unit for five epochs of five steps."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(1, activation="sigmoid")])
    optimizer = make_optimizer(
        steps=25,
        learning_rate=0.1,
        warmup=0.0,
        final_rate=1.0,
        weight_decay=0.0,
        clipnorm=1.0,
        average_decay=0.0,
    )
    model.compile(optimizer, loss="binary_crossentropy", metrics=[])
    settings = {"epochs": 5, "patience": 5, "identity": {"settings": {"seed": 1}}, **settings}
    return train(
        model,
        lambda epoch: Rows(),
        validation,
        batch_size=4,
        seed=1,
        state=path / "state.npz",
        logs=path / "logs",
        **settings,
    )


def scores(*losses, at=None, number=None):
    """Return a validation of given losses, at one of which a signal comes."""
    calls = iter(range(len(losses)))

    def validation():
        call = next(calls)
        if call == at:
            signal.raise_signal(number)
        return {"log_loss": losses[call]}

    return validation


@pytest.fixture(autouse=True)
def heard():
    """No signal is ignored, as SIGHUP is where the tests were started with nohup."""
    before = {each: signal.getsignal(each) for each in SIGNALS}
    for each, handler in before.items():
        if handler is signal.SIG_IGN:
            signal.signal(each, signal.SIG_DFL)
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.at_once
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_a_run_where_its_state_is_kept(tmp_path, number):
    before = [signal.getsignal(each) for each in SIGNALS]
    with pytest.raises(TrainingInterrupted, match="after epoch 2") as caught:
        small_run(tmp_path, scores(5, 4, at=1, number=number))
    assert (caught.value.signal, caught.value.result.best_epoch) == (number, 2)
    # In the last epoch there is nothing left to stop.
    result = small_run(tmp_path, scores(3, 2, 1, at=2, number=number))
    assert (result.epochs, result.best_epoch, result.stopped) == (5, 5, "after all 5 epochs")
    assert [signal.getsignal(each) for each in SIGNALS] == before


@pytest.mark.parametrize("number", SIGNALS)
def test_the_command_exits_as_shells_expect_of_the_signal(number, capsys):
    with pytest.raises(SystemExit) as caught, one_line_errors():
        raise TrainingInterrupted("interrupted", None, number)
    assert caught.value.code == 128 + number
    assert capsys.readouterr().err == "error: interrupted\n"


def test_signals_are_held_back_as_long_as_the_outermost_block_lasts():
    with stop_requests() as outer:
        with stop_requests() as inner:
            assert inner is outer and not outer
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
        signal.raise_signal(signal.SIGINT)
        assert outer and outer.number == signal.SIGTERM
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as under nohup
    try:
        with stop_requests() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            assert not stop
    finally:
        signal.signal(signal.SIGHUP, before)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(stop_requests().__enter__()))
    thread.start()
    thread.join()
    assert not seen[0]


@pytest.mark.at_once
def test_a_run_that_has_ended_goes_on_to_more_epochs_or_more_patience(tmp_path):
    result = small_run(tmp_path, scores(5, 4), epochs=2)
    assert (result.epochs, result.stopped) == (2, "after all 2 epochs")
    result = small_run(tmp_path, scores(3, 3, 3), patience=2)
    assert (result.epochs, result.best_epoch) == (5, 3)
    assert result.stopped == "after all 5 epochs"
    result = small_run(tmp_path, scores(3), epochs=9, patience=3)
    assert (result.epochs, result.best_epoch) == (6, 3)
    assert result.stopped.startswith("after epoch 6 of 9: 3 epochs without a better validation")
    again = small_run(tmp_path, scores(), epochs=9, patience=3)
    np.testing.assert_array_equal(again.weights[0], result.weights[0])
    with pytest.raises(zoo.InputError, match=r"another one: seed 1 there and 2 here\. Give what"):
        small_run(tmp_path, scores(), identity={"settings": {"seed": 2}})


def test_of_long_texts_it_is_told_where_they_part():
    there, here = ({"recipe": f"Recipe({'x' * 200}, units={n}, {'y' * 200})"} for n in (64, 128))
    told = differences(there, here)
    assert "units=64" in told and "units=128" in told and len(told) < 150
    assert differences({"data": [["a", 1]], "a": 1}, {"data": [["b", 1]], "a": 1}) == "other data"
    assert differences({}, {"base": "x"}) == "base none there and x here"


def test_a_run_says_how_long_it_takes_at_most(capsys):
    seconds = iter(range(0, 10_000, 10))
    console = Console(width=60)
    with RunProgress(console, epochs=3, clock=lambda: next(seconds)) as progress:
        progress.begin(0, steps=12, done=0)
        for _ in range(12):
            progress.step(0.5)
        progress.end(1, {"loss": 0.5}, 90.0, over=False)
        progress.begin(1, steps=12, done=0)
        progress.end(2, {"loss": 0.25}, 100.0, over=True)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "30 steps to go at most, 2 s each: 60 s, and what the validations take."
    assert lines[1] == "epoch 1/3  loss 0.5000  (90 s, at most 60 s to go)"
    assert lines[2] == "epoch 2/3  loss 0.2500  (100 s)"


@pytest.mark.slow
def test_a_signal_after_the_last_epoch_loses_nothing(tiny, tmp_path, monkeypatch):
    # Its reports compile for longer than it trains.
    monkeypatch.setattr(
        zoo.tasks.text_classification.learning, "classifier_reports", lambda *_: None
    )
    write, work = zoo.finetuning.session.write_fitted, tmp_path / "mine.run"
    options = {"output": tmp_path / "mine", "strategy": "head", "learning_rate": 0.01}
    options["linear_probe"] = False

    def signalled(*arguments, **options):
        for number in SIGNALS[::-1]:
            signal.raise_signal(number)
        return write(*arguments, **options)

    def pressed_twice(*_, **options):
        for _ in range(2):
            signal.raise_signal(signal.SIGINT)

    # Ctrl-C, and again while the result is written: it is said how to get it.
    with monkeypatch.context() as patch:
        patch.setattr(zoo.finetuning.session, "write_fitted", pressed_twice)
        with pytest.raises(KeyboardInterrupt, match=r"at once.*mine.run; add --resume to go on"):
            zoo.finetune(tiny, reviews(), epochs=1, **options)
    assert not (tmp_path / "mine").exists() and (work / "state.npz").exists()
    # SIGTERM, SIGHUP and Ctrl-C while it is written: it is.
    with monkeypatch.context() as patch:
        patch.setattr(zoo.finetuning.session, "write_fitted", signalled)
        tuned = zoo.finetune(tiny, reviews(), epochs=1, resume=True, **options)
    assert zoo.info(tuned.path).training.epochs == 1 and "after its only epoch" in tuned.stopped

    # More epochs of it; other settings are told by name.
    with pytest.raises(zoo.InputError, match=r"does not exist yet.*--resume and, if it has ended"):
        zoo.finetune(tiny, reviews(), epochs=2, **options)
    with pytest.raises(
        zoo.InputError, match=r"other data, learning_rate 0\.01 there and 0\.02 here"
    ):
        zoo.finetune(tiny, reviews(50), epochs=2, resume=True, **{**options, "learning_rate": 0.02})
    more = zoo.finetune(tiny, reviews(), epochs=2, resume=True, **options)
    assert more.info.training.epochs == 2 == len(more.info.training.history)
    assert more.info.training.history[0] == tuned.info.training.history[0]

    # A signal in the course of it keeps the best weights so far.
    validate, calls = learning.class_probabilities, []

    def stop(*arguments):
        calls.append(1)
        if len(calls) == 1:
            signal.raise_signal(signal.SIGTERM)
        return validate(*arguments)

    monkeypatch.setattr(learning, "class_probabilities", stop)
    with pytest.raises(Interrupted, match="interrupted after epoch 3: the best weights so"):
        zoo.finetune(tiny, reviews(), epochs=5, resume=True, **options)
    assert zoo.info(more.path).training.epochs == 3
