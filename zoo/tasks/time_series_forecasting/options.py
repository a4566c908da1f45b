"""What the command takes with forecasters; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.insight.options import METHOD
from zoo.learning.options import SEED
from zoo.series.options import SCORED_STEPS, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {
        **SERIES,
        "horizon": Option(
            Annotated[
                int | None,
                typer.Option(help="Steps to forecast, of a model that forecasts series."),
            ],
            least=1,
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
    "evaluate": {**SERIES, **SCORED_STEPS},
    "finetune": {**SERIES, "seed": SEED},
}
