"""A folder of pictures and TensorBoard events of what goes on inside a network."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from zoo.common.figures import png
from zoo.errors import InputError
from zoo.explaining.asking import able, explain, inspect
from zoo.files import new_directory, output_path
from zoo.text.inspection import Trace, draw_gates, draw_states

__all__ = ["write_inspection"]


def write_inspection(model: Any, text: str, folder: str | Path) -> list[Path]:
    """Write states, gates and saliency of a text as pictures and as a TensorBoard run.

    The run, in `tensorboard`, holds the pictures, and histograms of states and gates whose steps
    are the tokens.

    Args:
        model: a model of texts over a recurrent backbone, from `zoo.load`.
        text: the text.
        folder: the folder to make.

    Returns:
        What was written.

    Raises:
        InputError: the network is not recurrent, there is no text, or the folder exists.
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
    trace = inspect(model, text)
    pictures = {"states": png(draw_states(trace))}
    if any(task.name == model.task for task in able("explain")):
        pictures["saliency"] = png(explain(model, text).draw())
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
            for step, row in enumerate(values):
                writer.add_histogram(f"{layer.name}/{name}", row, step)
    writer.close()
