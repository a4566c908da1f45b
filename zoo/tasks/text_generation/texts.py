"""How a text goes on after another, and what makes tokens of texts; no Keras here."""

from __future__ import annotations

from zoo.formats import TOKENIZER, Checkpoint
from zoo.text.language import LanguageEncoder, parse_language_tokenizer

__all__ = ["encoder_of", "joined", "needs_space"]


def encoder_of(source: Checkpoint) -> LanguageEncoder:
    """Return what turns texts into the token ids of a checkpoint, and back.

    Args:
        source: a verified checkpoint of a language model.

    Raises:
        CheckpointError: the file of its vocabulary is malformed, or its ids do not fit the table.
    """
    return LanguageEncoder(
        parse_language_tokenizer(
            source.assets[TOKENIZER],
            source.preprocessor.vocabulary,
            source.backbone.vocabulary_size,
        )
    )


def needs_space(text: str, unit: str) -> bool:
    """Return whether a space stands between a text and a word that follows.

    Args:
        text: what is there already.
        unit: `"words"`, which white space parts, or `"characters"`.

    Example:
        >>> needs_space("the", "words"), needs_space("the ", "words")
        (True, False)
    """
    return unit == "words" and bool(text) and not text[-1].isspace()


def joined(prompt: str, continuation: str, unit: str) -> str:
    """Return a prompt as it was given, and after it what was written to it.

    Args:
        prompt: the prompt.
        continuation: the text of the tokens after it.
        unit: `"words"`, which white space parts, or `"characters"`.

    Example:
        >>> joined("The cat", "sat down", "words")
        'The cat sat down'
        >>> joined("To b", "e", "characters")
        'To be'
    """
    if needs_space(prompt, unit) and continuation[:1].strip():
        return f"{prompt} {continuation}"
    return prompt + continuation
