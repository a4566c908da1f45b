"""What TensorBoard shows of a speller at work on fixed texts."""

from __future__ import annotations

from typing import Any

from zoo.datasets.common import DataSet
from zoo.formats import Checkpoint

__all__ = ["write_board"]


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write the embeddings of a network, and where it looks in texts.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first, of no matter here: the pipeline knows examples.
    """
    from zoo.fitting.pair_board import write_pair_board
    from zoo.tasks.text2text_generation.pipeline import Text2TextPipeline

    pipeline = Text2TextPipeline(source)
    write_pair_board(board, source, pipeline, pipeline.examples[:4])
