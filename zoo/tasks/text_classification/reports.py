"""What the training of a text classifier shows in TensorBoard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.classes.report import class_report, draw_confusion_matrix
from zoo.fitting.events import HParams, add_figure
from zoo.fitting.flow_plots import draw_gradient_course
from zoo.fitting.reports import Reports, WeightReport
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.tasks.text_classification.inspection import trace_layers
from zoo.tasks.text_classification.saliency import Saliency
from zoo.text.attribution_views import draw_attribution
from zoo.text.encoding import TextEncoder
from zoo.text.gradients import GradientFlow
from zoo.text.projector import list_words

__all__ = [
    "ConfusionReport",
    "GateReport",
    "GradientFlowReport",
    "SaliencyReport",
    "choose_texts",
    "classifier_reports",
]

_DISTANCE = 200  # as in the pictures that are made of a checkpoint, so that the two compare
_MARKS = (10, 50, 100, 200)
_PROBES = 4
_SHOWN = 4
_LENGTH = 60
_QUICK = 20  # classes


def classifier_reports(
    model: Any,
    labels: Sequence[str],
    texts: Sequence[str],
    targets: np.ndarray,
    encode: TextEncoder,
    probabilities: Callable[[], np.ndarray],
    hparams: HParams,
) -> Reports:
    """Return all that a text classifier's run shows.

    Args:
        model: the model that is trained.
        labels: names of the classes.
        texts: the validation texts.
        targets: int array of shape (texts,), their classes.
        encode: what turns texts into token ids.
        probabilities: returns what the last validation gave the texts, (texts, classes).
        hparams: the hyperparameters of the run by name.
    """
    sequences = encode(texts)
    rows = choose_texts(np.array([len(ids) for ids in sequences]), targets)
    paced: dict[str, Any] = {
        "saliency": SaliencyReport(
            Saliency(model, encode, [texts[row] for row in rows]),
            labels,
            [labels[targets[row]] for row in rows],
        ),
    }
    every: dict[str, Any] = {"weights": WeightReport(model)}
    # Of many classes drawing the matrix takes longer than an epoch of few texts.
    (every if len(labels) <= _QUICK else paced)["confusion matrix"] = ConfusionReport(
        labels, targets, probabilities
    )
    # A convolution hears a few words by its making: there is nothing to see.
    if not isinstance(model.backbone.spec, ConvolutionalBackboneSpec):
        paced["gradient flow"] = GradientFlowReport(model.backbone, sequences)
    if isinstance(model.backbone.spec, RecurrentBackboneSpec):
        paced["gates"] = GateReport(model, [sequences[row] for row in rows])
    return Reports(
        model,
        hparams,
        ("accuracy", "log_loss"),
        every=every,
        paced=paced,
        words={"token_embedding/embeddings": list_words(encode.tokenizer)},
    )


def choose_texts(lengths: np.ndarray, targets: np.ndarray, count: int = _SHOWN) -> list[int]:
    """Return the rows of a few texts to show, of every class in turn: none too long to read.

    Args:
        lengths: int array of shape (texts,), their tokens.
        targets: int array of shape (texts,), their classes.
        count: number of texts at most.

    Example:
        >>> choose_texts(np.array([900, 30, 58, 2]), np.array([0, 0, 1, 1]))
        [1, 2, 0, 3]
    """
    order = np.argsort(np.abs(np.log(np.maximum(lengths, 1) / _LENGTH)), kind="stable")
    turns: dict[int, int] = {}
    ranked = []
    for row in order.tolist():
        label = int(targets[row])
        turns[label] = turns.get(label, 0) + 1
        ranked.append((turns[label], label, row))
    return [row for _, _, row in sorted(ranked)[:count]]


class ConfusionReport:
    """Logs which class was taken for which, as a picture.

    Args:
        labels: names of the classes.
        targets: int array of shape (texts,), the true classes of the validation texts.
        probabilities: returns what the last validation gave them, (texts, classes).

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(
        self, labels: Sequence[str], targets: np.ndarray, probabilities: Callable[[], np.ndarray]
    ) -> None:
        self.labels, self.targets, self.probabilities = tuple(labels), targets, probabilities

    def __call__(self, writer: Any, epoch: int) -> None:
        report = class_report(self.labels, self.targets, self.probabilities().argmax(axis=1))
        add_figure(writer, "confusion_matrix", draw_confusion_matrix(report), epoch, shareable=True)


class GradientFlowReport:
    """Logs how far back the network's gradient reaches, as a picture and as scalars.

    The picture holds all epochs that were measured so far.

    Args:
        backbone: the backbone that is trained.
        sequences: token ids of texts; some long ones are used, the same in every epoch.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, backbone: Any, sequences: Sequence[np.ndarray]) -> None:
        self.backbone = backbone
        # The last words alone: what comes earlier than the distance is not looked at.
        longest = sorted(sequences, key=lambda ids: -min(len(ids), _DISTANCE + 1))
        self.sequences = [ids[-_DISTANCE - 1 :] for ids in longest[:_SHOWN]]
        self.flows: dict[int, np.ndarray] = {}
        self._flow: GradientFlow | None = None

    def __call__(self, writer: Any, epoch: int) -> None:
        if self._flow is None:
            generator = np.random.default_rng(0)
            self._flow = GradientFlow(
                self.backbone, self.sequences, _DISTANCE, _PROBES, generator, compiled=True
            )
        flow = self.flows[epoch] = self._flow()
        add_figure(writer, "gradient_flow", draw_gradient_course(self.flows), epoch, shareable=True)
        for distance in _MARKS:
            norms = flow[:, distance]
            norms = norms[np.isfinite(norms) & (norms > 0)]
            if len(norms):
                mean = float(np.mean(np.log10(norms)))
                writer.add_scalar(f"gradient_flow/log10_norm_{distance}_words_back", mean, epoch)


class GateReport:
    """Logs how far the gates of recurrent layers are open on fixed texts, and their states.

    Args:
        model: a text classifier over a recurrent backbone.
        sequences: token ids of texts.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, model: Any, sequences: Sequence[np.ndarray]) -> None:
        self.model, self.sequences = model, sequences

    def __call__(self, writer: Any, epoch: int) -> None:
        traces = [trace_layers(self.model, ids) for ids in self.sequences]
        for layers in zip(*traces, strict=True):
            for name in ("state", *layers[0].gates):
                values = [
                    layer.states if name == "state" else layer.gates[name] for layer in layers
                ]
                kind = "states" if name == "state" else "gates"
                tag = f"{kind}/{layers[0].name}" + (f"/{name}" if name != "state" else "")
                writer.add_histogram(tag, np.concatenate(values), epoch)


class SaliencyReport:
    """Logs what every word of fixed texts adds to the answer, as pictures.

    Args:
        saliency: of these texts.
        labels: names of the classes.
        truths: the true class of every text, where it is known.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(
        self, saliency: Saliency, labels: Sequence[str], truths: Sequence[str] | None = None
    ) -> None:
        self.saliency, self.labels = saliency, labels
        self.truths: Sequence[str | None] = truths or [None] * len(saliency.texts)

    def __call__(self, writer: Any, epoch: int) -> None:
        attributions = self.saliency(self.labels)
        for number, (one, truth) in enumerate(zip(attributions, self.truths, strict=True), 1):
            # Narrow, for TensorBoard shows pictures small.
            picture = draw_attribution(one, truth, width=5.2)
            add_figure(writer, f"saliency/{number}", picture, epoch)
