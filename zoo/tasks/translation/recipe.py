"""The vocabulary that recipes of translators are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent

__all__ = ["TranslationRecipe"]


@dataclass(frozen=True, kw_only=True)
class TranslationRecipe(GradientDescent):
    """How one encoder-decoder is trained to translate; chosen by the highest validation BLEU.

    Attributes, beside those of `GradientDescent`:
        source: code of the language to translate from, such as `"de"`.
        target: code of the language to translate to.
        text_column: of a table of your own, the name of the column of sentences.
        label_column: of such a table, the name of the column of translations.
        source_vocabulary_size: number of subwords of the source, special tokens included.
        vocabulary_size: the same of the target.
        source_length: most tokens of a source sentence.
        target_length: most tokens of a translation.
        backbone: arguments of the backbone, but for the vocabularies.
        buckets: lengths that batches are padded to.
    """

    task: ClassVar[str] = "translation"

    architecture: str = "bahdanau"
    source: str
    target: str
    text_column: str = "text"
    label_column: str = "translation"
    source_vocabulary_size: int
    vocabulary_size: int
    source_length: int
    target_length: int
    backbone: dict[str, Any]
    buckets: tuple[int, ...]
