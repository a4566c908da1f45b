"""Texts whose pieces have colours: on a terminal, in a picture, on a page and in a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from zoo.common.escape import TEMPLATES, terminal, visible
from zoo.common.notebook import escaped
from zoo.files import output_path, write_atomically
from zoo.insight.colours import AGAINST, FOR

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

__all__ = [
    "Piece",
    "background",
    "coloured_fragment",
    "coloured_page",
    "coloured_text",
    "draw_coloured",
    "write_coloured",
]

_FAINT = 0.1  # share of the full colour below which sixteen colours show nothing
_FONT_SIZE, _LINE_HEIGHT = 10.5, 0.27  # points, inches
_LINE_END = "\u21b5"


class Piece(NamedTuple):
    """A piece of a text.

    Attributes:
        text: what it is; a line feed by itself ends a line, where one is told of it.
        share: its colour, from 1, blue, over 0, none, to -1, orange.
        title: what is told of it when it is pointed at; empty of what has no colour.
        skipped: whether it stands for a part of the text that is left out.
    """

    text: str
    share: float = 0.0
    title: str = ""
    skipped: bool = False


def background(share: float) -> tuple[int, int, int]:
    """Return the background of a piece: white for nothing.

    Args:
        share: its colour, from -1 to 1.

    Example:
        >>> background(0.0), background(1.0)
        ((255, 255, 255), (87, 153, 214))
    """
    depth = min(abs(share), 1.0) * 0.75
    red, green, blue = (
        round(255 + depth * (value - 255)) for value in (FOR if share > 0 else AGAINST)
    )
    return red, green, blue


def _style(share: float, colours: int) -> str:
    """Return how a piece is shown on a terminal."""
    if not share:
        return ""
    if colours > 16:
        red, green, blue = background(share)
        return f"black on rgb({red},{green},{blue})"
    # Sixteen colours have no shades: what is strong has a background, the rest a colour.
    hue = "blue" if share > 0 else "yellow"
    if abs(share) >= 0.5:
        return f"{'bright_white' if share > 0 else 'black'} on {hue}"
    return f"bold {hue}" if abs(share) >= _FAINT else ""


def _ends_line(piece: Piece) -> bool:
    return piece.text == "\n" and bool(piece.title)


def coloured_text(pieces: Iterable[Piece], colours: int = 1 << 24) -> Text:
    """Return a text in colours for a terminal.

    Args:
        pieces: its pieces in order.
        colours: how many colours the terminal has.

    Example:
        >>> coloured_text([Piece("a", 0.5, "half"), Piece(" \\n"), Piece("\\n", -1.0, "all")]).plain
        'a  \u21b5\\n'
    """
    from rich.text import Text

    text = Text()
    for piece in pieces:
        if piece.skipped:
            text.append(f" {piece.text} ", style="dim")
        elif _ends_line(piece):
            text.append(_LINE_END, style=_style(piece.share, colours))
            text.append("\n")
        else:
            shown = terminal(re.sub(r"\s", " ", piece.text))
            text.append(shown, style=_style(piece.share, colours))
    return text


def coloured_page(template: str, pieces: Sequence[Piece], **context: Any) -> str:
    """Return a page that needs no other file.

    Args:
        template: a template of the package that extends `coloured.html.jinja`.
        pieces: the text's pieces in order.
        **context: what else it shows.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=visible,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(template).render(
        pieces=[(piece, background(piece.share), _ends_line(piece)) for piece in pieces],
        colours=(FOR, AGAINST),
        full=background(-1.0),
        **context,
    )


def coloured_fragment(summary: str, pieces: Iterable[Piece]) -> str:
    """Return a text in colours as a piece of HTML, for a notebook.

    Args:
        summary: what stands above it.
        pieces: its pieces in order.
    """
    told = []
    for piece in pieces:
        if piece.skipped:
            told.append(f" {escaped(piece.text)} ")
        elif piece.title:
            red, green, blue = background(piece.share)
            style = f"color: #222; background: rgb({red}, {green}, {blue})"
            shown = _LINE_END if _ends_line(piece) else piece.text
            told.append(
                f'<span style="{style}" title="{escaped(piece.title)}">{escaped(shown)}</span>'
            )
            told.append("\n" if _ends_line(piece) else "")
        else:
            told.append(escaped(piece.text))
    return (
        f"<p><b>{escaped(summary)}</b></p>"
        f'<p style="white-space: pre-wrap; line-height: 1.7">{"".join(told)}</p>'
    )


