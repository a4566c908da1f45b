"""Attributions to look at: coloured text for a terminal, a PNG picture and an HTML page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.escape import TEMPLATES, terminal, visible
from zoo.common.notebook import escaped
from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.files import output_path, write_atomically
from zoo.insight.colours import AGAINST, FOR

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

    from zoo.text.attribution import Attribution

__all__ = [
    "attribution_html",
    "attribution_text",
    "check_picture",
    "draw_attribution",
    "plot_attribution",
    "titled_text",
]

_FAINT = 0.1  # share of the strongest score below which sixteen colours show nothing
_FONT_SIZE, _LINE_HEIGHT = 10.5, 0.27  # points, inches


def _pieces(attribution: Attribution) -> Iterator[tuple[str, float, bool]]:
    """Yield the text piece by piece: what it is, its score, and whether it was left out."""
    place = 0
    for (start, end), score in zip(attribution.spans, attribution.scores, strict=True):
        between = attribution.text[place:start]
        if between:
            yield between, 0.0, (place, start) == attribution.omitted
        yield attribution.text[start:end], float(score), False
        place = end
    if place < len(attribution.text):
        yield attribution.text[place:], 0.0, False


def _check(attribution: Attribution) -> None:
    if not hasattr(attribution, "spans"):
        raise InputError(f"Expected what zoo.explain returns. Received: {shown(attribution)}")


def _strength(attribution: Attribution) -> float:
    """Return the score that has the full colour; a single outlier does not pale the rest."""
    largest = np.sort(np.abs(attribution.scores))[::-1]
    return max(float(largest[min(len(largest) - 1, len(largest) // 100)]), 1e-9)


def _colour(score: float, strength: float) -> tuple[int, int, int]:
    """Return the background of a token: white for nothing."""
    share = min(abs(score) / strength, 1.0) * 0.75
    target = FOR if score > 0 else AGAINST
    red, green, blue = (round(255 + share * (value - 255)) for value in target)
    return red, green, blue


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


def _style(score: float, strength: float, colours: int) -> str:
    """Return how a token is shown on a terminal."""
    if not score:
        return ""
    if colours > 16:
        red, green, blue = _colour(score, strength)
        return f"black on rgb({red},{green},{blue})"
    # Sixteen colours have no shades: what speaks strongly has a background, the rest a colour.
    share, hue = abs(score) / strength, "blue" if score > 0 else "yellow"
    if share >= 0.5:
        return f"{'bright_white' if score > 0 else 'black'} on {hue}"
    return f"bold {hue}" if share >= _FAINT else ""


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
    from rich.text import Text

    strength = _strength(attribution)
    text = Text()
    for piece, score, skipped in _pieces(attribution):
        if skipped:
            text.append(" ... ", style="dim")
            continue
        shown = terminal(re.sub(r"\s", " ", piece))
        text.append(shown, style=_style(score, strength, colours))
    return text


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
    import jinja2

    _check(attribution)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=visible,
        undefined=jinja2.StrictUndefined,
    )
    strength = _strength(attribution)
    return environment.get_template("attribution.html.jinja").render(
        attribution=attribution,
        summary=_summary(attribution),
        method=attribution.method.replace("_", " "),
        sum=_sum(attribution, 3),
        pieces=[
            (piece, score, _colour(score, strength), skipped)
            for piece, score, skipped in _pieces(attribution)
        ],
        ranked=sorted(
            zip(attribution.tokens, attribution.scores.tolist(), strict=True),
            key=lambda pair: -abs(pair[1]),
        )[:20],
        colours=(FOR, AGAINST),
    )


def attribution_fragment(attribution: Attribution) -> str:
    """Return the coloured text as a piece of HTML, for a notebook.

    Args:
        attribution: what `zoo.explain` returned.
    """
    strength = _strength(attribution)
    told = []
    for piece, score, skipped in _pieces(attribution):
        red, green, blue = _colour(score, strength)
        style = f"color: #222; background: rgb({red}, {green}, {blue})"
        if skipped:
            told.append(" … ")
        elif score:
            told.append(f'<span style="{style}" title="{score:+.3f}">{escaped(piece)}</span>')
        else:
            told.append(escaped(piece))
    text = "".join(told)
    return (
        f"<p><b>{escaped(_summary(attribution))}</b></p>"
        f'<p style="white-space: pre-wrap; line-height: 1.7">{text}</p>'
    )


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
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    _check(attribution)
    figure = Figure(figsize=(width, 1.0))
    measure = _measure(figure)
    space = measure("a a") - measure("aa")
    strength = _strength(attribution)
    placed, x, line = [], 0.0, 0
    between = False  # whether a line may end here: not between a word and its comma
    longest = int(7.5 * width)  # characters of a piece that has a line of its own
    for piece, score, skipped in _pieces(attribution):
        shown = " ... " if skipped else piece
        if not shown.strip():
            x, between = x + space, True
            continue
        shown = terminal(shown.strip())
        for word in [shown[at : at + longest] for at in range(0, len(shown), longest)]:
            wide = measure(word)
            if x and between and x + wide > width - 0.5:
                x, line = 0.0, line + 1
            placed.append((word, score, x, line, wide))
            x, between = x + wide, len(word) == longest
    height = (line + 1) * _LINE_HEIGHT + 1.05
    figure.set_size_inches(width, height)
    for word, score, left, row, wide in placed:
        bottom = height - 0.55 - (row + 1) * _LINE_HEIGHT
        colour = tuple(value / 255 for value in _colour(score, strength))
        box = ((0.2 + left) / width, bottom / height)
        figure.add_artist(
            Rectangle(
                box,
                wide / width,
                _LINE_HEIGHT * 0.88 / height,
                facecolor=colour,
                edgecolor="none",
                transform=figure.transFigure,
            )
        )
        figure.text(box[0], (bottom + 0.07) / height, word, fontsize=_FONT_SIZE, parse_math=False)
    labelled = "" if truth is None else f", labelled {truth}"
    title = terminal(f"{_summary(attribution)}{labelled}")
    title = title if len(title) <= 9 * width else title[: int(9 * width) - 3] + "..."
    figure.text(0.2 / width, (height - 0.33) / height, title, fontsize=11, parse_math=False)
    figure.text(
        0.2 / width,
        0.12 / height,
        f"blue: for it, orange: against it ({attribution.method.replace('_', ' ')})\n"
        f"{_sum(attribution, 2)}",
        fontsize=8,
        color="0.35",
    )
    return figure


def _measure(figure: Figure) -> Callable[[str], float]:
    """Return a function that tells how wide a text is drawn, in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.font_manager import FontProperties

    canvas: Any = FigureCanvasAgg(figure)
    renderer, font = canvas.get_renderer(), FontProperties(size=_FONT_SIZE)

    def width(text: str) -> float:
        pixels, _, _ = renderer.get_text_width_height_descent(text, font, False)
        return float(pixels / figure.dpi)

    return width


def check_picture(path: str | Path) -> Path:
    """Return the path of a picture or page that `plot_attribution` can write.

    Args:
        path: the file to write.

    Raises:
        InputError: the file is to be of another kind.
    """
    path = output_path(path, "why.html")
    if path.suffix.lower() not in (".png", ".html"):
        raise InputError(f"Expected a file name in .png or .html. Received: {str(path)!r}")
    return path


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
    from zoo.common.figures import png

    path = check_picture(path)
    if path.suffix.lower() == ".html":
        content = attribution_html(attribution).encode("utf-8")
    else:
        content = png(draw_attribution(attribution))
    write_atomically(path, content)
    return path
