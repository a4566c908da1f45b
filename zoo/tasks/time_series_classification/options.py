"""What the command takes with classifiers of series; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.classes.options import LABEL, TOP_K
from zoo.common.options import Option
from zoo.insight.options import METHOD
from zoo.learning.options import DESCENT
from zoo.series.options import ID_COLUMN, SCORED_STEPS, SERIES
from zoo.tables.options import LABEL_COLUMN

__all__ = ["OPTIONS"]

_LONG = {**ID_COLUMN, "label_column": LABEL_COLUMN}

_AUGMENT = {
    "augment": Option(
        Annotated[
            bool | None,
            typer.Option(
                help="Whether every series is cut, stretched, scaled and mixed with another anew "
                "in every epoch; default: it is.",
                show_default=False,
            ),
        ],
        refusal="Expected {flag} with a classifier of numeric series only. Received: {name}, of "
        "the task {task}",
        data=True,
    ),
}

OPTIONS = {
    "predict": {**SERIES, **ID_COLUMN, "top_k": TOP_K},
    "explain": {**SERIES, "method": METHOD, "label": LABEL},
    "inspect": SERIES,
    "evaluate": {**SERIES, **SCORED_STEPS, **_LONG},
    "finetune": {**SERIES, **DESCENT, **_LONG, **_AUGMENT},
}
