"""Words and tags of a user's own: columns as CoNLL has them, tables, and texts with entities."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.common.strict_json import unique_keys
from zoo.errors import DataError, InputError, shown, shown_path
from zoo.files import read_regular
from zoo.tables.columns import Reading, printable, tell
from zoo.tables.encodings import decode, unpack
from zoo.tables.memory_tables import is_table, read_lists
from zoo.tables.text_tables import MAX_BYTES, check_archive
from zoo.tasks.token_classification.offsets import accepted_rows, annotated_rows, tagged_texts
from zoo.tasks.token_classification.sentences import sentences_of_columns, sentences_of_table
from zoo.text.tagged import Found, TaggedDataset, parse_conll

__all__ = ["TaggedSource", "read_tagged"]

_JSON = (".jsonl", ".ndjson", ".json")
_FORMATS = (
    "a file of words and tags in columns (.conll, .txt, .tsv), a table with a column of words and "
    "one of tags (.csv, .tsv, .parquet), or JSON lines of texts with entities by offsets (.jsonl)"
)
_EXAMPLE = '{"text": "Ann left Paris.", "entities": [[0, 3, "PER"], [9, 14, "LOC"]]}'
_NUMBER = re.compile(r"[1-9]\d{0,3}")
_BLANK = re.compile(r"[ \t\r\n]")
_LISTS = (("tokens", "words"), ("ner_tags", "tags", "labels", "ner"))


@dataclass(frozen=True)
class TaggedSource:
    """What was read of a user's data.

    Attributes:
        name: of the file or data set.
        sha256: of its content.
        found: the sentences and their tags, and what there is to tell of them.
    """

    name: str
    sha256: str
    found: Found

    @property
    def data(self) -> TaggedDataset:
        """The sentences and their tags."""
        return self.found.data


def read_tagged(
    source: Any,
    text_column: str | None = None,
    label_column: str | None = None,
    reading: Reading | None = None,
    scheme: str | None = None,
    strict: bool = False,
) -> TaggedSource:
    """Read sentences whose words bear tags, or texts with entities.

    What is found out or changed is told in warnings.

    Args:
        source: a file of words and tags in columns with empty lines between sentences (`.conll`,
            `.txt` or any other name, also with `.gz`); a table, `.csv`, `.tsv` or `.parquet`,
            with a word a row or a list of words and one of tags a row; JSON lines, or an array,
            of texts with entities by offsets, as Doccano, Prodigy, spaCy and Label Studio export
            them, or of lists of words and tags; a file of the Hub, such as
            `hf://datasets/user/repo/file.parquet`; a table in memory; or a pair of lists: of
            sentences, and of their tags.
        text_column: name of the words or texts, or the number of their column from 1.
        label_column: the same of the tags or entities.
        reading: how a file in text is to be read.
        scheme: of the tags: `"IOB2"`, `"IOB1"` or `"IOBES"`; None finds out.
        strict: whether tags that break the rules are refused, and not mended.

    Raises:
        DataError: there is nothing of that name, it cannot be read, or a word has no tag.
        InputError: it is nothing that can hold words and tags.

    Example:
        >>> read_tagged(([["Ann", "left"]], [["B-PER", "O"]])).data.labels
        ('PER',)
    """
    how = _How(text_column, label_column, reading or Reading(), scheme, strict)
    if isinstance(source, TaggedDataset):
        read = TaggedSource("sentences in memory", _digest(source), Found(source))
    elif is_table(source):
        read = _of_table(source, how)
    elif isinstance(source, tuple | list) and len(source) == 2:
        read = _of_lists(source, how)
    elif isinstance(source, str | Path):
        read = _of_file(str(source), how)
    else:
        raise InputError(
            f"Expected {_FORMATS}; or a table in memory, or a list of sentences and one of tags, "
            f"such as ([['Ann', 'left']], [['B-PER', 'O']]). Received: {shown(source)}"
        )
    if read.found.notes:
        tell(f"{read.name}: {'; '.join(read.found.notes)}.")
    if not any(read.data.sentences):
        raise DataError(f"Expected words and tags in {read.name}. Received: none")
    return read


@dataclass(frozen=True)
class _How:
    """How data is to be read."""

    text_column: str | None
    label_column: str | None
    reading: Reading
    scheme: str | None
    strict: bool


def _digest(data: TaggedDataset) -> str:
    return hashlib.sha256(json.dumps([data.words, data.tags]).encode()).hexdigest()


def _of_lists(source: Sequence[Any], how: _How) -> TaggedSource:
    columns = read_lists(source, "lists in memory", "index")
    # A word a row has no blank; what has one is a text that nobody has cut into words.
    for words, place in zip(columns.first, columns.places, strict=True):
        if isinstance(words, str) and _BLANK.search(words.strip()):
            raise DataError(
                "Expected sentences that are lists of words, and the tags of each, such as "
                f"([['Ann', 'left']], [['B-PER', 'O']]). Received: the text {shown(words)} at "
                f"{place}. Cut it into words, or give JSON lines of texts with entities by offsets"
            )
    found = sentences_of_columns(columns, how.scheme, how.strict)
    return TaggedSource(columns.name, columns.sha256, found)


def _of_table(source: Any, how: _How) -> TaggedSource:
    columns, found = sentences_of_table(
        source, how.text_column, how.label_column, how.reading, how.scheme, how.strict
    )
    return TaggedSource(columns.name, columns.sha256, found)


def _of_file(source: str, how: _How) -> TaggedSource:
    path = Path(source)
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    remote = source.startswith(("hf://", "tfds:"))
    if suffix == ".parquet" or (remote and suffix not in _JSON):
        return _of_table(source, how)
    if remote:
        from zoo.tables.hub_tables import fetch_table

        path, _ = fetch_table(source)
    elif path.is_dir() or not path.exists():
        what = "a folder" if path.is_dir() else "which is none"
        raise DataError(f"Expected {_FORMATS}. Received: {shown_path(source)}, {what}")
    if suffix == ".spacy":
        raise DataError(
            f"Expected {_FORMATS}. Received: {shown_path(source)}, in spaCy's own binary form. "
            "Write it as JSON lines, a line json.dumps(doc.to_json()) for every doc"
        )
    name = printable(path.name)
    content = read_regular(path, MAX_BYTES)
    check_archive(content, str(path), "words and tags")
    text, guessed = decode(unpack(content, str(path), MAX_BYTES), str(path), how.reading.encoding)
    if guessed:
        tell(f"{name} is read as: encoding {guessed}. If that is wrong, name it with --encoding.")
    if "\0" in text:
        raise DataError(f"Expected {_FORMATS}. Received: {shown_path(source)}, which is no text")
    sha256 = hashlib.sha256(content).hexdigest()
    if suffix in _JSON or text.lstrip()[:1] == "{":
        return TaggedSource(name, sha256, _of_json(text, name, how))
    if suffix == ".csv" or _has_header(text, how):
        return _of_table(source, how)
    words, tags = _column(how.text_column, "text", 1), _column(how.label_column, "label", None)
    found = parse_conll(text, name, words or 1, tags, how.scheme, how.strict)
    return TaggedSource(name, sha256, found)


def _column(given: str | None, usual: str, default: int | None) -> int | None:
    """Return the number of a column that is given as such; its usual name says nothing."""
    if given is None or given == usual:
        return default
    if not _NUMBER.fullmatch(given):
        raise DataError(
            "Expected the number of a column, from 1, of a file of columns without a header, such "
            f"as --label-column 4. Received: {shown(given)}"
        )
    return int(given)


_HEADER = re.compile(r"(?:^|[\t,;])\"?(?:words?|tokens?)\"?(?:[\t,;]|$)", re.IGNORECASE)
_HEADER_TAGS = re.compile(
    r"(?:^|[\t,;])\"?(?:tags?|labels?|ner|ner_tags?|entity)\"?(?:[\t,;]|$)", re.IGNORECASE
)


def _has_header(text: str, how: _How) -> bool:
    """Return whether the first line names the columns of words and tags."""
    if how.reading.header is not None:
        return how.reading.header
    first = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    cells = {cell.strip().strip('"') for cell in re.split(r"[\t,;]", first)}
    named = {how.text_column, how.label_column} - {None, "text", "label"}
    if named and named <= cells:
        return True
    return bool(_HEADER.search(first) and _HEADER_TAGS.search(first))


def _of_json(text: str, name: str, how: _How) -> Found:
    given = list(_json_rows(text, name))
    rows, notes = accepted_rows(given)
    if not rows:
        raise DataError(
            f"Expected a text with its entities a line in {name}, such as {_EXAMPLE}. "
            f"Received: {notes[0] if notes else 'none'}"
        )
    first = rows[0][1]
    lists = [
        next((one for one in (given, *names) if one and _is_list(first, one)), None)
        for given, names in zip((how.text_column, how.label_column), _LISTS, strict=True)
    ]
    if None not in lists:
        words, tags = (
            [_listed(row, column, f"{name}, {place}") for place, row in rows] for column in lists
        )
        columns = read_lists((words, tags), name, "row")
        places = [place for place, _ in rows]
        found = sentences_of_columns(columns, how.scheme, how.strict, places)
        return replace(found, notes=(*notes, *found.notes))
    names = [
        None if column in (None, usual) else column
        for column, usual in ((how.text_column, "text"), (how.label_column, "label"))
    ]
    texts, told = annotated_rows([(f"{name}, {place}", row) for place, row in rows], *names)
    return tagged_texts(texts, (*notes, *told))


def _is_list(row: Any, column: str) -> bool:
    """Return whether a row holds a list of texts, or of nothing, under a name."""
    value = row.get(column) if isinstance(row, Mapping) else None
    return isinstance(value, list) and all(isinstance(one, str | int) for one in value)


def _listed(row: Any, column: str | None, place: str) -> list[Any]:
    value = row.get(column) if isinstance(row, Mapping) else None
    if not isinstance(value, list):
        raise DataError(
            f"{place}: expected a list by the name {column!r}, as in the first. "
            f"Received: {shown(value)}"
        )
    return value


def _json_rows(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the rows of an array, or of a line each, with where they stand."""
    number = 0
    decoder = json.JSONDecoder(object_pairs_hook=unique_keys)
    lines = [line for line in text.split("\n") if line.strip()]
    try:
        if text.lstrip()[:1] == "[" and (len(lines) == 1 or not lines[0].rstrip().endswith("]")):
            rows = decoder.decode(text.strip())
            # One line may be a single text with its entities.
            for at, row in enumerate([rows] if rows and isinstance(rows[0], str) else rows, 1):
                yield f"row {at}", row
            return
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                yield f"line {number}", decoder.decode(line)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{name}{f', line {number}' if number else ''}: expected JSON, such as {_EXAMPLE}. "
            f"Received: {error}"
        ) from None
