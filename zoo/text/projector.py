"""The files of TensorBoard's Projector: vectors with their words, without TensorFlow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tokenizers
from google.protobuf import text_format
from tensorboard.plugins.projector.metadata import PROJECTOR_FILENAME
from tensorboard.plugins.projector.projector_config_pb2 import ProjectorConfig

from zoo.pairs.alignment import shown_tokens
from zoo.text.encoding import START
from zoo.text.subwords import END

__all__ = ["Embedding", "list_words", "projector_files"]

# More words take the browser long, and its picture is the same.
_WORDS = 5_000


@dataclass(frozen=True)
class Embedding:
    """A table of vectors.

    Attributes:
        vectors: float array of shape (words, features).
        words: what each stands for.
    """

    vectors: np.ndarray
    words: Sequence[str]


def projector_files(embeddings: Mapping[str, Embedding]) -> dict[str, bytes]:
    """Return the content of the files that the Projector reads from a run's directory.

    Args:
        embeddings: tables by the name to show.

    Raises:
        ValueError: a table has not as many vectors as words.

    Example:
        >>> files = projector_files({"words": Embedding(np.eye(2), ["a", "tab\\t"])})
        >>> files["words.metadata.tsv"].decode().splitlines()
        ['word\\trank', 'a\\t1', 'tab\\\\t\\t2']
    """
    config = ProjectorConfig()
    files = {}
    for name, embedding in embeddings.items():
        if len(embedding.vectors) != len(embedding.words):
            raise ValueError(
                f"Expected as many words as vectors, {len(embedding.vectors)}. "
                f"Received: {len(embedding.words)}"
            )
        stem = re.sub(r"\W+", "_", name)
        # As text: what is binary TensorBoard knows only by failing to read it as text.
        rows = ["\t".join(f"{value:.6g}" for value in row) for row in embedding.vectors.tolist()]
        lines = [f"{_line(word)}\t{rank}" for rank, word in enumerate(embedding.words, 1)]
        files[f"{stem}.tsv"] = "".join(f"{row}\n" for row in rows).encode("utf-8")
        files[f"{stem}.metadata.tsv"] = "\n".join(["word\trank", *lines, ""]).encode("utf-8")
        config.embeddings.add(
            tensor_name=name,
            tensor_path=f"{stem}.tsv",
            tensor_shape=embedding.vectors.shape,
            metadata_path=f"{stem}.metadata.tsv",
        )
    text = text_format.MessageToString(config)
    # The list of what there is comes last: it never names a file that is not there yet.
    return {**files, PROJECTOR_FILENAME: text.encode("utf-8")}


def _line(word: str) -> str:
    """Return a word on one line and in one column; the Projector knows no quotation marks."""
    shown = "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in word
    )
    return shown if shown.strip() else f"({shown})"


def list_words(tokenizer: tokenizers.Tokenizer) -> dict[int, str]:
    """Return the words to show by their ids: the first of the vocabulary, the most frequent ones.

    Args:
        tokenizer: a tokenizer of words or of subwords; a subword that goes on within a word starts
            with a middle dot.

    Example:
        >>> import zoo
        >>> list_words(zoo.load("lstm-imdb").preprocessor.tokenizer.hf_tokenizer)[3]
        'the'
    """
    if isinstance(tokenizer.model, tokenizers.models.BPE):
        ids = range(END + 1, min(END + 1 + _WORDS, tokenizer.get_vocab_size()))
        pairs = zip(ids, shown_tokens(tokenizer, ids), strict=True)
        # A byte that is no character by itself is nothing to read.
        return {index: word for index, word in pairs if "\ufffd" not in word}
    ids = range(START + 1, min(START + 1 + _WORDS, tokenizer.get_vocab_size()))
    return {index: tokenizer.id_to_token(index) or "" for index in ids}


def add_words(board: Any, tensors: Mapping[str, np.ndarray], table: str, tokenizer: Any) -> None:
    """Let TensorBoard's Projector show the words of a table of vectors.

    Args:
        board: where to, a `zoo.boards.record.Board`.
        tensors: the weights of a checkpoint by name.
        table: the table's name.
        tokenizer: names the words.
    """
    words = list_words(tokenizer)
    vectors = tensors[f"{table}/embeddings"].astype(np.float32)
    board.add_embedding(table, vectors[list(words)], list(words.values()))
