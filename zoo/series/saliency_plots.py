"""Pictures of what every step and channel of a series adds to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.insight.colours import AGAINST, FOR

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.series.saliency import SeriesAttribution

__all__ = ["diverging_colours", "draw_saliency", "rgb"]

# Beyond this many channels their lines would be too flat to read: their values are an image.
_MOST_LINES = 16
_MOST_LABELS = 12


def draw_saliency(attribution: SeriesAttribution) -> Figure:
    """Draw a series coloured by what every step adds to an answer, and the sum over channels.

    Blue raises the score and orange lowers it, as on `zoo.explain` of texts.

    Args:
        attribution: what `zoo.explain` returned for a series.

    Example:
        >>> import zoo
        >>> attribution = zoo.explain(zoo.load("esn-japanese-vowels"), np.zeros((9, 12)))
        >>> figure = draw_saliency(attribution)
    """
    from matplotlib.figure import Figure

    if not hasattr(attribution, "steps"):
        raise InputError(
            f"Expected what zoo.explain returns for a series. Received: {shown(attribution)}"
        )
    steps, channels = attribution.scores.shape
    lines = channels <= _MOST_LINES
    rows = channels if lines else 1
    height = rows * (1.1 if channels <= 6 else 0.6) if lines else 4.0
    figure = Figure(figsize=(min(14.0, max(7.0, 0.02 * steps)), height + 2.6), layout="constrained")
    ratios = [*[1.0] * rows, 1.2 if channels <= 6 else 2.0] if lines else [3.0, 1.0]
    grid = figure.subplots(rows + 1, 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    largest = np.sort(np.abs(attribution.scores), axis=None)[::-1]
    # A single outlier does not pale the rest.
    strength = max(float(largest[len(largest) // 200]), 1e-12)
    colours = diverging_colours()
    if lines:
        for axes, number in zip(grid, range(channels), strict=False):
            _draw_channel(axes, attribution, number, strength, colours)
    else:
        image = grid[0].imshow(
            attribution.scores.T,
            aspect="auto",
            cmap=colours,
            vmin=-strength,
            vmax=strength,
            interpolation="nearest",
        )
        grid[0].set_ylabel("channel")
        figure.colorbar(image, ax=grid[0], label=f"adds to the {attribution.unit}")
    total = attribution.scores.sum(axis=1)
    grid[-1].bar(
        np.arange(steps),
        total,
        width=1.0,
        color=[rgb(FOR) if value > 0 else rgb(AGAINST) for value in total],
    )
    grid[-1].axhline(0, color="0.5", linewidth=0.6)
    grid[-1].set_ylabel(f"adds to the\n{attribution.unit}")
    places = np.unique(np.linspace(0, steps - 1, min(steps, _MOST_LABELS)).astype(int))
    dated = any(not name.isdecimal() for name in attribution.steps)
    grid[-1].set_xticks(places, [attribution.steps[place] for place in places])
    if dated:
        grid[-1].tick_params(axis="x", rotation=30)
    else:
        grid[-1].set_xlabel("step")
    label = shown(attribution.label, 60)[1:-1].replace("$", r"\$")
    title = f"{label}: {attribution.value:.3f}  (blue raises it, orange lowers it)"
    figure.suptitle(title, fontsize=11)
    return figure


def _draw_channel(
    axes: Any, attribution: SeriesAttribution, number: int, strength: float, colours: Any
) -> None:
    values, scores = attribution.series[:, number], attribution.scores[:, number]
    steps = np.arange(len(values))
    # The colour lies behind the line, where it can be told how strong it is.
    low, high = float(values.min()), float(values.max())
    margin = 0.1 * (high - low) or 1.0
    axes.imshow(
        scores[None],
        aspect="auto",
        cmap=colours,
        vmin=-strength,
        vmax=strength,
        extent=(-0.5, len(values) - 0.5, low - margin, high + margin),
        interpolation="nearest",
    )
    axes.plot(steps, values, color="0.15", linewidth=1.0, marker="." if len(values) < 60 else "")
    axes.set_ylim(low - margin, high + margin)
    name = shown(attribution.channels[number], 16)[1:-1].replace("$", r"\$")
    axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
    axes.tick_params(axis="y", labelsize=7)


def rgb(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    """Return a colour as matplotlib takes it.

    Args:
        colour: red, green and blue, from 0 to 255.
    """
    red, green, blue = (value / 255 for value in colour)
    return red, green, blue


def diverging_colours() -> Any:
    """Return the colours of what speaks against an answer, over white, to what speaks for it."""
    from matplotlib.colors import LinearSegmentedColormap

    ends = [rgb(AGAINST), (1.0, 1.0, 1.0), rgb(FOR)]
    return LinearSegmentedColormap.from_list("for_and_against", ends)
