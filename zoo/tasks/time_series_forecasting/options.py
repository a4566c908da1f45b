"""What the command takes with forecasters; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
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
    "evaluate": {**SERIES, **SCORED_STEPS},
    "finetune": {**SERIES, "seed": SEED},
}
