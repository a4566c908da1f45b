"""What TensorBoard shows of a translator at work on fixed sentences."""

from __future__ import annotations

from typing import Any

from zoo.datasets.common import DataSet
from zoo.formats import TOKENIZER, Checkpoint
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tasks.translation.examples import sentences_of
from zoo.text.subwords import parse_subword_tokenizer

__all__ = ["write_board"]


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write the embeddings of a network, and where it looks in sentences.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first, whose sentences it reads.
    """
    from zoo.fitting.events import add_figure
    from zoo.pairs.alignment import draw_alignment
    from zoo.tasks.translation.pipeline import TranslationPipeline
    from zoo.text.projector import add_words

    backbone = source.backbone
    for table, asset, size in (
        ("source_embedding", SOURCE_TOKENIZER, backbone.source_vocabulary_size),
        ("token_embedding", TOKENIZER, backbone.vocabulary_size),
    ):
        add_words(board, source.tensors, table, parse_subword_tokenizer(source.assets[asset], size))
    sentences = sentences_of(dataset)
    for number, alignment in enumerate(TranslationPipeline(source).attention(list(sentences)), 1):
        add_figure(board, f"attention/{number}", draw_alignment(alignment), board.end)
