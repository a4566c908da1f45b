"""Documents as the rows that a tagger learns from and is scored on; without Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from zoo.tasks.token_classification.scoring import entity_scores
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import iobes_names, to_iob2, to_iobes
from zoo.text.word_features import (
    UNKNOWN,
    Piece,
    WordFeatures,
    WordTable,
    document_pieces,
    group_key,
)

__all__ = ["CASES", "DrawnBatches", "HeldRows", "KnownRows", "TrainingRows"]

# Few different shapes, for the compiling backends.
_TIME, _WORDS = 16, 128
_OUTSIDE = -1  # no tag: an end of a sentence, or padding
_CUT = 6  # sentences that a part of a document has at most


def _capitalized(word: str) -> str:
    """Return a word as in a headline: one that has capitals keeps them."""
    return word[:1].upper() + word[1:]


# How words are also written: in chats, in headlines, in titles.
CASES: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "title": _capitalized,
}


@dataclass(frozen=True)
class KnownRows:
    """Documents whose different words were looked up once.

    Attributes:
        table: what is read of every word; in its first row, of the end of a sentence.
        documents: of every document its sentences, rows of the table.
        tags: of every document the tags of its sentences, numbers.
        lower: of every row of the table the number of its word in lower case.
        cases: int array of shape (cases, 1 + words), the row of every word of the documents in
            lower case, in capitals, and with a capital first; empty where those are not asked for.
    """

    table: WordTable
    documents: list[list[np.ndarray]]
    tags: list[list[np.ndarray]]
    lower: np.ndarray
    cases: np.ndarray

    @classmethod
    def of(
        cls,
        data: TaggedDataset,
        features: WordFeatures,
        labels: Sequence[str],
        *,
        recased: bool = False,
    ) -> KnownRows:
        """Look the words of documents up.

        Args:
            data: the documents.
            features: what is read of words.
            labels: the types of entities, in the order of the model.
            recased: whether words are looked up in other cases too.
        """
        known: dict[str, int] = {}
        documents = [
            [
                np.array([known.setdefault(word, len(known) + 1) for word in sentence], np.int32)
                for sentence in document
            ]
            for document in data.words
        ]
        own, changes = list(known), CASES.values() if recased else ()
        written = [
            [known.setdefault(change(word), len(known) + 1) for word in own] for change in changes
        ]
        numbers = {name: number for number, name in enumerate(iobes_names(labels))}
        tags = [
            [np.array([numbers[tag] for tag in to_iobes(tags)], np.int32) for tags in document]
            for document in data.tags
        ]
        words, end = features.table(list(known)), features.end
        table = WordTable(
            **{name: np.concatenate([end[name][None], v]) for name, v in vars(words).items()}
        )
        first: dict[str, int] = {}
        lower = [first.setdefault(group_key(word), len(first) + 1) for word in known]
        cases = np.array([[0, *rows] for rows in written], np.int32)
        return cls(table, documents, tags, np.array([0, *lower], np.int32), cases)

    def row(
        self, document: int, piece: Piece, case: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of a piece as rows of the table, and their tags.

        Args:
            document: the number of the document.
            piece: what of it is read.
            case: the number of another case that its words are in; None for their own.
        """
        words, tags = self.documents[document], self.tags[document]
        end, none = np.zeros(1, np.int32), np.full(1, _OUTSIDE, np.int32)
        places = np.concatenate([x for n, a, b in piece.parts for x in (words[n][a:b], end)])
        return (
            places if case is None else self.cases[case][places],
            np.concatenate([x for n, a, b in piece.parts for x in (tags[n][a:b], none)]),
        )


