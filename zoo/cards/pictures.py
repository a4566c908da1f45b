"""The pictures that a card shows: those of `docs/`, or drawn from the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from zoo import registry
from zoo.common.escape import Markdown, markdown
from zoo.errors import CheckpointError
from zoo.files import own_file, read_file
from zoo.formats import Checkpoint
from zoo.learning.training_plots import training_picture
from zoo.schema import ModelInfo
from zoo.task import task_of

__all__ = ["is_entry", "picture_contents", "picture_titles", "show_pictures"]

# A checkout of the source; an installed package has no pictures.
_SOURCE = Path(__file__).parent.parent.parent
_MAX_PICTURE = 8 << 20


def is_entry(info: ModelInfo) -> bool:
    """Return whether a record is that of a bundled entry, and not of a checkpoint of its name.

    Args:
        info: the record.

    Example:
        >>> is_entry(registry.info("lstm-imdb"))
        True
    """
    return info.name in registry.list_models() and registry.info(info.name) == info


def picture_titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that a card shows, by file name.

    Args:
        source: the checkpoint.

    Example:
        >>> picture_titles(registry.read("gru-imdb"))
        {'gradient-flow.png': 'Norm of the gradient against the distance in time'}
    """
    info, titles = source.info, {}
    if is_entry(info):
        at_hand = {place.name for place in (_SOURCE / "docs").glob("*.png")}
        own = task_of(info).titles(source)
        titles = {name: title for name, title in own.items() if name in at_hand}
    # The cards of models that were fine-tuned show no course.
    if info.training is not None and info.training.history and not info.sources:
        titles[f"{info.name}-training.png"] = "Loss and validation figures of every epoch"
    return titles


def picture_contents(source: Checkpoint) -> dict[str, bytes]:
    """Return the content of those pictures of a card that are at hand, by file name.

    The course of the training is drawn from the record; the others lie in a checkout of the source.

    Args:
        source: the checkpoint.

    Example:
        >>> picture_contents(registry.read("cnn-imdb"))
        {}
    """
    contents = {}
    course = training_picture(source.info)
    for name in picture_titles(source):
        if course is not None and name == course[0]:
            contents[name] = course[1]
        elif (_SOURCE / "hub_cards").is_dir():
            try:
                contents[name] = read_file(own_file(_SOURCE / "docs", name), _MAX_PICTURE)
            except CheckpointError:  # not drawn yet, or no regular file
                continue
    return contents


def show_pictures(
    source: Checkpoint, places: Mapping[str, str] | None = None
) -> Callable[[str], Markdown]:
    """Return what shows a picture in a card's template by its file name.

    It gives nothing for a picture that is not of this card or not at hand.

    Args:
        source: the checkpoint.
        places: where each picture lies that is at hand; by default all lie in `../docs`.

    Example:
        >>> show_pictures(registry.read("gru-imdb"))("gradient-flow.png")
        '![Norm of the gradient against the distance in time](../docs/gradient-flow.png)'
    """
    titles = picture_titles(source)
    at = {name: f"../docs/{name}" for name in titles} if places is None else places

    def show(name: str) -> Markdown:
        if name not in titles or name not in at:
            return Markdown("")
        return Markdown(f"![{markdown(titles[name])}]({at[name]})")

    return show
