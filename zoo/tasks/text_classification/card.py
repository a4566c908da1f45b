"""What the card of a text classifier says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import Markdown
from zoo.datasets import dataset_named
from zoo.formats import Checkpoint
from zoo.interfaces import CardPart
from zoo.schema import ModelInfo
from zoo.tasks.text_classification.pipeline import TextClassificationPipeline

__all__ = ["card", "titles"]

_TEXTS = ("A moving, beautifully acted film.", "A dull film and a waste of two hours.")
_SNIPPET = """\
tokenizer = Tokenizer.from_file("assets/tokenizer/tokenizer.json")
tokenizer.encode_special_tokens = True  # "[PAD]" in a text is text
ids = tokenizer.encode("A moving, beautifully acted film.").ids
session = onnxruntime.InferenceSession("onnx/model.onnx")
session.run(
    ["probabilities"],
    {"token_ids": np.array([ids], np.int32), "lengths": np.array([len(ids)], np.int32)},
)"""
_FLOW = {"gradient-flow.png": "Norm of the gradient against the distance in time"}


def card(source: Checkpoint) -> CardPart:
    """Return what the card of a checkpoint says.

    Args:
        source: a verified checkpoint.
    """
    spec = source.preprocessor
    most = spec.head_length + spec.tail_length
    tail = f" and its last {spec.tail_length}" if spec.tail_length else ""
    recurrent = ["rnn"] if source.backbone.recurrent else []
    return CardPart(
        template="tasks/text_classification/card.md.jinja",
        snippet=_SNIPPET,
        remark=f"A text of more than {most} tokens keeps its first {spec.head_length}{tail}; "
        "with such texts cut, the answers are those of `zoo.pipeline`.",
        metrics=("accuracy",),
        validation=("accuracy", "log_loss"),
        languages="en",
        tags=(source.info.architecture, *recurrent, "keras", "onnx", "sentiment-analysis"),
        context=lambda address: _context(source),
    )


def _context(source: Checkpoint) -> Mapping[str, Any]:
    info = source.info
    dataset = dataset_named(info.dataset.name) if info.dataset else None
    answers = TextClassificationPipeline(source)(list(_TEXTS))
    return {
        "texts": _TEXTS,
        "answers": [{**answer, "score": round(answer["score"], 4)} for answer in answers],
        "accuracy": info.metric("accuracy"),
        "limits": [Markdown(limit) for limit in dataset.limits] if dataset else [],
    }


def titles(info: ModelInfo) -> dict[str, str]:
    """Return the titles of the pictures that the card of an entry may show, by file name.

    Args:
        info: the entry's record.
    """
    return {} if info.architecture in ("cnn", "transformer") else _FLOW
