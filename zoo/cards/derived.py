"""The card of a checkpoint that was trained further or is new, and parts that all cards share."""

from __future__ import annotations

import re
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from zoo.common.escape import Markdown, bibtex_field, markdown, one_line, templates
from zoo.hub.published import pins
from zoo.schema import ModelInfo, Paper, short, short_spread
from zoo.task import task_of

__all__ = [
    "bibtex",
    "derived_card",
    "eval_results",
    "fill_card",
    "front_matter",
    "hub_name",
    "results_table",
]


def fill_card(template: str, data: ModelCardData, info: ModelInfo, **context: Any) -> str:
    """Return a card: what its template says, with every value escaped.

    Args:
        template: the card's template, by its name in `templates/` or its path in the package.
        data: the front matter.
        info: the checkpoint's record.
        context: what the template shows beside it; what is Markdown already is `Markdown`.
    """
    card = (
        templates()
        .get_template(template)
        .render(
            card_data=Markdown(data.to_yaml()),
            info=info,
            bibtex=[bibtex(paper) for paper in info.papers],
            results=results_table(info) if info.metrics else "",
            **context,
        )
    )
    return re.sub(r"\n{3,}", "\n\n", card).strip() + "\n"


def front_matter(**fields: Any) -> ModelCardData:
    """Return front matter whose every text is on one line, with nothing that is not printed.

    Args:
        fields: of `huggingface_hub.ModelCardData`.

    Example:
        >>> front_matter(license="mit\\nx: y").to_yaml()
        "license: 'mit x: y'"
    """
    plain: dict[str, Any] = {
        name: [_plain(item) for item in value] if isinstance(value, list) else _plain(value)
        for name, value in fields.items()
    }
    return ModelCardData(**plain)


def _plain(value: Any) -> Any:
    return one_line(value) if isinstance(value, str) else value


def derived_card(info: ModelInfo, address: str, shell_address: str, readers: Markdown) -> str:
    """Return the card of a checkpoint that no recipe made.

    One that was fine-tuned by `zoo finetune` says from what and on what, with what was measured on
    the validation part; of any other it promises nothing.

    Args:
        info: the checkpoint's record.
        address: what a reader of the card passes to `zoo.load`.
        shell_address: the same as an argument of a command.
        readers: the section on other readers.

    Example:
        >>> import msgspec, zoo
        >>> info = msgspec.structs.replace(zoo.info("lstm-imdb"), metrics=(), training=None)
        >>> "Nobody has evaluated" in derived_card(info, "hf://user/repo", "hf://user/repo", "")
        True
    """
    base = pins().get(info.base_model.name) if info.base_model else None
    names = " and ".join(dict.fromkeys(source.name for source in info.sources))
    data = front_matter(
        license=info.licenses.weights if info.licenses else None,
        library_name="keras",
        pipeline_tag=task_of(info).hub_tag,
        tags=[info.architecture, "keras", "onnx"],
        base_model=base.repo_id if base else None,
        model_name=info.name,
        eval_results=eval_results(info, "user-data", names) if info.metrics else None,
    )
    return fill_card(
        "derived_card.md.jinja",
        data,
        info,
        base=info.base_model.name if info.base_model else "a model",
        address=address,
        shell_address=shell_address,
        readers=readers,
    )


def hub_name(metric: str, info: ModelInfo) -> str:
    """Return what the Hub calls a metric.

    Args:
        metric: its name in a record.
        info: the record.

    Example:
        >>> import zoo
        >>> hub_name("auc", zoo.info("lstm-imdb"))
        'roc_auc'
    """
    return task_of(info).hub_metrics.get(metric, metric)


def eval_results(info: ModelInfo, dataset: str, title: str) -> list[EvalResult]:
    """Return the metrics of a record as a card's front matter holds them.

    Args:
        info: the record.
        dataset: name of the data set they were measured on.
        title: its title.
    """
    return [
        EvalResult(
            task_type=_plain(info.task),
            dataset_type=_plain(dataset),
            dataset_name=_plain(title),
            dataset_split=_plain(metric.split),
            metric_type=_plain(hub_name(metric.name, info)),
            metric_name=_plain(metric.name),
            metric_value=metric.value,
        )
        for metric in info.metrics
    ]


def results_table(info: ModelInfo) -> Markdown:
    """Return the table of the metrics in Markdown.

    Args:
        info: the record.
    """
    level = f"{100 * info.metrics[0].confidence_level:g} % interval"
    columns = ["metric", "split", "value", level, "examples"]
    counts = {len(metric.seeds.values) for metric in info.metrics if metric.seeds}
    if counts:
        number = f"{counts.pop()} " if len(counts) == 1 else "the "
        columns.append(f"mean and standard deviation over {number}seeds")
    rows: list[list[str]] = [columns, [Markdown("---")] * len(columns)]
    for metric in info.metrics:
        low, high = metric.confidence_interval
        row = [metric.name, metric.split, short(metric.value), f"{short(low)} to {short(high)}"]
        row.append(f"{metric.num_examples:,}")
        row += [short_spread(metric.seeds)] if metric.seeds else [""] * (len(columns) - len(row))
        rows.append(row)
    return Markdown("\n".join(f"| {' | '.join(markdown(cell) for cell in row)} |" for row in rows))


def bibtex(paper: Paper) -> str:
    """Return a publication as an entry of BibTeX.

    Args:
        paper: the publication.

    Example:
        >>> paper = Paper(title="T", authors="A. B", year=1999, venue="V", url="https://x.org")
        >>> bibtex(paper).splitlines()[0]
        '@misc{b1999,'
    """
    names = re.split(r",\s|\sand\s", paper.authors)
    surname = next((words[-1] for name in names if (words := name.split())), "anonymous")
    key = re.sub(r"[^a-z0-9]", "", f"{surname}{paper.year}".lower())
    fields = {
        "title": bibtex_field(paper.title),
        "author": bibtex_field(re.sub(r",\s+|\s+and\s+", " and ", paper.authors)),
        "year": str(paper.year),
        "note": bibtex_field(paper.venue),
        # No address holds these; its other signs are no commands there.
        "url": re.sub(r"[{}\\]", "", one_line(paper.url)).strip(),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in fields.items()]
    return ",\n".join([f"@misc{{{key}", *lines]) + "\n}"
