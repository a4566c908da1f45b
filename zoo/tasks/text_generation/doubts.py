"""What the vocabulary of a language model does not hold of texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from zoo.common.counts import counted
from zoo.errors import shown
from zoo.text.doubts import Doubts
from zoo.text.language import LanguageEncoder

__all__ = ["prompt_doubts"]

_MESSAGES = {
    unit: f"{{count}} of {{total}} texts hold {unit} that the model does not know (the first "
    f"{{place}}: {{detail}}); each is read as the unknown {unit[:-1]}, whichever it is."
    for unit in ("words", "characters")
}
_ALONE = {
    message: f"The text holds {unit} that the model does not know ({{detail}}); each is read as "
    f"the unknown {unit[:-1]}, whichever it is."
    for unit, message in _MESSAGES.items()
}


def prompt_doubts(encoder: LanguageEncoder, texts: Sequence[str]) -> Doubts:
    """Return which texts hold words or characters that a vocabulary does not, and some of them.

    That is what is warned of wherever such texts are read.

    Args:
        encoder: what reads them.
        texts: the texts.

    Example:
        >>> from zoo.text.language import train_plain_words
        >>> encoder = LanguageEncoder(train_plain_words(["the cat"], 9))
        >>> prompt_doubts(encoder, ["the dog"]).messages()[0][:73]
        '1 of 1 texts hold words that the model does not know (the first at index '
    """
    message = _MESSAGES[encoder.unit]
    details = {}
    for row, text in enumerate(texts):
        unknown = encoder.unknown(text)
        if unknown.count:
            some = ", ".join(shown(example, 40) for example in unknown.examples)
            total = counted(unknown.total, encoder.unit[:-1])
            details[row] = f"{unknown.count:,} of {total}, such as {some}"
    doubtful = np.isin(np.arange(len(texts)), list(details))
    return Doubts(len(texts), {message: doubtful}, details={message: details}, alone=_ALONE)
