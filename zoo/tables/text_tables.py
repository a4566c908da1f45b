"""Tables in text: which encoding, which separator, which quoting, and the rows.

CleverCSV finds the separator of a file, chardet its encoding, and Python's own csv module reads it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from zoo.errors import DataError, InputError, shown
from zoo.files import read_regular
from zoo.tables.encodings import decode, unpack

__all__ = [
    "DELIMITERS",
    "MAX_BYTES",
    "TextTable",
    "check_archive",
    "parse_text_table",
    "plain",
    "quoted_rows",
    "read_text_table",
    "split_line",
    "table_of_text",
]

MAX_BYTES = 1 << 30
DELIMITERS = ",;\t|@"
_NAMES = {"\t": "tab", " ": "white space", "": "nothing"}
_WORDS = {"tab": "\t", "\\t": "\t", "space": " ", "comma": ",", "semicolon": ";"}
_SAMPLE = 1 << 15
_HEADER_LINES = 50
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
# A field in quotes as a whole, with those inside it doubled.
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_ARCHIVES = {
    b"PK\x03\x04": "a zip archive or a spreadsheet. Unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "a spreadsheet. Save it as CSV",
    b"PAR1": "a Parquet file. Give it a name that ends in .parquet",
    b"BZh": "a bzip2 file. Unpack it",
    b"\xfd7zXZ": "an xz file. Unpack it",
}


@dataclass(frozen=True)
class TextTable:
    """A table in text, decoded, with what was found out about it.

    Attributes:
        name: where it comes from, for errors.
        sha256: of its bytes as they lie there.
        size: how many those are.
        text: all of it.
        delimiter: what separates columns; `" "` is any white space, `""` is nothing.
        quoting: `"csv"`, `"backslash"` or `"none"`: how quotes are meant.
        detected: what was guessed, in words; empty where nothing was.
        cut: whether it is the beginning of a longer one, whose last row may lack its end.
        lines: of a table that is a part of another, a line a row: the lines of that; None where
            it stands for itself.
    """

    name: str
    sha256: str
    size: int
    text: str
    delimiter: str
    quoting: str
    detected: tuple[str, ...]
    cut: bool = False
    lines: Sequence[int] | None = None

    def rows(self, *, blank: bool = False) -> Iterator[tuple[int, list[str]]]:
        """Yield every row that is not blank, with the number of the line that it begins in.

        Args:
            blank: whether rows whose cells are all blank are yielded too.

        Raises:
            DataError: quotes are not in pairs.
        """
        for line, cells in _rows(self.text, self.delimiter, self.quoting, self.name, self.cut):
            if blank or "".join(cells).strip():
                yield (line if self.lines is None else self.lines[line - 1]), cells


def read_text_table(
    path: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] = (),
    delimiters: str = DELIMITERS,
) -> TextTable:
    """Read a table from a file, which may be packed with gzip.

    Args:
        path: the file.
        encoding: of the text; by default it is found out.
        delimiter: what separates columns; by default it is found out.
        names: of columns that are looked for; a line that has them all is a header, and tells
            the separator.
        delimiters: which may separate columns.

    Raises:
        DataError: the file is missing, no regular file, too large, or no text.
        InputError: there is no such encoding or separator.

    Example:
        >>> table = read_text_table("reviews.csv")  # doctest: +SKIP
        >>> next(table.rows())  # doctest: +SKIP
        (1, ['text', 'label'])
    """
    path = Path(path)
    return parse_text_table(
        read_regular(path, MAX_BYTES),
        str(path),
        encoding=encoding,
        delimiter=delimiter,
        names=names,
        delimiters=delimiters,
    )


def parse_text_table(
    content: bytes,
    name: str,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    names: Sequence[str] = (),
    delimiters: str = DELIMITERS,
) -> TextTable:
    """Read a table from bytes; see `read_text_table`.

    Args:
        content: the bytes.
        name: where they come from, for errors; it may end in .tsv.
        encoding: of the text.
        delimiter: what separates columns.
        names: of columns that are looked for.
        delimiters: which may separate columns.

    Raises:
        DataError: it is too large, or no text.
        InputError: there is no such encoding or separator.

    Example:
        >>> table = parse_text_table(b"text;label\\na film, moving;good\\n", "example")
        >>> list(table.rows()), table.detected
        ([(1, ['text', 'label']), (2, ['a film, moving', 'good'])], ("separator ';'",))
    """
    check_archive(content, name)
    unpacked = unpack(content, name, MAX_BYTES)
    text, guessed = decode(unpacked, name, encoding)
    table = table_of_text(text, name, guessed, delimiter, names, delimiters)
    return replace(table, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def check_archive(content: bytes, name: str, expected: str = "a table in text") -> None:
    """Refuse a file that is packed, or no text, by its first bytes.

    Args:
        content: those, or all of it.
        name: where they come from, for errors.
        expected: what it is to be, for errors.

    Raises:
        DataError: it is.
    """
    for mark, what in _ARCHIVES.items():
        if content.startswith(mark):
            raise DataError(f"Expected {expected}. Received: {name}, {what}")


def table_of_text(
    text: str,
    name: str,
    guessed: str = "",
    delimiter: str | None = None,
    names: Sequence[str] = (),
    delimiters: str = DELIMITERS,
    cut: bool = False,
) -> TextTable:
    """Find out how a text is a table; see `read_text_table`.

    Args:
        text: the text.
        name: where it comes from, for errors; it may end in .tsv.
        guessed: its encoding, where that was guessed.
        delimiter: what separates columns.
        names: of columns that are looked for.
        delimiters: which may separate columns.
        cut: whether the text is the beginning of a longer one.

    Returns:
        The table, without its size and digest.

    Raises:
        DataError: it is no text.
        InputError: there is no such separator.
    """
    if "\0" in text[:_SAMPLE]:
        raise DataError(f"Expected a table in text. Received: {name}, which holds null characters")
    detected = [f"encoding {guessed}"] if guessed else []
    if delimiter is None:
        delimiter = _find_delimiter(text, name, names, delimiters)
        plain_name = name.lower().removesuffix(".gz")
        usual = "\t" if plain_name.endswith((".tsv", ".tab")) else ","
        if delimiter != usual and delimiter:
            shown_as = _NAMES.get(delimiter, repr(delimiter))
            detected.append(f"separator {shown_as}")
    else:
        delimiter = _WORDS.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or delimiter in '"\r\n\0':
            raise InputError(
                "Expected one character that separates columns, such as ';' or tab. "
                f"Received: {shown(delimiter)}"
            )
    quoting = _find_quoting(text, delimiter, cut)
    return TextTable(name, "", 0, text, delimiter, quoting, tuple(detected), cut)


def plain(name: str) -> str:
    """Return a column's name without what people write differently: case and spaces around.

    Args:
        name: the name.

    Example:
        >>> plain(" Text ")
        'text'
    """
    return name.strip().strip("\ufeff").casefold()


def _find_delimiter(text: str, name: str, names: Sequence[str], delimiters: str) -> str:
    wanted = {plain(column) for column in names}
    if wanted:
        for _, line in zip(range(_HEADER_LINES), _lines(text), strict=False):
            for delimiter in delimiters:
                cells = next(_rows(line[:_SAMPLE], delimiter, "none", name), (0, []))[1]
                if wanted <= {plain(cell) for cell in cells}:
                    return delimiter
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE and "\n" in sample:
        sample = sample[: sample.rindex("\n") + 1]
    present = [delimiter for delimiter in delimiters if delimiter in sample]
    lowered = name.lower().removesuffix(".gz")
    if lowered.endswith((".tsv", ".tab")) and "\t" in present:
        return "\t"
    if not present:
        return ""
    from clevercsv import Detector

    found = Detector().detect(sample, delimiters=present)
    if found is None:
        return "," if "," in present else ""
    return str(found.delimiter)


def _find_quoting(text: str, delimiter: str, cut: bool) -> str:
    """Return how quotes are meant: the reading with the fewest rows that stand out.

    CSV has a standard for quotes. Where tabs and the like separate columns most writers have none:
    there they count only where that makes more rows alike.
    """
    if delimiter in ("", " "):
        return "none"
    if '"' not in text:  # further down there may be some
        return "csv" if cut and delimiter in ",;|" else "none"
    if delimiter not in ",;|":
        alone = _odd_rows(text, delimiter, "none", cut)
        quoted = _odd_rows(text, delimiter, "csv", cut) if alone else None
        return "csv" if quoted is not None and alone is not None and quoted < alone else "none"
    if (
        '\\"' in text
        and _odd_rows(text, delimiter, "csv", cut) is None
        and _odd_rows(text, delimiter, "backslash", cut) is not None
    ):
        return "backslash"
    return "csv"


def _odd_rows(text: str, delimiter: str, quoting: str, cut: bool) -> int | None:
    """Return how many rows have another number of columns than most; None if it is malformed."""
    try:
        rows = _rows(text, delimiter, quoting, "", cut)
        counts = Counter(len(cells) for _, cells in rows if cells)
    except DataError:
        return None
    return counts.total() - max(counts.values(), default=0)


def _lines(text: str) -> Iterator[str]:
    """Yield the lines with their ends; str.splitlines would cut at form feeds and others too."""
    for match in _LINE.finditer(text):
        if match[0]:
            yield match[0]


def _rows(
    text: str, delimiter: str, quoting: str, name: str, cut: bool = False
) -> Iterator[tuple[int, list[str]]]:
    if quoting == "none":
        for number, line in enumerate(_lines(text), 1):
            line = line.rstrip("\r\n")
            if line:
                yield number, split_line(line, delimiter)
        return
    for number, row in quoted_rows(
        io.StringIO(text, newline=""), delimiter, quoting, name, len(text) + 1, cut
    ):
        if row:
            yield number, row


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line in which quotes do not count but around a whole cell.

    Args:
        line: the line, without its end.
        delimiter: what separates columns; `" "` is any white space, `""` is nothing.

    Example:
        >>> split_line('a "b"|"c"', "|")
        ['a "b"', 'c']
    """
    if delimiter == " ":
        return line.split()
    cells = line.split(delimiter) if delimiter else [line]
    return [_unquoted(cell) for cell in cells] if '"' in line else cells


