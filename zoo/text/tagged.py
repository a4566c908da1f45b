"""Sentences whose words bear tags, as values, and the files of columns that they come in."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from zoo.errors import DataError, InputError, shown
from zoo.text.tags import OUTSIDE, SCHEMES, repair, scheme_of, spans, split_tag

__all__ = ["Found", "TaggedDataset", "as_iob2", "conll_documents", "parse_conll"]

_DOCUMENT = "-DOCSTART-"
_NEW_DOCUMENT = re.compile(r"#\s*newdoc\b")
_BLANKS = re.compile(" +")  # no others: one that breaks no line may stand in a word
_PREFIXED = re.compile(r"[BIESLUM]-")  # also without a type, which is refused


@dataclass(frozen=True)
class TaggedDataset:
    """Texts of sentences of words, each word with a tag.

    Attributes:
        words: of every document its sentences, of every sentence its words.
        tags: the IOB2 tag of every word, which break no rule.
        counted: what there are so many of.
    """

    counted: ClassVar[str] = "document"

    words: list[list[list[str]]]
    tags: list[list[list[str]]]

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self.words)

    @property
    def sentences(self) -> list[list[str]]:
        """The words of every sentence, document after document."""
        return [sentence for document in self.words for sentence in document]

    @property
    def sentence_tags(self) -> list[list[str]]:
        """The tags of every sentence, document after document."""
        return [sentence for document in self.tags for sentence in document]

    @property
    def labels(self) -> tuple[str, ...]:
        """The types that occur, in the order of the alphabet."""
        return tuple(sorted({kind for tags in self.sentence_tags for kind, _, _ in spans(tags)}))


@dataclass(frozen=True)
class Found:
    """What was read of a file, and what was made out or changed on the way.

    Attributes:
        data: the sentences and their tags.
        notes: what is to be told of it, each a sentence without its end.
        places: where every sentence stands, such as `"line 3"`, document after document.
    """

    data: TaggedDataset
    notes: tuple[str, ...] = ()
    places: tuple[str, ...] = field(default=(), repr=False)


def as_iob2(
    documents: Sequence[Sequence[Sequence[str]]],
    place: Callable[[int], str],
    scheme: str | None = None,
    strict: bool = False,
) -> tuple[list[list[list[str]]], list[str]]:
    """Return tags in any scheme as IOB2, and what there is to tell of it.

    Args:
        documents: the tags of the sentences of every document.
        place: where a sentence stands, of its number, for errors and notes.
        scheme: which of `SCHEMES` they are in; None finds out.
        strict: whether tags that break the rules are refused, and not mended.

    Raises:
        DataError: something is no tag, or breaks the rules of a scheme.

    Example:
        >>> as_iob2([[["I-PER", "O"]]], lambda sentence: f"sentence {sentence + 1}", "IOB1")
        ([[['B-PER', 'O']]], [])
    """
    sentences: list[Sequence[str]] = [tags for document in documents for tags in document]
    notes: list[str] = []
    names = Counter(tag for tags in sentences for tag in tags)
    if OUTSIDE in names and not any(_PREFIXED.match(tag) for tag in names) and len(names) > 1:
        notes.append(
            "no tag begins with B- or I-: words of the same tag that touch are taken for one"
        )
        sentences = [[tag if tag == OUTSIDE else f"I-{tag}" for tag in tags] for tags in sentences]
        scheme = "IOB1"
    _check(sentences, place)
    if scheme is None:
        scheme = scheme_of(sentences)
    elif scheme not in SCHEMES:
        raise InputError(f"Expected a scheme out of {', '.join(SCHEMES)}. Received: {scheme!r}")
    changed, wrong, first = [], 0, ""
    for number, tags in enumerate(sentences):
        try:
            mended, broken = repair(tags, scheme)
        except InputError as error:
            raise DataError(f"{place(number)}: {error}") from None
        changed.append(mended)
        first = place(number) if broken and not wrong else first
        wrong += broken
    if wrong and strict:
        raise DataError(
            f"{first}: expected {scheme} tags that break no rule, as an I-PER after a B-PER or an "
            f"I-PER. Received: {wrong} in the file that do. They are mended unless asked for "
            "strictly"
        )
    if wrong:
        notes.append(
            f"{wrong} of {sum(map(len, sentences))} tags break the rules of {scheme} (the first: "
            f"{first}) and are mended: what goes on with nothing begins an entity, as conlleval "
            "counts"
        )
    rows = iter(changed)
    return [[next(rows) for _ in document] for document in documents], notes


def _check(sentences: Sequence[Sequence[str]], place: Callable[[int], str]) -> None:
    """Refuse what is no tag, at its place."""
    known: set[str] = set()
    for number, tags in enumerate(sentences):
        for tag in tags:
            if tag not in known:
                try:
                    split_tag(tag)
                except InputError as error:
                    raise DataError(f"{place(number)}: {error}") from None
                if len(parts := _BLANKS.split(tag)) > 1 and all(map(_is_tag, parts)):
                    raise DataError(
                        f"{place(number)}: expected one tag for one word, such as B-PER. "
                        f"Received: {shown(tag)}. Cut the text into words, each with its own tag"
                    )
                known.add(tag)


def parse_conll(
    text: str,
    name: str = "the text",
    word_column: int = 1,
    tag_column: int | None = None,
    scheme: str | None = None,
    strict: bool = False,
) -> Found:
    """Read words and tags in columns, as CoNLL has them: a word a line, and empty lines between.

    Columns stand between tabs, or between blanks where a line has no tab. `-DOCSTART-` begins a
    document, and so does `# newdoc`; of a file that has neither every sentence is one. Other
    lines that begin with `#` and end with no tag are comments.

    Args:
        text: the content of the file.
        name: of the file, for errors.
        word_column: which column holds the words, from 1.
        tag_column: which holds the tags; None takes the last.
        scheme: `"IOB2"`, `"IOB1"` or `"IOBES"`; None finds out.
        strict: whether tags that break the rules are refused, and not mended.

    Raises:
        DataError: a line has no word or no tag, or other columns than those before it; something
            is no tag; or there is no word at all.

    Example:
        >>> found = parse_conll("EU I-ORG\\nrejects O\\n\\nPeter I-PER\\nBlackburn I-PER\\n")
        >>> found.data.tags
        [[['B-ORG', 'O']], [['B-PER', 'I-PER']]]
    """
    documents, places, marked = conll_documents(text, name, word_column, tag_column)
    words = [[[word for word, _ in rows] for rows in document] for document in documents]
    tags = [[[tag for _, tag in rows] for rows in document] for document in documents]
    if not marked:
        words, tags = ([[rows] for document in side for rows in document] for side in (words, tags))
    tags, notes = as_iob2(tags, lambda number: f"{name}, {places[number]}", scheme, strict)
    return Found(TaggedDataset(words, tags), tuple(notes), tuple(places))


def conll_documents(
    text: str, name: str, word_column: int = 1, tag_column: int | None = None
) -> tuple[list[list[list[tuple[str, str]]]], list[str], bool]:
    """Return the words and tags of a file of columns as they stand there.

    Args:
        text: the content of the file.
        name: of the file, for errors.
        word_column: which column holds the words, from 1.
        tag_column: which holds the tags; None takes the last.

    Returns:
        Of every document its sentences, each of pairs; where every sentence stands; and whether
        the file says where documents begin.

    Raises:
        DataError: as of `parse_conll`.
    """
    documents: list[list[list[tuple[str, str]]]] = [[]]
    places: list[str] = []
    columns, first, marked, fresh = 0, 0, False, True
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        line = line.rstrip("\r")
        # A tab between nothing and nothing holds no word; nor does a blank of any kind.
        if not line.strip():
            fresh = True
            continue
        if _NEW_DOCUMENT.match(line) or line.split()[0] == _DOCUMENT:
            marked, fresh = True, True
            if documents[-1]:
                documents.append([])
            continue
        cells = (
            [cell.strip() for cell in line.split("\t")]
            if "\t" in line
            else _BLANKS.split(line.strip(" "))
        )
        if line.startswith("#") and not _is_tag(cells[-1]):
            continue
        if len(cells) < 2:
            raise DataError(
                f"{name}, line {number}: expected a word and its tag, such as 'London B-LOC'. "
                f"Received: {shown(line)}"
            )
        if columns and len(cells) != columns:
            raise DataError(
                f"{name}, line {number}: expected {columns} columns, as in line {first}. "
                f"Received: {len(cells)} in {shown(line)}"
            )
        if not columns:
            columns, first = len(cells), number
            for what, column in (("words", word_column), ("tags", tag_column or columns)):
                if not 1 <= column <= columns:
                    raise DataError(
                        f"{name}, line {number}: expected the column of {what} to be one of "
                        f"{columns}. Received: {column}"
                    )
        word, tag = cells[word_column - 1], cells[(tag_column or columns) - 1]
        if not word or not tag:
            raise DataError(
                f"{name}, line {number}: expected a word and its tag, such as 'London B-LOC'. "
                f"Received: {shown(line)}"
            )
        if _PREFIXED.fullmatch(tag):
            raise DataError(
                f"{name}, line {number}: expected a type in the tag, such as B-PER. "
                f"Received: {shown(tag)}"
            )
        if fresh:
            documents[-1].append([])
            places.append(f"line {number}")
            fresh = False
        documents[-1][-1].append((word, tag))
    if not places:
        raise DataError(
            f"Expected a word and its tag a line in {name}, such as 'London B-LOC'. "
            "Received: no word"
        )
    return [document for document in documents if document], places, marked


def _is_tag(cell: str) -> bool:
    return cell == OUTSIDE or _PREFIXED.match(cell) is not None
