"""How parts of a recipe are set: the teacher and the word vectors."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TeacherSettings", "WordVectorSettings"]


@dataclass(frozen=True, kw_only=True)
class TeacherSettings:
    """How a recipe's network is taught.

    Attributes:
        ngrams: longest n-grams that the teacher counts.
        min_count: texts that an n-gram must occur in.
        strength: inverse of the teacher's regularisation, scikit-learn's `C`.
        whole: share of the texts that the network reads whole in an epoch; of the others one
            half is cut to a random piece and one half is mixed with a piece of another text.
        label_share: share of the true label, against the teacher's answer, in the target of a
            whole text.
        shortest: tokens that a piece has at least.
        start: the first number of the vector of every word, and of every n-gram where a network
            has vectors of those, starts at this many times what the teacher says it weighs;
            with 0 at random.
        committee: names of bundled entries that teach beside the n-grams, with the same
            tokenizer and the same training part.
    """

    ngrams: int = 2
    min_count: int = 2
    strength: float = 0.1
    whole: float = 0.5
    label_share: float = 0.5
    shortest: int = 8
    start: float = 0.0
    committee: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WordVectorSettings:
    """How word vectors are counted out of the training texts, for the embeddings to start at.

    Attributes:
        window: how many words on either side count as around a word.
        power: of the singular values, which the dimensions are scaled by.
        smoothing: power of the counts of the words around; below 1 rare ones count for less.
    """

    window: int = 5
    power: float = 0.5
    smoothing: float = 0.75
