"""How a text goes on after another; no Keras here."""

from __future__ import annotations

__all__ = ["joined", "needs_space"]


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
