"""How parts of a recipe are set: the teacher and the pretraining."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PretrainingSettings", "TeacherSettings"]


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
class PretrainingSettings:
    """How a recipe's backbone learns to guess the next token.

    Attributes:
        epochs: passes over the training texts at most.
        length: tokens of a piece of text at most; a text is read piece by piece.
        samples: tokens drawn a step, against which the right ones are told.
        batch_size: pieces a step.
        learning_rate: its peak.
        dropout: share of every piece's state dimensions dropped before the guess.
        average_decay: decay of the moving average of the weights, which is what is kept.
    """

    epochs: int
    length: int = 256
    samples: int = 1024
    batch_size: int = 32
    learning_rate: float = 3e-3
    dropout: float = 0.1
    average_decay: float = 0.995
