"""What the command takes with detectors; typer alone."""

from __future__ import annotations

from zoo.learning.options import DESCENT
from zoo.series.options import PLOT, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**SERIES, **PLOT},
    "evaluate": SERIES,
    "finetune": {
        **SERIES,
        **{
            name: option
            for name, option in DESCENT.items()
            if name not in ("class_weights", "linear_probe", "bptt_steps")
        },
    },
}
