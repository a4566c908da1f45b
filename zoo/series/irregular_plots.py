"""Pictures of what every measurement of an irregular series adds to an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import shown
from zoo.insight.colours import AGAINST, FOR
from zoo.series.saliency_plots import diverging_colours, rgb

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.series.irregular_saliency import IrregularAttribution

__all__ = ["draw_measurements"]

# Variables below each other, and static features beside each other, that are still read.
_MOST_VARIABLES, _MOST_STATICS = 8, 12


def draw_measurements(attribution: IrregularAttribution) -> Figure:
    """Draw the measurements of a series, coloured by what each adds to an answer.

    Blue raises the score and orange lowers it. Of many variables those are drawn whose values
    matter most, in the order in which they do; below them stand the sum over all variables at
    every time, and what the static features add.

    Args:
        attribution: what `zoo.explain` returned for an irregular series.

    Example:
        >>> import zoo
        >>> stay = {"times": [0.0, 1.5], "values": {"HR": [120, None], "GCS": [15, 3]}}
        >>> figure = draw_measurements(zoo.explain(zoo.load("grud-physionet2012"), stay))
    """
    from matplotlib.figure import Figure

    series, scores = attribution.series, attribution.scores
    measured = np.flatnonzero((~np.isnan(series.values)).any(axis=0))
    weight = np.abs(scores).sum(axis=0)[measured]
    chosen = measured[np.argsort(-weight, kind="stable")][:_MOST_VARIABLES]
    statics = sorted(attribution.known, key=lambda fact: -abs(fact[2]))[:_MOST_STATICS]
    rows = len(chosen)
    ratios = [*[1.0] * rows, 1.1, *([1.3] if statics else [])]
    figure = Figure(figsize=(9, 0.95 * sum(ratios) + 1.0), layout="constrained")
    grid = figure.add_gridspec(len(ratios), 1, height_ratios=ratios)
    total = figure.add_subplot(grid[rows])
    every = np.abs(np.concatenate([scores[~np.isnan(series.values)], [s for *_, s in statics]]))
    # A single outlier does not pale the rest.
    strength = max(float(np.sort(every)[::-1][len(every) // 200]) if len(every) else 0.0, 1e-12)
    for place, column in enumerate(chosen):
        axes = figure.add_subplot(grid[place], sharex=total)
        _draw_variable(axes, attribution, int(column), strength)
    _draw_total(total, attribution)
    if statics:
        _draw_statics(figure.add_subplot(grid[rows + 1]), statics)
    label = _plain(attribution.label, 60)
    title = f"{label}: {attribution.value:.3f}  (blue raises it, orange lowers it)"
    if len(measured) > rows:
        title += f"\nthe {rows} of {len(measured)} variables that matter most"
    figure.suptitle(title, fontsize=10)
    return figure


def _draw_variable(
    axes: Any, attribution: IrregularAttribution, column: int, strength: float
) -> None:
    values = attribution.series.values[:, column]
    here = ~np.isnan(values)
    times = attribution.series.times[here]
    axes.plot(times, values[here], color="0.8", linewidth=0.8, zorder=1)
    axes.scatter(
        times,
        values[here],
        c=attribution.scores[here, column],
        cmap=diverging_colours(),
        vmin=-strength,
        vmax=strength,
        s=22,
        edgecolors="0.45",
        linewidths=0.4,
        zorder=2,
    )
    added = attribution.scores[here, column].sum()
    name = _plain(attribution.names.variables[column], 16)
    axes.set_ylabel(f"{name}\n{added:+.2f}", rotation=0, ha="right", va="center", fontsize=7)
    axes.margins(x=0.02, y=0.25)
    axes.tick_params(axis="y", labelsize=6)
    axes.tick_params(axis="x", labelbottom=False)
    axes.grid(alpha=0.3)


def _draw_total(axes: Any, attribution: IrregularAttribution) -> None:
    added = attribution.scores.sum(axis=1)
    times = attribution.series.times
    colours = [rgb(FOR) if value > 0 else rgb(AGAINST) for value in added]
    axes.vlines(times, 0, added, colors=colours, linewidth=1.5)
    axes.axhline(0, color="0.5", linewidth=0.6)
    axes.set_ylabel(f"all add to the\n{attribution.unit}", fontsize=7)
    axes.set_xlabel("time", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.margins(x=0.02, y=0.1)
    axes.grid(alpha=0.3)


def _draw_statics(axes: Any, statics: list[tuple[str, float, float]]) -> None:
    added = [score for *_, score in statics]
    names = [f"{_plain(name, 14)}\n{value:.4g}" for name, value, _ in statics]
    colours = [rgb(FOR) if value > 0 else rgb(AGAINST) for value in added]
    axes.bar(range(len(added)), added, width=0.6, color=colours)
    axes.axhline(0, color="0.5", linewidth=0.6)
    axes.set_xticks(range(len(added)), names)
    axes.set_ylabel("static", fontsize=7)
    axes.tick_params(labelsize=6)


def _plain(name: str, most: int) -> str:
    return shown(name, most)[1:-1].replace("$", r"\$")
