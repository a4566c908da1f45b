"""The vocabulary that recipes of taggers are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent

__all__ = ["TokenClassificationRecipe"]


@dataclass(frozen=True, kw_only=True)
class TokenClassificationRecipe(GradientDescent):
    """How one tagger is trained; weights are chosen by the highest validation F1 of entities.

    Attributes, beside those of `GradientDescent`, whose `batch_size` counts the words, and ends of
    sentences, of a step, about:
        backbone: arguments of the backbone, but for the vocabularies.
        dropout: share of a word's vector dropped before the scores of its tags.
        document_length: most words, and ends of sentences, that are read together.
        cut: share of the documents that are cut, in every epoch elsewhere, into parts of a few
            sentences, so that it also learns to read what comes without its document.
        word_dropout: a word that stands so many times in the training part is read as an unknown
            one half the time; one that stands more often more rarely.
        recased: share of the documents, or parts of those that are cut, whose words are read in
            lower case, in capitals, or with a capital each, drawn anew in every epoch.
        affix_count: different words that a beginning or an end must be of to be known.
        text_column: of a table of your own, the name of the column of words.
        label_column: of such a table, the name of the column of tags.
    """

    task: ClassVar[str] = "token-classification"

    backbone: dict[str, Any]
    dropout: float
    document_length: int
    cut: float = 0.0
    word_dropout: float = 1.0
    recased: float = 0.0
    affix_count: int = 5
    text_column: str = "text"
    label_column: str = "tags"