def draw_coloured(pieces: Iterable[Piece], title: str, note: str, width: float = 8.0) -> Figure:
    """Draw a text in colours.

    Args:
        pieces: its pieces in order.
        title: what stands above it.
        note: what stands below it, in small letters; it may have several lines.
        width: width of the picture in inches.
    """
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

    figure = Figure(figsize=(width, 1.0))
    placed, lines = _placed(pieces, _measure(figure), width)
    below = 0.2 + 0.16 * (note.count("\n") + 1)
    height = lines * _LINE_HEIGHT + 0.53 + below
    figure.set_size_inches(width, height)
    for text, share, left, line, wide in placed:
        bottom = height - 0.55 - (line + 1) * _LINE_HEIGHT
        box = ((0.2 + left) / width, bottom / height)
        figure.add_artist(
            Rectangle(
                box,
                wide / width,
                _LINE_HEIGHT * 0.88 / height,
                facecolor=tuple(value / 255 for value in background(share)),
                edgecolor="none",
                transform=figure.transFigure,
            )
        )
        figure.text(box[0], (bottom + 0.07) / height, text, fontsize=_FONT_SIZE, parse_math=False)
    title = terminal(title)
    title = title if len(title) <= 9 * width else title[: int(9 * width) - 3] + "..."
    figure.text(0.2 / width, (height - 0.33) / height, title, fontsize=11, parse_math=False)
    figure.text(0.2 / width, 0.12 / height, note, fontsize=8, color="0.35", parse_math=False)
    return figure


_Placed = tuple[str, float, float, int, float]


def _placed(
    pieces: Iterable[Piece], measure: Callable[[str], float], width: float
) -> tuple[list[_Placed], int]:
    """Return what is drawn with its colour, place, line and width, and the number of lines."""
    placed: list[_Placed] = []
    x, line, room = 0.0, 0, width - 0.5
    for run in _runs(pieces, int(7.5 * width)):
        wide = [measure(text) for text, _, _ in run]
        # A line does not end within a word, nor between it and its comma.
        if x and x + sum(wide) > room and run[0][0].strip():
            x, line = 0.0, line + 1
        for (text, share, ends), size in zip(run, wide, strict=True):
            if x and x + size > room and text.strip():  # a word that is longer than a line
                x, line = 0.0, line + 1
            if share or text.strip():
                placed.append((text, share, x, line, size))
            x += size
            if ends:
                x, line = 0.0, line + 1
    return placed, line + (x > 0 or not placed)


_Run = list[tuple[str, float, bool]]


def _runs(pieces: Iterable[Piece], longest: int) -> Iterator[_Run]:
    """Yield what stands together without a space: texts, their colours, and whether a line ends.

    Args:
        pieces: pieces of the text.
        longest: characters of a piece that has a line of its own.
    """
    run: _Run = []
    for piece in pieces:
        text = f" {piece.text} " if piece.skipped else piece.text
        if _ends_line(piece):
            yield from [run] if run else []
            yield [(_LINE_END, piece.share, True)]
            run = []
        elif not text.strip():
            yield from [run] if run else []
            yield [(" ", piece.share, False)]
            run = []
        else:
            for part in filter(None, re.split(r"(\s+)", text)):
                if part.isspace():
                    yield from [run] if run else []
                    yield [(" ", 0.0, False)]
                    run = []
                    continue
                shown = terminal(part)
                for start in range(0, len(shown), longest):
                    run.append((shown[start : start + longest], piece.share, False))
    if run:
        yield run


def _measure(figure: Figure) -> Callable[[str], float]:
    """Return a function that tells how wide a text is drawn, in inches."""
    from functools import cache

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.font_manager import FontProperties

    canvas: Any = FigureCanvasAgg(figure)
    renderer, font = canvas.get_renderer(), FontProperties(size=_FONT_SIZE)

    def inked(text: str) -> float:
        pixels, _, _ = renderer.get_text_width_height_descent(text, font, False)
        return float(pixels / figure.dpi)

    @cache
    def width(text: str) -> float:
        # A space alone has no ink, and a letter is set apart from the next one.
        return inked(f"a{text}a") - inked("aa") if len(text) == 1 else inked(text)

    return width


def write_coloured(path: str | Path, page: Callable[[], str], draw: Callable[[], Figure]) -> Path:
    """Write a text in colours into a file.

    Args:
        path: the file to write, `.png` or `.html`.
        page: returns the page.
        draw: returns the picture.

    Returns:
        Where it is.

    Raises:
        InputError: the file is to be of another kind.
        OutputError: it cannot be written.
    """
    path = output_path(path, "why.html", (".png", ".html"))
    if path.suffix.lower() == ".html":
        content = page().encode("utf-8")
    else:
        from zoo.common.figures import png

        content = png(draw())
    write_atomically(path, content)
    return path
