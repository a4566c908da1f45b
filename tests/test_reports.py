"""What training shows in TensorBoard beside its curves: right numbers, in time, and no harm."""

from __future__ import annotations

import itertools
import time

import keras
import numpy as np
import pytest

import zoo
import zoo.fitting.loop
from event_files import embeddings, histograms, hparams, pictures, read_events, scalars
from zoo.fitting.events import EventWriter
from zoo.fitting.flow_plots import draw_gradient_course
from zoo.fitting.loop import TrainingResult
from zoo.fitting.reports import Reports
from zoo.tasks.text_classification.reports import (
    ConfusionReport,
    GateReport,
    GradientFlowReport,
    choose_texts,
)
from zoo.tasks.text_classification.saliency import Saliency
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.text.encoding import TextEncoder

TEXTS = [
    "A moving, beautifully acted film!",
    "Don't bother; it is a waste of time. Awful",
    "so so plot and words",
    "waste",
]
GOOD, BAD = ["moving film", "beautifully acted"], ["waste of time", "awful plot"]


# The others of a kind, where one is compiled.
AT_ONCE = pytest.mark.at_once


def written(folder, report, epoch=1):
    writer = EventWriter(folder)
    report(writer, epoch)
    writer.close()
    return folder


@pytest.mark.parametrize(
    "name",
    ["one width", "one block", pytest.param("n-grams", marks=AT_ONCE)],
)
def test_saliency_is_what_explain_returns(tmp_path, name):
    model = zoo.load(make_checkpoint(tmp_path / "tiny", **VARIANTS[name]))
    saliency = Saliency(model, TextEncoder.of(model.preprocessor), TEXTS)
    for compared in (TEXTS[:1], TEXTS[3:]):
        answers = dict(zip(TEXTS, saliency(model.info.labels), strict=True))
        for text in compared:
            found = answers[text]
            expected = zoo.explain(model, text)
            assert (found.label, found.tokens) == (expected.label, expected.tokens)
            assert found.log_odds == pytest.approx(expected.log_odds, abs=1e-4)
            assert found.baseline == pytest.approx(expected.baseline, abs=1e-4)
            difference = expected.log_odds - expected.baseline
            # Sixteen points on the path, where rectifiers and maxima make corners.
            share = 0.15 if name == "widths" else 0.05
            limit = share * np.abs(expected.scores).sum() + 1e-4
            np.testing.assert_allclose(found.scores, expected.scores, atol=limit)
            assert found.scores.sum() == pytest.approx(difference, abs=limit)
        # The weights are read anew at every call.
        model.logits.kernel.assign(2 * np.array(keras.ops.convert_to_numpy(model.logits.kernel)))


def test_gradient_flow_is_that_of_the_library(tmp_path):
    model = zoo.load(make_checkpoint(tmp_path / "tiny"))
    encode = TextEncoder.of(model.preprocessor)
    sequences = encode(TEXTS * 8)
    long = [np.concatenate(sequences[start::4])[:45] for start in range(4)]
    report = GradientFlowReport(model.backbone, long)
    for epoch in (1, 2):
        written(tmp_path / "run", report, epoch)
        expected = zoo.text.gradients.gradient_norms(model.backbone, long, 200, probes=5)
        # Four random directions estimate what five, one for every unit, make exact.
        found = scalars(tmp_path / "run", "gradient_flow/log10_norm_10_words_back")[epoch]
        assert found == pytest.approx(np.log10(expected[:, 10]).mean(), abs=0.5)
        # A network that forgets at once.
        bias = model.backbone.layers[-1].cell.bias
        value = np.array(keras.ops.convert_to_numpy(bias))
        value[5:10] = -8
        bias.assign(value)
    both = scalars(tmp_path / "run", "gradient_flow/log10_norm_10_words_back")
    assert both[2] < both[1] - 1
    assert list(pictures(tmp_path / "run", "gradient_flow")) == [1, 2]
    assert "gradient_flow/log10_norm_50_words_back" not in {
        tag for tag, _, _ in read_events(tmp_path / "run")
    }


@pytest.mark.parametrize(
    ("rate", "verdict"), [(0.5, "VANISHES"), (0.8, "fades"), (0.95, "arrives"), (1.3, "EXPLODES")]
)
def test_the_picture_says_what_the_gradient_does(rate, verdict):
    flow = rate ** np.arange(41.0) * np.ones((3, 1))
    figure = draw_gradient_course({1: flow, 2: flow, 5: flow})
    assert verdict in figure.axes[0].get_title() and "epoch 5" in figure.axes[0].get_title()
    assert len(figure.axes[0].lines) == 3
    (image,) = figure.axes[1].images
    np.testing.assert_allclose(image.get_array()[0], np.arange(41) * np.log10(rate), atol=1e-9)
    with pytest.raises(zoo.InputError, match="flows"):
        draw_gradient_course({})


