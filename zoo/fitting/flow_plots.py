"""How far a network's gradient reaches in the course of its training, as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from zoo.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_gradient_course"]

# Powers of ten between which a gradient is said to arrive; the colours end at as many again.
_VANISHED, _FADED, _EXPLODED = -6.0, -3.0, 2.0
_LIMIT = 8.0
_MARKS = (10, 50, 100, 200)


def draw_gradient_course(flows: Mapping[int, np.ndarray]) -> Figure:
    """Draw the gradient norms of a network against the distance in time, epoch by epoch.

    Norms are the texts' median, relative to the last word. Above all epochs as curves, below as
    a heat map: white is as much as at the last word, blue less, and red more. The title says how
    much of the gradient of the last epoch arrives at several distances, the last of them the
    farthest that the texts have, and whether it fades, has vanished or exploded there. The axis
    goes on to the distance that was asked for, so that pictures of shorter and longer texts
    compare.

    Args:
        flows: arrays from `zoo.gradient_flow`, of shape (texts, distance + 1), by epoch.

    Raises:
        InputError: there is nothing to draw.

    Example:
        >>> figure = draw_gradient_course({1: np.array([[1.0, 0.1, 0.01]])})
        >>> print(figure.axes[0].get_title())
        How far back the gradient reaches, epoch 1: it arrives
        beside the last word's: 1e-02 (2 words back)

    Reference:
        [Bengio et al., 1994](https://doi.org/10.1109/72.279181)
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    if not flows:
        raise InputError("Expected flows such as {1: array}. Received: none")
    epochs = sorted(flows)
    curves = np.stack([_relative(flows[epoch]) for epoch in epochs])
    used = int(np.flatnonzero(np.isfinite(curves).any(axis=0)).max(initial=0)) + 1
    distance = curves.shape[1]
    curves = curves[:, :used]
    figure = Figure(figsize=(6, 4.4), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    steps = np.arange(used)
    for number, curve in enumerate(curves):
        colour = colormaps["viridis"](0.9 * number / max(1, len(epochs) - 1))
        label = f"epoch {epochs[number]}" if number in (0, len(epochs) - 1) else None
        top.plot(steps, curve, color=colour, label=label, marker="." if used == 1 else None)
    top.axhspan(-40, _VANISHED, color="tab:blue", alpha=0.12, linewidth=0)
    top.axhspan(_EXPLODED, 40, color="tab:red", alpha=0.12, linewidth=0)
    low, high = (float(f(curves, initial=0.0, where=np.isfinite(curves))) for f in (np.min, np.max))
    # Both zones are always in sight, so that the pictures of two runs compare.
    top.set_ylim(min(max(low, -16), _VANISHED) - 1.5, max(min(high, 16), _EXPLODED) + 1)
    top.set_ylabel("gradient relative to the\nlast word's, power of ten")
    top.grid(alpha=0.3)
    top.legend(loc="lower left")
    top.set_title(_verdict(epochs[-1], curves[-1]), fontsize=8.5)
    image = bottom.imshow(
        curves,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-_LIMIT,
        vmax=_LIMIT,
        interpolation="nearest",
        extent=(-0.5, used - 0.5, len(epochs) - 0.5, -0.5),
    )
    ticks = np.unique(np.linspace(0, len(epochs) - 1, min(8, len(epochs))).round().astype(int))
    bottom.set_yticks(ticks, [str(epochs[tick]) for tick in ticks])
    bottom.set_ylabel("epoch")
    bottom.set_xlabel("distance in time (words before the last)")
    bottom.set_xlim(-0.5, distance - 0.5)
    if used < 0.9 * distance:
        for axes in (top, bottom):
            axes.axvspan(used - 0.5, distance - 0.5, color="0.9", linewidth=0)
        middle = (used + distance) / 2
        bottom.text(
            middle,
            (len(epochs) - 1) / 2,
            "the texts\nare shorter",
            ha="center",
            va="center",
            fontsize=8,
            color="0.35",
        )
    figure.colorbar(image, ax=[top, bottom], label="blue vanishes, red explodes")
    return figure


def _relative(flow: np.ndarray) -> np.ndarray:
    """Return the powers of ten of the texts' median, relative to the last word; NaN for no text."""
    relative = flow / np.where(flow[:, :1] > 0, flow[:, :1], 1.0)
    used = ~np.isnan(relative).all(axis=0)
    powers = np.full(relative.shape[1], np.nan)
    # Where a gradient is exactly zero the logarithm has no place for it.
    powers[used] = np.log10(np.maximum(np.nanmedian(relative[:, used], axis=0), 1e-30))
    return powers


def _verdict(epoch: int, curve: np.ndarray) -> str:
    far = int(np.flatnonzero(np.isfinite(curve)).max(initial=0))
    powers = {
        at: float(np.nanmedian(curve[at - at // 10 : at + 1]))
        for at in (*(mark for mark in _MARKS if mark < 0.9 * far), far)
    }
    power = powers[far]
    found = "it arrives"
    if power < _VANISHED:
        found = "it VANISHES"
    elif power < _FADED:
        found = "it fades"
    elif power > _EXPLODED or np.nanmax(curve) > 2 * _EXPLODED:
        found = "it EXPLODES"
    shares = [f"{10**value:.0e} ({at})" for at, value in powers.items()]
    shares[0] = shares[0].replace(")", " words back)")
    return (
        f"How far back the gradient reaches, epoch {epoch}: {found}\n"
        f"beside the last word's: {', '.join(shares)}"
    )
