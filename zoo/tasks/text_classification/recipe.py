"""The vocabulary that recipes of text classifiers are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.recipe import GradientDescent
from zoo.text.specs import TextBackboneSpec

__all__ = ["TeacherSettings", "TextClassificationRecipe", "WordVectorSettings"]


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


@dataclass(frozen=True, kw_only=True)
class TextClassificationRecipe(GradientDescent):
    """How one text classifier is trained; weights are chosen by the lowest validation loss.

    Attributes, beside those of `GradientDescent`:
        text_column: of a table of your own, the name of the column of texts.
        label_column: of such a table, the name of the column of labels.
        vocabulary_size: number of token ids, special tokens included.
        head_length: tokens kept from the start of a text.
        tail_length: tokens kept from the end of a longer text.
        unit: what a token is, `"words"` or `"characters"`.
        class_weighting: how much more the texts of rare classes count in the loss: as the share of
            a class to the power of minus this. With 0 all texts count the same, with 1 all classes.
        kind: kind of backbone, by what bounds its arguments.
        backbone: arguments of the backbone, but for the vocabulary.
        pooling: how the states over time become one vector.
        dropout: share of the pooled vector dropped.
        bptt_steps: steps over which the gradient of the state goes back in time in training; None
            for all. For recurrent backbones only.
        forget_bias: where the biases of an LSTM's forget gates start; below zero it starts with
            a short memory, as a reader of phrases.
        teacher: how a classifier of n-grams teaches the network; None for labels alone.
        word_vectors: what the embeddings start at; None for random numbers.
    """

    task: ClassVar[str] = "text-classification"

    text_column: str = "text"
    label_column: str = "label"
    vocabulary_size: int
    head_length: int
    tail_length: int
    backbone: dict[str, Any]
    pooling: tuple[str, ...]
    dropout: float
    bptt_steps: int | None = None
    forget_bias: float = 1.0
    teacher: TeacherSettings | None = None
    kind: type[TextBackboneSpec] = RecurrentBackboneSpec
    word_vectors: WordVectorSettings | None = None
    unit: str = "words"
    class_weighting: float = 0.0
