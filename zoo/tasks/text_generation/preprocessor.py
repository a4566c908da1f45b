"""KerasHub preprocessing for language models, around the encoder the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterable
from functools import partial
from typing import Any

import keras
import keras_hub
import numpy as np

from zoo.common.counts import whole
from zoo.common.user_warnings import warn_user
from zoo.errors import CheckpointError, InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.recurrent.backbone import RecurrentBackbone
from zoo.specs import make_spec
from zoo.tasks.text_generation.specs import CausalLMPreprocessorSpec
from zoo.text.encoding import PAD, check_texts, pad
from zoo.text.forms import PLAIN_CHARACTERS, PLAIN_WORDS, PLAIN_WORDS_LOWERCASE
from zoo.text.language import END, LanguageEncoder, parse_language_tokenizer
from zoo.text.tokenizer import LibraryTokenizer, inside_tf_graph, to_texts

__all__ = ["LanguageTokenizer", "RecurrentCausalLMPreprocessor"]

MAX_LENGTH = 10_000


def _parse(data: bytes, vocabulary_size: int) -> Any:
    """Return the tokenizer of a file of any of the forms that language models have."""
    errors = []
    for form in (PLAIN_WORDS, PLAIN_WORDS_LOWERCASE, PLAIN_CHARACTERS):
        try:
            return parse_language_tokenizer(data, form, vocabulary_size)
        except CheckpointError as error:
            errors.append(error)
    raise errors[0]


@keras.saving.register_keras_serializable(package="zoo")
class LanguageTokenizer(LibraryTokenizer):
    """A KerasHub tokenizer over the words or the characters of a language model.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a text, and it returns the list of its token ids, none of them added; with several,
    a list of lists. A line's end is a token, which also stands before the first of every text
    that a model reads.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> data = train_plain_words(["the cat saw the dog"], 9).to_str().encode("utf-8")
        >>> LanguageTokenizer(data)(["the cat\\n"])
        [[3, 4, 2]]
    """

    backbone_cls = RecurrentBackbone
    parse = staticmethod(_parse)

    def __init__(
        self, data: bytes | None = None, vocabulary_size: int = 1_000_000, **kwargs: Any
    ) -> None:
        self.encoder: LanguageEncoder | None = None
        super().__init__(data, vocabulary_size, **kwargs)
        self.start_token_id = self.end_token_id = END

    def _set(self, data: bytes) -> None:
        super()._set(data)
        self.encoder = LanguageEncoder(self.hf_tokenizer)

    def language(self) -> LanguageEncoder:
        """Return what turns texts into token ids and back."""
        self.content()
        assert self.encoder is not None
        return self.encoder

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Return the token ids of texts, int32 arrays, none of them cut."""
        encode = self.language().encode
        return [encode(text) for text in texts]

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids."""
        decode = self.language().decode
        return [decode(ids) for ids in sequences]


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentCausalLMPreprocessor(keras_hub.models.CausalLMPreprocessor):
    """Raw texts to token ids, targets and weights, and ids back to texts.

    Args:
        tokenizer: a `LanguageTokenizer`.
        unit: what a token is, `"words"` or `"characters"`; the tokenizer must be one of that.
        lowercase: whether words are read in lower case; the same holds.
        sequence_length: tokens of a text, the line end before it included.

    Call with texts; returns `(x, y, sample_weight)` as KerasHub's preprocessors do, arrays of shape
    (batch, sequence_length), or (sequence_length,) for a single text: what is read, what follows
    each token, and where that is a token.

    Longer texts are cut, as many as there are, which is told in a warning.

    Raises:
        InputError: there is no text, or something that is not a text.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> data = train_plain_words(["the cat saw the dog"], 9).to_str().encode("utf-8")
        >>> preprocessor = RecurrentCausalLMPreprocessor(LanguageTokenizer(data), sequence_length=3)
        >>> x, y, weight = preprocessor("the cat")
        >>> x["token_ids"].tolist(), y.tolist(), weight.tolist()
        ([2, 3, 4], [3, 4, 0], [True, True, False])
    """

    backbone_cls = RecurrentBackbone
    tokenizer_cls = LanguageTokenizer

    def __init__(
        self,
        tokenizer: LanguageTokenizer,
        unit: str = "words",
        lowercase: bool = False,
        sequence_length: int = 256,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            tokenizer,
            sequence_length=sequence_length,
            add_start_token=True,
            add_end_token=False,
            **kwargs,
        )
        self.unit = unit
        self.lowercase = lowercase

    @classmethod
    def from_checkpoint(cls, loaded: Checkpoint) -> RecurrentCausalLMPreprocessor:
        """Make the preprocessor that a checkpoint describes.

        Args:
            loaded: a verified checkpoint.
        """
        spec = loaded.preprocessor
        tokenizer = LanguageTokenizer(
            loaded.assets[TOKENIZER], loaded.backbone.vocabulary_size, name="tokenizer"
        )
        return cls(tokenizer, spec.unit, spec.lowercase, spec.sequence_length, name="preprocessor")

    @property
    def spec(self) -> CausalLMPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return make_spec(
            CausalLMPreprocessorSpec,
            unit=self.unit,
            lowercase=self.lowercase,
            sequence_length=self.sequence_length,
        )

    @property
    def assets(self) -> dict[str, bytes]:
        """Content of the vocabulary's file, as a checkpoint holds it."""
        return {TOKENIZER: self.tokenizer.content()}

    def build(self, input_shape: Any) -> None:
        """Do nothing: texts are packed here, not by KerasHub's packer."""
        self.built = True

    def _packed(self, texts: list[str], length: int) -> np.ndarray:
        """Return line end and token ids of texts, int32 (texts, length), padded."""
        packed = np.full((len(texts), length), PAD, np.int32)
        packed[:, 0] = END
        left_out = []
        for row, ids in zip(packed, self.tokenizer.encode(texts), strict=True):
            kept = ids[: length - 1]
            row[1 : 1 + len(kept)] = kept
            left_out.append(len(ids) - len(kept))
        if any(left_out):
            warn_user(
                f"{np.count_nonzero(left_out)} of {len(texts)} texts are longer than the "
                f"{length - 1} tokens that are read; {sum(left_out)} tokens are left out. Set a "
                "larger sequence_length; what is given to fit and evaluate as texts is cut to "
                "several sequences instead."
            )
        return packed

    def call(self, x: Any, y: Any = None, sample_weight: Any = None, **_: Any) -> Any:
        if isinstance(x, tuple) and len(x) == 1:
            x = x[0]
        length = self.sequence_length + 1
        if inside_tf_graph():
            import tensorflow as tf

            # The tokenizer is not a TensorFlow operation: tf.data calls back into Python for it.
            packed = tf.numpy_function(
                lambda texts: self._packed(check_texts(texts), length),
                [tf.reshape(x, [-1])],
                tf.int32,
            )
            packed.set_shape((None, length))
            single = x.shape.rank == 0
            number = partial(tf.cast, dtype=tf.float32)
        else:
            texts, single = to_texts(x)
            packed = self._packed(texts, length)
            number = partial(np.asarray, dtype=np.float32)
        packed = packed[0] if single else packed
        read, follows = packed[..., :-1], packed[..., 1:]
        # Read is what something follows.
        inside = follows != PAD
        features = {"token_ids": read, "padding_mask": read != PAD}
        weight = inside
        if sample_weight is not None:  # of each text; padding counts for nothing all the same
            weight = number(inside) * number(sample_weight)[..., None]
        return keras.utils.pack_x_y_sample_weight(features, follows, weight)

    def room(self, max_length: Any = None) -> int:
        """Return how many tokens a text may have, checked.

        Args:
            max_length: that number, or None for the `sequence_length`.

        Raises:
            InputError: it is not from 2 to 10000.
        """
        if max_length is None:
            return self.sequence_length
        length = whole(max_length)
        if length is None or not 2 <= length <= MAX_LENGTH:
            raise InputError(
                f"Expected a max_length from 2 to {MAX_LENGTH} tokens, the line end before a text "
                f"and its prompt included. Received: {shown(max_length)}"
            )
        return length

    def prompt_ids(self, prompts: list[str], length: int) -> list[np.ndarray]:
        """Return line end and token ids of prompts, int32 arrays.

        Args:
            prompts: the prompts.
            length: tokens that there is room for.

        Raises:
            InputError: a prompt has more.
        """
        rows = [np.concatenate([[END], ids]) for ids in self.tokenizer.encode(prompts)]
        for index, row in enumerate(rows):
            if len(row) > length:
                raise InputError(
                    f"Expected prompts that max_length={length} has room for. Received: one of "
                    f"{len(row)} tokens, the line end before it included, at index {index}. Give a "
                    "larger max_length, or a shorter prompt"
                )
        return [row.astype(np.int32) for row in rows]

    def generate_preprocess(
        self, x: Any, *, sequence_length: int | None = None, **_: Any
    ) -> dict[str, np.ndarray]:
        """Return what `generate_step` reads for prompts.

        Args:
            x: a prompt, or several.
            sequence_length: tokens of a text, the line end before it included; by default the
                preprocessor's.

        Raises:
            InputError: there is no text, something is none, or a prompt is longer.
        """
        texts, single = to_texts(x)
        length = self.room(sequence_length)
        packed = pad(self.prompt_ids(texts, length), length=length)
        packed = packed[0] if single else packed
        return {"token_ids": packed, "padding_mask": packed != PAD}

    def generate_postprocess(self, x: dict[str, Any]) -> Any:
        """Return the texts of what was generated, or the text of a single one."""
        ids = np.array(keras.ops.convert_to_numpy(x["token_ids"]))
        mask = np.array(keras.ops.convert_to_numpy(x["padding_mask"]), bool)
        return self.tokenizer.detokenize(np.where(mask, ids, PAD)[..., 1:])

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for name in ("add_start_token", "add_end_token"):
            config.pop(name, None)
        return {**config, "unit": self.unit, "lowercase": self.lowercase}
