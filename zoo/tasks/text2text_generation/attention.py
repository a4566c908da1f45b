"""Why a speller answers as it does: where it looked."""

from __future__ import annotations

from typing import Any

from zoo.pairs.alignment import Alignment
from zoo.pairs.explaining import explain_pair

__all__ = ["explain"]


def explain(model: Any, text: str, *, answer: str | None = None, **unknown: Any) -> Alignment:
    """Return where a speller looked while it wrote the answer to a text.

    Args:
        model: a speller, or its pipeline.
        text: the text.
        answer: the answer to explain; by default the model's own.
        **unknown: what does not apply to a speller.

    Raises:
        InputError: there is no text, nothing in the answer, or something is given that does not
            apply.
    """
    what = "an answer with at least one unit, such as 'K AE T' or 'cat'"
    return explain_pair(model, text, answer, unknown, "a speller", what)
