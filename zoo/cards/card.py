"""Model cards, generated from a checkpoint's own record."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCardData

from zoo import registry
from zoo.cards.derived import derived_card, eval_results, fill_card, front_matter, hub_name
from zoo.cards.pictures import is_entry, show_pictures
from zoo.cards.readers import render_readers
from zoo.errors import CheckpointError, shown
from zoo.hub.onnx_files import onnx_files
from zoo.hub.published import pins
from zoo.learning.training_plots import render_course
from zoo.pipelines import make_pipeline
from zoo.schema import ModelInfo

__all__ = ["render_card"]


@dataclass(frozen=True)
class _Style:
    """What the cards of a task have of their own.

    `examples` are texts by the language read; `tags` are the Hub's; `metric` and `validation` are
    what its record must hold.
    """

    template: str
    examples: dict[str, tuple[str, ...]]
    tags: tuple[str, ...]
    metric: str
    validation: tuple[str, ...]


_STYLES = {
    "text-classification": _Style(
        template="card.md.jinja",
        examples={
            "en": (
                "A moving, beautifully acted film.",
                "A dull film and a waste of two hours.",
            )
        },
        tags=("sentiment-analysis",),
        metric="accuracy",
        validation=("accuracy", "log_loss"),
    ),
    "translation": _Style(
        template="translation_card.md.jinja",
        examples={
            "de": ("Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee."),
            "en": ("A man is riding a bike.", "Two dogs are playing in the snow."),
        },
        tags=("seq2seq", "attention"),
        metric="bleu",
        validation=("bleu",),
    ),
}


def _languages(info: ModelInfo) -> list[str]:
    """Return the codes of the languages: of a translator the source, then the target."""
    if info.task != "translation" or info.dataset is None:
        return ["en"]
    languages = info.dataset.name.rpartition("/")[2].split("-")
    known = _STYLES["translation"].examples
    # What the name of a data set of somebody's says need not be a pair of languages.
    return languages if len(languages) == 2 and set(languages) <= set(known) else ["en"]


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
    sentence = _STYLES[info.task].examples[_languages(info)[0]][0] if loaded.assets else ""
    readers = render_readers(loaded, onnx_files(loaded), repo_id, sentence)
    if info.sources or not (info.metrics or info.training or info.dataset):
        return derived_card(info, address, shlex.quote(address), readers)
    _check_complete(info)
    picture = show_pictures(info, pictures)
    common = {
        "address": address,
        "shell_address": shlex.quote(address),
        "readers": readers,
        "picture": picture,
    }
    if info.task.startswith("time-series-"):
        from zoo.cards.series import series_card_context, series_card_data

        pipeline: Any = make_pipeline(loaded)
        context = series_card_context(loaded, pipeline, address)
        data = series_card_data(info)
        return fill_card("series_card.md.jinja", data, info, **common, **context)
    style = _STYLES[info.task]
    texts = style.examples[_languages(info)[0]]
    answers = [
        {key: round(value, 4) if key == "score" else value for key, value in answer.items()}
        for answer in make_pipeline(loaded)(list(texts))
    ]
    return fill_card(
        style.template,
        _card_data(info),
        info,
        texts=texts,
        answers=answers,
        accuracy=info.metric("accuracy"),
        bleu=info.metric("bleu"),
        signed=[metric for metric in info.metrics if metric.signature],
        curve=render_course(info, picture(f"{info.name}-training.png")),
        **common,
    )


def _check_complete(info: ModelInfo) -> None:
    """Refuse a record that lacks what its card tells."""
    for field in ("dataset", "training", "licenses", "metrics"):
        if not getattr(info, field):
            raise CheckpointError(
                f"Expected a record with {field}, for the card of {info.name}. Received: none. "
                "Train it by a recipe and evaluate it first"
            )
    style = _STYLES.get(info.task)
    if style is None:
        return
    assert info.training is not None
    measured, chosen = [metric.name for metric in info.metrics], info.training.validation
    for names, wanted, what in (
        (measured, (style.metric,), "metrics"),
        (list(chosen), style.validation, "validation figures"),
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


def _card_data(info: ModelInfo) -> ModelCardData:
    dataset, licenses = info.dataset, info.licenses
    assert dataset is not None and licenses is not None
    return front_matter(
        language=_languages(info) if info.task == "translation" else "en",
        license=licenses.weights,
        library_name="keras",
        pipeline_tag=info.task,
        tags=[
            info.architecture,
            *(["rnn"] if _is_recurrent(info) else []),
            "keras",
            "onnx",
            *_STYLES[info.task].tags,
        ],
        datasets=[dataset.hub_id] if dataset.hub_id else None,
        metrics=[hub_name(metric.name) for metric in info.metrics],
        model_name=info.name,
        eval_results=eval_results(info, dataset.hub_id or dataset.name, dataset.title),
    )


def _is_recurrent(info: ModelInfo) -> bool:
    return info.architecture not in ("cnn", "transformer")
