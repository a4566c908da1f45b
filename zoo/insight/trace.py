"""What goes on inside a recurrent network while it reads: its states and gates, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.notebook import line, picture, table
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, check_kind, shown
from zoo.files import output_path, write_atomically

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "LayerTrace",
    "Trace",
    "draw_gates",
    "draw_states",
    "plot_gates",
    "plot_states",
]


@dataclass(frozen=True)
class LayerTrace:
    """What one layer, or one direction of it, computed at every step.

    Attributes:
        name: the layer's name; the direction that reads from the end ends in `backward`.
        states: float64 array of shape (tokens, units), in the order of the text.
        gates: arrays of the same shape by the gate's name: of an LSTM `input`, `forget` and
            `output`, of a GRU `update` and `reset`, between 0 and 1. None of a simple network.
        cells: an LSTM's cell states, of the same shape; None of others.
    """

    name: str
    states: np.ndarray
    gates: dict[str, np.ndarray]
    cells: np.ndarray | None

    def __repr__(self) -> str:
        tokens, units = self.states.shape
        return line(self, self.name, tokens=tokens, units=units, gates=list(self.gates) or None)


@dataclass(frozen=True)
class Trace:
    """What a network computed while it read a text or a series.

    Attributes:
        tokens: what was read: tokens, the start token as `(start)`, or the names of steps.
        layers: its recurrent layers and directions, the lowest first.
        unit: what one of `tokens` is: `"token"` or `"step"`.
    """

    tokens: list[str]
    layers: list[LayerTrace]
    unit: str = "token"

    def __repr__(self) -> str:
        names = [layer.name for layer in self.layers]
        return line(self, " ".join(self.tokens), tokens=len(self.tokens), layers=names)

    def _repr_html_(self) -> str:
        gated = any(layer.gates for layer in self.layers)
        rows = [
            (layer.name, layer.states.shape[1], ", ".join(layer.gates)) for layer in self.layers
        ]
        drawn = picture(draw_gates(self) if gated else draw_states(self))
        return table(rows, ("layer", "units", "gates")) + drawn


def _by_peak(states: np.ndarray) -> np.ndarray:
    """Return an order of the units in which those that respond at the same place are together."""
    return np.lexsort((-np.abs(states).max(axis=0), np.abs(states).argmax(axis=0)))


@tells_what_is_missing
def draw_states(trace: Trace) -> Figure:
    """Draw every layer's states: a column a token or step, a row a unit, sorted by where it peaks.

    Args:
        trace: what `zoo.inspect` returned.

    Example:
        >>> import zoo
        >>> figure = draw_states(zoo.inspect(zoo.load("lstm-imdb"), "A moving film."))
    """
    check_kind(trace, Trace, "zoo.inspect")
    figure, grid = _figure(trace, len(trace.layers), 2.6)
    figure.suptitle("States", fontsize=11)
    for axes, layer in zip(grid, trace.layers, strict=True):
        states = layer.states[:, _by_peak(layer.states)].T
        # Most states are small: the few largest do not pale the rest.
        limit = max(float(np.percentile(np.abs(states), 99.5)), 1e-6)
        image = axes.imshow(
            states, aspect="auto", cmap="RdBu", vmin=-limit, vmax=limit, interpolation="nearest"
        )
        axes.set_ylabel(f"{layer.name}\nunit")
        axes.set_yticks([])
        figure.colorbar(image, ax=axes, label="state")
    _label(grid[-1], trace)
    return figure


@tells_what_is_missing
def draw_gates(trace: Trace) -> Figure:
    """Draw how far every gate of every layer is open at every token: median and quartiles of units.

    Every gate has axes of its own, for two of them are often open alike.

    Args:
        trace: what `zoo.inspect` returned.

    Raises:
        InputError: the network has no gates.

    Example:
        >>> import zoo
        >>> figure = draw_gates(zoo.inspect(zoo.load("lstm-imdb"), "A moving film."))
    """
    check_kind(trace, Trace, "zoo.inspect")
    if not any(layer.gates for layer in trace.layers):
        raise InputError(
            "Expected a network with gates, such as lstm-imdb or gru-imdb. Received: one without"
        )
    gates = [
        (f"{layer.name}\n{gate}", number, values)
        for layer in trace.layers
        for number, (gate, values) in enumerate(layer.gates.items())
    ]
    figure, grid = _figure(trace, len(gates), 1.2)
    figure.suptitle("How far gates are open: median and quartiles of the units", fontsize=11)
    steps = np.arange(len(trace.tokens))
    for axes, (name, number, values) in zip(grid, gates, strict=True):
        low, middle, high = np.percentile(values, [25, 50, 75], axis=1)
        axes.plot(steps, middle, marker=".", color=f"C{number}")
        axes.fill_between(steps, low, high, alpha=0.2, color=f"C{number}", linewidth=0)
        axes.set_ylim(0, 1)
        axes.set_ylabel(name)
        axes.grid(alpha=0.3)
    _label(grid[-1], trace)
    return figure


@tells_what_is_missing
def plot_gates(trace: Trace, path: str | Path) -> Path:
    """Write what `draw_gates` draws as a PNG picture.

    Args:
        trace: what `zoo.inspect` returned.
        path: the file to write.

    Raises:
        InputError: the network has no gates.
        OutputError: the file cannot be written.

    Example:
        >>> import zoo
        >>> trace = zoo.inspect(zoo.load("gru-imdb"), "A moving film.")
        >>> plot_gates(trace, "gates.png")  # doctest: +SKIP
    """
    from zoo.common.figures import png

    path = output_path(path, "trace.png", (".png",))
    write_atomically(path, png(draw_gates(trace)))
    return path


@tells_what_is_missing
def plot_states(trace: Trace, path: str | Path) -> Path:
    """Write what `draw_states` draws as a PNG picture.

    Args:
        trace: what `zoo.inspect` returned.
        path: the file to write.

    Raises:
        InputError: the file's name does not end in .png.
        OutputError: the file cannot be written.

    Example:
        >>> import zoo
        >>> trace = zoo.inspect(zoo.load("gru-imdb"), "A moving film.")
        >>> plot_states(trace, "states.png")  # doctest: +SKIP
    """
    from zoo.common.figures import png

    path = output_path(path, "trace.png", (".png",))
    write_atomically(path, png(draw_states(trace)))
    return path


def _figure(trace: Trace, count: int, height: float) -> tuple[Figure, list[Any]]:
    from matplotlib.figure import Figure

    # A step of a series has no word that must be read.
    widest = 40.0 if trace.unit == "token" else 14.0
    width = min(max(6.0, 1.8 + 0.24 * len(trace.tokens)), widest)
    figure = Figure(figsize=(width, height * count + 0.8), layout="constrained")
    return figure, list(figure.subplots(count, sharex=True, squeeze=False)[:, 0])


def _label(axes: Any, trace: Trace) -> None:
    count = len(trace.tokens)
    # Beyond this many tokens their words would be drawn over each other.
    if trace.unit == "token" and count > 160:
        axes.set_xlabel("token")
        return
    places = list(range(count))
    if trace.unit != "token" and count > 40:
        places = np.unique(np.linspace(0, count - 1, 12).astype(int)).tolist()
    if trace.unit != "token":
        axes.set_xlabel(trace.unit)
    # A date is no longer than that, and says nothing without its end.
    most = 20 if trace.unit == "token" else 30
    labels = [shown(trace.tokens[place], most)[1:-1].replace("$", r"\$") for place in places]
    axes.set_xticks(places, labels, rotation=90)