@pytest.mark.parametrize("name", ["lstm of 1", "gru bidirectional of 2", "simple_rnn of 1"])
def test_gates_are_those_of_the_network(tmp_path, name):
    model = zoo.load(make_checkpoint(tmp_path / "tiny", **VARIANTS[name]))
    encode = TextEncoder.of(model.preprocessor)
    run = written(tmp_path / "run", GateReport(model, encode(TEXTS)), 3)
    traces = [zoo.inspect(model, text) for text in TEXTS]
    for layer in range(len(traces[0].layers)):
        own = [trace.layers[layer] for trace in traces]
        for gate in own[0].gates:
            values = np.concatenate([one.gates[gate].ravel() for one in own])
            bins = histograms(run, f"gates/{own[0].name}/{gate}")[3]
            assert bins[:, 2].sum() == len(values)
            assert bins[0, 0] == pytest.approx(values.min())
            assert bins[-1, 1] == pytest.approx(values.max())
    gates = {tag for tag, _, _ in read_events(run) if tag.startswith("gates/")}
    assert len(gates) == {"lstm of 1": 3, "gru bidirectional of 2": 8, "simple_rnn of 1": 0}[name]


def test_the_confusion_matrix_is_a_picture_of_the_last_validation(tmp_path):
    probabilities = np.eye(2)[[0, 1, 1]]
    report = ConfusionReport(["a", "b"], np.array([0, 1, 0]), lambda: probabilities)
    before = pictures(written(tmp_path / "one", report), "confusion_matrix")[1]
    probabilities = np.eye(2)[[0, 1, 0]]
    after = pictures(written(tmp_path / "two", report), "confusion_matrix")[1]
    assert before != after


def test_texts_of_every_class_are_shown():
    lengths, targets = np.array([5, 60, 300, 61, 2, 59]), np.array([0, 0, 0, 0, 1, 2])
    assert sorted(choose_texts(lengths, targets)) == [1, 3, 4, 5]
    assert choose_texts(np.array([1, 0]), np.array([0, 0])) == [0, 1]


