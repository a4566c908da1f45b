"""The card of a checkpoint that nobody has evaluated: one that was trained further, or is new."""

from __future__ import annotations

import re
from pathlib import Path

from huggingface_hub import ModelCard, ModelCardData

from zoo.published import pins
from zoo.schema import ModelInfo, Paper

__all__ = ["bibtex", "derived_card"]

_TEMPLATE = Path(__file__).parent / "templates" / "derived_card.md.jinja"


def derived_card(info: ModelInfo, address: str, readers: str) -> ModelCard:
    """Return the card of a checkpoint without figures; it promises nothing.

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
    data = ModelCardData(
        license=info.licenses.weights if info.licenses else None,
        library_name="keras",
        # The Hub has no such task.
        pipeline_tag=None if info.task == "time-series-classification" else info.task,
        tags=[info.architecture, "keras", "onnx"],
        base_model=base.repo_id if base else None,
        model_name=info.name,
    )
    return ModelCard.from_template(
        data,
        template_path=str(_TEMPLATE),
        info=info,
        address=address,
        readers=readers,
        bibtex=[bibtex(paper) for paper in info.papers],
    )


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
