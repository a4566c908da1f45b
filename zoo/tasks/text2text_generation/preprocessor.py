"""KerasHub preprocessing of texts as units, around the encoder the pipelines use."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Iterable
from typing import Any, ClassVar

import keras

from zoo.errors import CheckpointError
from zoo.networks.bahdanau.backbone import BahdanauSpellerBackbone
from zoo.pairs.preprocessor import PairPreprocessor, PairTokenizer
from zoo.tasks.text2text_generation.specs import Text2TextPreprocessorSpec
from zoo.text.doubts import Doubts
from zoo.text.forms import LETTERS, PLAIN_LETTERS, SYMBOLS
from zoo.text.units import UnitEncoder, decode_units, doubt_answers, parse_units, unit_doubts

__all__ = ["BahdanauSpellerSeq2SeqLMPreprocessor", "UnitTokenizer"]


def _parse(data: bytes, vocabulary_size: int) -> Any:
    """Read a vocabulary's file of any unit; see `zoo.text.units.parse_units`."""
    for form in (LETTERS, PLAIN_LETTERS):
        try:
            return parse_units(data, form, vocabulary_size)
        except CheckpointError:
            continue
    return parse_units(data, SYMBOLS, vocabulary_size)


@keras.saving.register_keras_serializable(package="zoo")
class UnitTokenizer(PairTokenizer):
    """A KerasHub tokenizer whose tokens are characters, or words between white space.

    Args:
        data: content of a `tokenizer.json`; without it, `load_assets` must be called.
        vocabulary_size: most ids the vocabulary may have.

    Call with a text, and it returns the list of its token ids, without start and end; with
    several, a list of lists. Unknown units are the unknown token.

    Raises:
        CheckpointError: the file is malformed or has too many ids.

    Example:
        >>> from zoo.text.units import train_units
        >>> data = train_units(["K AE T"], SYMBOLS, 9).to_str().encode("utf-8")
        >>> UnitTokenizer(data)("T AE X")
        [6, 4, 1]
    """

    backbone_cls = BahdanauSpellerBackbone
    parse = staticmethod(_parse)

    def encoder(self, length: int | None = None, *, target: bool = False) -> UnitEncoder:
        """Return what turns texts into token ids.

        Args:
            length: most units of a text, the end token included; None cuts none.
            target: whether the texts are answers, whose unknown units are the unknown token; of
                what is read they are left out.
        """
        return UnitEncoder(self.hf_tokenizer, length, keep=target)

    def encode(self, texts: list[str]) -> list[Any]:
        """Return the token ids of texts, int32 arrays, none of them cut."""
        return [ids[:-1] for ids in self.encoder(target=True)(texts)]

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids, up to the end token of each."""
        return decode_units(self.hf_tokenizer, sequences)


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSpellerSeq2SeqLMPreprocessor(PairPreprocessor):
    """Raw pairs of texts to padded ids of units, targets and weights, and ids back to texts.

    Args:
        tokenizer: the target's `UnitTokenizer`.
        source_tokenizer: the source's.
        source_length: most units of a text that are read, the end token included.
        target_length: most units that are written, the start and end tokens included.
        source_unit: `"characters"` or `"words"`, as the source's vocabulary has them.
        target_unit: the same of the target.

    Call with `{"encoder_text", "decoder_text"}`; returns `(x, y, sample_weight)` for teacher
    forcing, as KerasHub's preprocessors do, in arrays of shape (batch, time), or (time,) for a
    single pair. All have the full length, so that compiled backends see one shape.

    Raises:
        InputError: there is no text, something is not one, or the two sides differ in number.

    Example:
        >>> from zoo.text.units import train_units
        >>> files = [
        ...     train_units(texts, form, 9).to_str().encode("utf-8")
        ...     for texts, form in ((["K AE T"], SYMBOLS), (["cat"], LETTERS))
        ... ]
        >>> preprocessor = BahdanauSpellerSeq2SeqLMPreprocessor(*map(UnitTokenizer, files), 5, 5)
        >>> preprocessor({"encoder_text": ["Cat"], "decoder_text": ["K AE T"]})[1].tolist()
        [[5, 4, 6, 3, 0]]
    """

    backbone_cls = BahdanauSpellerBackbone
    tokenizer_cls = UnitTokenizer
    source: ClassVar[str] = "text"
    target: ClassVar[str] = "answer"

    def __init__(
        self,
        tokenizer: UnitTokenizer,
        source_tokenizer: UnitTokenizer,
        source_length: int,
        target_length: int,
        source_unit: str = "characters",
        target_unit: str = "words",
        **kwargs: Any,
    ) -> None:
        super().__init__(tokenizer, source_tokenizer, source_length, target_length, **kwargs)
        self.source_unit, self.target_unit = source_unit, target_unit

    @property
    def spec(self) -> Text2TextPreprocessorSpec:
        """The preprocessor's arguments, as a checkpoint holds them."""
        return Text2TextPreprocessorSpec(
            source_length=self.source_length,
            target_length=self.target_length,
            source_unit=self.source_unit,  # type: ignore[arg-type]
            target_unit=self.target_unit,  # type: ignore[arg-type]
        )

    def doubts(self, texts: list[str]) -> Doubts:
        """Return which texts an answer says little about."""
        self.source_tokenizer.content()
        encode = UnitEncoder(self.source_tokenizer.hf_tokenizer, self.source_length)
        return unit_doubts(encode.read(texts), self.source_length - 1)

    def pair_doubts(self, sources: list[str], targets: list[str]) -> Doubts:
        """Return what is not read or learnt of texts and given answers as it stands."""
        doubts = super().pair_doubts(sources, targets)
        self.tokenizer.content()
        doubt_answers(doubts, self.tokenizer.encoder(target=True).read(targets))
        return doubts

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "source_unit": self.source_unit,
            "target_unit": self.target_unit,
        }
