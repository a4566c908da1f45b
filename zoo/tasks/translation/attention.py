"""Why a translator answers as it does: where it looked."""

from __future__ import annotations

from typing import Any

from zoo.pairs.alignment import Alignment
from zoo.pairs.explaining import explain_pair

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
    what = "a translation with at least one word, such as 'A man.'"
    return explain_pair(model, text, translation, unknown, "a translator", what)
