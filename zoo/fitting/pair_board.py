"""What TensorBoard shows of an encoder-decoder at work on fixed texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.fitting.events import add_figure
from zoo.formats import Checkpoint
from zoo.pairs.alignment import draw_alignment
from zoo.pairs.pipeline import PairPipeline
from zoo.text.projector import add_words

__all__ = ["write_pair_board"]


def write_pair_board(
    board: Any, source: Checkpoint, pipeline: PairPipeline, texts: Sequence[str]
) -> None:
    """Write the embeddings of a network, and where it looks in texts.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        pipeline: its pipeline.
        texts: what it reads.
    """
    tables = ("source_embedding", "token_embedding")
    for table, tokenizer in zip(tables, pipeline.tokenizers, strict=True):
        add_words(board, source.tensors, table, tokenizer)
    for number, alignment in enumerate(pipeline.attention(list(texts)), 1):
        add_figure(board, f"attention/{number}", draw_alignment(alignment), board.end)
