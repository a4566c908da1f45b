"""What the card of a translator says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown, quoted
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.pairs.snippets import onnx_snippet
from zoo.tasks.translation.examples import sentences_of
from zoo.tasks.translation.pipeline import TranslationPipeline

__all__ = ["card", "titles"]


def _languages(dataset: DataSet | None) -> list[str]:
    """Return the codes of the languages: the source, then the target."""
    # What the name of a data set of somebody's says need not be a pair of languages.
    return list(dataset.languages) if dataset and len(dataset.languages) == 2 else ["en"]


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    texts = sentences_of(dataset)[:2]
    recurrent = ["rnn"] if source.backbone.recurrent else []
    most = source.preprocessor.source_length - 1  # and the end token
    return CardPart(
        template="tasks/translation/card.md.jinja",
        snippet=onnx_snippet(source, "sentence", f"tokenizer.encode({quoted(texts[0])}).ids"),
        remark=f"A source of more than {most} tokens keeps its first {most}. What is above is "
        "greedy search; `zoo.pipeline` searches with five beams.",
        metrics=("bleu",),
        validation=("bleu",),
        languages=_languages(dataset),
        tags=(info.architecture, *recurrent, "keras", "onnx", "seq2seq", *source.backbone.hub_tags),
        context=lambda address: _context(source, address, texts, dataset),
    )


def _context(
    source: Checkpoint, address: str, texts: tuple[str, ...], dataset: DataSet | None
) -> Mapping[str, Any]:
    meanings = dataset.meanings if dataset else {}
    return {
        "text": texts[0],
        "snippet": Markdown(
            f"translate = zoo.pipeline({quoted(address)})\n"
            f"print(translate([{', '.join(map(quoted, texts))}]))"
        ),
        "answer": TranslationPipeline(source)(list(texts)),
        "label": "BLEU",
        "figure": "{:.2f}".format,
        "signed": [metric for metric in source.info.metrics if metric.signature],
        "test": meanings.get("test", "that of the data set"),
    }


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    return {f"{source.info.name}-bleu-by-length.png": "BLEU against the length of the source"}
