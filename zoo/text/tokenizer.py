"""What the KerasHub tokenizers of the zoo share: a file of the Hugging Face tokenizers library."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras_hub
import numpy as np

from zoo.files import write_atomically
from zoo.text.characters import reads_characters
from zoo.text.encoding import PAD, START, UNKNOWN, TextEncoder, check_texts, parse_tokenizer
from zoo.text.vocabularies import is_current

__all__ = [
    "LibraryTokenizer",
    "LibraryWordTokenizer",
    "inside_tf_graph",
    "load_vocabularies",
    "ragged",
    "to_texts",
]

ASSET = "tokenizer.json"


def inside_tf_graph() -> bool:
    """Whether a `tf.data` pipeline is being traced; TensorFlow is not imported to find out."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and not tensorflow.executing_eagerly()


def to_texts(x: Any) -> tuple[list[str], bool]:
    """Return texts as a list of strings, and whether a single one was given.

    Args:
        x: a text, or a batch of them, whichever container holds it.
    """
    if not isinstance(x, str | bytes | list | tuple | np.ndarray) and hasattr(x, "numpy"):
        x = x.numpy()
    single = isinstance(x, str | bytes) or getattr(x, "shape", None) == ()
    if isinstance(x, np.ndarray) and single:
        x = x.item()
    return check_texts(x), single


def ragged(function: Callable[[Any], Sequence[np.ndarray]], x: Any) -> Any:
    """Return what a function makes of texts inside a `tf.data` pipeline, as a ragged tensor.

    Args:
        function: returns int32 arrays, one a text.
        x: a string tensor of shape (), or of shape (texts,).

    Returns:
        For a text an int32 tensor of shape (time,), for several a ragged one.
    """
    import tensorflow as tf

    def compute(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = function(texts.tolist())
        lengths = np.array([len(row) for row in rows], np.int64)
        return np.concatenate([np.zeros(0, np.int32), *rows]).astype(np.int32), lengths

    # The tokenizer is not a TensorFlow operation: tf.data calls back into Python for it.
    values, lengths = tf.numpy_function(compute, [tf.reshape(x, [-1])], [tf.int32, tf.int64])
    values.set_shape((None,))
    lengths.set_shape((None,))
    return values if x.shape.rank == 0 else tf.RaggedTensor.from_row_lengths(values, lengths)


class LibraryTokenizer(keras_hub.tokenizers.Tokenizer):
    """Base of the KerasHub tokenizers over a file of the Hugging Face tokenizers library.

    Subclasses say how their file is checked, in `parse`, and how ids become text.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Raises:
        CheckpointError: the file is malformed or has too many ids.
    """

    def __init__(
        self, data: bytes | None = None, vocabulary_size: int = 1_000_000, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.file_assets = [ASSET]
        self.data: bytes | None = None
        self.hf_tokenizer: Any = None
        self._limit = vocabulary_size
        self.start_token_id, self.pad_token_id, self.unk_token_id = START, PAD, UNKNOWN
        self.built = True  # a vocabulary is no weight; what walks the layers would ask for it
        if data is not None:
            self._set(data)

    @staticmethod
    def parse(data: bytes, vocabulary_size: int) -> Any:
        """Return the library's tokenizer of a file of at most so many ids, checked."""
        raise NotImplementedError

    def _set(self, data: bytes) -> None:
        self.hf_tokenizer = self.parse(data, self._limit)
        # What version 0.1.0 wrote is read with the steps of today, and so it is written.
        self.data = data if is_current(data) else self.hf_tokenizer.to_str().encode("utf-8")

    def save_assets(self, dir_path: str) -> None:
        """Write the vocabulary's file into the directory `dir_path`."""
        write_atomically(Path(dir_path) / ASSET, self.content())

    def load_assets(self, dir_path: str | None) -> None:
        """Read the vocabulary's file from the directory `dir_path`.

        Keras passes None where a saved model has no directory for this tokenizer: that is how a
        checkpoint keeps it, and the model has read it by then (`load_vocabularies`).
        """
        if dir_path is not None:
            self._set((Path(dir_path) / ASSET).read_bytes())

    def content(self) -> bytes:
        """Return the content of the vocabulary's file."""
        if self.data is None:
            raise ValueError("The tokenizer has no vocabulary yet: call load_assets first.")
        return self.data

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the token ids of texts, int32 arrays, none of them cut."""
        raise NotImplementedError

    def tokenize(self, inputs: Any) -> Any:
        """Return the token ids of a text as a list, or a list of such lists for several.

        Inside a `tf.data` pipeline they are an integer tensor, and a ragged one for several.

        Args:
            inputs: a text, or a batch of them.

        Raises:
            InputError: there is no text, or something that is not a text.
        """
        self.content()
        if inside_tf_graph():
            return ragged(lambda texts: self.encode(check_texts(texts)), inputs)
        texts, single = to_texts(inputs)
        sequences = [ids.tolist() for ids in self.encode(texts)]
        return sequences[0] if single else sequences

    def detokenize(self, inputs: Any) -> Any:
        """Return the text of token ids, or a list of texts for ids of several."""
        self.content()
        rows = list(inputs.numpy() if hasattr(inputs, "numpy") else inputs)
        if rows and np.ndim(rows[0]) == 0:
            return self.decode([rows])[0]
        return self.decode(rows)

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids."""
        raise NotImplementedError

    def call(self, inputs: Any, *args: Any, training: Any = None, **kwargs: Any) -> Any:
        return self.tokenize(inputs)

    def get_vocabulary(self) -> list[str]:
        """Return the tokens in the order of their ids."""
        vocabulary = self.hf_tokenizer.get_vocab()
        return sorted(vocabulary, key=lambda token: vocabulary[token])

    def vocabulary_size(self) -> int:
        """Return the number of token ids."""
        return int(self.hf_tokenizer.get_vocab_size())

    def id_to_token(self, id: int) -> str | None:
        """Return the token of an id, or None if there is none."""
        return self.hf_tokenizer.id_to_token(id)

    def token_to_id(self, token: str) -> int | None:
        """Return the id of a token, or None if it is not in the vocabulary."""
        return self.hf_tokenizer.token_to_id(token)


class LibraryWordTokenizer(LibraryTokenizer):
    """Base of the KerasHub tokenizers of words or characters, of which every task has its own.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Raises:
        CheckpointError: the file is malformed or has too many ids.
    """

    parse = staticmethod(parse_tokenizer)

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the token ids of texts, int32 arrays, the start token first, none of them cut."""
        return TextEncoder(self.hf_tokenizer, 1, 0)(texts, truncate=False)

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids, words and marks separated by spaces."""
        if reads_characters(self.hf_tokenizer):
            return [
                "".join(
                    self.hf_tokenizer.id_to_token(int(token)) or ""
                    for token in ids
                    if token not in (PAD, START)
                )
                for ids in sequences
            ]
        return [
            self.hf_tokenizer.decode([int(token) for token in ids], skip_special_tokens=True)
            for ids in sequences
        ]


def load_vocabularies(model: Any, dir_path: str) -> None:
    """Read a model's vocabularies from where a checkpoint has them: where KerasHub looks.

    Keras has another place for them, which it reads by itself when it has written them there.

    Args:
        model: a model with tokenizers in its preprocessor, or without a preprocessor.
        dir_path: the directory `assets` of a saved model.
    """
    if model.preprocessor is None:
        return
    for layer in model.preprocessor._flatten_layers(include_self=False):
        if isinstance(layer, LibraryTokenizer):
            folder = Path(dir_path) / Path(layer.config_file).stem
            if folder.is_dir():
                layer.load_assets(str(folder))
