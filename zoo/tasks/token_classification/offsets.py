"""Texts with entities by their offsets, as tools for annotation export them, to words and tags."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zoo.common.counts import counted
from zoo.errors import DataError, shown
from zoo.tables.columns import whole
from zoo.tasks.token_classification.words import sentence_places
from zoo.text.tagged import Found, TaggedDataset
from zoo.text.tags import tags_of

__all__ = ["AnnotatedText", "accepted_rows", "annotated_rows", "tagged_texts"]

_TEXTS = ("text", "sentence", "content", "data")
_ENTITIES = ("entities", "label", "labels", "spans", "ents", "annotations", "annotation", "ner")
_STARTS, _ENDS = ("start", "start_offset", "begin"), ("end", "end_offset", "stop")
_KINDS = ("label", "labels", "entity_group", "entity", "type", "category")
_MADE = ("annotations", "completions")
_REFUSED = ("reject", "ignore")
_EXAMPLE = '{"text": "Ann left Paris.", "entities": [[0, 3, "PER"], [9, 14, "LOC"]]}'


@dataclass(frozen=True)
class AnnotatedText:
    """A text and the entities in it.

    Attributes:
        text: the text.
        entities: first character, the one after the last, and the type of each.
        place: where it stands.
    """

    text: str
    entities: list[tuple[int, int, str]]
    place: str


@dataclass
class _Notes:
    """What was made out or changed of entities, with where it was first."""

    total: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, place: str) -> None:
        self.counts[what] += 1
        self.first.setdefault(what, place)

    def told(self) -> tuple[str, ...]:
        return tuple(
            f"{counted(count, 'entity', 'entities')} of {self.total:,} {what} (the first: "
            f"{self.first[what]})"
            for what, count in self.counts.items()
        )


_WITHIN = "begin or end within a word, all of which is taken"
_OVERLAP = "overlap a longer one, which is kept, and are left out"
_EMPTY = "hold no word and are left out"
_UNITS = "count offsets in UTF-16, as browsers do, and were counted anew"
_BYTES = "count offsets in bytes of UTF-8 and were counted anew"
_SEVERAL = "have several types, the first of which is taken"


def tagged_texts(rows: Sequence[AnnotatedText], notes: tuple[str, ...] = ()) -> Found:
    """Return texts as words and tags, each text a document of its own.

    An entity that begins or ends within a word takes all of it, of two that overlap the longer one
    is kept, and no sentence ends within an entity. All of it is counted in the notes.

    Args:
        rows: the texts and their entities.
        notes: what there is to tell of them already.

    Example:
        >>> tagged_texts([AnnotatedText("Ann left.", [(0, 3, "PER")], "line 1")]).data.tags
        [[['B-PER', 'O', 'O']]]
    """
    told = _Notes(sum(len(row.entities) for row in rows))
    words: list[list[list[str]]] = []
    tags: list[list[list[str]]] = []
    places: list[str] = []
    for row in rows:
        sentences = sentence_places(row.text, [(start, end) for start, end, _ in row.entities])
        if not sentences:
            for _ in row.entities:
                told.add(_EMPTY, row.place)
            continue
        flat = [place for sentence in sentences for place in sentence]
        chosen: list[tuple[str, int, int]] = []
        taken: set[int] = set()
        for start, end, kind in sorted(row.entities, key=lambda one: (one[0] - one[1], one[0])):
            inside = [at for at, (a, b) in enumerate(flat) if a < end and b > start]
            if not inside:
                told.add(_EMPTY, row.place)
            elif not taken.isdisjoint(inside):
                told.add(_OVERLAP, row.place)
            else:
                if (flat[inside[0]][0], flat[inside[-1]][1]) != _trimmed(row.text, start, end):
                    told.add(_WITHIN, row.place)
                taken.update(inside)
                chosen.append((kind, inside[0], inside[-1] + 1))
        own = iter(tags_of(chosen, len(flat)))
        words.append([[row.text[a:b] for a, b in sentence] for sentence in sentences])
        tags.append([[next(own) for _ in sentence] for sentence in sentences])
        places += [row.place] * len(sentences)
    return Found(TaggedDataset(words, tags), (*notes, *told.told()), tuple(places))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the offsets without white space at either end."""
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())


