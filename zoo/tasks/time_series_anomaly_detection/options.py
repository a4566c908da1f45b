"""What the command takes with detectors; typer alone."""

from __future__ import annotations

from zoo.learning.options import DESCENT
from zoo.series.options import ID_COLUMN, PLOT, SERIES

__all__ = ["OPTIONS"]

OPTIONS = {
    "predict": {**SERIES, **ID_COLUMN, **PLOT},
    "evaluate": {**SERIES, **ID_COLUMN},
    "finetune": {
        **SERIES,
        **ID_COLUMN,
        **{
            name: option
            for name, option in DESCENT.items()
            if name not in ("class_weights", "linear_probe", "bptt_steps")
        },
    },
}
