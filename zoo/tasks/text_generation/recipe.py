"""The vocabulary that recipes of language models are written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from zoo.recipe import GradientDescent

__all__ = ["TextGenerationRecipe"]


@dataclass(frozen=True, kw_only=True)
class TextGenerationRecipe(GradientDescent):
    """How one language model is trained; chosen by the likelihood of the validation part.

    The text is read as `batch_size` streams side by side, from its beginning to its end in every
    epoch; a step is the next `bptt_steps` tokens of each.

    Attributes, beside those of `GradientDescent`:
        unit: what a token is: `"words"` between white space, or `"characters"`.
        lowercase: whether words are read in lower case.
        vocabulary_size: number of tokens at most, the three special ones included.
        text_column: of a table of your own, the name of the column of texts.
        backbone: arguments of the backbone, but for the vocabulary.
        tied: whether the table of the tokens' vectors gives the logits too.
        dropout: share of the states' dimensions dropped in training, the same ones for a whole
            piece of a stream, as the backbone's dropout is.
        bptt_steps: tokens of a piece, over which the gradient goes back in time; the state goes
            on from piece to piece.
        weight_drop: share of the recurrent kernels that is dropped in training; see
            `zoo.fitting.weight_drop`.
        sampled_tokens: in the first epochs, how many tokens are drawn for a step, among which the
            next one is to be told; the rest of a large vocabulary is estimated from them, which
            takes a fraction of the time.
        sampled_epochs: how many epochs are the first; 0 for none.
        sequence_length: tokens that the model's preprocessor packs to unless told otherwise.
    """

    task: ClassVar[str] = "text-generation"

    architecture: str = "lstm"
    unit: str = "words"
    lowercase: bool = False
    vocabulary_size: int
    text_column: str = "text"
    backbone: dict[str, Any]
    tied: bool = True
    dropout: float = 0.0
    bptt_steps: int
    weight_drop: float = 0.0
    sampled_tokens: int = 2_000
    sampled_epochs: int = 0
    sequence_length: int = 256
