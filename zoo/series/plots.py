"""Pictures of series: forecasts, bands and what was measured, attractors, a reservoir's states."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError, shown
from zoo.files import output_path, write_atomically
from zoo.series.arrays import check_series
from zoo.series.gaps import Series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "MOST_PANELS",
    "PICTURES",
    "date_axis",
    "draw_attractor",
    "draw_continuation",
    "draw_forecast",
    "draw_rows",
    "draw_states",
    "one_drawn",
    "picture_path",
    "write_picture",
]

PICTURES = (".png", ".svg", ".pdf")
# Panels below each other that are still read.
MOST_PANELS = 8
# Rows that a line shows; of more it shows the range of each stretch.
_MOST_ROWS = 4_000
# Of what was measured, the steps before a forecast: so many times its own, and at least so many.
_TIMES, _LEAST = 4, 48


def picture_path(given: Any) -> Path | None:
    """Return the file of the picture that a command is to draw, or None where none is wanted.

    Args:
        given: what the command's option `plot` says.

    Raises:
        InputError: it is no path, or its name has another end than those of `PICTURES`.

    Example:
        >>> picture_path("alarms.svg").suffix
        '.svg'
    """
    if given is None:
        return None
    path = output_path(given, "forecast.png")
    if path.suffix.lower() not in PICTURES:
        raise InputError(
            f"Expected a file for the picture that ends in {', '.join(PICTURES)}, such as "
            f"--plot forecast.png. Received: {shown(given)}"
        )
    return path


def one_drawn(series: Sequence[Series]) -> Series:
    """Return the series that a picture shows, of those that a command was given.

    Args:
        series: the series.

    Raises:
        InputError: they are several.
    """
    if len(series) != 1:
        raise InputError(
            f"Expected --plot with one series. Received: {len(series)}. Draw them one by one"
        )
    return series[0]


def write_picture(figure: Figure, path: Path) -> None:
    """Write a figure into a file of the kind that its name says.

    Args:
        figure: the figure.
        path: what `picture_path` returned.

    Raises:
        OutputError: it cannot be written.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format=path.suffix[1:].lower(), dpi=120)
    write_atomically(path, buffer.getvalue())
    logging.getLogger("zoo").info("Wrote %s", path)