def accepted_rows(
    rows: Sequence[tuple[str, Any]],
) -> tuple[list[tuple[str, Any]], tuple[str, ...]]:
    """Return the rows of JSON that hold what somebody stood by, and what there is to tell of them.

    Left out are those of Prodigy whose `answer` is `reject` or `ignore`, and tasks of Label Studio
    of which every annotation was cancelled, or that have none.

    Args:
        rows: where every row stands, and the row.

    Example:
        >>> rows = [("line 1", {"text": "Ann", "spans": [], "answer": "reject"})]
        >>> accepted_rows(rows)[1]
        ('1 row of 1 was rejected, skipped or not annotated (the first: line 1) and is left out',)
    """
    kept = [(place, row) for place, row in rows if _accepted(row)]
    count = len(rows) - len(kept)
    if not count:
        return kept, ()
    first = next(place for place, row in rows if not _accepted(row))
    were, are = ("was", "is") if count == 1 else ("were", "are")
    return kept, (
        f"{counted(count, 'row')} of {len(rows):,} {were} rejected, skipped or not annotated "
        f"(the first: {first}) and {are} left out",
    )


def _accepted(row: Any) -> bool:
    """Return whether somebody stood by what a row says of its text."""
    if not isinstance(row, Mapping):
        return True
    if row.get("answer") in _REFUSED:
        return False
    if not isinstance(row.get("data"), Mapping):
        return True
    # Where neither name stands, the row is of another form, and is told of as that.
    return not any(name in row for name in _MADE) or bool(_stood_by(row))


