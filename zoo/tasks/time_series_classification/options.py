"""What the command takes with classifiers of series; typer alone."""

from __future__ import annotations

from zoo.classes.options import LABEL, TOP_K
from zoo.insight.options import METHOD
from zoo.learning.options import SEED
from zoo.series.options import SCORED_STEPS, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**SERIES, "top_k": TOP_K},
    "explain": {**SERIES, "method": METHOD, "label": LABEL},
    "inspect": SERIES,
    "evaluate": {**SERIES, **SCORED_STEPS},
    "finetune": {**SERIES, "seed": SEED},
}
