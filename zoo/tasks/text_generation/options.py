"""What the command takes with language models; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.classes.options import TOP_K
from zoo.common.options import Option
from zoo.learning.options import WITHOUT_CLASSES
from zoo.text.options import LABELLED, NUM_BEAMS, NUM_RETURN_SEQUENCES, PLOT, TEXTS

__all__ = ["OPTIONS"]

# Where a user's texts stand, and how they are read.
_OWN = {name: LABELLED[name] for name in ("text_column", "encoding", "delimiter", "header")}

OPTIONS = {
    "predict": {
        **TEXTS,
        "max_new_tokens": Option(
            Annotated[
                int | None,
                typer.Option(help="Words or characters to write after a text; default 50."),
            ],
            least=0,
        ),
        "temperature": Option(
            Annotated[
                float | None,
                typer.Option(
                    help="Below 1 makes likely words or characters likelier, 0 takes the likeliest "
                    "of all; default 1."
                ),
            ],
            least=0,
        ),
        "top_k": TOP_K,
        "top_p": Option(
            Annotated[
                float | None,
                typer.Option(
                    help="Draw from the fewest words or characters that together have this "
                    "probability; default 1."
                ),
            ]
        ),
        "num_beams": NUM_BEAMS,
        "num_return_sequences": NUM_RETURN_SEQUENCES,
        "seed": Option(
            Annotated[
                int | None,
                typer.Option(help="What is drawn follows from it; default: another every time."),
            ],
            least=0,
        ),
    },
    "evaluate": {**_OWN, "plot": PLOT},
    "finetune": {**_OWN, **WITHOUT_CLASSES},
}
