"""Prompts: how a text that goes on stands after one, and what is told of one; no Keras here."""

from __future__ import annotations

from collections.abc import Sequence

from zoo.common.user_warnings import warn_user
from zoo.errors import shown
from zoo.text.language import LanguageEncoder, Unknown

__all__ = ["joined", "unknown_message", "warn_of_unknown"]


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
    if unit == "words" and prompt[-1:].strip() and continuation[:1].strip():
        return f"{prompt} {continuation}"
    return prompt + continuation


def unknown_message(encoder: LanguageEncoder, prompts: Sequence[str]) -> str | None:
    """Return what there is to say of the words or characters of prompts that no model knows.

    Args:
        encoder: what turns them into token ids.
        prompts: the prompts.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> encoder = LanguageEncoder(train_plain_words(["the cat saw the dog"], 9))
        >>> unknown_message(encoder, ["the cow"])[:51]
        "1 of 2 words is unknown to the model, such as 'cow'"
    """
    parts = [encoder.unknown(prompt) for prompt in prompts]
    examples = dict.fromkeys(example for part in parts for example in part.examples)
    found = Unknown(
        sum(part.count for part in parts), sum(part.total for part in parts), tuple(examples)[:5]
    )
    if not found.count:
        return None
    verb = "is" if found.count == 1 else "are"
    return (
        f"{found.count} of {found.total} {encoder.unit} {verb} unknown to the model, such as "
        f"{', '.join(shown(example, 40) for example in found.examples)}; it reads each as any "
        f"other that it has not learnt."
    )


def warn_of_unknown(encoder: LanguageEncoder, prompts: Sequence[str]) -> None:
    """Warn of words or characters that a model has not learnt, how many and which.

    Args:
        encoder: what turns them into token ids.
        prompts: the prompts.
    """
    message = unknown_message(encoder, prompts)
    if message is not None:
        warn_user(message)
