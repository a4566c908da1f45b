"""A folder of pictures and TensorBoard events of what goes on inside a network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zoo.common.figures import png
from zoo.common.quiet import not_again
from zoo.errors import InputError
from zoo.explaining.asking import able, explain, inspect
from zoo.files import new_directory, output_path
from zoo.insight.trace import Trace, draw_gates, draw_states

__all__ = ["write_inspection"]

_MOST_HISTOGRAMS = 500


def write_inspection(model: Any, data: Any, folder: str | Path, **options: Any) -> list[Path]:
    """Write states, gates and saliency of an input as pictures and as a TensorBoard run.

    The run, in `tensorboard`, holds the pictures, and histograms of states and gates whose steps
    are the tokens, or steps of a series: evenly chosen ones of a long series.

    Args:
        model: a model over a recurrent backbone, from `zoo.load`.
        data: the text, or the series or its file.
        folder: the folder to make.
        **options: with a file of a series, how it is read.

    Returns:
        What was written.

    Raises:
        InputError: the network is not recurrent, there is no input, or the folder exists.
        OutputError: it cannot be written. Nothing is left behind.

    Example:
        >>> import zoo
        >>> write_inspection(zoo.load("lstm-imdb"), "A film.", "why")  # doctest: +SKIP
    """
    folder = output_path(folder, "inspected")
    if os.path.lexists(folder):
        raise InputError(
            f"Expected a folder that does not exist yet. Received: {folder}. Choose another"
        )
    trace = inspect(model, data, **options)
    pictures = {"states": png(draw_states(trace))}
    if any(task.name == model.task for task in able("explain")):
        with not_again():  # what was found out of the same data
            pictures["saliency"] = png(explain(model, data, **options).draw())
    if any(layer.gates for layer in trace.layers):
        pictures["gates"] = png(draw_gates(trace))
    with new_directory(folder, overwrite=False) as staging:
        for name, picture in pictures.items():
            (staging / f"{name}.png").write_bytes(picture)
        _write_events(staging / "tensorboard", trace, pictures)
    return [*(folder / f"{name}.png" for name in pictures), folder / "tensorboard"]


def _write_events(folder: Path, trace: Trace, pictures: dict[str, bytes]) -> None:
    from zoo.fitting.events import EventWriter, add_figure

    writer = EventWriter(folder)
    for name, picture in pictures.items():
        add_figure(writer, f"inspect/{name}", picture, 0)
    for layer in trace.layers:
        for name, values in {"state": layer.states, **layer.gates}.items():
            every = -(-len(values) // _MOST_HISTOGRAMS)
            for step in range(0, len(values), every):
                writer.add_histogram(f"{layer.name}/{name}", values[step], step)
    writer.close()
