"""Foreign text made safe for where it is shown: Markdown, code, BibTeX, YAML, a terminal.

Whatever a record, a file name or an error of another library says is data. It is shown as what it
is and never as an instruction to the reader's program. The templates of the cards escape by
default (`templates`); what is Markdown already says so by its type.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    import jinja2

__all__ = [
    "Markdown",
    "bibtex_field",
    "code",
    "cut",
    "fenced",
    "is_blank",
    "link",
    "markdown",
    "one_line",
    "quoted",
    "templates",
    "terminal",
    "visible",
]

TEMPLATES = Path(__file__).parent.parent / "templates"

# As references to characters: they stand for the character alone, in every dialect of Markdown.
_SPECIAL = str.maketrans({"<": "&lt;", ">": "&gt;"} | {c: f"&#{ord(c)};" for c in "\\`*[]{}|~$"})
_REFERENCE = re.compile(r"&(?=#?\w+;)")
# An underscore within a word is no emphasis: names such as rmse_1 stay readable.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# What begins a heading, a list, a rule or the line under a heading.
_BEGINNING = re.compile(r"^(\s*)(?:([-+=:#])(?![\w.])|(\d{1,9})([.)])(?!\w))")
_LATEX = {"\\": r"\textbackslash "}
_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?")


class Markdown(str):
    """Text that is Markdown already: templates leave it as it is."""

    __slots__ = ()


def is_blank(text: str) -> bool:
    """Return whether a text shows nothing: it is empty, or spaces and unseen characters.

    Args:
        text: the text.

    Example:
        >>> is_blank(" \\u200b"), is_blank("...")
        (True, False)
    """
    return all(unicodedata.category(character)[0] in "CZ" for character in text)


def terminal(text: object) -> str:
    """Return text with every character that is not printed written out, as `\\x1b`.

    That is what moves the cursor, changes colours or turns the direction of reading, and line
    breaks and tabs too. Spaces of every width stay.

    Args:
        text: anything; `str` of it is shown.

    Example:
        >>> terminal("red \\x1b[31m")
        'red \\\\x1b[31m'
    """
    line = str(text)
    if line.isprintable():
        return line
    return "".join(
        c
        if c.isprintable() or unicodedata.category(c) == "Zs"
        else c.encode("unicode_escape").decode()
        for c in line
    )


def visible(text: object) -> object:
    """Return a text with what is not printed written out, but for white space; others as they are.

    Args:
        text: a text to show on a page, or anything else.

    Example:
        >>> visible("a \\x07b"), visible(1)
        ('a \\\\x07b', 1)
    """
    if not isinstance(text, str):
        return text
    return re.sub(r"[^\S\x1c-\x1f\x85\u2028\u2029]|(.)", _visible, text, flags=re.S)


def _visible(match: re.Match[str]) -> str:
    return terminal(match[1]) if match[1] else match[0]


def one_line(text: object) -> str:
    """Return text on one line: white space becomes a space, and the rest is as on a terminal.

    Args:
        text: anything; `str` of it is shown.

    Example:
        >>> one_line("a\\n  b\\x07")
        'a b\\\\x07'
    """
    return terminal(re.sub(r"\s+", " ", str(text)))


def cut(text: object, limit: int) -> str:
    """Return text on one line of at most so many characters.

    Args:
        text: anything; `str` of it is shown.
        limit: the most characters to keep.

    Example:
        >>> cut("a" * 20, 10)
        'aaaaaaa...'
    """
    line = one_line(str(text)[: limit + 1])
    return line if len(line) <= limit else line[: limit - 3] + "..."


def markdown(text: object) -> Markdown:
    """Return text as Markdown that shows it, on one line.

    Args:
        text: anything; `str` of it is shown. What is `Markdown` already stays.

    Example:
        >>> markdown("rmse_1 of <b>[this](https://x.org)</b>")
        'rmse_1 of &lt;b&gt;&#91;this&#93;(https://x.org)&lt;/b&gt;'
    """
    if isinstance(text, Markdown):
        return text
    line = _REFERENCE.sub("&amp;", one_line(text)).translate(_SPECIAL)
    line = _UNDERSCORE.sub("&#95;", line)
    return Markdown(_BEGINNING.sub(_no_beginning, line))


def _no_beginning(match: re.Match[str]) -> str:
    space, mark, number, point = match.groups()
    return f"{space}&#{ord(mark)};" if mark else f"{space}{number}&#{ord(point)};"


def code(text: object, *, table: bool = True) -> Markdown:
    """Return text as code within a line of Markdown.

    Args:
        text: anything; `str` of it is shown.
        table: whether it may stand in a table, where a bar would end the cell.

    Example:
        >>> code("zoo list"), code("a|b")
        ('`zoo list`', '<code>a&#124;b</code>')
    """
    line = one_line(text).strip()
    if not line:
        return Markdown("")
    # Within backticks nothing can be escaped.
    if re.search(r"[`|<>{}\\$]" if table else r"[`<>{}\\$]", line):
        return Markdown(f"<code>{markdown(line)}</code>")
    return Markdown(f"`{line}`")


def fenced(text: object, language: str = "") -> Markdown:
    """Return text as a block of code in Markdown, whatever it holds.

    Args:
        text: anything; the lines of `str` of it are shown.
        language: name of the language, for its colours.

    Example:
        >>> fenced("a").splitlines()
        ['```', 'a', '```']
    """
    lines = [terminal(line) for line in str(text).split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown("\n".join([f"{fence}{language}", *lines, fence]))


def quoted(text: object) -> Markdown:
    """Return text as a string of Python's, for a block of code.

    Args:
        text: anything; `str` of it is meant.

    Example:
        >>> quoted('a "film"')
        '"a \\\\"film\\\\""'
    """
    line = str(text).replace("\\", "\\\\").replace('"', '\\"')
    return Markdown(f'"{terminal(line)}"')


def link(title: object, address: object) -> Markdown:
    """Return a link in Markdown; what is no address of the web is shown beside the title instead.

    Args:
        title: the text to show.
        address: where to, such as `https://x.org`.

    Example:
        >>> link("X", "https://x.org"), link("X", "javascript:alert()")
        ('[X](https://x.org)', 'X (javascript:alert())')
    """
    there = str(address)
    if not _ADDRESS.fullmatch(there):
        return Markdown(f"{markdown(title)} ({markdown(address)})" if there else markdown(title))
    there = quote(there, safe="%/:=&?~#+!$,;'@()*-._")
    if not _balanced(there, "(", ")"):
        there = there.replace("(", "%28").replace(")", "%29")
    return Markdown(f"[{markdown(title)}]({there})")


def _balanced(text: str, opening: str, closing: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == opening) - (character == closing)
        if depth < 0:
            return False
    return depth == 0


def bibtex_field(text: object) -> str:
    """Return text as the value of a field of BibTeX, to stand between braces.

    Args:
        text: anything; `str` of it is shown.

    Example:
        >>> bibtex_field("R&D {x}")
        'R\\\\&D \\\\{x\\\\}'
    """
    line = one_line(text).strip()
    # BibTeX counts braces, escaped ones too: those that do not match would end the field.
    if not _balanced(line, "{", "}"):
        line = line.replace("{", "(").replace("}", ")")
    return re.sub(r"[\\&%$#_{}]", lambda m: _LATEX.get(m[0], "\\" + m[0]), line)


@cache
def templates() -> jinja2.Environment:
    """Return the environment of the Markdown templates: every value is escaped unless it says so.

    A value of the type `Markdown` stays as it is; `code`, `fenced`, `link` and `quoted` give such.
    A value that is missing is an error.

    Example:
        >>> templates().from_string("{{ a }} {{ b | code }}").render(a="<i>", b="x")
        '&lt;i&gt; `x`'
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([TEMPLATES, TEMPLATES.parent]),
        undefined=jinja2.StrictUndefined,
        finalize=markdown,
        autoescape=False,  # of HTML; this is Markdown
    )
    environment.filters.update(code=code, fenced=fenced, quoted=quoted)
    environment.globals.update(link=link)
    return environment
