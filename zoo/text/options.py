"""Options of commands that read texts; typer alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.tables.options import DELIMITER, ENCODING, HEADER, LABEL_COLUMN

__all__ = ["LABELLED", "NUM_BEAMS", "NUM_RETURN_SEQUENCES", "PLOT", "TEXTS"]

# Of commands that write texts.
NUM_BEAMS = Option(
    Annotated[
        int | None,
        typer.Option(
            help="Texts that the search for the likeliest keeps; 1 is greedy. Default 5 of a "
            "translator and a speller, else 1."
        ),
    ],
    least=1,
)
NUM_RETURN_SEQUENCES = Option(
    Annotated[int | None, typer.Option(help="Texts to write to each text; default 1.")],
    least=1,
)

# Of commands that draw what they score.
PLOT = Option(
    Annotated[
        Path | None,
        typer.Option(
            help="PNG file for a picture of the scores, as the task has one: BLEU or errors by "
            "length, what was expected least, F1 by type."
        ),
    ]
)
# Of commands that answer texts.
TEXTS = {
    "text_column": Option(
        Annotated[str, typer.Option(help="Column of the texts in --data, by name or number.")],
        default="text",
        data=True,
    ),
    "encoding": ENCODING,
    "delimiter": DELIMITER,
    "header": HEADER,
}
# Of commands that score answers to texts.
LABELLED = {
    "text_column": Option(
        Annotated[str, typer.Option(help="Column of the texts, by name or number.")],
        default="text",
        data=True,
    ),
    "label_column": LABEL_COLUMN,
    "encoding": ENCODING,
    "delimiter": DELIMITER,
    "header": HEADER,
}
