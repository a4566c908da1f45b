"""Names in a text to look at: in colour on a terminal, as a PNG picture and as a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoo.common.escape import TEMPLATES, cut, terminal, visible
from zoo.common.notebook import escaped
from zoo.common.optional import tells_what_is_missing
from zoo.text.coloured import background, write_coloured

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.text import Text

    from zoo.tasks.token_classification.entities import Entities, ExplainedEntity, Influence

__all__ = ["draw_entities", "entities_fragment", "entities_html", "entities_text", "write_entities"]

# Pale grounds that black letters are read on: of well-known types those that people know them by.
_KNOWN = {
    "ORG": (122, 236, 236),
    "PER": (170, 156, 252),
    "PERSON": (170, 156, 252),
    "LOC": (255, 149, 97),
    "GPE": (254, 202, 116),
    "MISC": (228, 231, 210),
    "DATE": (191, 225, 217),
}
_OTHERS = (
    (191, 238, 183),
    (255, 214, 224),
    (201, 219, 255),
    (240, 228, 160),
    (222, 200, 240),
    (188, 230, 240),
    (245, 205, 170),
    (210, 210, 210),
)
# Names of which a picture tells what made them, words of each, and letters of a picture's line.
_DRAWN, _WORDS, _LINE = 8, 6, 84
_FONT, _HEIGHT = 10.5, 0.3
# Log-odds from which on a colour is full: where all that is added is next to nothing, it is pale.
_FULL = 1.0


def _colours(labels: Sequence[str]) -> dict[str, tuple[int, int, int]]:
    """Return the ground of every type."""
    others = [label for label in labels if label not in _KNOWN]
    return {
        **{label: _OTHERS[at % len(_OTHERS)] for at, label in enumerate(others)},
        **{label: _KNOWN[label] for label in labels if label in _KNOWN},
    }


def _pieces(found: Entities) -> list[tuple[str, ExplainedEntity | None]]:
    """Return the text piece by piece: what is a name, and what is none."""
    pieces: list[tuple[str, ExplainedEntity | None]] = []
    place = 0
    for one in found.entities:
        pieces.append((found.text[place : one.start], None))
        pieces.append((one.word, one))
        place = one.end
    pieces.append((found.text[place:], None))
    return [piece for piece in pieces if piece[0]]


def _summary(found: Entities) -> str:
    count = len(found.entities)
    return f"{count or 'no'} name{'s' if count != 1 else ''}"


def _influences(found: Entities, one: ExplainedEntity) -> list[tuple[str, str]]:
    """Return what made a name, in words: what, and what it adds."""

    def told(some: Sequence[Influence], most: int) -> str:
        strongest = sorted(some, key=lambda item: -abs(item[2]))[:most]
        return "  ".join(
            # What rounds to nothing has no sign.
            f"{terminal(cut(found.text[a:b], 20))} {round(value, 1) + 0.0:+.1f}"
            for a, b, value in strongest
        )

    own = [item for item in one.words if one.start <= item[0] < one.end]
    rows = [
        ("words of it", told(own, _WORDS)),
        ("beside it", told(one.neighbours, _WORDS)),
        ("known by itself", told(one.known, _WORDS)),
        ("letters", told(one.letters, 2 * _WORDS)),
    ]
    return [(what, line) for what, line in rows if line]


def entities_text(found: Entities, colours: int = 1 << 24) -> Text:
    """Return the text with its names in colour, and below it what made each, for a terminal.

    Args:
        found: what `zoo.explain` returned.
        colours: how many the terminal has.
    """
    from rich.text import Text

    grounds = _colours(found.labels)
    names = ("cyan", "magenta", "yellow", "green", "blue", "red")
    styles = {
        label: f"black on rgb({','.join(map(str, ground))})"
        if colours > 16
        else f"black on {names[at % len(names)]}"
        for at, (label, ground) in enumerate(grounds.items())
    }
    text = Text(f"{_summary(found)}\n")
    for piece, one in _pieces(found):
        shown = terminal(piece.replace("\n", " ").replace("\t", " "))
        if one is None:
            text.append(shown)
        else:
            text.append(f" {shown} ", style=styles[one.kind])
            text.append(f"{terminal(one.kind)} ", style=f"bold {styles[one.kind]}")
    for one in found.entities:
        text.append(f"\n\n{terminal(one.word)}", style="bold")
        text.append(f"  {terminal(one.kind)} {one.score:.3f}, log-odds {one.log_odds:+.1f}")
        for what, line in _influences(found, one):
            text.append(f"\n  {what:15}  {line}")
    return text


@tells_what_is_missing
def entities_html(found: Entities) -> str:
    """Return a page that needs no other file: the text with its names, and what made each.

    Args:
        found: what `zoo.explain` returned.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, TEMPLATES.parent]),
        autoescape=True,
        finalize=visible,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("tasks/token_classification/entities.html.jinja").render(
        summary=_summary(found),
        pieces=_pieces(found),
        grounds=_colours(found.labels),
        entities=[(one, _shaded(found, one)) for one in found.entities],
    )


