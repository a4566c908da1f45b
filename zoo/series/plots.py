"""Pictures of forecasters: forecast against truth, attractors, and a reservoir's states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.errors import InputError
from zoo.series.arrays import check_series

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_attractor", "draw_forecast", "draw_states"]


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
