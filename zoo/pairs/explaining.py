"""Why an encoder-decoder answers as it does: where it looked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.escape import is_blank
from zoo.errors import InputError, shown
from zoo.pairs.alignment import Alignment
from zoo.text.encoding import check_text

__all__ = ["explain_pair"]


def explain_pair(
    model: Any, text: str, answer: str | None, unknown: Mapping[str, Any], noun: str, what: str
) -> Alignment:
    """Return where a model looked while it wrote the answer to a text.

    Args:
        model: the model, or its pipeline.
        text: the text.
        answer: the answer to explain; None for the model's own.
        unknown: what else was given, by name, which does not apply.
        noun: what the model is, with its article.
        what: what an answer is, with an example.

    Raises:
        InputError: there is no text, nothing in it that the model knows, nothing in the answer, or
            something is given that does not apply.
    """
    for name, value in unknown.items():
        if value is not None:
            raise InputError(f"Expected no {name} for {noun}. Received: {shown(value)}")
    if answer is not None and is_blank(answer):
        raise InputError(f"Expected {what}. Received: {shown(answer)}")
    alignment: Alignment = model.attention(
        [check_text(text)], None if answer is None else [answer]
    )[0]
    if len(alignment.source) < 2:  # the end alone
        known = next(iter(getattr(model, "examples", ())), "cat")
        raise InputError(
            "Expected a text that holds something that the model knows, such as "
            f"{shown(known)}. Received: {shown(text)}"
        )
    return alignment
