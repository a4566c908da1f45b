"""What the command takes with classifiers of irregular series; typer alone."""

from __future__ import annotations

from zoo.classes.options import TOP_K
from zoo.learning.options import DESCENT
from zoo.tables.options import DELIMITER, ENCODING

__all__ = ["OPTIONS"]

_TABLE = {"encoding": ENCODING, "delimiter": DELIMITER}

OPTIONS = {
    "predict": {**_TABLE, "top_k": TOP_K},
    "evaluate": _TABLE,
    "finetune": {**_TABLE, **DESCENT},
}