def _stood_by(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the annotations of a task of Label Studio that were not cancelled."""
    made: Any = next((row[name] for name in _MADE if row.get(name)), [])
    if not isinstance(made, list):
        return []
    return [one for one in made if isinstance(one, Mapping) and not one.get("was_cancelled")]


def annotated_rows(
    rows: Iterator[tuple[str, Any]] | Sequence[tuple[str, Any]],
    text_column: str | None = None,
    label_column: str | None = None,
) -> tuple[list[AnnotatedText], tuple[str, ...]]:
    """Return the texts and entities of rows of JSON, in any of the forms that tools export.

    Those are the lines of Doccano (`label`, or `entities` with `start_offset`), of Prodigy
    (`spans`), of spaCy (`ents` of `Doc.to_json`, or `[text, {"entities": [...]}]`) and the tasks of
    Label Studio, whose first annotation that was not cancelled counts.

    Args:
        rows: where every row stands, and the row.
        text_column: the name of the text; None looks for the usual ones.
        label_column: the name of the entities; None looks for the usual ones.

    Returns:
        The texts, and what there is to tell of them.

    Raises:
        DataError: a row has no text or no list of entities, or an entity no offsets that lie in
            its text and no type.

    Example:
        >>> rows = [("line 1", {"text": "Ann left.", "label": [[0, 3, "PER"]]})]
        >>> annotated_rows(rows)[0][0].entities
        [(0, 3, 'PER')]
    """
    found: list[AnnotatedText] = []
    notes = _Notes()
    for place, row in rows:
        text, entities = _parts(row, place, text_column, label_column)
        read = [_entity(one, text, place, notes) for one in entities]
        notes.total += len(read)
        found.append(AnnotatedText(text, [one for one in read if one is not None], place))
    return found, notes.told()


def _parts(
    row: Any, place: str, text_column: str | None, label_column: str | None
) -> tuple[str, list[Any]]:
    """Return the text of a row, and its entities as they stand there."""
    if isinstance(row, list) and len(row) == 2 and isinstance(row[0], str):
        row = {"text": row[0], **(row[1] if isinstance(row[1], dict) else {"entities": row[1]})}
    if not isinstance(row, Mapping):
        raise DataError(
            f"{place}: expected a text with its entities, such as {_EXAMPLE}. "
            f"Received: {shown(row)}"
        )
    if isinstance(row.get("data"), Mapping) and label_column is None:
        return _label_studio(row, place, text_column)
    name = text_column or next((name for name in _TEXTS if isinstance(row.get(name), str)), "text")
    text = row.get(name)
    if not isinstance(text, str):
        raise DataError(
            f"{place}: expected a text by the name {name!r}, such as {_EXAMPLE}. "
            f"Received: {shown(text) if name in row else shown(', '.join(map(str, row)))}. "
            "Name it with --text-column"
        )
    named = label_column or next((one for one in _ENTITIES if isinstance(row.get(one), list)), None)
    entities = row.get(named) if named else None
    if entities is None and named in row:
        entities = []
    if not isinstance(entities, list):
        raise DataError(
            f"{place}: expected a list of entities, such as {_EXAMPLE}. "
            f"Received: {shown(', '.join(map(str, row)))}. Name it with --label-column"
        )
    return whole(text, place), entities


def _label_studio(
    row: Mapping[str, Any], place: str, text_column: str | None
) -> tuple[str, list[Any]]:
    data = row["data"]
    texts = [key for key, value in data.items() if isinstance(value, str)]
    name = text_column or ("text" if "text" in texts else texts[0] if len(texts) == 1 else None)
    if name is None or not isinstance(data.get(name), str):
        raise DataError(
            f"{place}: expected one text in 'data'. Received: "
            f"{shown(', '.join(map(str, data)) or 'nothing')}. Name it with --text-column"
        )
    kept = _stood_by(row)
    results = kept[0].get("result") if kept else []
    if not isinstance(results, list):
        raise DataError(f"{place}: expected a list of results. Received: {shown(results)}")
    # Of choices and ratings of a text as a whole nothing is an entity.
    chosen = [
        one
        for one in results
        if isinstance(one, Mapping) and one.get("type", "labels") in ("labels", "hypertextlabels")
    ]
    return whole(data[name], place), [one.get("value", one) for one in chosen]


def _entity(one: Any, text: str, place: str, notes: _Notes) -> tuple[int, int, str] | None:
    """Return an entity as it is meant; None of one without a letter."""
    start = end = kind = None
    quoted: Any = None
    if isinstance(one, list | tuple) and len(one) >= 3:
        start, end, kind = one[:3]
    elif isinstance(one, Mapping):
        start, end, kind = (
            next((one[name] for name in names if name in one), None)
            for names in (_STARTS, _ENDS, _KINDS)
        )
        quoted = one.get("text", one.get("word"))
    if isinstance(kind, list) and kind:
        if len(kind) > 1:
            notes.add(_SEVERAL, place)
        kind = kind[0]
    numbers = [value for value in (start, end) if isinstance(value, int) and value is not True]
    if len(numbers) != 2 or not isinstance(kind, str) or not kind.strip():
        raise DataError(
            f"{place}: expected an entity as its first character, the one after its last, and its "
            f"type, such as [0, 3, 'PER']. Received: {shown(one)}"
        )
    first, last = numbers
    if isinstance(quoted, str) and quoted.strip() and text[first:last] != quoted:
        first, last = _counted_anew(text, first, last, quoted, place, notes)
    if not 0 <= first < last <= len(text):
        raise DataError(
            f"{place}: expected offsets from 0 to {len(text)}, the length of its text, the first "
            f"below the second. Received: {first} and {last} of {shown(kind)}"
        )
    if not text[first:last].strip():
        notes.add(_EMPTY, place)
        return None
    return first, last, kind.strip()


def _counted_anew(
    text: str, first: int, last: int, quoted: str, place: str, notes: _Notes
) -> tuple[int, int]:
    """Return in characters what was counted in other units, by the text that an entity quotes."""
    for encoding, size, what in (("utf-16-le", 2, _UNITS), ("utf-8", 1, _BYTES)):
        units = text.encode(encoding)
        before, part = units[: first * size], units[first * size : last * size]
        try:
            if first >= 0 and part.decode(encoding) == quoted:
                notes.add(what, place)
                start = len(before.decode(encoding))
                return start, start + len(quoted)
        except UnicodeDecodeError:  # they would cut a character
            continue
    raise DataError(
        f"{place}: expected offsets at which the text stands that the entity quotes, "
        f"{shown(quoted, 40)}. Received: {first} and {last}, where there is "
        f"{shown(text[max(0, first) : max(0, last)], 40)}"
    )