def draw_rows(
    axes: Any,
    x: np.ndarray,
    low: np.ndarray,
    high: np.ndarray | None = None,
    *,
    alpha: float | None = None,
    **how: Any,
) -> None:
    """Draw numbers over rows as a line, or the band between two; of very many rows their range.

    Args:
        axes: of a figure.
        x: rows or dates, of shape (time,).
        low: numbers, of that shape; of a band its lower end.
        high: its upper end; None draws a line.
        alpha: how opaque a band is.
        **how: `color`, `label` and the like.
    """
    stretch = max(1, len(low) // _MOST_ROWS)
    if high is None and stretch == 1:
        # Of one row there is no line.
        axes.plot(x, low, linewidth=0.8, marker="." if len(low) == 1 else "", **how)
        return
    starts = np.arange(0, len(low), stretch)
    ends = np.fmin.reduceat(low, starts), np.fmax.reduceat(low if high is None else high, starts)
    axes.fill_between(x[starts], *ends, linewidth=0.6 if high is None else 0, alpha=alpha, **how)


def date_axis(axes: Any) -> None:
    """Have an axis of dates say no more of each date than tells it from its neighbours.

    Args:
        axes: of a figure.
    """
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    first, last = axes.dataLim.intervalx
    if first == last:  # of one date there are years around it otherwise
        axes.set_xlim(first - 0.5, last + 0.5)


def draw_continuation(
    history: np.ndarray,
    forecast: np.ndarray,
    *,
    names: Sequence[str],
    dates: np.ndarray | None = None,
    following: Sequence[np.datetime64] | None = None,
    quantiles: Mapping[float, np.ndarray] | None = None,
    title: str = "",
) -> Figure:
    """Draw how a series goes on, a panel a channel: its end, the forecast, and its quantiles.

    Of very many channels the first `MOST_PANELS` are drawn, and of a long history the end; what is
    left out is told above.

    Args:
        history: float array of shape (time, channels).
        forecast: what follows it, of shape (horizon, channels).
        names: of the channels.
        dates: datetime64 array of shape (time,), where steps have dates.
        following: the dates of the forecast; without them steps are numbered.
        quantiles: arrays of the shape of `forecast` by the share of what is to lie below.
        title: what stands above.

    Example:
        >>> wave = np.sin(0.1 * np.arange(120.0))[:, None]
        >>> figure = draw_continuation(wave[:100], wave[100:], names=["wave"])
        >>> len(figure.axes)
        1
    """
    from matplotlib.figure import Figure

    steps, channels = forecast.shape
    panels = min(channels, MOST_PANELS)
    first = max(0, len(history) - max(_LEAST, _TIMES * steps))
    dated = dates is not None and following is not None
    x: Any = np.arange(len(history) + steps)
    if dates is not None and following is not None:
        x = np.concatenate([dates, np.array(following, dates.dtype)])
    # What follows begins at the last value that is known.
    before, after = slice(first, len(history)), slice(len(history) - 1, None)
    figure = Figure(figsize=(9, 1.7 * panels + 1.2), layout="constrained")
    grid = figure.subplots(panels, 1, sharex=True, squeeze=False)[:, 0]
    for number, axes in enumerate(grid):
        past, last = history[before, number], history[-1:, number]
        own = {
            level: np.concatenate([last, values[:, number]])
            for level, values in sorted((quantiles or {}).items())
        }
        line = np.concatenate([last, forecast[:, number]])
        limits = _limits(past, [line, *own.values()])
        draw_rows(axes, x[before], past, color="C0", label="history")
        _draw_quantiles(axes, x[after], own)
        axes.plot(x[after], line, "--", color="C1", linewidth=1.3, label="forecast")
        axes.set_ylim(*limits)
        name = shown(names[number], 20)[1:-1].replace("$", r"\$")
        axes.set_ylabel(name, rotation=0, ha="right", va="center", fontsize=8)
        axes.tick_params(axis="y", labelsize=7)
        axes.grid(alpha=0.3)
    known = grid[0].get_legend_handles_labels()
    figure.legend(*known, loc="outside upper right", ncols=4, fontsize=7)
    if dated:
        date_axis(grid[-1])
    else:
        grid[-1].set_xlabel("row" if dates is None else "row (its dates are not evenly spaced)")
    told = [title] if title else []
    if first:
        told.append(f"the last {len(history) - first:,} of {len(history):,} steps")
    if panels < channels:
        told.append(f"the first {panels} of {channels:,} channels")
    figure.suptitle(", ".join(told).replace("$", r"\$"), fontsize=10)
    return figure


def _draw_quantiles(axes: Any, x: np.ndarray, quantiles: Mapping[float, np.ndarray]) -> None:
    """Draw quantiles as far on either side as bands, the widest first, and others as lines."""
    rest = {level for level in quantiles if level != 0.5}
    for low in sorted(level for level in quantiles if level < 0.5):
        high = next((level for level in quantiles if abs(low + level - 1) < 1e-9), None)
        if high is not None:
            name = f"quantiles {low:g} to {high:g}"
            draw_rows(axes, x, quantiles[low], quantiles[high], color="C1", alpha=0.25, label=name)
            rest -= {low, high}
    for level in sorted(rest):
        axes.plot(x, quantiles[level], ":", color="C1", label=f"quantile {level:g}")


def _limits(past: np.ndarray, lines: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the ends of an axis on which a forecast that runs away does not hide what was."""
    low, high = float(past.min()), float(past.max())
    room = 2 * (high - low) or abs(high) or 1.0
    found = [np.clip(line[~np.isnan(line)], low - room, high + room) for line in lines]
    low, high = (
        float(end([end(part) for part in (past, *found) if len(part)])) for end in (np.min, np.max)
    )
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def draw_forecast(
    forecasts: np.ndarray,
    truth: np.ndarray,
    *,
    time_unit: float = 1.0,
    unit: str = "steps",
    title: str = "Forecast that runs freely, and its error",
) -> Figure:
    """Draw a free-running forecast against the truth, and below how the error grows.

    The forecast drawn is the one whose error at the end is the median of all; the curve of the
    error is the median over all, in a band from the first to the third quartile, in deviations
    of the truth.

    Args:
        forecasts: float array of shape (starts, horizon, channels).
        truth: float array of that shape.
        time_unit: steps to one unit of the axis of time.
        unit: its name.
        title: what stands above it.

    Raises:
        InputError: the shapes differ, or there is nothing to draw.

    Example:
        >>> waves = np.sin(np.arange(40.0)).reshape(2, 20, 1)
        >>> figure = draw_forecast(waves + 0.01, waves)
    """
    from matplotlib.figure import Figure

    if forecasts.shape != truth.shape or forecasts.ndim != 3 or 0 in forecasts.shape:
        raise InputError(
            "Expected forecasts and truth of one shape (starts, horizon, channels). "
            f"Received: {forecasts.shape} and {truth.shape}"
        )
    deviation = truth.reshape(-1, truth.shape[2]).std(axis=0)
    errors = np.sqrt(np.mean(((forecasts - truth) / deviation) ** 2, axis=2))
    shown = int(np.argsort(errors[:, -1])[len(errors) // 2])
    time = np.arange(1, truth.shape[1] + 1) / time_unit
    channels = truth.shape[2]
    figure = Figure(figsize=(7, 1.5 * channels + 2.5), layout="constrained")
    axes = figure.subplots(channels + 1, 1, sharex=True)
    for channel in range(channels):
        axes[channel].plot(time, truth[shown, :, channel], label="truth", linewidth=2.5, alpha=0.5)
        axes[channel].plot(time, forecasts[shown, :, channel], "--", label="forecast")
        axes[channel].set_ylabel("xyz"[channel] if channels <= 3 else f"channel {channel}")
        axes[channel].grid(alpha=0.3)
        # A forecast that runs away must not hide the truth.
        low, high = truth[shown, :, channel].min(), truth[shown, :, channel].max()
        margin = 0.2 * (high - low) or 1.0
        axes[channel].set_ylim(low - margin, high + margin)
    axes[0].set_title(title)
    axes[0].legend(loc="upper right", ncols=2)
    low, middle, high = np.maximum(np.nanpercentile(errors, [25, 50, 75], axis=0), 1e-16)
    (line,) = axes[-1].plot(time, middle)
    axes[-1].fill_between(time, low, high, color=line.get_color(), alpha=0.2, linewidth=0)
    axes[-1].set_yscale("log")
    axes[-1].set_ylabel("error\n(deviations)")
    axes[-1].set_xlabel(f"{unit} after the last true value")
    axes[-1].grid(alpha=0.3)
    return figure


def draw_attractor(generated: np.ndarray, truth: np.ndarray) -> Figure:
    """Draw the attractor of a system of three channels, true and generated, side by side.

    Args:
        generated: float array of shape (time, 3), of a long free-running forecast.
        truth: float array of shape (time, 3).

    Raises:
        InputError: one of the two has another shape.

    Example:
        >>> from zoo.series.chaos import integrate_lorenz
        >>> figure = draw_attractor(integrate_lorenz(500), integrate_lorenz(500))
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    figure.suptitle("Attractor")
    for place, (title, points) in enumerate((("true", truth), ("generated", generated)), start=1):
        if points.ndim != 2 or points.shape[1] != 3:
            raise InputError(f"Expected points of shape (time, 3). Received: {points.shape}")
        axes = figure.add_subplot(1, 2, place, projection="3d")
        axes.plot(*points.T, linewidth=0.4)
        axes.set_title(title)
        axes.set_box_aspect(None, zoom=0.85)  # else its axis of z has no room for the name
        axes.set(
            xlim=(truth[:, 0].min(), truth[:, 0].max()),
            ylim=(truth[:, 1].min(), truth[:, 1].max()),
            zlim=(truth[:, 2].min(), truth[:, 2].max()),
            xlabel="x",
            ylabel="y",
            zlabel="z",
        )
    return figure


def draw_states(model: Any, series: Any, units: int = 40) -> Figure:
    """Draw the states of some units of a reservoir over time, above what they read.

    Args:
        model: a forecaster.
        series: a series of shape (time, channels), or (time,) where there is one channel.
        units: number of units, taken evenly from all.

    Raises:
        InputError: `series` is not as described, or holds NaN.

    Example:
        >>> import zoo
        >>> model = zoo.pipeline("esn-mackey-glass").model
        >>> figure = draw_states(model, np.sin(np.arange(200.0)))
    """
    from matplotlib.figure import Figure

    (array, *_), _ = check_series(series, model.channels)
    states = np.concatenate(
        [chunk[:, : model.states.units].copy() for chunk, _ in model.features(array)]
    )
    chosen = np.unique(np.linspace(0, model.states.units - 1, units).round().astype(int))
    figure = Figure(figsize=(7, 5), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    bound = float(np.abs(states[:, chosen]).max()) or 1.0
    image = top.imshow(
        states[:, chosen].T,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-bound,
        vmax=bound,
        interpolation="nearest",
        extent=(-0.5, len(array) - 0.5, len(chosen), 0),
    )
    figure.colorbar(image, ax=[top, bottom], label="state")
    top.set_title("States of the reservoir, and what it reads")
    top.set_ylabel(f"{len(chosen)} of {model.states.units} units")
    bottom.plot(array)
    bottom.set_ylabel("series")
    bottom.set_xlabel("steps")
    bottom.grid(alpha=0.3)
    return figure
