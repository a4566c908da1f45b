"""Model cards, generated from a checkpoint's own record."""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Mapping
from pathlib import Path

from huggingface_hub import ModelCardData

from zoo import registry
from zoo.cards.derived import derived_card, eval_results, fill_card, front_matter, hub_name
from zoo.cards.pictures import is_entry, picture_titles, show_pictures
from zoo.cards.readers import render_readers
from zoo.common.escape import Markdown
from zoo.datasets import DataSet, dataset_named
from zoo.errors import CheckpointError, shown
from zoo.hub.onnx_files import onnx_files
from zoo.hub.published import pins
from zoo.interfaces import CardPart
from zoo.learning.training_plots import render_course
from zoo.schema import ModelInfo, short
from zoo.task import Task, task_of

__all__ = ["render_card"]


def render_card(
    source: str | Path, repo_id: str | None = None, pictures: Mapping[str, str] | None = None
) -> str:
    """Return the model card of a checkpoint as Markdown with front matter.

    The usage snippet is run, and what it really answers stands below it. A checkpoint that was
    trained further gets a card that says from what and on what, or that nobody knows. What the
    record says is shown as text: no Markdown or HTML in it takes effect.

    Args:
        source: an entry's name or a checkpoint directory.
        repo_id: the repository on the Hub that the card is for; by default the one that a
            published entry has.
        pictures: the place of every picture that is at hand, by file name; by default those of
            `zoo.cards.pictures` in `../docs`.

    Raises:
        UnknownModelError: there is no such entry or directory.
        CheckpointError: the checkpoint is damaged, or its record lacks what a card must tell.

    Example:
        >>> render_card("lstm-imdb").splitlines()[0]
        '---'

    Reference:
        [Mitchell et al., 2019](https://arxiv.org/abs/1810.03993)
    """
    loaded = registry.read(source)
    info = loaded.info
    address = _address(source, info, repo_id)
    if repo_id is None and info.name in pins() and address == info.name:
        repo_id = pins()[info.name].repo_id
    task = task_of(info)
    part = task.card(loaded)
    readers = render_readers(loaded, onnx_files(loaded), repo_id, part)
    if info.sources or not (info.metrics or info.training or info.dataset):
        return derived_card(info, address, shlex.quote(address), readers)
    _check_complete(info, part)
    picture = show_pictures(loaded, pictures)
    main = next((item for item in info.metrics if item.name in part.metrics[:1]), info.metrics[0])
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    context = {
        "address": address,
        "shell_address": shlex.quote(address),
        "readers": readers,
        "picture": picture,
        "pictures": list(picture_titles(loaded)),
        "curve": render_course(info, picture(f"{info.name}-training.png")),
        "limits": _limits(dataset),
        "main": main,
        "label": main.name,
        "figure": short,
        **part.context(address),
    }
    return fill_card(part.template, _card_data(info, task, part, dataset), info, **context)


def _limits(dataset: DataSet | None) -> list[Markdown]:
    """Return what a data set says that a model of it cannot know, as items of a list."""
    wrap = textwrap.TextWrapper(
        100, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
    )
    return [Markdown(wrap.fill(limit)) for limit in (dataset.limits if dataset else ())]


def _check_complete(info: ModelInfo, part: CardPart) -> None:
    """Refuse a record that lacks what its card tells."""
    for field in ("dataset", "training", "licenses", "metrics"):
        if not getattr(info, field):
            raise CheckpointError(
                f"Expected a record with {field}, for the card of {info.name}. Received: none. "
                "Train it by a recipe and evaluate it first"
            )
    assert info.training is not None
    measured, chosen = [metric.name for metric in info.metrics], info.training.validation
    for names, wanted, what in (
        (measured, part.metrics, "metrics"),
        (list(chosen), part.validation, "validation figures"),
    ):
        missing = [name for name in wanted if name not in names]
        if missing:
            raise CheckpointError(
                f"Expected a record with {' and '.join(missing)} among its {what}, for the card "
                f"of {info.name}. Received: {shown(', '.join(names), 200)}. Measure it again with: "
                "python -m training.evaluate"
            )


def _address(source: str | Path, info: ModelInfo, repo_id: str | None) -> str:
    """Return what a reader of the card passes to `zoo.load`."""
    if is_entry(info):
        return info.name
    return str(source) if repo_id is None else f"hf://{repo_id}"


def _card_data(info: ModelInfo, task: Task, part: CardPart, known: DataSet | None) -> ModelCardData:
    dataset, licenses = info.dataset, info.licenses
    assert dataset is not None and licenses is not None
    listed = part.listed
    return front_matter(
        language=part.languages,
        license=licenses.weights,
        library_name="keras",
        pipeline_tag=task.hub_tag,
        tags=[*part.tags, *(known.tags if known else ())],
        datasets=[dataset.hub_id] if listed and dataset.hub_id else None,
        metrics=[hub_name(metric.name, info) for metric in info.metrics] if listed else None,
        model_name=info.name,
        eval_results=eval_results(info, dataset.hub_id or dataset.name, dataset.title),
    )
