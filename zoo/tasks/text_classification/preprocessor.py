"""KerasHub preprocessing for the zoo's text tasks, around the encoder the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.errors import InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.convolutional.backbone import ConvolutionalBackbone
from zoo.networks.recurrent.backbone import NgramRecurrentBackbone, RecurrentBackbone
from zoo.networks.transformer.backbone import TransformerBackbone
from zoo.specs import make_spec
from zoo.tasks.text_classification.specs import TextPreprocessorSpec
from zoo.text.encoding import PAD, TextEncoder, check_texts, pad
from zoo.text.tokenizer import LibraryWordTokenizer, inside_tf_graph, to_texts
from zoo.text.watching import note_doubts

# Lengths are rounded up to this, so that compiled backends see few different shapes.
PAD_MULTIPLE = 32


@keras.saving.register_keras_serializable(package="zoo")
class WordTokenizer(LibraryWordTokenizer):
    """A KerasHub tokenizer over a vocabulary of words or of characters; its file says which.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a text, and it returns the list of its token ids; with several, a list of lists.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> import zoo
        >>> zoo.load("lstm-imdb").preprocessor.tokenizer(["A moving film."])
    """

    backbone_cls = RecurrentBackbone


class SequenceTextClassifierPreprocessor(keras_hub.models.TextClassifierPreprocessor):
    """Raw texts to padded token ids and their mask.

    Args:
        tokenizer: a `WordTokenizer`.
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.
        unit: what a token is, `"words"` or `"characters"`; the tokenizer must be one of that.
        sequence_length: length to which all are padded; None pads to the longest text of a batch,
            rounded up to a multiple of 32. Set to less than both lengths together, it shortens
            them in proportion.

    Call with texts `x`, and labels `y` and `sample_weight` that are passed through. Returns
    `{"token_ids", "padding_mask"}`, both of shape (batch, time), or (time,) for a single text.
    Texts that are mapped one by one and batched after that (`map(preprocessor).batch(8)`) need a
    `sequence_length`, or `padded_batch`, where they differ in length.

    Raises:
        InputError: there is no text, or something that is not a text; or a length is no positive
            number.

    Example:
        >>> import zoo
        >>> preprocessor = zoo.load("lstm-imdb").preprocessor
        >>> preprocessor("A moving film.")["token_ids"].shape
        (32,)
        >>> preprocessor(["A moving film."])["token_ids"].shape
        (1, 32)
    """

    tokenizer_cls = WordTokenizer

    def __init__(
        self,
        tokenizer: WordTokenizer,
        head_length: int,
        tail_length: int,
        sequence_length: int | None = None,
        unit: str = "words",
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, sequence_length=None, **kwargs)
        self.head_length = head_length
        self.tail_length = tail_length
        self.unit = unit
        self.sequence_length = sequence_length

    @property
    def sequence_length(self) -> int | None:
        """The length to which all texts are padded; None pads to the longest of a batch."""
        return self._sequence_length

    @sequence_length.setter
    def sequence_length(self, value: int | None) -> None:
        if value is not None:
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InputError(
                    f"Expected a sequence_length of at least 1, or None. Received: {shown(value)}"
                )
            most = self.head_length + self.tail_length
            if value < most:
                self.tail_length = value * self.tail_length // most
                self.head_length = value - self.tail_length
        self._sequence_length = value

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
        return cls(
            tokenizer, spec.head_length, spec.tail_length, unit=spec.unit, name="preprocessor"
        )

    @property
    def spec(self) -> TextPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return make_spec(
            TextPreprocessorSpec,
            head_length=self.head_length,
            tail_length=self.tail_length,
            unit=self.unit,
        )

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabulary's file, as a checkpoint holds it."""
        return {TOKENIZER: self.tokenizer.content()}

    def build(self, input_shape: Any) -> None:
        """Do nothing: texts are packed here, not by KerasHub's packer."""
        self.built = True

    def encoder(self) -> TextEncoder:
        """Return what turns texts into token ids."""
        self.tokenizer.content()
        return TextEncoder(self.tokenizer.hf_tokenizer, self.head_length, self.tail_length)

    def _token_ids(self, texts: list[str]) -> np.ndarray:
        encoder = self.encoder()
        sequences, cut = encoder.with_cuts(texts)
        note_doubts(self.tokenizer, texts, sequences, cut, encoder.limit, encoder.keeps_end)
        return pad(sequences, PAD_MULTIPLE, self._sequence_length)

    def call(self, x: Any, y: Any = None, sample_weight: Any = None) -> Any:
        if isinstance(x, tuple) and len(x) == 1:
            x = x[0]
        if inside_tf_graph():
            import tensorflow as tf

            # The tokenizer is not a TensorFlow operation: tf.data calls back into Python for it.
            token_ids = tf.numpy_function(
                lambda texts: self._token_ids(check_texts(texts)), [tf.reshape(x, [-1])], tf.int32
            )
            token_ids.set_shape((None, self._sequence_length))
            single = x.shape.rank == 0
        else:
            texts, single = to_texts(x)
            token_ids = self._token_ids(texts)
        token_ids = token_ids[0] if single else token_ids
        features = {"token_ids": token_ids, "padding_mask": token_ids != PAD}
        return keras.utils.pack_x_y_sample_weight(features, y, sample_weight)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["truncate"]
        return {
            **config,
            "head_length": self.head_length,
            "tail_length": self.tail_length,
            **({} if self.unit == "words" else {"unit": self.unit}),
        }


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
