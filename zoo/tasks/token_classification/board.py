"""What TensorBoard shows of a tagger at work on fixed texts."""

from __future__ import annotations

from typing import Any

from zoo.datasets.common import DataSet
from zoo.formats import TOKENIZER, Checkpoint
from zoo.tasks.token_classification.emissions import features_of
from zoo.tasks.token_classification.examples import texts_of

__all__ = ["write_board"]


def write_board(board: Any, source: Checkpoint, dataset: DataSet | None) -> None:
    """Write the embeddings of a network, and the names that it finds in texts.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        source: a verified checkpoint.
        dataset: what it was trained on first, whose texts it reads.
    """
    from tokenizers import Tokenizer

    from zoo.fitting.events import add_figure
    from zoo.tasks.token_classification.explaining import explain
    from zoo.tasks.token_classification.pipeline import TokenClassificationPipeline
    from zoo.text.projector import add_words

    features_of(source)  # which checks the vocabularies
    words = Tokenizer.from_buffer(source.assets[TOKENIZER])
    add_words(board, source.tensors, "token_embedding", words)
    pipeline = TokenClassificationPipeline(source)
    for number, text in enumerate(texts_of(source.info), 1):
        add_figure(board, f"names/{number}", explain(pipeline, text).draw(), board.end)
