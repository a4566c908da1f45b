"""What the command takes with classifiers of series; typer alone."""

from __future__ import annotations

from zoo.classes.options import TOP_K
from zoo.learning.options import DESCENT
from zoo.series.options import SCORED_STEPS, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**SERIES, "top_k": TOP_K},
    "evaluate": {**SERIES, **SCORED_STEPS},
    "finetune": {**SERIES, **DESCENT},
}
