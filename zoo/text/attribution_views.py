"""Attributions to look at: coloured text for a terminal, a PNG picture and an HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zoo.common.escape import terminal
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
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

    from zoo.text.attribution import Attribution

__all__ = [
    "attribution_html",
    "attribution_text",
    "draw_attribution",
    "plot_attribution",
    "titled_text",
]


def _pieces(attribution: Attribution) -> list[Piece]:
    """Return the text piece by piece, in the colours of the scores."""
    pieces, place, strength = [], 0, _strength(attribution)
    for (start, end), score in zip(attribution.spans, attribution.scores.tolist(), strict=True):
        if (place, start) == attribution.omitted:
            pieces.append(Piece("...", skipped=True))
        elif start > place:
            pieces.append(Piece(attribution.text[place:start]))
        title = f"{score:+.3f}" if score else ""
        pieces.append(Piece(attribution.text[start:end], score / strength, title))
        place = end
    if place < len(attribution.text):
        pieces.append(Piece(attribution.text[place:]))
    return pieces


def _check(attribution: Attribution) -> None:
    if not hasattr(attribution, "spans"):
        raise InputError(f"Expected what zoo.explain returns. Received: {shown(attribution)}")


def _strength(attribution: Attribution) -> float:
    """Return the score that has the full colour; a single outlier does not pale the rest."""
    largest = np.sort(np.abs(attribution.scores))[::-1]
    return max(float(largest[min(len(largest) - 1, len(largest) // 100)]), 1e-9)


def _summary(attribution: Attribution) -> str:
    return f"{attribution.label} {attribution.probability:.3f}"


def _sum(attribution: Attribution, digits: int) -> str:
    """Return how the log-odds come about, in figures that add up as they stand there."""
    odds, baseline, tokens = (
        round(float(value), digits)
        for value in (attribution.log_odds, attribution.baseline, attribution.scores.sum())
    )

    def term(value: float, name: str) -> str:
        return f"{'-' if value < 0 else '+'} {abs(value):.{digits}f} ({name})"

    start = f"log-odds {odds:.{digits}f}"
    unknown = f"{baseline:.{digits}f} (as many unknown {attribution.unit})"
    if attribution.method != "integrated_gradients":  # whose scores need not add up to anything
        return f"{start}; {unknown}"
    rest = round(odds - baseline - tokens, digits)
    error = f" {term(rest, 'error of the integral')}" if rest else ""
    return f"{start} = {unknown} {term(tokens, 'tokens')}{error}"


def attribution_text(attribution: Attribution, colours: int = 1 << 24) -> Text:
    """Return the text with coloured tokens, for a terminal.

    Args:
        attribution: what `zoo.explain` returned.
        colours: how many colours the terminal has.

    Example:
        >>> import zoo
        >>> text = attribution_text(zoo.explain(zoo.load("lstm-imdb"), "A moving film."))
        >>> text.plain
        'A moving film.'
    """
    return coloured_text(_pieces(attribution), colours)


def titled_text(attribution: Attribution, colours: int = 1 << 24) -> Text:
    """Return the label and its probability, and below them what `attribution_text` returns.

    Args:
        attribution: what `zoo.explain` returned.
        colours: how many colours the terminal has.
    """
    from rich.text import Text

    title = Text(f"{terminal(_summary(attribution))}\n")
    return title.append_text(attribution_text(attribution, colours))


@tells_what_is_missing
def attribution_html(attribution: Attribution) -> str:
    """Return a page that needs no other file: the text, coloured, and a table of its tokens.

    Args:
        attribution: what `zoo.explain` returned.

    Example:
        >>> import zoo
        >>> page = attribution_html(zoo.explain(zoo.load("lstm-imdb"), "A moving film."))
        >>> page.startswith("<!DOCTYPE html>")
        True
    """
    _check(attribution)
    return coloured_page(
        "attribution.html.jinja",
        _pieces(attribution),
        attribution=attribution,
        summary=_summary(attribution),
        method=attribution.method.replace("_", " "),
        sum=_sum(attribution, 3),
        ranked=sorted(
            zip(attribution.tokens, attribution.scores.tolist(), strict=True),
            key=lambda pair: -abs(pair[1]),
        )[:20],
    )


def attribution_fragment(attribution: Attribution) -> str:
    """Return the coloured text as a piece of HTML, for a notebook.

    Args:
        attribution: what `zoo.explain` returned.
    """
    return coloured_fragment(_summary(attribution), _pieces(attribution))


@tells_what_is_missing
def draw_attribution(
    attribution: Attribution, truth: str | None = None, width: float = 8.0
) -> Figure:
    """Draw the text with coloured tokens.

    Args:
        attribution: what `zoo.explain` returned.
        truth: the text's true label, to stand beside the one that is explained.
        width: width of the picture in inches.

    Example:
        >>> import zoo
        >>> figure = draw_attribution(zoo.explain(zoo.load("lstm-imdb"), "A moving film."))
    """
    _check(attribution)
    labelled = "" if truth is None else f", labelled {truth}"
    note = (
        f"blue: for it, orange: against it ({attribution.method.replace('_', ' ')})\n"
        f"{_sum(attribution, 2)}"
    )
    return draw_coloured(_pieces(attribution), f"{_summary(attribution)}{labelled}", note, width)


@tells_what_is_missing
def plot_attribution(attribution: Attribution, path: str | Path) -> Path:
    """Write an attribution as a picture or as a page, by the end of the file's name.

    Args:
        attribution: what `zoo.explain` returned.
        path: the file to write, `.png` or `.html`.

    Raises:
        InputError: the file is to be of another kind.
        OutputError: the file cannot be written.

    Example:
        >>> import zoo
        >>> attribution = zoo.explain(zoo.load("lstm-imdb"), "A moving film.")
        >>> plot_attribution(attribution, "why.html")  # doctest: +SKIP
    """
    return write_coloured(
        path, lambda: attribution_html(attribution), lambda: draw_attribution(attribution)
    )
