"""What the command takes with spellers; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.learning.options import WITHOUT_CLASSES
from zoo.text.options import LABELLED, NUM_BEAMS, NUM_RETURN_SEQUENCES, PLOT, TEXTS

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {
        **TEXTS,
        "num_beams": NUM_BEAMS,
        "num_return_sequences": NUM_RETURN_SEQUENCES,
    },
    "explain": {
        "answer": Option(
            Annotated[
                str | None,
                typer.Option(help="Answer to explain; default: the entry's own."),
            ],
            refusal="Expected no {flag} for {name}, of the task {task}. Received: {value}",
        )
    },
    "evaluate": {
        **LABELLED,
        "plot": PLOT,
    },
    "finetune": {**LABELLED, **WITHOUT_CLASSES},
}
