"""Why a translator answers as it does: where it looked."""

from __future__ import annotations

from typing import Any

from zoo.common.escape import is_blank
from zoo.errors import InputError, shown
from zoo.pairs.alignment import Alignment
from zoo.text.encoding import check_text

__all__ = ["explain"]


def explain(model: Any, text: str, *, translation: str | None = None, **unknown: Any) -> Alignment:
    """Return where a translator looked while it translated a sentence.

    Args:
        model: a translator, or its pipeline.
        text: the sentence.
        translation: the translation to explain; by default the model's own.
        **unknown: what does not apply to a translator.

    Raises:
        InputError: there is no sentence, no word in the translation, or something is given that
            does not apply.
    """
    for name, value in unknown.items():
        if value is not None:
            raise InputError(f"Expected no {name} for a translator. Received: {shown(value)}")
    if translation is not None and is_blank(translation):
        raise InputError(
            "Expected a translation with at least one word, such as 'A man.'. "
            f"Received: {shown(translation)}"
        )
    alignment: Alignment = model.attention(
        [check_text(text)], None if translation is None else [translation]
    )[0]
    return alignment
