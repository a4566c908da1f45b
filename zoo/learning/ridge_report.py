"""What a fit in closed form shows in TensorBoard: how the penalty was chosen, and the result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.fitting.events import EventWriter, HParams, add_figure
from zoo.fitting.names import weight_name
from zoo.specs import holds_keys

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.fitting.wandb_run import WandbRun

__all__ = ["draw_ridges", "write_fit"]


def write_fit(
    folder: Path,
    fit: Any,
    hparams: HParams,
    metrics: Mapping[str, float],
    figures: Mapping[str, Any],
    shareable: Mapping[str, Any],
    mirror: WandbRun | None = None,
) -> None:
    """Write a TensorBoard run of a fit.

    Args:
        folder: the run's directory.
        fit: the fit.
        hparams: the hyperparameters by name; the chosen ridge is added.
        metrics: what was measured on the validation part, by name.
        figures: pictures by tag that may show examples.
        shareable: others, which show none.
        mirror: a run of Weights & Biases that gets the same.

    Raises:
        OutputError: the place cannot be written or is full.
    """
    writer = EventWriter(folder, mirror)
    writer.add_hparams({**hparams, "ridge": fit.ridge}, [f"best/{name}" for name in metrics])
    for name, value in metrics.items():
        writer.add_scalar(f"best/{name}", value, 1)
    for name, tensor in fit.tensors.items():
        if not holds_keys(name):
            writer.add_histogram(f"weights/{weight_name(name)}", tensor, 1)
    for tag, figure in figures.items():
        add_figure(writer, tag, figure, 1)
    for tag, figure in {"ridge": draw_ridges(fit), **shareable}.items():
        add_figure(writer, tag, figure, 1, shareable=True)
    writer.add_session_end(succeeded=True)
    writer.close()


def draw_ridges(fit: Any) -> Figure:
    """Draw the score of every penalty in validation, lower is better, and the chosen one.

    Args:
        fit: the fit.

    Example:
        >>> fit = Fit({}, 1e-6, {1e-8: 0.3, 1e-6: 0.1, 1e-4: 0.2}, {})
        >>> draw_ridges(fit).axes[0].get_title()
        'Choice of the ridge: 1e-06'
    """
    from matplotlib.figure import Figure

    ridges = np.array(list(fit.scores))
    scores = np.array(list(fit.scores.values()))
    solved = np.isfinite(scores)
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot(ridges[solved], scores[solved], "o-")
    if (scores[solved] > 0).all():
        axes.set_yscale("log")
    if (ridges > 0).all():
        axes.set_xscale("log")
    axes.axvline(fit.ridge, color="gray", linestyle=":")
    axes.set_title(f"Choice of the ridge: {fit.ridge:.0e}")
    axes.set_xlabel("ridge")
    axes.set_ylabel("validation score, lower is better")
    axes.grid(alpha=0.3, which="both")
    return figure
