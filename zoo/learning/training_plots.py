"""The course of a training as a picture: the loss and every validation figure, by epoch."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from zoo.common.escape import Markdown, cut
from zoo.errors import InputError
from zoo.schema import ModelInfo
from zoo.task import task_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_training", "render_course", "training_picture"]

_MOST = 8  # curves; a picture of more is not read
_LARGEST = 1e30  # what an axis holds; a figure beyond it is a gap
_SOFTENED = re.compile(r"\b(smooth|targets?\b)", re.IGNORECASE)


def draw_training(info: ModelInfo) -> Figure:
    """Draw the mean loss of every epoch, and beside it each figure of the validation part.

    The epoch whose weights were kept is marked. A figure that an epoch lacks, or that no axis
    holds, is a gap; the title says so. Of many figures the first seven are drawn.

    Args:
        info: a record that holds the history of its training.

    Raises:
        InputError: it holds none.

    Example:
        >>> import zoo
        >>> draw_training(zoo.info("ngram-gru-imdb")).axes[0].get_title()
        'training loss'
    """
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    history = info.training.history if info.training is not None else ()
    if not history or info.training is None:
        raise InputError(
            "Expected a record with the history of its training. "
            f"Received: that of {info.name}, without one"
        )
    epochs = [item.epoch for item in history]
    curves = {"training loss": [item.loss for item in history]}
    names = dict.fromkeys(name for item in history for name in item.validation)
    titles = task_of(info).figures
    for name in list(names)[: _MOST - 1]:
        title = f"validation {cut(titles.get(name, name), 30)}"
        curves[title] = [item.validation.get(name, math.nan) for item in history]
    figure = Figure(figsize=(3.2 * len(curves), 2.8), layout="constrained")
    for axes, (title, values) in zip(figure.subplots(1, len(curves)), curves.items(), strict=True):
        drawn = [value if abs(value) <= _LARGEST else math.nan for value in values]
        gaps = sum(map(math.isnan, drawn))
        axes.plot(epochs, drawn, "o-", markersize=4)
        axes.axvline(info.training.best_epoch, color="gray", linestyle=":", zorder=0)
        missing = f"\n(not drawn: {gaps} of {len(drawn)})" if gaps else ""
        # A dollar sign in a name is one, and no formula.
        axes.set_title(title + missing, fontsize=10, parse_math=False)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
    return figure


def training_picture(info: ModelInfo) -> tuple[str, bytes] | None:
    """Return the name and content of the picture that an entry's card shows, or None without one.

    Args:
        info: the record.

    Example:
        >>> import zoo
        >>> training_picture(zoo.info("ngram-gru-imdb"))[0]
        'ngram-gru-imdb-training.png'
    """
    from zoo.common.figures import png

    if info.training is None or not info.training.history:
        return None
    return f"{info.name}-training.png", png(draw_training(info))


def render_course(info: ModelInfo, picture: str) -> Markdown:
    """Return what a card says of the course of the training, in Markdown; empty without a history.

    Args:
        info: the record.
        picture: the picture in Markdown.

    Example:
        >>> import zoo
        >>> render_course(zoo.info("esn-lorenz"), "")
        ''
    """
    if info.training is None or not info.training.history:
        return Markdown("")
    # Labels that are smoothed, and the answers of a teacher: the method says so.
    softened = _SOFTENED.search(info.training.method) is not None
    how = "dropout and softened targets" if softened else "dropout where the network has any"
    return Markdown(
        f"{picture}\n\n"
        f"The training loss is the mean over the steps of an epoch, with {how}, so that it\n"
        "does not compare with a loss on the validation part. The figures on "
        "the validation part are those of the\naveraged weights. Dotted: the epoch whose weights "
        f"were kept, {info.training.best_epoch} of {info.training.epochs}."
    )
