"""Draw the pictures of an entry's card: `python -m training.pictures esn-lorenz`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from zoo import registry
from zoo.cli.errors import one_line_errors
from zoo.datasets import load_dataset
from zoo.errors import InputError
from zoo.files import write_atomically
from zoo.gradients import png
from zoo.runtime.pipeline import pipeline
from zoo.series_evaluation import PROTOCOLS, roll_out
from zoo.series_plots import draw_attractor, draw_forecast, draw_states
from zoo.training_plots import training_picture

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
DOCS = Path(__file__).resolve().parent.parent / "docs"


def pictures(name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of every picture of an entry's card.

    The course of the training, where the record holds one. Of a forecaster, a forecast of the
    test stretch against the truth with the error as it grows, the states of the reservoir, and,
    of a system of three channels, its attractor, true and generated.

    Args:
        name: the entry's name.

    Raises:
        UnknownModelError: there is no such entry.
        DataError: the data of a forecaster is not at hand.

    Example:
        >>> [name for name, _ in pictures("ngram-gru-imdb")]
        ['ngram-gru-imdb-training.png']
    """
    info = registry.info(name)
    course = training_picture(info)
    if course is not None:
        yield course
    if info.task != "time-series-forecasting" or info.dataset is None:
        return
    model, protocol = pipeline(name).model, PROTOCOLS[info.dataset.name]
    (series,) = load_dataset(info.dataset.name, "test").series
    rollouts = roll_out(model, series, protocol)
    chaotic = protocol.lyapunov_steps is not None
    forecast = draw_forecast(
        rollouts.forecasts,
        rollouts.truth,
        time_unit=protocol.lyapunov_steps or 1.0,
        unit="Lyapunov times" if chaotic else "steps",
    )
    yield f"{name}-forecast.png", png(forecast)
    yield f"{name}-states.png", png(draw_states(model, series[1_000:1_300]))
    if model.channels == 3:
        generated = model.forecast(series[:1_000], 5_000)
        yield f"{name}-attractor.png", png(draw_attractor(generated, series[1_000:6_000]))


@app.command()
def main(name: Annotated[str, typer.Argument(help="Entry, such as esn-lorenz.")]) -> None:
    """Draw docs/NAME-*.png: the course of the training, and forecasts of a forecaster."""
    with one_line_errors():
        drawn = list(pictures(name))
        if not drawn:
            raise InputError(
                "Expected an entry that forecasts, or whose record holds the history of its "
                f"training. Received: {name}, which has none. See: python -m training.history"
            )
        for file, content in drawn:
            write_atomically(DOCS / file, content)
            print(f"Wrote {DOCS / file}")


if __name__ == "__main__":
    sys.exit(app())
