"""The vocabulary that recipes of spellers are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent

__all__ = ["Text2TextRecipe"]


@dataclass(frozen=True, kw_only=True)
class Text2TextRecipe(GradientDescent):
    """How one encoder-decoder over units is trained; chosen by the fewest wrong words.

    Attributes, beside those of `GradientDescent`:
        text_column: of a table of your own, the name of the column that is read.
        label_column: of such a table, the name of the column of what is to be written.
        source_unit: what a unit is that is read: `"characters"`, or `"words"` between white space.
        target_unit: the same of what is written.
        source_vocabulary_size: most units of the source, four special tokens included.
        vocabulary_size: the same of the target.
        source_length: most units that are read of a text.
        target_length: most units that are written.
        backbone: arguments of the backbone, but for the vocabularies.
        buckets: lengths that batches are padded to.
    """

    task: ClassVar[str] = "text2text-generation"

    architecture: str = "bahdanau"
    text_column: str = "text"
    label_column: str = "target"
    source_unit: str = "characters"
    target_unit: str = "words"
    source_vocabulary_size: int = 1_000
    vocabulary_size: int = 1_000
    source_length: int
    target_length: int
    backbone: dict[str, Any]
    buckets: tuple[int, ...]
