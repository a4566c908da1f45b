"""What the command takes with detectors; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.insight.options import METHOD
from zoo.learning.options import WITHOUT_CLASSES
from zoo.series.options import ID_COLUMN, PLOT, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**SERIES, **ID_COLUMN, **PLOT},
    "explain": {
        **SERIES,
        "method": METHOD,
        "row": Option(
            Annotated[
                int | None,
                typer.Option(
                    help="Row whose forecast is explained, from 1; default: the one of the "
                    "highest score."
                ),
            ],
            least=2,
        ),
    },
    "inspect": SERIES,
    "evaluate": {**SERIES, **ID_COLUMN},
    "finetune": {
        **SERIES,
        **ID_COLUMN,
        **{name: option for name, option in WITHOUT_CLASSES.items() if name != "bptt_steps"},
    },
}