class DrawnBatches:
    """What an epoch reads: batches of rows of about as many places each.

    Words are looked up once a batch, for most of them come again. A batch holds the words, one
    row each, and where they stand.

    Args:
        known: the documents.
        pieces: what is read of them: the number of a document, a piece of it, and the number of
            the case that it is in, or None.
        batches: number of batches.
        generator: draws which rows come together, and which words are read as unknown ones.
        unknown: of every row of the table, how often it is read as an unknown word.
    """

    in_order = True

    def __init__(
        self,
        known: KnownRows,
        pieces: Sequence[tuple[int, Piece, int | None]],
        batches: int,
        generator: np.random.Generator,
        unknown: np.ndarray,
    ) -> None:
        self.known, self.unknown = known, unknown
        lengths = np.array([len(piece) for _, piece, _ in pieces])
        order = np.argsort(lengths * generator.uniform(0.9, 1.1, len(lengths)), kind="stable")
        ends = np.cumsum(lengths[order]) - lengths[order] / 2
        which = np.minimum(batches - 1, (ends * batches / lengths.sum()).astype(int))
        parts = [order[which == batch] for batch in range(batches)]
        if not all(map(len, parts)):  # few and of very different lengths
            parts = np.array_split(order, batches)
        self.batches = [
            [pieces[number] for number in parts[batch]] for batch in generator.permutation(batches)
        ]
        self.seeds = generator.integers(1 << 31, size=batches)

    @property
    def lengths(self) -> np.ndarray:
        return np.array([sum(len(piece) for _, piece, _ in batch) for batch in self.batches])

    def batch(self, rows: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
        """Return features and tags of a batch.

        Args:
            rows: its number, as an array of shape (1,).
        """
        (number,) = rows
        found = [self.known.row(*one) for one in self.batches[number]]
        time = -(-max(len(words) for words, _ in found) // _TIME) * _TIME
        places = np.zeros((len(found), time), np.int32)
        tags = np.full((len(found), time), _OUTSIDE, np.int32)
        inside = np.zeros((len(found), time), bool)
        for row, (words, own) in enumerate(found):
            places[row, : len(words)], tags[row, : len(words)] = words, own
            inside[row, : len(words)] = True
        # Ends of sentences are like no other place.
        lower = self.known.lower[places]
        groups = np.where(places > 0, lower, -1 - np.arange(time, dtype=np.int32))
        different, found_at = np.unique(np.append(places.ravel(), 0), return_inverse=True)
        words = np.concatenate([different, np.zeros(-len(different) % _WORDS, np.int32)])
        table = self.known.table.take(words)
        token_ids = table["token_ids"]
        chance = np.random.default_rng(self.seeds[number]).random(self.known.lower.max() + 1)
        dropped = chance[self.known.lower[words]] < self.unknown[words]
        table["token_ids"] = np.where(dropped, UNKNOWN, token_ids).astype(np.int32)
        rows_of = found_at[:-1].reshape(tags.shape).astype(np.int32)
        return {
            **{f"word_{name}": values for name, values in table.items()},
            "places": rows_of,
            "token_ids": np.where(inside, token_ids[rows_of], 0).astype(np.int32),
            "groups": groups.astype(np.int32),
            "padding_mask": inside,
        }, tags


class TrainingRows:
    """Draws what every epoch reads: documents as they are, some cut into parts, or in another case.

    So that a tagger also learns to read what comes without its document, and what is written in
    lower case, in capitals, or with a capital at every word.

    Args:
        data: the training documents.
        features: what is read of words.
        labels: the types of entities, in the order of the model.
        places: words and ends of sentences in a batch, about.
        document_length: places that are read together at most.
        cut: share of the documents that are cut.
        word_dropout: a word that is seen so many times is read as an unknown one half the time.
        recased: share of what is read together whose words are in another case.
        seed: seed of the draws.

    Call with the number of an epoch.
    """

    def __init__(
        self,
        data: TaggedDataset,
        features: WordFeatures,
        labels: Sequence[str],
        *,
        places: int,
        document_length: int,
        cut: float,
        word_dropout: float,
        recased: float = 0.0,
        seed: int,
    ) -> None:
        self.known = KnownRows.of(data, features, labels, recased=recased > 0)
        self.recased = recased
        self.document_length, self.cut, self.seed = document_length, cut, seed
        counts = np.zeros(max(features.words.values()) + 1)
        for document in self.known.documents:
            for sentence in document:
                np.add.at(counts, self.known.table.token_ids[sentence], 1)
        seen = counts[self.known.table.token_ids]
        self.unknown = np.where(
            np.arange(len(seen)) > 0, word_dropout / np.maximum(word_dropout + seen, 1e-9), 0.0
        )
        total = sum(len(words) + 1 for document in data.words for words in document)
        self.batches = max(1, min(round(total / places), len(data)))

    def __call__(self, epoch: int) -> DrawnBatches:
        generator = np.random.default_rng([self.seed, epoch])
        pieces: list[tuple[int, Piece, int | None]] = []
        for number, document in enumerate(self.known.documents):
            lengths = [len(words) for words in document]
            cuts = [0, len(lengths)]
            if generator.random() < self.cut:
                cuts = [0]
                while cuts[-1] < len(lengths):
                    cuts.append(min(len(lengths), cuts[-1] + int(generator.integers(1, _CUT + 1))))
            for first, last in pairwise(cuts):
                case = None
                if self.recased and generator.random() < self.recased:
                    case = int(generator.integers(len(self.known.cases)))
                for piece in document_pieces(lengths[first:last], self.document_length):
                    parts = tuple((n + first, a, b) for n, a, b in piece.parts)
                    pieces.append((number, Piece(parts), case))
        return DrawnBatches(self.known, pieces, self.batches, generator, self.unknown)


class HeldRows:
    """Documents that a model is scored on after every epoch.

    Args:
        data: the documents.
        features: what is read of words.
        labels: the types of entities, in the order of the model.
        document_length: places that are read together at most.
        places: words and ends of sentences in a batch, about.
    """

    def __init__(
        self,
        data: TaggedDataset,
        features: WordFeatures,
        labels: Sequence[str],
        *,
        document_length: int,
        places: int = 4_000,
    ) -> None:
        self.data, self.labels = data, tuple(labels)
        self.known = KnownRows.of(data, features, labels)
        self.pieces = [
            (number, piece)
            for number, document in enumerate(data.words)
            for piece in document_pieces([len(words) for words in document], document_length)
        ]
        self.places = places

    @cached_property
    def batches(self) -> list[tuple[list[int], dict[str, np.ndarray]]]:
        """The pieces of every batch by their numbers, and what a model reads of them."""
        lengths = [len(piece) for _, piece in self.pieces]
        found: list[tuple[list[int], dict[str, np.ndarray]]] = []
        chosen: list[int] = []
        for number in sorted(range(len(lengths)), key=lengths.__getitem__):
            if chosen and (len(chosen) + 1) * lengths[number] > self.places:
                found.append((chosen, self._features(chosen)))
                chosen = []
            chosen.append(number)
        return [*found, (chosen, self._features(chosen))] if chosen else found

    def _features(self, chosen: Sequence[int]) -> dict[str, np.ndarray]:
        rows = [self.known.row(*self.pieces[number])[0] for number in chosen]
        time = -(-max(map(len, rows)) // _TIME) * _TIME
        places = np.zeros((len(rows), time), np.int32)
        inside = np.zeros((len(rows), time), bool)
        for row, words in enumerate(rows):
            places[row, : len(words)], inside[row, : len(words)] = words, True
        found = self.known.table.take(places)
        found["token_ids"] = np.where(inside, found["token_ids"], 0).astype(np.int32)
        groups = np.where(
            places > 0, self.known.lower[places], -1 - np.arange(time, dtype=np.int32)
        )
        return {**found, "groups": groups.astype(np.int32), "padding_mask": inside}

    def tags(
        self,
        emissions: Callable[[dict[str, np.ndarray]], np.ndarray],
        decode: Callable[[np.ndarray, list[int]], list[np.ndarray]],
    ) -> list[list[list[str]]]:
        """Return the IOB2 tags that a model gives, of the sentences of every document.

        Args:
            emissions: returns the emissions of a batch, of shape (batch, places, tags).
            decode: returns the tags of chains, given emissions of shape (chains, time, tags) and
                their lengths.
        """
        names = iobes_names(self.labels)
        chains: list[np.ndarray] = []
        owners: list[tuple[int, int, int]] = []
        for chosen, features in self.batches:
            scores = emissions(features)
            for row, number in enumerate(chosen):
                document, piece = self.pieces[number]
                place = 0
                for sentence, first, stop in piece.parts:
                    chains.append(scores[row, place : place + stop - first])
                    owners.append((document, sentence, first))
                    place += stop - first + 1
        found = [[["O"] * len(words) for words in document] for document in self.data.words]
        for (document, sentence, first), tags in zip(owners, _decoded(chains, decode), strict=True):
            named = to_iob2([names[tag] for tag in tags])
            found[document][sentence][first : first + len(named)] = named
        return found

    def score(self, found: list[list[list[str]]]) -> dict[str, float]:
        """Return precision, recall and F1 of tags.

        Args:
            found: IOB2 tags of the sentences of every document.
        """
        precision, recall, f1 = map(float, entity_scores(self.data.tags, found).figures())
        return {"f1": f1, "precision": precision, "recall": recall}


def _decoded(
    chains: list[np.ndarray], decode: Callable[[np.ndarray, list[int]], list[np.ndarray]]
) -> list[np.ndarray]:
    """Return the tags of chains, in batches of like length."""
    found: list[np.ndarray] = [np.zeros(0, np.int32)] * len(chains)
    order = sorted(range(len(chains)), key=lambda number: len(chains[number]))
    for start in range(0, len(order), 256):
        numbers = order[start : start + 256]
        lengths = [len(chains[number]) for number in numbers]
        batch = np.zeros((len(numbers), max(lengths), chains[0].shape[-1]))
        for row, number in enumerate(numbers):
            batch[row, : lengths[row]] = chains[number]
        for number, tags in zip(numbers, decode(batch, lengths), strict=True):
            found[number] = tags
    return found
