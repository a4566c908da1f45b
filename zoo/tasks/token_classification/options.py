"""What the command takes with taggers; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option
from zoo.learning.options import WITHOUT_CLASSES
from zoo.text.options import LABELLED, PLOT, TEXTS

__all__ = ["OPTIONS"]

_TAGGED = {
    **LABELLED,
    "tag_scheme": Option(
        Annotated[
            str | None,
            typer.Option(help="Scheme of the tags: IOB2, IOB1 or IOBES; default: found out."),
        ],
        data=True,
    ),
    "strict_tags": Option(
        Annotated[
            bool | None,
            typer.Option(
                "--strict-tags/--mend-tags",
                help="Whether tags that break the rules of their scheme are refused; by default "
                "they are mended and counted.",
                show_default=False,
            ),
        ],
        data=True,
    ),
}

OPTIONS = {
    "predict": TEXTS,
    "explain": {},
    "evaluate": {**_TAGGED, "plot": PLOT},
    "finetune": {**_TAGGED, **WITHOUT_CLASSES},
}
