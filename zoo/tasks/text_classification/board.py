"""What TensorBoard shows of a classifier of texts at work on fixed reviews."""

from __future__ import annotations

from typing import Any

from zoo.common.quiet import import_keras
from zoo.fitting.building import from_checkpoint
from zoo.formats import Checkpoint
from zoo.text.projector import add_words

__all__ = ["REVIEWS", "write_board"]

REVIEWS = (
    "A moving, beautifully acted film that I will not forget.",
    "A dull film and a waste of two hours; the plot makes no sense and nobody in it can act.",
    "I wanted to like it, and the first half hour is not bad at all, but then it falls apart.",
    "At first I thought that this would be one more of those slow films about nothing, in which "
    "people stand at windows and look at the rain. The camera hardly moves, the actors hardly "
    "speak, and for the first twenty minutes I asked myself why I had paid for the ticket. But "
    "then the old man opens the letter, and from there on every scene that seemed to be empty "
    "turns out to have been full. The music is used with great care, the ending is as sad as it "
    "is right, and the young actress, whom I had never seen before, is a wonder. It is a small "
    "film, and it asks for patience, but it is the best that I have seen this year.",
)


def write_board(board: Any, source: Checkpoint) -> None:
    """Write pictures, histograms and embeddings of a network at work.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
    """
    import_keras()
    from zoo.tasks.text_classification.reports import GateReport, GradientFlowReport, SaliencyReport
    from zoo.tasks.text_classification.saliency import Saliency
    from zoo.text.encoding import TextEncoder

    model = from_checkpoint(source)
    encode = TextEncoder.of(model.preprocessor)
    add_words(board, source.tensors, "token_embedding", encode.tokenizer)
    SaliencyReport(Saliency(model, encode, REVIEWS), source.info.labels)(board, board.end)
    sequences = encode(REVIEWS)
    if not source.backbone.local:
        GradientFlowReport(model.backbone, sequences[-1:])(board, board.end)
    if source.backbone.recurrent:
        GateReport(model, sequences)(board, board.end)
