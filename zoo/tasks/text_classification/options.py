"""What the command takes with classifiers of texts; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.classes.options import TOP_K
from zoo.common.options import Option
from zoo.learning.options import DESCENT
from zoo.text.options import LABELLED, TEXTS

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**TEXTS, "top_k": TOP_K},
    "explain": {
        "method": Option(
            Annotated[
                str,
                typer.Option(help="integrated_gradients or gradient_x_input, of a classifier."),
            ],
            default="integrated_gradients",
        ),
        "label": Option(
            Annotated[
                str | None,
                typer.Option(help="Label to explain; default: the one that is chosen."),
            ]
        ),
    },
    "evaluate": LABELLED,
    "finetune": {**LABELLED, **DESCENT},
}
