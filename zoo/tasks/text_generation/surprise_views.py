"""What surprised a language model, to look at: on a terminal, as a PNG picture and as a page."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.common.escape import terminal
from zoo.common.optional import tells_what_is_missing
from zoo.text.coloured import (
    Piece,
    coloured_fragment,
    coloured_page,
    coloured_text,
    draw_coloured,
    write_coloured,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

    from zoo.tasks.text_generation.surprise import Surprise

__all__ = [
    "draw_surprise",
    "named",
    "summary",
    "surprise_fragment",
    "surprise_html",
    "surprise_text",
    "write_surprise",
]

_NAMES = {" ": "\u2423", "\n": "\u21b5"}
# Tokens that a picture and a page show at most, and those that a page lists.
_DRAWN, _ON_A_PAGE, _LISTED = 4_000, 20_000, 25


def summary(surprise: Surprise) -> str:
    """Return in a line how surprising a text is.

    Args:
        surprise: what `zoo.explain` returned.
    """
    unit = surprise.unit if surprise.counted != 1 else surprise.unit[:-1]
    whole = f"{surprise.bits:.1f} bits in {surprise.counted:,} {unit}"
    if not surprise.counted:
        return whole
    if surprise.unit == "words":
        return f"{whole}, a perplexity of {surprise.perplexity:.2f}"
    return f"{whole}, {surprise.bits / surprise.counted:.3f} bits each"


def named(token: str) -> str:
    """Return what a token is called where white space shows nothing.

    Args:
        token: the token.

    Example:
        >>> named(" "), named("\\n"), named("cat")
        ('\u2423', '\u21b5', 'cat')
    """
    return _NAMES.get(token) or terminal(token)


def _probability(log_probability: float) -> str:
    """Return a probability in percent; of a small one what it is one in."""
    probability = math.exp(log_probability)
    if probability >= 0.01:
        return f"{100 * probability:.1f} %"
    return f"1 in {1 / probability:,.0f}" if probability > 1e-12 else "next to nothing"


def _others(surprise: Surprise, place: int) -> str:
    # A token and its probability stay on a line.
    told = (f"{named(name)}\u00a0{100 * p:.1f}\u00a0%" for name, p in surprise.expected(place))
    return " \u00b7 ".join(told)


def _pieces(surprise: Surprise, most: int | None = None) -> list[Piece]:
    """Return the text piece by piece, the more orange the less a token was expected.

    The full colour is that of a token that was no likelier than if all of the vocabulary were
    alike.
    """
    pieces, place = [], 0
    spans = surprise.spans[:most]
    scores = surprise.log_probabilities.tolist()
    full = math.log(max(2, surprise.size))
    for number, (start, end) in enumerate(spans):
        if start > place:
            pieces.append(Piece(surprise.text[place:start]))
        bits = -scores[number] / math.log(2)
        strange = " (unknown to it)" if surprise.unknown[number] else ""
        title = (
            f"{_probability(scores[number])}{strange}, {bits:.1f} bits; "
            f"likeliest: {_others(surprise, number)}"
        )
        share = -min(1.0, -scores[number] / full)
        pieces.append(Piece(surprise.text[start:end], share, title))
        place = end
    if len(spans) < len(surprise.spans):
        left = len(surprise.spans) - len(spans)
        pieces.append(Piece(f"... {left:,} more", title="not shown here", skipped=True))
    elif place < len(surprise.text):
        pieces.append(Piece(surprise.text[place:]))
    return pieces


def _scale(surprise: Surprise) -> str:
    return f"1 in {surprise.size:,} or less, no better than chance"


def surprise_text(surprise: Surprise, colours: int = 1 << 24) -> Text:
    """Return how surprising a text is, and below it the text in colours, for a terminal.

    Args:
        surprise: what `zoo.explain` returned.
        colours: how many colours the terminal has.
    """
    from rich.text import Text

    title = Text(f"{summary(surprise)}\n")
    return title.append_text(coloured_text(_pieces(surprise), colours))


def surprise_fragment(surprise: Surprise) -> str:
    """Return the text in colours as a piece of HTML, for a notebook.

    Args:
        surprise: what `zoo.explain` returned.
    """
    return coloured_fragment(summary(surprise), _pieces(surprise, _DRAWN))


@tells_what_is_missing
def surprise_html(surprise: Surprise) -> str:
    """Return a page that needs no other file: the text in colours, and what surprised most.

    Pointed at, a token tells its probability and what was expected in its place.

    Args:
        surprise: what `zoo.explain` returned.
    """
    tokens, scores = surprise.tokens, surprise.log_probabilities
    order = np.argsort(scores, kind="stable")[:_LISTED].tolist()
    return coloured_page(
        "surprise.html.jinja",
        _pieces(surprise, _ON_A_PAGE),
        summary=summary(surprise),
        scale=_scale(surprise),
        characters=surprise.unit == "characters",
        ranked=[
            (
                place + 1,
                named(tokens[place]),
                bool(surprise.unknown[place]),
                _probability(float(scores[place])),
                f"{-float(scores[place]) / math.log(2):.1f}",
                _others(surprise, place),
            )
            for place in order
        ],
    )


@tells_what_is_missing
def draw_surprise(surprise: Surprise, width: float = 8.0) -> Figure:
    """Draw the text in colours.

    Args:
        surprise: what `zoo.explain` returned.
        width: width of the picture in inches.
    """
    note = f"white: certain; full orange: {_scale(surprise)}"
    return draw_coloured(_pieces(surprise, _DRAWN), summary(surprise), note, width)


@tells_what_is_missing
def write_surprise(surprise: Surprise, path: str | Path) -> Path:
    """Write the text in colours into a `.png` or `.html` file.

    Args:
        surprise: what `zoo.explain` returned.
        path: the file to write.

    Returns:
        Where it is.

    Raises:
        InputError: the file is to be of another kind.
        OutputError: the file cannot be written.
    """
    return write_coloured(path, lambda: surprise_html(surprise), lambda: draw_surprise(surprise))
