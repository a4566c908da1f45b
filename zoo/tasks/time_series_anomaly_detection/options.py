"""What the command takes with detectors; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.learning.options import DESCENT
from zoo.series.options import SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {
        **SERIES,
        "plot": Option(
            Annotated[
                str | None,
                typer.Option(
                    metavar="FILE",
                    help="Draw a series, the band it was expected in and the alarms: .png, .svg, "
                    ".pdf.",
                ),
            ]
        ),
    },
    "evaluate": SERIES,
    "finetune": {
        **SERIES,
        **{
            name: option
            for name, option in DESCENT.items()
            if name not in ("class_weights", "linear_probe", "bptt_steps")
        },
    },
}
