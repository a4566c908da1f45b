"""What TensorBoard shows of a classifier of texts at work on fixed texts."""

from __future__ import annotations

from typing import Any

from zoo.common.quiet import import_keras
from zoo.datasets.common import DataSet
from zoo.formats import Checkpoint
from zoo.tasks.text_classification.examples import texts_of

__all__ = ["write_board"]


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
    from zoo.text.projector import add_words

    model, texts = from_checkpoint(source), texts_of(source.info, dataset)
    encode = TextEncoder.of(model.preprocessor)
    add_words(board, source.tensors, "token_embedding", encode.tokenizer)
    SaliencyReport(Saliency(model, encode, texts), source.info.labels)(board, board.end)
    sequences = encode(texts)
    if not source.backbone.local:
        GradientFlowReport(model.backbone, sequences[-1:])(board, board.end)
    if source.backbone.recurrent:
        GateReport(model, sequences)(board, board.end)
