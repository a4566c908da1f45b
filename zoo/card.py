"""Model cards, generated from a checkpoint's own record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard, ModelCardData

from zoo import registry
from zoo.checkpoint import Checkpoint
from zoo.derived_card import bibtex, derived_card, eval_results, hub_name, results_table
from zoo.errors import CheckpointError
from zoo.published import pins
from zoo.readers_card import render_readers
from zoo.runtime.onnx_files import onnx_files
from zoo.runtime.pipeline import make_pipeline
from zoo.schema import ModelInfo
from zoo.training_plots import render_course

__all__ = ["render_card"]

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class _Style:
    """What the cards of a task have of their own.

    `examples` are texts by the language read; `tags` are the Hub's.
    """

    template: str
    examples: dict[str, tuple[str, ...]]
    tags: tuple[str, ...]


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
    ),
    "translation": _Style(
        template="translation_card.md.jinja",
        examples={
            "de": ("Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee."),
            "en": ("A man is riding a bike.", "Two dogs are playing in the snow."),
        },
        tags=("seq2seq", "attention"),
    ),
}


def _languages(info: ModelInfo) -> list[str]:
    """Return the codes of the languages: of a translator the source, then the target."""
    if info.task != "translation" or info.dataset is None:
        return ["en"]
    return info.dataset.name.rpartition("/")[2].split("-")


def render_card(source: str | Path, repo_id: str | None = None) -> str:
    """Return the model card of a checkpoint as Markdown with front matter.

    The usage snippet is run, and what it really answers stands below it. A checkpoint that was
    trained further gets a card that says from what and on what, or that nobody knows.

    Args:
        source: an entry's name or a checkpoint directory.
        repo_id: the repository on the Hub that the card is for; by default the one that a
            published entry has.

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
        return _tidy(derived_card(info, address, readers))
    for field in ("dataset", "training", "licenses", "metrics"):
        if not getattr(info, field):
            raise CheckpointError(
                f"Expected a record with {field}, for the card of {info.name}. Received: none. "
                "Train it by a recipe and evaluate it first"
            )
    if info.task.startswith("time-series-"):
        return _render_series(loaded, address, readers)
    style = _STYLES[info.task]
    texts = style.examples[_languages(info)[0]]
    answers = [
        {key: round(value, 4) if key == "score" else value for key, value in answer.items()}
        for answer in make_pipeline(loaded)(list(texts))
    ]
    card = ModelCard.from_template(
        _card_data(info),
        template_path=str(TEMPLATES / style.template),
        info=info,
        address=address,
        readers=readers,
        texts=texts,
        answers=answers,
        bibtex=[bibtex(paper) for paper in info.papers],
        accuracy=info.metric("accuracy"),
        bleu=info.metric("bleu"),
        signed=[metric for metric in info.metrics if metric.signature],
        results=results_table(info),
        recurrent=_is_recurrent(info),
        curve=render_course(info),
    )
    return _tidy(card)


def _address(source: str | Path, info: ModelInfo, repo_id: str | None) -> str:
    """Return what a reader of the card passes to `zoo.load`."""
    if info.name in registry.list_models() and registry.info(info.name) == info:
        return info.name
    return str(source) if repo_id is None else f"hf://{repo_id}"


def _render_series(loaded: Checkpoint, address: str, readers: str) -> str:
    from zoo.series_card import SERIES_TEMPLATE, series_card_context, series_card_data

    info = loaded.info
    pipeline: Any = make_pipeline(loaded)
    card = ModelCard.from_template(
        series_card_data(info),
        template_path=str(SERIES_TEMPLATE),
        info=info,
        address=address,
        readers=readers,
        bibtex=[bibtex(paper) for paper in info.papers],
        results=results_table(info),
        **series_card_context(loaded, pipeline, address),
    )
    return _tidy(card)


def _tidy(card: ModelCard) -> str:
    return re.sub(r"\n{3,}", "\n\n", str(card)).strip() + "\n"


def _card_data(info: ModelInfo) -> ModelCardData:
    dataset, licenses = info.dataset, info.licenses
    assert dataset is not None and licenses is not None
    return ModelCardData(
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
