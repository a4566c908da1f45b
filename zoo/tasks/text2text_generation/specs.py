"""What a checkpoint of a speller may ask for; no Keras here."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from zoo.specs import ArgumentSpec
from zoo.text.units import unit_form

__all__ = ["Text2TextLMSpec", "Text2TextPreprocessorSpec"]

_Length = Annotated[int, Meta(ge=2, le=10_000)]
_Unit = Literal["characters", "words"]


class Text2TextLMSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `BahdanauSpellerSeq2SeqLM`, which has none.

    The product with the target's embeddings makes the logits.
    """


class Text2TextPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `BahdanauSpellerSeq2SeqLMPreprocessor`.

    Args:
        source_length: most units of a text that are read, the end token included.
        target_length: most units that are written, the start and end tokens included.
        source_unit: what a unit of a text is that is read: a character, in lower case, or a word,
            which is what stands between white space, such as the name of a sound.
        target_unit: the same of what is written, whose characters are as they are.
    """

    source_length: _Length
    target_length: _Length
    source_unit: _Unit = "characters"
    target_unit: _Unit = "words"

    @property
    def source_vocabulary(self) -> dict[str, Any]:
        """All that the file of the source's vocabulary holds but its units."""
        return unit_form(self.source_unit, "source")

    @property
    def target_vocabulary(self) -> dict[str, Any]:
        """All that the file of the target's vocabulary holds but its units."""
        return unit_form(self.target_unit, "target")