def _shaded(found: Entities, one: ExplainedEntity) -> dict[str, Any]:
    """Return the words and letters that made a name, each with its colour."""

    def shades(some: Sequence[Influence]) -> list[tuple[str, str, float]]:
        most = max([_FULL, *(abs(value) for _, _, value in some)])
        return [
            (found.text[a:b], str(background(value / most)), round(value, 2) + 0.0)
            for a, b, value in some
        ]

    return {
        "words": shades(one.words),
        "letters": shades(one.letters),
        "known": shades(one.known),
    }


def entities_fragment(found: Entities) -> str:
    """Return the text with its names in colour as a piece of HTML, for a notebook.

    Args:
        found: what `zoo.explain` returned.
    """
    grounds = _colours(found.labels)
    told = []
    for piece, one in _pieces(found):
        if one is None:
            told.append(escaped(piece))
            continue
        ground = f"rgb{grounds[one.kind]}"
        told.append(
            f'<mark style="background: {ground}; color: #222; padding: .35em .5em; margin: 0 .2em; '
            f'border-radius: .35em; line-height: 1" title="{one.score:.3f}">{escaped(piece)} '
            f'<b style="font-size: .75em">{escaped(one.kind)}</b></mark>'
        )
    return (
        f"<p><b>{escaped(_summary(found))}</b></p>"
        f'<p style="white-space: pre-wrap; line-height: 2.4">{"".join(told)}</p>'
    )


@tells_what_is_missing
def draw_entities(found: Entities, width: float = 8.5) -> Figure:
    """Draw the text with its names in colour, and below it what made each.

    Args:
        found: what `zoo.explain` returned.
        width: width of the picture in inches.
    """
    from matplotlib.figure import Figure
    from rich.cells import cell_len

    grounds = _colours(found.labels)
    figure = Figure(figsize=(width, 1.0))
    lines = _lines(found)
    told: list[tuple[str, str]] = []
    for one in found.entities[:_DRAWN]:
        told.append((f"{cut(one.word, 60)}: {cut(one.kind, 24)} {one.score:.3f}", ""))
        told += _influences(found, one)
    if len(found.entities) > _DRAWN:
        told.append((f"... and {len(found.entities) - _DRAWN} more", ""))
    height = 0.75 + 1.35 * _HEIGHT * len(lines) + 0.2 * len(told)
    figure.set_size_inches(width, height)
    figure.text(0.2 / width, 1 - 0.3 / height, _summary(found), fontsize=11, parse_math=False)
    place = height - 0.75
    for line in lines:
        x = 0.2
        for piece, name in line:
            shown = terminal(piece)
            label = "" if name is None else f"  {terminal(cut(name.kind, 24))}"
            box = None
            if name is not None:
                ground = tuple(value / 255 for value in grounds[name.kind])
                box = {"facecolor": ground, "edgecolor": "none", "boxstyle": "round,pad=0.25"}
            figure.text(
                x / width,
                place / height,
                shown + label,
                fontsize=_FONT,
                family="monospace",
                parse_math=False,
                **({"bbox": box} if box else {}),
            )
            # Between two names that touch there is room for their grounds.
            x += _ADVANCE * (cell_len(shown + label) + (name is not None))
        place -= 1.35 * _HEIGHT
    for what, line_ in told:
        columns = [(0.35, what, "0.25"), (1.7, line_, "0.25")] if line_ else [(0.2, what, "black")]
        for left, text, colour in columns:
            figure.text(
                left / width,
                place / height,
                terminal(cut(text, 100)),
                fontsize=8.5,
                color=colour,
                parse_math=False,
            )
        place -= 0.2
    return figure


# Inches that a letter of one width takes.
_ADVANCE = 0.6 * _FONT / 72


def _lines(found: Entities) -> list[list[tuple[str, ExplainedEntity | None]]]:
    """Return the text as lines of pieces that a picture holds, names whole where they fit."""
    lines: list[list[tuple[str, ExplainedEntity | None]]] = [[]]
    used = 0
    for piece, one in _pieces(found):
        words = [piece] if one is not None else _words(piece)
        for word in words:
            size = len(word) + (len(one.kind) + 3 if one is not None else 0)
            if used and used + size > _LINE and word.strip():
                lines.append([])
                used = 0
                word = word.lstrip() if one is None else word
            for start in range(0, len(word), _LINE):
                part = word[start : start + _LINE]
                lines[-1].append((part.replace("\n", " ").replace("\t", " "), one))
                if start + _LINE < len(word):
                    lines.append([])
            used += size
    return lines


def _words(text: str) -> list[str]:
    """Cut a text into its words, each with the space before it."""
    return re.findall(r"\s*\S+|\s+", text)


@tells_what_is_missing
def write_entities(found: Entities, path: str | Path) -> Path:
    """Write the text with its names in colour into a `.png` or `.html` file.

    Args:
        found: what `zoo.explain` returned.
        path: the file to write.

    Returns:
        Where it is.

    Raises:
        InputError: the file is to be of another kind.
        OutputError: the file cannot be written.
    """
    return write_coloured(path, lambda: entities_html(found), lambda: draw_entities(found))
