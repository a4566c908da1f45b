"""What the command takes with translators; typer alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.learning.options import DESCENT
from zoo.text.options import LABELLED, NUM_BEAMS, TEXTS

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {
        **TEXTS,
        "num_beams": NUM_BEAMS,
    },
    "explain": {
        "translation": Option(
            Annotated[
                str | None,
                typer.Option(help="Translation to explain; default: the entry's own."),
            ],
            refusal="Expected no {flag} for {name}, of the task {task}. Received: {value}",
        )
    },
    "evaluate": {
        **LABELLED,
        "plot": Option(
            Annotated[
                Path | None, typer.Option(help="PNG file for BLEU by length, of a translator.")
            ]
        ),
    },
    "finetune": {**LABELLED, **DESCENT},
}
