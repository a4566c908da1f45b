"""What the training of a tagger shows in TensorBoard: scores by type, and the CRF's transitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from zoo.common.escape import terminal
from zoo.fitting.events import HParams, add_figure
from zoo.fitting.reports import Reports, WeightReport
from zoo.layers.chain import scheme_constraints
from zoo.text.projector import list_words
from zoo.text.tags import iobes_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["TransitionReport", "draw_transitions", "tagger_reports"]

_DRAWN = 60


def tagger_reports(
    model: Any, crf: Any, labels: Sequence[str], tokenizer: Any, hparams: HParams
) -> Reports:
    """Return all that a tagger's run shows.

    Args:
        model: the model that is trained.
        crf: its CRF.
        labels: the types of entities.
        tokenizer: the vocabulary of words.
        hparams: the hyperparameters of the run by name.
    """
    return Reports(
        model,
        hparams,
        ("f1",),
        paced={
            "weights": WeightReport(model),
            "transitions": TransitionReport(crf, labels),
        },
        words={"token_embedding/embeddings": list_words(tokenizer)},
    )


class TransitionReport:
    """Logs what the CRF makes of one tag after another, as a picture.

    Args:
        crf: the layer.
        labels: the types of entities.

    Call with a TensorBoard writer and the number of the epoch.
    """

    def __init__(self, crf: Any, labels: Sequence[str]) -> None:
        self.crf, self.names = crf, iobes_names(labels)

    def __call__(self, writer: Any, epoch: int) -> None:
        if len(self.names) <= _DRAWN:
            scores = np.array(ops.convert_to_numpy(self.crf.transitions))
            allowed = scheme_constraints(self.names).transitions
            picture = draw_transitions(np.where(allowed, scores, np.nan), self.names)
            add_figure(writer, "transitions", picture, epoch, shareable=True)


def draw_transitions(scores: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw the scores of one tag after another: a row for the first, a column for the second.

    Args:
        scores: array of shape (tags, tags), not a number where the scheme forbids it.
        names: names of the tags.
    """
    from matplotlib.figure import Figure

    side = 1.5 + 0.3 * len(names)
    figure = Figure(figsize=(side + 1.0, side), layout="constrained")
    axes = figure.subplots()
    most = max(1e-6, float(np.nanmax(np.abs(scores))))
    image = axes.imshow(scores, cmap="RdBu", vmin=-most, vmax=most)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(range(len(names)), [terminal(name).replace("$", r"\$") for name in names])
    axes.tick_params(axis="x", rotation=90)
    axes.set_xlabel("tag")
    axes.set_ylabel("tag before")
    axes.set_title("Scores of transitions (white: none, or forbidden)", fontsize=10)
    figure.colorbar(image, ax=axes, label="nats", shrink=0.8)
    return figure
