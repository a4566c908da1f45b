"""What the command takes with classifiers of texts; typer alone."""

from __future__ import annotations

from zoo.classes.options import LABEL, TOP_K
from zoo.insight.options import METHOD
from zoo.learning.options import DESCENT
from zoo.text.options import LABELLED, TEXTS

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**TEXTS, "top_k": TOP_K},
    "explain": {"method": METHOD, "label": LABEL},
    "evaluate": LABELLED,
    "finetune": {**LABELLED, **DESCENT},
}
