"""The course of a training as a picture: the loss and every validation figure, by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zoo.errors import InputError
from zoo.schema import ModelInfo

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_training", "render_course", "training_picture"]

_NAMES = {"log_loss": "log loss", "bleu": "BLEU (greedy)"}


def draw_training(info: ModelInfo) -> Figure:
    """Draw the mean loss of every epoch, and beside it each figure of the validation part.

    The epoch whose weights were kept is marked.

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
    for name in history[0].validation:
        title = f"validation {_NAMES.get(name, name)}"
        curves[title] = [item.validation[name] for item in history]
    figure = Figure(figsize=(3.2 * len(curves), 2.8), layout="constrained")
    for axes, (title, values) in zip(figure.subplots(1, len(curves)), curves.items(), strict=True):
        axes.plot(epochs, values, "o-", markersize=4)
        axes.axvline(info.training.best_epoch, color="gray", linestyle=":", zorder=0)
        axes.set_title(title, fontsize=10)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
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
    from zoo.gradients import png

    if info.training is None or not info.training.history:
        return None
    return f"{info.name}-training.png", png(draw_training(info))


def render_course(info: ModelInfo) -> str:
    """Return what a card says of the course of the training, in Markdown; empty without a history.

    Args:
        info: the record.

    Example:
        >>> import zoo
        >>> render_course(zoo.info("esn-lorenz"))
        ''
    """
    if info.training is None or not info.training.history:
        return ""
    return (
        f"![Loss and validation figures of every epoch](../docs/{info.name}-training.png)\n\n"
        "The training loss is the mean over the steps of an epoch, with dropout and softened "
        "targets, so that it\ndoes not compare with a loss on the validation part. The figures on "
        "the validation part are those of the\naveraged weights. Dotted: the epoch whose weights "
        f"were kept, {info.training.best_epoch} of {info.training.epochs}."
    )
