"""Draw the pictures of a forecaster's card: `python -m training.pictures esn-lorenz`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from zoo.cli.errors import one_line_errors
from zoo.datasets import load_dataset
from zoo.errors import InputError
from zoo.files import write_atomically
from zoo.gradients import png
from zoo.runtime.pipeline import pipeline
from zoo.runtime.series_pipelines import ForecastingPipeline
from zoo.series_evaluation import PROTOCOLS, roll_out
from zoo.series_plots import draw_attractor, draw_forecast, draw_states

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
DOCS = Path(__file__).resolve().parent.parent / "docs"


@app.command()
def main(name: Annotated[str, typer.Argument(help="Entry, such as esn-lorenz.")]) -> None:
    """Draw docs/NAME-*.png from the bundled checkpoint and the test stretch.

    A forecast against the truth with the error as it grows, the states of the reservoir, and, of
    a system of three channels, its attractor, true and generated.
    """
    with one_line_errors():
        forecaster = pipeline(name)
        dataset = forecaster.info.dataset
        if not isinstance(forecaster, ForecastingPipeline) or dataset is None:
            raise InputError(f"Expected a forecaster, such as esn-lorenz. Received: {name!r}")
        model, protocol = forecaster.model, PROTOCOLS[dataset.name]
        (series,) = load_dataset(dataset.name, "test").series
        rollouts = roll_out(model, series, protocol)
        chaotic = protocol.lyapunov_steps is not None
        figures = {
            "forecast": draw_forecast(
                rollouts.forecasts,
                rollouts.truth,
                time_unit=protocol.lyapunov_steps or 1.0,
                unit="Lyapunov times" if chaotic else "steps",
            ),
            "states": draw_states(model, series[1_000:1_300]),
        }
        if model.channels == 3:
            generated = model.forecast(series[:1_000], 5_000)
            figures["attractor"] = draw_attractor(generated, series[1_000:6_000])
        for kind, figure in figures.items():
            path = DOCS / f"{name}-{kind}.png"
            write_atomically(path, png(figure))
            print(f"Wrote {path}")


if __name__ == "__main__":
    sys.exit(app())
