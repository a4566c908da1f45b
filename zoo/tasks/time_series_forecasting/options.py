"""What the command takes with forecasters; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.insight.options import METHOD
from zoo.learning.options import DESCENT
from zoo.series.options import ID_COLUMN, PLOT, SCORED_STEPS, SERIES

__all__ = ["OPTIONS"]

_TRAINED_ONLY = (
    "Expected {flag} with a model that forecasts series only. Received: {name}, of the task {task}"
)

OPTIONS = {
    "predict": {
        **SERIES,
        **ID_COLUMN,
        **PLOT,
        "horizon": Option(
            Annotated[
                int | None,
                typer.Option(
                    help="Steps to forecast, of a model that forecasts series; default: as many "
                    "as it was trained to, if it was."
                ),
            ],
            least=1,
        ),
        "quantiles": Option(
            Annotated[
                list[str] | None,
                typer.Option(
                    metavar="LEVELS",
                    help="Quantiles beside the forecast, such as 0.1,0.9, of a model that was "
                    "trained to forecast them.",
                ),
            ],
            refusal=_TRAINED_ONLY,
        ),
    },
    "explain": {
        **SERIES,
        "method": METHOD,
        "channel": Option(
            Annotated[
                str | None,
                typer.Option(
                    help="Channel whose forecast is explained, by name or by number from 1; "
                    "default: the first."
                ),
            ]
        ),
    },
    "inspect": SERIES,
    "evaluate": {**SERIES, **ID_COLUMN, **SCORED_STEPS},
    "finetune": {
        **SERIES,
        **ID_COLUMN,
        **DESCENT,
        "horizon": Option(
            Annotated[
                int | None,
                typer.Option(help="Steps that a forecaster of series is to forecast at once."),
            ],
            refusal=_TRAINED_ONLY,
            data=True,
        ),
        "quantiles": Option(
            Annotated[
                list[str] | None,
                typer.Option(
                    metavar="LEVELS",
                    help="Quantiles that a forecaster of series is to forecast, such as "
                    "0.1,0.5,0.9; none for one number.",
                ),
            ],
            refusal=_TRAINED_ONLY,
            data=True,
        ),
    },
}
