"""What TensorBoard shows of a translator at work on fixed sentences."""

from __future__ import annotations

from typing import Any

from zoo.datasets.common import DataSet
from zoo.formats import Checkpoint
from zoo.tasks.translation.examples import sentences_of

__all__ = ["write_board"]


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write the embeddings of a network, and where it looks in sentences.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first, whose sentences it reads.
    """
    from zoo.fitting.pair_board import write_pair_board
    from zoo.tasks.translation.pipeline import TranslationPipeline

    write_pair_board(board, source, TranslationPipeline(source), sentences_of(dataset))
