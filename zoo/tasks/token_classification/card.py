"""What the card of a tagger says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from zoo.common.beside import beside_baselines
from zoo.common.escape import Markdown, quoted
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.tasks.token_classification.by_hand import WORDS, example
from zoo.tasks.token_classification.examples import texts_of
from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline

__all__ = ["card"]

_ASK = """\
session = onnxruntime.InferenceSession("onnx/model.onnx")
outputs = ["emissions", "transitions", "start", "end"]
answer = dict(zip(outputs, session.run(outputs, feed)))"""
_CALLED = {"f1": "entity F1"}


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    texts = texts_of(info)[:2]
    labels = info.labels
    return CardPart(
        template="tasks/token_classification/card.md.jinja",
        snippet=example('Tokenizer.from_file(f"assets/{name}/tokenizer.json").get_vocab()', _ASK)
        + "\npath",
        remark="The numbers are tags: 0 is none, and then come, in the order of the labels "
        f"{', '.join(labels[:20])}{' ...' if len(labels) > 20 else ''}, four of each: that an "
        "entity begins, goes on, ends, or is this word alone. `zoo.pipeline` cuts raw text into "
        "words and sentences before, and says how likely each entity is.",
        metrics=("f1", "precision", "recall"),
        validation=("f1",),
        languages=list(dataset.languages) if dataset and dataset.languages else ["en"],
        tags=(info.architecture, "rnn", "keras", "onnx", "crf", "named-entity-recognition"),
        context=lambda address: _context(source, address, texts, dataset),
    )


def _context(
    source: Checkpoint, address: str, texts: tuple[str, ...], dataset: DataSet | None
) -> Mapping[str, Any]:
    pipeline = TokenClassificationPipeline(source)
    answer = [{**one, "score": round(one["score"], 4)} for one in pipeline(texts[0])]
    beside = beside_baselines(source.info, dataset.baselines, _CALLED) if dataset else ""
    return {
        "text": texts[0],
        "words": WORDS,
        "tags": pipeline.tag([list(WORDS)]),
        "snippet": Markdown(
            f"find = zoo.pipeline({quoted(address)})\nprint(find({quoted(texts[0])}))"
        ),
        "answer": answer,
        "label": "entity F1",
        "figure": lambda value: f"{100 * value:.2f}",
        "beside": Markdown(textwrap.fill(beside, 100, break_on_hyphens=False)),
        "most": source.preprocessor.document_length,
    }
