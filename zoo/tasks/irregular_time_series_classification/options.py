"""What the command takes with classifiers of irregular series; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.classes.options import LABEL, TOP_K
from zoo.common.options import Option
from zoo.insight.options import METHOD
from zoo.learning.options import DESCENT
from zoo.tables.options import DELIMITER, ENCODING

__all__ = ["OPTIONS"]

_TABLE = {"encoding": ENCODING, "delimiter": DELIMITER}
# Of a file of many series the one that is asked about.
_ONE = {
    **_TABLE,
    "id": Option(
        Annotated[
            str | None,
            typer.Option(
                metavar="ID",
                help="Which of the irregular series of a file is meant, by its id; default: the "
                "only one.",
            ),
        ],
        data=True,
    ),
}

OPTIONS = {
    "predict": {**_TABLE, "top_k": TOP_K},
    "explain": {**_ONE, "method": METHOD, "label": LABEL},
    "inspect": _ONE,
    "evaluate": _TABLE,
    "finetune": {**_TABLE, **DESCENT},
}
