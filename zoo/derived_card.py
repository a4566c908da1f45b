"""The card of a checkpoint that was trained further or is new, and parts that all cards share."""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from zoo.published import pins
from zoo.schema import ModelInfo, Paper, short, short_spread

__all__ = ["bibtex", "derived_card", "eval_results", "hub_name", "results_table"]

# Where the Hub calls a metric otherwise.
_HUB_NAMES = {"auc": "roc_auc", "rouge_l": "rouge"}
_TEMPLATE = Path(__file__).parent / "templates" / "derived_card.md.jinja"


def derived_card(info: ModelInfo, address: str, readers: str) -> ModelCard:
    """Return the card of a checkpoint that no recipe made.

    One that was fine-tuned by `zoo finetune` says from what and on what, with what was measured on
    the validation part; of any other it promises nothing.

    Args:
        info: the checkpoint's record.
        address: what a reader of the card passes to `zoo.load`.
        readers: the section on other readers.

    Example:
        >>> import msgspec, zoo
        >>> info = msgspec.structs.replace(zoo.info("lstm-imdb"), metrics=(), training=None)
        >>> "Nobody has evaluated" in str(derived_card(info, "hf://user/repo", ""))
        True
    """
    base = pins().get(info.base_model.name) if info.base_model else None
    names = " and ".join(dict.fromkeys(source.name for source in info.sources))
    data = ModelCardData(
        license=info.licenses.weights if info.licenses else None,
        library_name="keras",
        # The Hub has no such task.
        pipeline_tag=None if info.task == "time-series-classification" else info.task,
        tags=[info.architecture, "keras", "onnx"],
        base_model=base.repo_id if base else None,
        model_name=info.name,
        eval_results=eval_results(info, "user-data", names) if info.metrics else None,
    )
    return ModelCard.from_template(
        data,
        template_path=str(_TEMPLATE),
        info=info,
        address=address,
        readers=readers,
        results=results_table(info) if info.metrics else "",
        bibtex=[bibtex(paper) for paper in info.papers],
    )


def hub_name(metric: str) -> str:
    """Return what the Hub calls a metric.

    Args:
        metric: its name in a record.

    Example:
        >>> hub_name("auc")
        'roc_auc'
    """
    return _HUB_NAMES.get(metric, metric)


def eval_results(info: ModelInfo, dataset: str, title: str) -> list[EvalResult]:
    """Return the metrics of a record as a card's front matter holds them.

    Args:
        info: the record.
        dataset: name of the data set they were measured on.
        title: its title.
    """
    return [
        EvalResult(
            task_type=info.task,
            dataset_type=dataset,
            dataset_name=title,
            dataset_split=metric.split,
            metric_type=hub_name(metric.name),
            metric_name=metric.name,
            metric_value=metric.value,
        )
        for metric in info.metrics
    ]


def results_table(info: ModelInfo) -> str:
    """Return the table of the metrics in Markdown.

    Args:
        info: the record.
    """
    level = f"{100 * info.metrics[0].confidence_level:g} % interval"
    columns = ["metric", "split", "value", level, "examples"]
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


def bibtex(paper: Paper) -> str:
    """Return a publication as an entry of BibTeX.

    Args:
        paper: the publication.

    Example:
        >>> paper = Paper(title="T", authors="A. B", year=1999, venue="V", url="https://x.org")
        >>> bibtex(paper).splitlines()[0]
        '@misc{b1999,'
    """
    surname = re.split(r",| and ", paper.authors)[0].split()[-1]
    key = re.sub(r"[^a-z0-9]", "", f"{surname}{paper.year}".lower())
    authors = re.sub(r",\s+|\s+and\s+", " and ", paper.authors)
    return (
        f"@misc{{{key},\n  title = {{{paper.title}}},\n  author = {{{authors}}},\n"
        f"  year = {{{paper.year}}},\n  note = {{{paper.venue}}},\n  url = {{{paper.url}}}\n}}"
    )
