"""Why a tagger finds a name where it does: which letters and neighbours made it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.tasks.token_classification.entities import Entities, ExplainedEntity
from zoo.tasks.token_classification.words import Place, sentence_places
from zoo.text.encoding import check_text
from zoo.text.tags import spans, to_iob2
from zoo.text.word_features import AFFIXES, LETTERS, PAD, UNKNOWN, Piece, document_pieces

__all__ = ["explain"]

# Neighbours on either side that are asked about, and places that are computed for one text: what
# comes first is explained, and the rest only found.
_NEIGHBOURS, _PLACES = 15, 300_000
_LEAST = 1e-12

Row = dict[str, np.ndarray]


def explain(model: Any, text: str, **unknown: Any) -> Entities:
    """Return the names in a text, and what made each of them one.

    A word of the sentence is made unknown, one after the other, and so is a letter of the name:
    what the log-odds of the name fall by is what that word or letter adds to them.

    Args:
        model: a tagger from `zoo.load`, with its preprocessor, or its pipeline.
        text: the text.
        **unknown: what does not apply to a tagger.

    Raises:
        InputError: there is no word in the text, or something is given that does not apply.

    Reference:
        [Zeiler & Fergus, 2014](https://arxiv.org/abs/1311.2901) (occlusion)
    """
    for name, value in unknown.items():
        if value is not None:
            raise InputError(f"Expected no {name} for a tagger. Received: {shown(value)}")
    text = check_text(text)
    sentences = sentence_places(text)
    if not sentences:
        raise InputError(
            "Expected a text with at least one word, such as 'EU rejects German call.'. "
            f"Received: {shown(text)}"
        )
    reader = _reader_of(model)
    found: list[ExplainedEntity] = []
    left = _PLACES
    for piece in document_pieces([len(one) for one in sentences], reader.most):
        left = _explain_piece(reader, text, sentences, piece, found, left)
    bare = sum(not one.explained for one in found)
    if bare:
        warn_user(
            f"{bare} of {len(found)} names are found, but what made them is not told, for the text "
            "is long. Give a part of it."
        )
    return Entities(text, found, tuple(name[2:] for name in reader.names[1::4]))


def _reader_of(model: Any) -> Any:
    """Return what a pipeline's network says of words, or that of a Keras model."""
    if hasattr(model, "reader"):
        return model.reader
    from zoo.tasks.token_classification.keras_reader import ModelReader

    return ModelReader(model)


def _explain_piece(
    reader: Any,
    text: str,
    sentences: Sequence[Sequence[Place]],
    piece: Piece,
    found: list[ExplainedEntity],
    left: int,
) -> int:
    """Add what is found in sentences that are read together; return how many places are left."""
    parts = [sentences[number][start:stop] for number, start, stop in piece.parts]
    row = reader.features.document([[text[a:b] for a, b in part] for part in parts])
    (emissions,) = reader.rows([row])
    place = 0
    for part in parts:
        own = slice(place, place + len(part))
        path = reader.chain.decode(emissions[None, own], [len(part)])[0]
        for kind, start, end in spans(to_iob2([reader.names[tag] for tag in path])):
            span = (start, path[start:end])

            def odds(rows: Sequence[Row], own: slice = own, span: Any = span) -> np.ndarray:
                return _log_odds(reader, [one[own] for one in reader.rows(rows)], span)

            (whole,) = _log_odds(reader, [emissions[own]], span)
            entity = _Asked(text, kind, part, start, end, float(whole))
            cost = len(emissions) * entity.cost
            if cost <= left:
                left -= cost
                found.append(entity.explained(row, place, odds))
            else:
                found.append(entity.bare())
        place += len(part) + 1
    return left


def _log_odds(reader: Any, emissions: Sequence[np.ndarray], span: Any) -> np.ndarray:
    """Return the log-odds of an entity, of the same sentence several times."""
    batch = np.stack(emissions)
    start, tags = span
    asked = [(row, start, tags) for row in range(len(batch))]
    shares = reader.chain.span_probabilities(batch, [batch.shape[1]] * len(batch), asked)
    shares = np.clip(shares, _LEAST, 1 - _LEAST)
    found: np.ndarray = np.log(shares) - np.log1p(-shares)
    return found


class _Asked:
    """An entity that is asked about."""

    def __init__(
        self, text: str, kind: str, part: Sequence[Place], start: int, end: int, whole: float
    ) -> None:
        self.text, self.kind, self.part, self.whole = text, kind, part, whole
        self.start, self.end = start, end
        first, last = max(0, start - _NEIGHBOURS), min(len(part), end + _NEIGHBOURS)
        self.around = list(range(first, last))
        self.letters = [
            (word, letter)
            for word in range(start, end)
            for letter in range(*self.part[word])
            if part[word][1] - part[word][0] <= LETTERS - 2
        ]

    @property
    def cost(self) -> int:
        """How many times the document is read."""
        return len(self.around) + len(self.letters) + self.end - self.start

    def _entity(self, **more: Any) -> ExplainedEntity:
        start, end = self.part[self.start][0], self.part[self.end - 1][1]
        share = 1 / (1 + np.exp(-self.whole))
        return ExplainedEntity(
            self.kind, float(share), self.text[start:end], start, end, self.whole, **more
        )

    def bare(self) -> ExplainedEntity:
        """Return the entity alone."""
        return self._entity()

    def explained(
        self, row: Row, place: int, odds: Callable[[Sequence[Row]], np.ndarray]
    ) -> ExplainedEntity:
        """Return the entity with what every word and every letter adds to its log-odds."""
        words = self.whole - odds([_without_word(row, place + at) for at in self.around])
        # Letters count beside a word that is known by itself: what they add is told without that.
        unread = {
            word: _changed(row, place + word, token_ids=UNKNOWN)
            for word in range(self.start, self.end)
        }
        base = dict(zip(unread, odds(list(unread.values())), strict=True))
        variants = [
            _without_letter(unread[word], place + word, letter - self.part[word][0])
            for word, letter in self.letters
        ]
        letters = odds(variants) if variants else np.zeros(0)
        return self._entity(
            words=tuple(
                (*self.part[at], float(score)) for at, score in zip(self.around, words, strict=True)
            ),
            letters=tuple(
                (letter, letter + 1, float(base[word] - score))
                for (word, letter), score in zip(self.letters, letters, strict=True)
            ),
            known=tuple(
                (*self.part[word], float(self.whole - score)) for word, score in base.items()
            ),
        )


def _changed(row: Row, place: int, **values: Any) -> Row:
    """Return what is read of a document with something else at a place."""
    other = {name: array.copy() if name in values else array for name, array in row.items()}
    for name, value in values.items():
        other[name][place] = value
    return other


def _without_word(row: Row, place: int) -> Row:
    """Return what is read where a word is unknown, with letters that are unknown too."""
    letters = np.where(row["letters"][place] > UNKNOWN, UNKNOWN, row["letters"][place])
    affixes = np.where(row["affixes"][place] == PAD, PAD, UNKNOWN)
    # The same word elsewhere is none of it any more.
    groups = row["groups"].copy()
    mates = np.flatnonzero(groups == groups[place])
    rest = mates[mates != place]
    groups[place] = place
    if len(rest):
        groups[rest] = rest[0]
    changed = _changed(row, place, token_ids=UNKNOWN, letters=letters, affixes=affixes, shapes=1)
    return {**changed, "groups": groups}


def _without_letter(row: Row, place: int, at: int) -> Row:
    """Return what is read where a letter is unknown, and so what begins or ends with it."""
    letters = row["letters"][place].copy()
    count = int((letters != PAD).sum()) - 2  # without the marks before and after
    if not 0 <= at < count:
        return row
    letters[at + 1] = UNKNOWN
    affixes = [
        UNKNOWN if number != PAD and (at < size if size > 0 else at >= count + size) else number
        for number, size in zip(row["affixes"][place], AFFIXES, strict=True)
    ]
    return _changed(row, place, letters=letters, affixes=affixes)
