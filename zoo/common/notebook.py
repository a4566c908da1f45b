"""How results show themselves: a line where they are printed, a table or picture in a notebook.

What a stranger's record or a text says is escaped in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from zoo.common.escape import cut, visible
from zoo.errors import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


__all__ = ["escaped", "line", "picture", "picture_file", "preformatted", "table"]

_MOST_ROWS = 100
_LARGEST_PICTURE = 5_000_000  # bytes


def line(thing: object, *named: object, **facts: object) -> str:
    """Return a `repr` of one line.

    Args:
        thing: the object that is shown.
        *named: what names it.
        **facts: what else is told of it; None is left out.

    Example:
        >>> line(object(), "lstm-imdb", classes=2, scores=None)
        "object('lstm-imdb', classes=2)"
    """
    told = [shown(value, 60) for value in named]
    told += [f"{name}={shown(value, 60)}" for name, value in facts.items() if value is not None]
    return f"{type(thing).__name__}({', '.join(told)})"


def table(rows: Sequence[Sequence[object]], columns: Sequence[str] = ()) -> str:
    """Return an HTML table.

    Args:
        rows: the cells, of any type; of many rows the first hundred are shown.
        columns: the headings.

    Example:
        >>> table([("a", 1)])
        '<table><tr><td>a</td><td>1</td></tr></table>'
    """
    from html import escape  # here: it is no small part of what one prediction imports

    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    lines = [f"<tr>{head}</tr>"] if head else []
    for row in rows[:_MOST_ROWS]:
        cells = "".join(f"<td>{escape(cut(cell, 500))}</td>" for cell in row)
        lines.append(f"<tr>{cells}</tr>")
    more = len(rows) - _MOST_ROWS
    rest = f"<p>and {more:,} more</p>" if more > 0 else ""
    return f"<table>{''.join(lines)}</table>{rest}"


def escaped(text: str) -> str:
    """Return text as HTML, its line breaks kept and what is not printed written out.

    Args:
        text: any text.

    Example:
        >>> escaped("a < b")
        'a &lt; b'
    """
    from html import escape

    return escape(str(visible(text)))


def preformatted(text: str) -> str:
    """Return lines of text as HTML, in columns as they stand.

    Args:
        text: the lines.
    """
    return f"<pre>{escaped(text[:100_000])}</pre>"


def picture(figure: Figure) -> str:
    """Return a figure as an HTML image that needs no file.

    Args:
        figure: a matplotlib figure.
    """
    from zoo.common.figures import png

    return _image(png(figure))


def picture_file(path: Path | None) -> str:
    """Return a PNG file as an HTML image; nothing where there is none that can be read.

    Args:
        path: the file.
    """
    try:
        if path is None or not path.is_file() or path.stat().st_size > _LARGEST_PICTURE:
            return ""
        return _image(path.read_bytes())
    except OSError:
        return ""


def _image(content: bytes) -> str:
    import base64

    return f'<img src="data:image/png;base64,{base64.b64encode(content).decode("ascii")}">'
