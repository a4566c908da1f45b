"""Sentences out of tables: a word a row, or lists of words and of tags."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from zoo.errors import DataError, InputError, shown
from zoo.tables.columns import Columns, Places, Reading, is_missing, printable, whole
from zoo.tables.memory_tables import is_table
from zoo.tables.sources import read_columns
from zoo.tables.text_tables import plain, read_text_table
from zoo.text.tagged import Found, TaggedDataset, as_iob2

__all__ = ["sentences_of_columns", "sentences_of_table"]

_WORDS = ("tokens", "words", "word", "token", "text", "sentence")
_TAGS = ("ner_tags", "tags", "tag", "ner", "ner_tag", "labels", "label", "entity", "iob")
_SENTENCES = ("sentence #", "sentence_id", "sentence id", "sent_id", "sentence_number", "sentence")
_ENDS = frozenset([".", "!", "?", "\u3002"])
_NO_ENDS = "nothing says where sentences end: they are cut after . ! and ?"


def sentences_of_columns(
    columns: Columns,
    scheme: str | None = None,
    strict: bool = False,
    places: Sequence[str] = (),
    ids: Sequence[Any] = (),
) -> Found:
    """Return the sentences of two columns: a word and its tag a row, or lists of them.

    Every sentence is a document of its own.

    Args:
        columns: the words, and the tags.
        scheme: of the tags; None finds out.
        strict: whether tags that break the rules are refused, and not mended.
        places: where the rows stand; none takes those of the columns.
        ids: of words that stand in a row each, what says which sentence a row is of; where it is
            missing, it is of that of the row before.

    Raises:
        DataError: a sentence has more words than tags or fewer, or a word no tag.

    Example:
        >>> columns = Columns("here", "", [["Ann", "left"]], [["B-PER", "O"]], ["row 1"])
        >>> sentences_of_columns(columns).data.words
        [[['Ann', 'left']]]
    """
    names = [f"{columns.name}, {place}" for place in places or columns.places]
    if not all(_is_list(cell) for cell in columns.first):
        return _of_words(columns, names, ids, scheme, strict)
    words, tags, kept = [], [], []
    for first, second, place in zip(columns.first, columns.second, names, strict=True):
        if not _is_list(second) or len(first) != len(second):
            count = len(second) if _is_list(second) else shown(second)
            raise DataError(f"{place}: expected a tag a word: {len(first)}. Received: {count}")
        if len(first):
            words.append([_word(word, place) for word in first])
            tags.append([_tag(tag, columns.classes, place) for tag in second])
            kept.append(place)
    return _found(words, tags, kept, scheme, strict)


def _of_words(
    columns: Columns,
    places: Sequence[str],
    ids: Sequence[Any],
    scheme: str | None,
    strict: bool,
) -> Found:
    words: list[list[str]] = []
    tags: list[list[str]] = []
    kept: list[str] = []
    notes = () if ids else (_NO_ENDS,)
    current, fresh = None, True
    for row, (first, second, place) in enumerate(
        zip(columns.first, columns.second, places, strict=True)
    ):
        if ids and not is_missing(ids[row]) and ids[row] != "" and ids[row] != current:
            current, fresh = ids[row], True
        if is_missing(first) and is_missing(second):
            fresh = True
            continue
        if fresh:
            words.append([])
            tags.append([])
            kept.append(place)
        words[-1].append(_word(first, place))
        tags[-1].append(_tag(second, columns.classes, place))
        fresh = not ids and first in _ENDS
    return _found(words, tags, kept, scheme, strict, notes)


def _found(
    words: list[list[str]],
    tags: list[list[str]],
    places: list[str],
    scheme: str | None,
    strict: bool,
    notes: Sequence[str] = (),
) -> Found:
    changed, told = as_iob2([[one] for one in tags], places.__getitem__, scheme, strict)
    data = TaggedDataset([[one] for one in words], changed)
    return Found(data, (*notes, *told), tuple(places))


def _is_list(cell: Any) -> bool:
    return not isinstance(cell, str | bytes | Mapping) and hasattr(cell, "__len__")


def _word(word: Any, place: str) -> str:
    if not isinstance(word, str) or not word.strip():
        raise DataError(
            f"{place}: expected a word and its tag, such as 'London' and 'B-LOC'. "
            f"Received: {shown(word)} as the word"
        )
    return whole(word, place).strip()


def _tag(tag: Any, classes: Sequence[str], place: str) -> str:
    if isinstance(tag, str) and tag.strip():
        return tag.strip()
    if hasattr(tag, "__index__") and not isinstance(tag, bool) and 0 <= int(tag) < len(classes):
        return classes[int(tag)]
    more = "" if not hasattr(tag, "__index__") else ", a number that nothing names"
    raise DataError(
        f"{place}: expected a word and its tag, such as 'London' and 'B-LOC'. "
        f"Received: {shown(tag)} as the tag{more}"
    )


def sentences_of_table(
    source: Any,
    text_column: str | None,
    label_column: str | None,
    reading: Reading,
    scheme: str | None = None,
    strict: bool = False,
) -> tuple[Columns, Found]:
    """Return the sentences of a table, and the columns that they are of.

    Of a table with a word a row, sentences end where a column named like `sentence_id` changes,
    or at rows without anything, or after `.`, `!` and `?` where there is neither.

    Args:
        source: a table in memory, or a file in text or of Parquet.
        text_column: name of the column of words; None looks for the usual ones.
        label_column: the same of the tags.
        reading: how a table in text is to be read.
        scheme: of the tags; None finds out.
        strict: whether tags that break the rules are refused, and not mended.

    Raises:
        DataError: it cannot be read, or has no such column.
    """
    if not is_table(source) and not str(source).lower().startswith(("hf://", "tfds:")):
        suffix = Path(str(source).lower().removesuffix(".gz")).suffix
        if suffix != ".parquet":
            return _of_text(str(source), text_column, label_column, reading, scheme, strict)
    words = _present(source, [text_column] if text_column not in (None, "text") else _WORDS)
    tags = _present(source, [label_column] if label_column not in (None, "label") else _TAGS)
    columns = read_columns(source, words, tags, reading, lists=(words, tags))
    classes = columns.classes or _names_within(source, tags)
    columns = Columns(
        columns.name, columns.sha256, columns.first, columns.second, columns.places, classes
    )
    ids: Sequence[Any] = ()
    if not all(_is_list(cell) for cell in columns.first):
        name = _present(source, [one for one in _SENTENCES if one != words], needed=False)
        ids = read_columns(source, name, None, reading).first if name else ()
    return columns, sentences_of_columns(columns, scheme, strict, ids=ids)


def _names_within(source: Any, column: str) -> tuple[str, ...]:
    """Return the names of the classes of a column of lists of them, of `datasets`."""
    features = getattr(source, "features", None)
    feature = features.get(column) if isinstance(features, Mapping) else None
    return tuple(getattr(getattr(feature, "feature", None), "names", None) or ())


def _present(source: Any, names: Sequence[str | None], needed: bool = True) -> str:
    """Return the first of some names that a column has."""
    refused: Exception | None = None
    for name in names:
        try:
            read_columns(source, str(name), None, None, lists=(str(name),))
        except (DataError, InputError) as error:
            if "Expected a column" not in str(error):
                raise
            refused = refused or error
            continue
        return str(name)
    if needed and refused is not None:
        raise refused
    return ""


def _of_text(
    source: str,
    text_column: str | None,
    label_column: str | None,
    reading: Reading,
    scheme: str | None,
    strict: bool,
) -> tuple[Columns, Found]:
    """Return the sentences of a table in text, where empty rows mean something."""
    named = [
        name
        for name, usual in ((text_column, "text"), (label_column, "label"))
        if name and name != usual
    ]
    table = read_text_table(
        source, encoding=reading.encoding, delimiter=reading.delimiter, names=named
    )
    rows = table.rows()
    top = next(((line, row) for line, row in rows if any(cell.strip() for cell in row)), None)
    if top is None:
        raise DataError(f"Expected words and tags in {source}. Received: an empty table")
    header = [plain(cell) for cell in top[1]]
    words = _at(header, text_column, "text", _WORDS, 0, reading, source)
    tags = _at(header, label_column, "label", _TAGS, len(header) - 1, reading, source)
    has_header = reading.header is not False and (
        header[words] in _plain(text_column, _WORDS) and header[tags] in _plain(label_column, _TAGS)
    )
    numbered = [plain(name) for name in _SENTENCES]
    at = next((header.index(n) for n in numbered if n in header and header.index(n) != words), None)
    at = at if has_header else None
    found: list[tuple[str, Any, Any, Any]] = []
    width = len(header)
    empty = _empty_lines(table.text, table.delimiter)
    blank, before = False, 0
    for line, row in rows if has_header else chain([top], rows):
        # A line without anything may be no row.
        if found and not empty.isdisjoint(range(before + 1, line)):
            blank = True
            found.append((f"line {line}", None, None, None))
        before = line
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(words, tags):
            raise DataError(
                f"{source}, line {line}: expected {width} columns. Received: {len(row)} in "
                f"{shown(row)}"
            )
        place = f"line {line}"
        found.append(
            (place, row[words].strip(), row[tags].strip(), row[at] if at is not None else None)
        )
    lists = [_as_lists(word, tag) for _, word, tag, _ in found if word is not None]
    places = [place for place, word, _, _ in found if word is not None]
    ids: Sequence[Any] = ()
    if lists and all(lists):
        cells = [list(side) for side in zip(*filter(None, lists), strict=True)]
    else:
        cells = [[row[part] for row in found] for part in (1, 2)]
        places = [place for place, _, _, _ in found]
        # Rows without anything end a sentence too, where no column says which it is.
        ids = [row[3] for row in found] if at is not None else [None] * len(found) if blank else ()
    name = printable(Path(source).name)
    first, second = cells
    columns = Columns(
        name, table.sha256, first, second, Places("line", [int(p[5:]) for p in places])
    )
    return columns, sentences_of_columns(columns, scheme, strict, ids=ids)


def _empty_lines(text: str, delimiter: str) -> set[int]:
    """Return the numbers of lines that hold nothing but what separates columns."""
    lines = re.split("\r\n|\r|\n", text)
    blank = f"{delimiter} \t"
    return {number for number, line in enumerate(lines, 1) if not line.strip(blank)}


def _plain(given: str | None, usual: Sequence[str]) -> list[str]:
    return [plain(name) for name in (*([given] if given else []), *usual)]


def _at(
    header: Sequence[str],
    given: str | None,
    default: str,
    usual: Sequence[str],
    otherwise: int,
    reading: Reading,
    source: str,
) -> int:
    """Return where a column stands: by its name, its number from 1, or as is usual."""
    if given is not None and given != default:
        if given.isdecimal() and 1 <= int(given) <= len(header):
            return int(given) - 1
        if plain(given) in header:
            return header.index(plain(given))
        raise DataError(
            f"Expected a column {given!r} in {source}. Received the columns: "
            f"{shown(', '.join(header), 200)}. Name it with --text-column or --label-column"
        )
    if reading.header is False:
        return otherwise
    return next((header.index(plain(n)) for n in usual if plain(n) in header), otherwise)


def _as_lists(words: str, tags: str) -> tuple[list[str], list[str]] | None:
    """Return the words and tags of a sentence that stands in two cells; None of a single word."""
    if words.startswith("[") and tags.startswith("["):
        try:
            lists = ast.literal_eval(words), ast.literal_eval(tags)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
        return lists if all(isinstance(one, list) for one in lists) else None
    lists = words.split(), tags.split()
    return lists if len(lists[0]) == len(lists[1]) > 1 else None
