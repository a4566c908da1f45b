"""What TensorBoard shows of a classifier of texts at work on fixed texts."""

from __future__ import annotations

from typing import Any

from zoo.common.quiet import import_keras
from zoo.datasets.common import DataSet
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.text.projector import add_words

__all__ = ["texts_of", "write_board"]

# Of nothing in particular; the last is long, for the gradient goes back in it.
_TEXTS = (
    "It works as described, and I would choose it again.",
    "It broke after two days, and nobody answers when I call.",
    "I wanted to like it, and at first it is not bad at all, but then it falls apart.",
    "At first I thought that this would be one more of those things that promise much and do "
    "little. It took me an hour to find out how to begin, nobody whom I asked could tell me more, "
    "and for the first days I asked myself why I had paid for it. But then I read the letter that "
    "came with it once more, and from there on everything that seemed to be wrong turned out to "
    "have a reason. It has been made with great care, it does what it should and nothing else, "
    "and the people who answer questions, once one has found their number, know what they are "
    "talking about. It is a small thing, and it asks for patience, but I would not give it back.",
)


def texts_of(info: ModelInfo, dataset: DataSet | None) -> tuple[str, ...]:
    """Return texts to ask a classifier: those of its data set, or of nothing in particular.

    Args:
        info: its record.
        dataset: what it was trained on first; None for one that is none of the zoo's.
    """
    first = dataset.examples if dataset and not info.sources else ()
    return first or _TEXTS


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write pictures, histograms and embeddings of a network at work.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first, whose texts it reads.
    """
    import_keras()
    from zoo.fitting.building import from_checkpoint
    from zoo.tasks.text_classification.reports import GateReport, GradientFlowReport, SaliencyReport
    from zoo.tasks.text_classification.saliency import Saliency
    from zoo.text.encoding import TextEncoder

    model, texts = from_checkpoint(source), texts_of(source.info, dataset)
    encode = TextEncoder.of(model.preprocessor)
    add_words(board, source.tensors, "token_embedding", encode.tokenizer)
    SaliencyReport(Saliency(model, encode, texts), source.info.labels)(board, board.end)
    sequences = encode(texts)
    if not source.backbone.local:
        GradientFlowReport(model.backbone, sequences[-1:])(board, board.end)
    if source.backbone.recurrent:
        GateReport(model, sequences)(board, board.end)
