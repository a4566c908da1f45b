"""What a checkpoint of a translator may ask for, what it implies and takes; no Keras here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from zoo.specs import ArgumentSpec

__all__ = ["Seq2SeqLMSpec", "Seq2SeqPreprocessorSpec"]


class Seq2SeqLMSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.translation.model.BahdanauSeq2SeqLM`, which has none.

    The product with the target's embeddings makes the logits.
    """


class Seq2SeqPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.translation.preprocessor.BahdanauSeq2SeqLMPreprocessor`.

    Args:
        source_length: most tokens of a source sentence that are read, the end token included.
        target_length: most tokens of a translation, the start and end tokens included.
    """

    source_length: Annotated[int, Meta(ge=2, le=10_000)]
    target_length: Annotated[int, Meta(ge=2, le=10_000)]