def quoted_rows(
    lines: Iterable[str], delimiter: str, quoting: str, name: str, longest: int, cut: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of lines in which quotes count, with the number of the line each begins in.

    Args:
        lines: the lines with their ends.
        delimiter: what separates columns.
        quoting: `"csv"` or `"backslash"`.
        name: where they come from, for errors.
        longest: the most characters of a cell.
        cut: whether the lines go on, so that the last row may lack its end; it is left out.

    Raises:
        DataError: quotes are not in pairs.
    """
    # A review may be longer than the csv module's default limit for a field.
    csv.field_size_limit(max(csv.field_size_limit(), longest))
    reader = csv.reader(
        lines,
        delimiter=delimiter,
        strict=True,
        escapechar="\\" if quoting == "backslash" else None,
    )
    number = 1
    try:
        for row in reader:
            yield number, row
            number = reader.line_num + 1
    except csv.Error as error:
        if cut and "unexpected end" in str(error):
            return
        raise DataError(
            f"{name}, line {number}: expected a row with its quotes in pairs. Received: "
            f"{error}, in line {reader.line_num}. Put a text in quotes as a whole, and double "
            'those inside it, such as "a ""moving"" film"'
        ) from error


def _unquoted(cell: str) -> str:
    if cell[:1] == '"' and _QUOTED.fullmatch(cell):
        return cell[1:-1].replace('""', '"')
    return cell
