"""Options of commands that train by gradient descent, or fit anew; typer alone."""

from __future__ import annotations

from typing import Annotated

import typer

from zoo.common.options import Option

__all__ = ["DESCENT", "SEED", "WITHOUT_CLASSES"]

SEED = Option(
    Annotated[
        int | None, typer.Option(help="Seed of the split, the new head and the order; default 0.")
    ]
)
# What a model that is trained by gradient descent takes.
DESCENT = {
    "strategy": Option(
        Annotated[
            str | None,
            typer.Option(help="gradual (the head first, then layer by layer), full or head."),
        ]
    ),
    "epochs": Option(
        Annotated[
            int | None,
            typer.Option(
                help="Passes at most; default: by the amount of data, such as 6 to 60 of a "
                "classifier of texts."
            ),
        ]
    ),
    "learning_rate": Option(
        Annotated[
            float | None,
            typer.Option(help="Its peak; default 0.003 gradual, 0.001 full, 0.01 head."),
        ]
    ),
    "batch_size": Option(
        Annotated[
            int | None,
            typer.Option(help="Texts or series a step; default 16, or 32 from 2,000 on."),
        ]
    ),
    "patience": Option(
        Annotated[
            int | None,
            typer.Option(
                help="Passes without a better validation before it stops; default 3 or more."
            ),
        ]
    ),
    "seed": SEED,
    "class_weights": Option(
        Annotated[
            bool | None,
            typer.Option(
                help="Whether rare classes count more; default: where one has four times the "
                "texts of another.",
                show_default=False,
            ),
        ]
    ),
    "linear_probe": Option(
        Annotated[
            bool | None,
            typer.Option(
                help="Whether a new head starts at the linear classifier of the frozen body's "
                "features; default: it does.",
                show_default=False,
            ),
        ]
    ),
    "schedule": Option(
        Annotated[
            str | None,
            typer.Option(
                help="Of the rate after the warm-up: cosine, linear, constant or plateau."
            ),
        ]
    ),
    "clipvalue": Option(
        Annotated[
            float | None,
            typer.Option(
                "--clip-value", help="Largest size of any number of the gradient; default: any."
            ),
        ]
    ),
    "bptt_steps": Option(
        Annotated[
            int | None,
            typer.Option(help="Steps that the gradient of the state goes back; default: all."),
        ]
    ),
    "precision": Option(
        Annotated[
            str | None,
            typer.Option(help="float32, mixed_bfloat16, or auto: the latter on a GPU or TPU."),
        ]
    ),
}

# Of tasks that have no classes: what would do nothing is not offered.
WITHOUT_CLASSES = {
    name: option
    for name, option in DESCENT.items()
    if name not in ("class_weights", "linear_probe")
}
