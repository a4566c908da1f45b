"""Why a language model holds a text likely or not: what surprised it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from zoo.common.largest import largest
from zoo.errors import InputError, shown
from zoo.networks.recurrent.graph import state_size
from zoo.tasks.text_generation.reading import reader
from zoo.tasks.text_generation.surprise import Surprise
from zoo.text.encoding import check_text
from zoo.text.language import END, UNKNOWN, LanguageEncoder

__all__ = ["explain", "language_of", "spans_of"]

# Tokens that are told in the place of each.
_EXPECTED = 5
# Tokens that a Keras model reads at once.
_PIECE = 256
_WORD = re.compile(r"\n|\S+")


def explain(model: Any, text: str, **unknown: Any) -> Surprise:
    """Return how likely a language model holds every token of a text, and what it expected instead.

    Args:
        model: a language model from `zoo.load`, with its preprocessor, or its pipeline.
        text: the text, of any length.
        **unknown: what does not apply to a language model.

    Raises:
        InputError: there is no token in the text, or something is given that does not apply.
    """
    for name, value in unknown.items():
        if value is not None:
            raise InputError(f"Expected no {name} for a language model. Received: {shown(value)}")
    text = check_text(text)
    encoder = getattr(model, "encoder", None)
    if encoder is None:
        encoder = language_of(model)
        predictions = _predictions(model, encoder, text)
    else:
        predictions = model.predictions(text)
    spans = spans_of(text, encoder.unit)
    if not spans:
        raise InputError(
            "Expected a text with at least one token, such as 'to be or not to be'. "
            f"Received: {shown(text)}"
        )
    names = ["\n" if index == END else name for index, name in enumerate(encoder.tokens)]
    ids, own, likeliest, scores = [], [], [], []
    for some, expected in predictions:
        # Padding is never expected, nor is what no token stands for.
        known = expected[:, UNKNOWN : len(names)]
        best = largest(known, _EXPECTED)
        ids.append(some)
        own.append(expected[np.arange(len(some)), some].astype(np.float64))
        likeliest.append(best + UNKNOWN)
        scores.append(np.take_along_axis(known, best, 1))
    read = np.concatenate(ids)
    tokens = [text[start:end] for start, end in spans]
    return Surprise(
        text=text,
        spans=spans,
        log_probabilities=np.concatenate(own),
        unknown=(read == UNKNOWN) & np.array([token != names[UNKNOWN] for token in tokens]),
        likeliest=np.concatenate(likeliest),
        likeliest_log_probabilities=np.concatenate(scores),
        names=names,
        unit=encoder.unit,
        size=len(names) - UNKNOWN,
    )


def spans_of(text: str, unit: str) -> list[tuple[int, int]]:
    """Return where the tokens of a text stand in it: first character, and after the last.

    Args:
        text: the text.
        unit: what a token is, `"words"` or `"characters"`.

    Example:
        >>> spans_of("the  cat", "words")
        [(0, 3), (5, 8)]
    """
    if unit == "characters":
        return [(place, place + 1) for place in range(len(text))]
    return [match.span() for match in _WORD.finditer(text)]


def language_of(model: Any) -> LanguageEncoder:
    """Return what turns texts into the token ids of a Keras model.

    Args:
        model: a language model from `zoo.load`, with its preprocessor.

    Raises:
        InputError: it has none.
    """
    tokenizer = getattr(getattr(model, "preprocessor", None), "tokenizer", None)
    language = getattr(tokenizer, "language", None)
    if language is None:
        raise InputError(
            "Expected a language model with its preprocessor, as zoo.load returns it, or its "
            f"pipeline. Received: {type(model).__name__}"
        )
    encoder: LanguageEncoder = language()
    return encoder


def _predictions(
    model: Any, encoder: LanguageEncoder, text: str
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield what the pipeline's `predictions` do, of a Keras model."""
    from keras import ops

    read, ids = reader(model), encoder.encode(text)
    before = np.concatenate([np.array([END], np.int32), ids[:-1]])
    state = np.zeros((1, state_size(model.backbone.spec)), np.float32)
    for start in range(0, len(ids), _PIECE):
        part = slice(start, start + _PIECE)
        found = read(ops.convert_to_tensor(before[None, part]), ops.convert_to_tensor(state))
        expected, state = map(
            ops.convert_to_numpy, (found["log_probabilities"], found["next_state"])
        )
        yield ids[part], np.asarray(expected)[0]
