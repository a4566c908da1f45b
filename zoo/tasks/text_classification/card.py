"""What the card of a text classifier says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from zoo.classes.names import AVERAGED
from zoo.common.beside import beside_baselines
from zoo.common.escape import Markdown, quoted
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.tasks.text_classification.examples import texts_of
from zoo.tasks.text_classification.pipeline import TextClassificationPipeline

__all__ = ["card", "titles"]

_SNIPPET = """\
tokenizer = Tokenizer.from_file("assets/tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
ids = tokenizer.encode(%s).ids
session = onnxruntime.InferenceSession("onnx/model.onnx")
session.run(
    ["probabilities"],
    {"token_ids": np.array([ids], np.int32), "lengths": np.array([len(ids)], np.int32)},
)"""
# One picture for all entries on a data set, of which the data set says what it shows.
_FLOW = "gradient-flow.png"
# What of a text has a vector, by the unit that is read; and what figures are called.
_VECTORS = {"words": "word embeddings", "characters": "character embeddings"}
_CALLED = {"accuracy": "accuracy", "f1": "macro F1"}
_FLOW_TITLE = "Norm of the gradient against the distance in time"


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    info, spec = source.info, source.preprocessor
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    texts = texts_of(info, dataset)[:2]
    most = spec.head_length + spec.tail_length
    tail = f" and its last {spec.tail_length}" if spec.tail_length else ""
    recurrent = ["rnn"] if source.backbone.recurrent else []
    return CardPart(
        template="tasks/text_classification/card.md.jinja",
        snippet=_SNIPPET % quoted(texts[0]),
        remark=f"A text of more than {most} tokens keeps its first {spec.head_length}{tail}; "
        "with such texts cut, the answers are those of `zoo.pipeline`.",
        metrics=("accuracy",),
        validation=("accuracy", "log_loss"),
        languages=_language(dataset),
        tags=(info.architecture, *recurrent, "keras", "onnx"),
        context=lambda address: _context(source, address, texts, dataset),
    )


def _language(dataset: DataSet | None) -> str | list[str]:
    languages = list(dataset.languages) if dataset else []
    return languages if len(languages) > 1 else (languages or ["en"])[0]


def _context(
    source: Checkpoint, address: str, texts: tuple[str, ...], dataset: DataSet | None
) -> Mapping[str, Any]:
    answers = TextClassificationPipeline(source)(list(texts))
    told = dataset.meanings.get(_FLOW, "") if dataset else ""
    beside = beside_baselines(source.info, dataset.baselines, _CALLED) if dataset else ""
    return {
        "text": texts[0],
        "snippet": Markdown(
            f"classify = zoo.pipeline({quoted(address)})\n"
            f"print(classify([{', '.join(map(quoted, texts))}]))"
        ),
        "answer": [{**answer, "score": round(answer["score"], 4)} for answer in answers],
        "figure": "{:.4f}".format,
        "averaged": AVERAGED,
        "beside": Markdown(textwrap.fill(beside, 100, break_on_hyphens=False)),
        "vectors": _VECTORS[source.preprocessor.unit],
        "flow": Markdown(textwrap.fill(told, 100, break_on_hyphens=False)),
    }


def titles(source: Checkpoint) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        source: the entry's checkpoint.
    """
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    told = dataset is not None and _FLOW in dataset.meanings
    return {_FLOW: _FLOW_TITLE} if told and source.backbone.recurrent else {}
