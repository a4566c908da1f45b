"""Model cards, generated from a checkpoint's own record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from zoo import checkpoint, registry
from zoo.errors import CheckpointError
from zoo.runtime.pipeline import pipeline
from zoo.schema import ModelInfo, Paper, short, short_spread

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


def render_card(source: str | Path) -> str:
    """Return the model card of a checkpoint as Markdown with front matter.

    The usage snippet is run, and what it really answers stands below it.

    Args:
        source: an entry's name or a checkpoint directory.

    Raises:
        UnknownModelError: there is no such entry or directory.
        CheckpointError: the checkpoint is damaged, or its record lacks what a card must tell.

    Example:
        >>> render_card("lstm-imdb").splitlines()[0]
        '---'

    Reference:
        [Mitchell et al., 2019](https://arxiv.org/abs/1810.03993)
    """
    info = registry.info(source)
    for field in ("dataset", "training", "licenses", "metrics"):
        if not getattr(info, field):
            raise CheckpointError(
                f"Expected a record with {field}, for the card of {info.name}. Received: none. "
                "Train it by a recipe and evaluate it first"
            )
    if info.task.startswith("time-series-"):
        return _render_series(source)
    style = _STYLES[info.task]
    texts = style.examples[_languages(info)[0]]
    answers = [
        {key: round(value, 4) if key == "score" else value for key, value in answer.items()}
        for answer in pipeline(source)(list(texts))
    ]
    card = ModelCard.from_template(
        _card_data(info),
        template_path=str(TEMPLATES / style.template),
        info=info,
        texts=texts,
        answers=answers,
        bibtex=[_bibtex(paper) for paper in info.papers],
        accuracy=info.metric("accuracy"),
        bleu=info.metric("bleu"),
        signed=[metric for metric in info.metrics if metric.signature],
        results=_results(info),
        recurrent=_is_recurrent(info),
    )
    return _tidy(card)


def _render_series(source: str | Path) -> str:
    from zoo.series_card import SERIES_TEMPLATE, series_card_context, series_card_data

    loaded = checkpoint.read(registry.resolve(source))
    info = loaded.info
    card = ModelCard.from_template(
        series_card_data(info),
        template_path=str(SERIES_TEMPLATE),
        info=info,
        bibtex=[_bibtex(paper) for paper in info.papers],
        results=_results(info),
        **series_card_context(loaded, pipeline(source)),
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
        metrics=[_HUB_NAMES.get(metric.name, metric.name) for metric in info.metrics],
        model_name=info.name,
        eval_results=[
            EvalResult(
                task_type=info.task,
                dataset_type=dataset.hub_id or dataset.name,
                dataset_name=dataset.title,
                dataset_split=metric.split,
                metric_type=_HUB_NAMES.get(metric.name, metric.name),
                metric_name=metric.name,
                metric_value=metric.value,
            )
            for metric in info.metrics
        ],
    )


# Where the Hub calls a metric otherwise.
_HUB_NAMES = {"auc": "roc_auc", "rouge_l": "rouge"}


def _is_recurrent(info: ModelInfo) -> bool:
    return info.architecture not in ("cnn", "transformer")


def _results(info: ModelInfo) -> str:
    """Return the table of the metrics in Markdown."""
    columns = ["metric", "split", "value", "95 % interval", "examples"]
    seeds = info.metrics[0].seeds
    if seeds:
        columns.append(f"mean and standard deviation over {len(seeds.values)} seeds")
    rows = [columns, ["---"] * len(columns)]
    for metric in info.metrics:
        low, high = metric.confidence_interval
        row = [metric.name, metric.split, short(metric.value), f"{short(low)} to {short(high)}"]
        row.append(f"{metric.num_examples:,}")
        if metric.seeds:
            row.append(short_spread(metric.seeds))
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _bibtex(paper: Paper) -> str:
    surname = re.split(r",| and ", paper.authors)[0].split()[-1]
    key = re.sub(r"[^a-z0-9]", "", f"{surname}{paper.year}".lower())
    authors = re.sub(r",\s+|\s+and\s+", " and ", paper.authors)
    return (
        f"@misc{{{key},\n  title = {{{paper.title}}},\n  author = {{{authors}}},\n"
        f"  year = {{{paper.year}}},\n  note = {{{paper.venue}}},\n  url = {{{paper.url}}}\n}}"
    )
