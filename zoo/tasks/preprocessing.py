"""KerasHub preprocessing for the zoo's text tasks, around the encoder the pipelines use."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.architectures.convolutional import ConvolutionalBackbone
from zoo.architectures.recurrent import NgramRecurrentBackbone, RecurrentBackbone
from zoo.architectures.transformer import TransformerBackbone
from zoo.checkpoint import Checkpoint
from zoo.files import write_atomically
from zoo.formats import TOKENIZER
from zoo.specs import TextPreprocessorSpec
from zoo.text import PAD, START, UNKNOWN, TextEncoder, check_texts, pad, parse_tokenizer

ASSET = "tokenizer.json"

# Lengths are rounded up to this, so that compiled backends see few different shapes.
PAD_MULTIPLE = 32


def inside_tf_graph() -> bool:
    """Whether a `tf.data` pipeline is being traced; TensorFlow is not imported to find out."""
    tensorflow = sys.modules.get("tensorflow")
    return tensorflow is not None and not tensorflow.executing_eagerly()


def to_texts(x: Any) -> list[str]:
    """Return a batch of texts, whichever container holds it, as a list of strings."""
    if not isinstance(x, str | bytes | list | tuple | np.ndarray) and hasattr(x, "numpy"):
        x = x.numpy()
    return check_texts(np.atleast_1d(x) if isinstance(x, np.ndarray) else x)


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
        self.data = data
        self.hf_tokenizer = self.parse(data, self._limit)

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

    def tokenize(self, inputs: Any) -> list[np.ndarray]:
        self.content()
        encodings = self.hf_tokenizer.encode_batch_fast(to_texts(inputs))
        return [np.array(encoding.ids, np.int32) for encoding in encodings]

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


@keras.saving.register_keras_serializable(package="zoo")
class WordTokenizer(LibraryTokenizer):
    """A KerasHub tokenizer over a word vocabulary of the Hugging Face tokenizers library.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a text or a list of texts; returns a list of int32 arrays, one a text.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> import zoo
        >>> zoo.load("lstm-imdb").preprocessor.tokenizer(["A moving film."])
    """

    backbone_cls = RecurrentBackbone
    parse = staticmethod(parse_tokenizer)

    def detokenize(self, inputs: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids, words and marks separated by spaces."""
        return [
            self.hf_tokenizer.decode([int(token) for token in ids], skip_special_tokens=True)
            for ids in inputs
        ]


class SequenceTextClassifierPreprocessor(keras_hub.models.TextClassifierPreprocessor):
    """Raw texts to padded token ids and their mask.

    Args:
        tokenizer: a `WordTokenizer`.
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.

    Call with texts `x`, and labels `y` and `sample_weight` that are passed through. Returns
    `{"token_ids", "padding_mask"}`, both of shape (batch, time), padded to the longest text.

    Raises:
        InputError: there is no text, or something that is not a text.

    Example:
        >>> import zoo
        >>> zoo.load("lstm-imdb").preprocessor(["A moving film."])["token_ids"].shape
        (1, 32)
    """

    tokenizer_cls = WordTokenizer

    def __init__(
        self, tokenizer: WordTokenizer, head_length: int, tail_length: int, **kwargs: Any
    ) -> None:
        super().__init__(tokenizer, sequence_length=head_length + tail_length, **kwargs)
        self.head_length = head_length
        self.tail_length = tail_length

    @classmethod
    def from_checkpoint(cls, loaded: Checkpoint) -> SequenceTextClassifierPreprocessor:
        """Make the preprocessor that a checkpoint describes.

        Args:
            loaded: a verified checkpoint.
        """
        tokenizer = WordTokenizer(
            loaded.tokenizer, loaded.backbone.vocabulary_size, name="tokenizer"
        )
        spec = loaded.preprocessor
        return cls(tokenizer, spec.head_length, spec.tail_length, name="preprocessor")

    @property
    def spec(self) -> TextPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return TextPreprocessorSpec(head_length=self.head_length, tail_length=self.tail_length)

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabulary's file, as a checkpoint holds it."""
        return {TOKENIZER: self.tokenizer.content()}

    def build(self, input_shape: Any) -> None:
        """Do nothing: texts are packed here, not by KerasHub's packer."""
        self.built = True

    def _encoder(self) -> TextEncoder:
        self.tokenizer.content()
        return TextEncoder(self.tokenizer.hf_tokenizer, self.head_length, self.tail_length)

    def _token_ids(self, x: Any) -> np.ndarray:
        return pad(self._encoder()(to_texts(x)), PAD_MULTIPLE)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        if isinstance(x, tuple) and len(x) == 1:
            x = x[0]
        if inside_tf_graph():
            import tensorflow as tf

            # The tokenizer is not a TensorFlow operation: tf.data calls back into Python for it.
            token_ids = tf.numpy_function(self._token_ids, [tf.reshape(x, [-1])], tf.int32)
            token_ids.set_shape((None, None))
        else:
            token_ids = self._token_ids(x)
        features = {"token_ids": token_ids, "padding_mask": token_ids != PAD}
        return keras.utils.pack_x_y_sample_weight(features, y, sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["sequence_length"], config["truncate"]
        return {**config, "head_length": self.head_length, "tail_length": self.tail_length}


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentTextClassifierPreprocessor(SequenceTextClassifierPreprocessor):
    """Raw texts to what a `RecurrentBackbone` reads; see `SequenceTextClassifierPreprocessor`."""

    backbone_cls = RecurrentBackbone


@keras.saving.register_keras_serializable(package="zoo")
class NgramRecurrentTextClassifierPreprocessor(SequenceTextClassifierPreprocessor):
    """Raw texts to what an `NgramRecurrentBackbone` reads."""

    backbone_cls = NgramRecurrentBackbone


@keras.saving.register_keras_serializable(package="zoo")
class ConvolutionalTextClassifierPreprocessor(SequenceTextClassifierPreprocessor):
    """Raw texts to what a `ConvolutionalBackbone` reads."""

    backbone_cls = ConvolutionalBackbone


@keras.saving.register_keras_serializable(package="zoo")
class TransformerTextClassifierPreprocessor(SequenceTextClassifierPreprocessor):
    """Raw texts to what a `TransformerBackbone` reads."""

    backbone_cls = TransformerBackbone