class Recorder:
    """Takes what a report writes."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *arguments, **options: self.calls.append((name, arguments, options))


pytestmark = pytest.mark.pictures(small=True)


def test_slow_reports_pause_and_broken_ones_stop(monkeypatch):
    now = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))  # a second a look
    drawn = {"slow": [], "every": [], "broken": []}

    def broken(writer, epoch):
        drawn["broken"].append(epoch)
        raise FloatingPointError("nothing to draw")

    def full(writer, epoch):
        raise zoo.OutputError("full")

    reports = Reports(
        None,
        {"units": 1},
        ("accuracy",),
        every={"every": lambda writer, epoch: drawn["every"].append(epoch), "broken": broken},
        paced={"slow": lambda writer, epoch: drawn["slow"].append(epoch)},
    )
    result = TrainingResult([], 0, 1, {"accuracy": 0.5}, 0.0)
    with pytest.warns(UserWarning, match=r"broken failed in epoch 1 .*nothing to draw") as caught:
        for epoch in range(1, 12):
            reports.epoch(Recorder(), result, epoch, last=epoch == 11)
    assert len(caught) == 1
    assert drawn["every"] == list(range(1, 12)) and drawn["broken"] == [1]
    assert drawn["slow"] == [1, 2, 4, 8, 11]
    # Where epochs are long the same report is cheap.
    now = itertools.count(step=1)
    for epoch in range(12, 15):
        for _ in range(100):
            next(now)
        reports.epoch(Recorder(), result, epoch, last=False)
    assert drawn["slow"][-3:] == [12, 13, 14]
    with pytest.raises(zoo.OutputError, match="full"):
        Reports(None, {}, (), every={"full": full}).epoch(Recorder(), result, 1, last=False)


def reviews(count=60):
    draw = np.random.default_rng(0)
    labels = [["bad", "good"][index % 2] for index in range(count)]
    texts = [
        " ".join([*draw.permutation(GOOD if label == "good" else BAD), f"number{index}"])
        for index, label in enumerate(labels)
    ]
    return texts, labels


@pytest.mark.slow
@AT_ONCE
def test_a_fine_tuning_shows_all_of_it(tmp_path, monkeypatch):
    base = make_checkpoint(tmp_path / "base", cell="gru")
    texts, labels = reviews()
    labels[::3] = labels[1::3]  # a third of them at random: no epoch is perfect, and ends the run
    tuned = zoo.finetune(
        base,
        (texts, labels),
        output=tmp_path / "mine",
        epochs=2,
        strategy="full",
        learning_rate=0.05,
    )
    run = tmp_path / "mine.run" / "tensorboard"
    steps = 2 * -(-48 // 16)
    losses = scalars(run, "step/loss")
    assert list(losses) == list(range(1, steps + 1))  # a short run has a curve too
    rates = scalars(run, "step/learning_rate")
    assert max(rates.values()) == pytest.approx(0.05, rel=0.3) and rates[steps] < 0.04
    layers = ["token_embedding", "recurrent_0", "logits"]
    norms = [scalars(run, f"gradient_norm/{layer}") for layer in layers]
    for step, norm in scalars(run, "gradient_norm/all").items():
        assert norm == pytest.approx(np.linalg.norm([own[step] for own in norms]), rel=1e-5)
    tags = {tag for tag, _, _ in read_events(run)}
    assert {tag for tag in tags if tag.startswith("gradient_norm/")} == {
        "gradient_norm/all",
        *(f"gradient_norm/{layer}" for layer in layers),
    }
    accuracy = scalars(run, "epoch/validation_accuracy")
    assert list(accuracy) == [1, 2]
    best = scalars(run, "best/log_loss")
    worst = np.minimum.accumulate(list(scalars(run, "epoch/validation_log_loss").values()))
    np.testing.assert_allclose(list(best.values()), worst, rtol=1e-6)
    kept = tuned.info.training
    assert best[2] == pytest.approx(kept.validation["log_loss"], rel=2e-2)

    assert list(pictures(run, "confusion_matrix")) == [1, 2]
    for tag in ("gradient_flow", *(f"saliency/{number}" for number in (1, 2, 3, 4))):
        assert list(pictures(run, tag)) == [1, 2]
    kernel = histograms(run, "weights/recurrent_0/recurrent_kernel")
    assert list(kernel) == [1, 2] and kernel[2][:, 2].sum() == 5 * 15
    assert list(histograms(run, "gates/recurrent_0/update")) == [1, 2]

    found = hparams(run)
    assert [len(found[name]) for name in ("experiment", "session_start_info")] == [1, 1]
    values = found["session_start_info"][0].session_start_info.hparams
    assert values["learning_rate"].number_value == 0.05 and values["base"].string_value == "tiny"
    assert {info.name.tag for info in found["experiment"][0].experiment.metric_infos} <= tags
    assert [end.session_end_info.status for end in found["session_end_info"]] == [1]
    vectors, words = embeddings(run)["token_embedding"]
    stored = zoo.checkpoint.directory.read(tuned.path).tensors["token_embedding/embeddings"]
    np.testing.assert_allclose(vectors, stored[3 : 3 + len(words)], rtol=1e-3, atol=1e-4)
    assert "film" in words and len(words) == len(set(words))


@pytest.mark.slow
@AT_ONCE
def test_a_run_that_is_taken_up_has_one_session(tmp_path, monkeypatch):
    base = make_checkpoint(tmp_path / "base", **VARIANTS["one width"])
    original = zoo.fitting.loop._Run.save

    def killed(run):
        original(run)
        if run.epoch == 2:
            raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(zoo.fitting.loop._Run, "save", killed)
        with pytest.raises(RuntimeError, match="killed"):
            zoo.finetune(base, reviews(), output=tmp_path / "mine", epochs=3, strategy="head")
    assert not (tmp_path / "mine").exists()
    run = tmp_path / "mine.run" / "tensorboard"
    assert "session_end_info" not in hparams(run)
    zoo.finetune(base, reviews(), output=tmp_path / "mine", epochs=3, strategy="head", resume=True)
    assert {name: len(found) for name, found in hparams(run).items()} == {
        "experiment": 1,
        "session_start_info": 1,
        "session_end_info": 1,
    }
    assert set(pictures(run, "confusion_matrix")) == {1, 2, 3}
    assert len(embeddings(run)["token_embedding"][1]) > 5


@pytest.mark.slow
@AT_ONCE
def test_a_run_that_fails_says_so(tmp_path, monkeypatch):
    base = make_checkpoint(tmp_path / "base", **VARIANTS["one width"])
    train = keras.Model.train_on_batch
    monkeypatch.setattr(
        keras.Model,
        "train_on_batch",
        lambda *arguments, **options: {**train(*arguments, **options), "loss": np.nan},
    )
    with pytest.raises(zoo.InputError, match="finite loss"):
        zoo.finetune(base, reviews(), output=tmp_path / "mine", epochs=2)
    (end,) = hparams(tmp_path / "mine.run" / "tensorboard")["session_end_info"]
    assert end.session_end_info.status == 2
