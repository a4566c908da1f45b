"""KerasHub preprocessing for translation, around the encoders the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterable
from typing import ClassVar

import keras

from zoo.networks.bahdanau.backbone import BahdanauBackbone
from zoo.pairs.preprocessor import PairPreprocessor, PairTokenizer
from zoo.tasks.translation.specs import Seq2SeqPreprocessorSpec
from zoo.text.doubts import Doubts, SubwordDoubts
from zoo.text.subwords import SubwordEncoder, decode, parse_subword_tokenizer

__all__ = ["BahdanauSeq2SeqLMPreprocessor", "SubwordTokenizer"]


@keras.saving.register_keras_serializable(package="zoo")
class SubwordTokenizer(PairTokenizer):
    """A KerasHub tokenizer over a subword vocabulary of the Hugging Face tokenizers library.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a sentence, and it returns the list of its token ids, without start and end; with
    several, a list of lists.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> import zoo
        >>> zoo.load("bahdanau-multi30k-de-en").preprocessor.tokenizer(["A man is riding a bike."])
    """

    backbone_cls = BahdanauBackbone
    parse = staticmethod(parse_subword_tokenizer)

    def encoder(self, length: int | None = None, *, target: bool = False) -> SubwordEncoder:
        """Return what turns sentences into token ids, the same on both sides.

        Args:
            length: most tokens of a sentence, the end token included; None cuts none.
            target: of no matter here: every text has its subwords.
        """
        return SubwordEncoder(self.hf_tokenizer, length)

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the sentences of token ids, up to the end token of each."""
        return decode(self.hf_tokenizer, sequences)


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSeq2SeqLMPreprocessor(PairPreprocessor):
    """Raw sentence pairs to padded token ids, targets and weights, and ids back to sentences.

    Args:
        tokenizer: the target's `SubwordTokenizer`.
        source_tokenizer: the source's.
        source_length: most tokens of a source sentence that are read, the end token included.
        target_length: most tokens of a translation, the start and end tokens included.

    Call with `{"encoder_text", "decoder_text"}`; returns `(x, y, sample_weight)` for teacher
    forcing, as KerasHub's preprocessors do, in arrays of shape (batch, time), or (time,) for a
    single pair. All have the full length, so that compiled backends see one shape.

    Raises:
        InputError: there is no sentence, something is not one, or the two sides differ in number.

    Example:
        >>> import zoo
        >>> preprocessor = zoo.load("bahdanau-multi30k-de-en").preprocessor
        >>> x, y, weight = preprocessor(
        ...     {"encoder_text": ["Ein Hund."], "decoder_text": ["A dog."]}
        ... )
    """

    backbone_cls = BahdanauBackbone
    tokenizer_cls = SubwordTokenizer
    source: ClassVar[str] = "sentence"
    target: ClassVar[str] = "translation"

    @property
    def spec(self) -> Seq2SeqPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return Seq2SeqPreprocessorSpec(
            source_length=self.source_length, target_length=self.target_length
        )

    def doubts(self, texts: list[str]) -> Doubts:
        """Return which sentences a translation says little about."""
        tokenizer = self.source_tokenizer
        tokenizer.content()
        encode = tokenizer.encoder(self.source_length)
        return SubwordDoubts(tokenizer.hf_tokenizer)(
            *encode.with_cuts(texts), self.source_length - 1
        )
