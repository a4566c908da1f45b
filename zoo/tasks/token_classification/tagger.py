"""What a tagger makes of what its network says of words, whichever way that is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from zoo.common.counts import checked_batch_size
from zoo.errors import InputError, shown
from zoo.tasks.token_classification.emissions import Documents, Reader, alike
from zoo.tasks.token_classification.words import Place, sentence_places
from zoo.text.doubts import UNKNOWN_CHARACTERS, Doubts
from zoo.text.encoding import check_texts
from zoo.text.tags import Span, spans, tags_of, to_iob2

__all__ = ["BATCH", "SentenceNames", "Tagger", "check_sentences"]

BATCH = 32
# Sentences whose tags are chosen together, and words of them with padding.
_CHAINS, _PLACES = 256, 16_384
_EMPTY = "{count} of {total} texts hold no word (the first {place}); there are no names in them."
_STRANGE = (
    "Many letters of {count} of {total} texts are unknown to the model, as those of another "
    "script are (the first {place}); what it finds in them says little."
)
_ALONE = {
    _EMPTY: "The text holds no word; there are no names in it.",
    _STRANGE: "Many letters of the text are unknown to the model, as those of another script are; "
    "what it finds in it says little.",
}


@dataclass(frozen=True)
class SentenceNames:
    """What is found in a sentence.

    Attributes:
        spans: the type, first word and the one after the last of every entity, in their order.
        scores: float64 array of shape (entities,), the probability of each: that these words,
            neither more nor fewer, are an entity of this type, whatever the others are.
    """

    spans: list[Span]
    scores: np.ndarray


class Tagger:
    """Finds names in texts, and tags words.

    Attributes:
        reader: what says how well every tag fits every word by itself.
    """

    reader: Reader

    def find_names(self, texts: Any, batch_size: int = BATCH) -> list[Any]:
        """Find the names in texts; warns of texts that hold no word, or letters of other scripts.

        Args:
            texts: a text, or what yields texts.
            batch_size: texts computed at once, fewer where memory is short for the longest.

        Returns:
            For one text a list of entities in their order, for several a list of such lists. An
            entity is a dictionary: `entity_group`, its type; `score`, the probability that just
            these words are an entity of this type, by the sum over all tags of the sentence;
            `word`, how it stands in the text; `start` and `end`, its first character and the one
            after the last.

        Raises:
            InputError: there is no text, something that is no text, or `batch_size` is not a
                positive number.
        """
        answers, doubts = self.with_doubts(texts, batch_size)
        doubts.warn()
        return answers[0] if isinstance(texts, str | bytes) else answers

    def with_doubts(self, texts: Any, batch_size: int = BATCH) -> tuple[list[Any], Doubts]:
        """Do what `find_names` does, and return what it warns of instead of warning.

        Args:
            texts: as for `find_names`.
            batch_size: texts computed at once.

        Returns:
            A list of entities for every text, and which texts there is something to say of.

        Raises:
            InputError: as for `find_names`.
        """
        size = checked_batch_size(batch_size)
        given = check_texts(texts)
        places = [sentence_places(text) for text in given]
        documents = [
            [[text[start:end] for start, end in sentence] for sentence in sentences]
            for text, sentences in zip(given, places, strict=True)
        ]
        found = self.find(documents, size)
        answers = [
            [
                _entity(text, kind, sentence[start:end], score)
                for sentence, one in zip(sentences, of_text, strict=True)
                for (kind, start, end), score in zip(one.spans, one.scores, strict=True)
            ]
            for text, sentences, of_text in zip(given, places, found, strict=True)
        ]
        doubtful = {
            _EMPTY: np.array([not document for document in documents]),
            _STRANGE: self.reader.unknown(documents) > UNKNOWN_CHARACTERS,
        }
        return answers, Doubts(len(given), doubtful, alone=_ALONE)

    def tag(
        self, sentences: Any, batch_size: int = BATCH, *, together: bool = False
    ) -> list[list[str]]:
        """Tag sentences that are cut into words already.

        Args:
            sentences: the sentences, each a list of words, which are taken as they are.
            batch_size: sentences computed at once; it changes the speed, not the answers.
            together: whether they are one document, in its order: what is said in it elsewhere
                of the same word counts then.

        Returns:
            The IOB2 tag of every word.

        Raises:
            InputError: it is no list of lists of words, a word is empty, or `batch_size` is not
                a positive number.

        Example:
            >>> pipe = zoo.pipeline("bilstm-crf-conll2003")  # doctest: +SKIP
            >>> pipe.tag([["EU", "rejects", "German", "call"]])  # doctest: +SKIP
            [['B-ORG', 'O', 'B-MISC', 'O']]
        """
        size = checked_batch_size(batch_size)
        given = check_sentences(sentences)
        found = self.find([given] if together else [[one] for one in given], size)
        results = [one for document in found for one in document]
        return [tags_of(one.spans, len(words)) for one, words in zip(results, given, strict=True)]

    def find(self, documents: Documents, batch_size: int = BATCH) -> list[list[SentenceNames]]:
        """Find the names in documents that are cut into sentences and words.

        Args:
            documents: the documents, each a list of sentences of words, all of them whole.
            batch_size: documents computed at once.
        """
        emissions = self.emissions(documents, batch_size)
        sentences = [one for document in emissions for one in document]
        found = [SentenceNames([], np.zeros(0)) for _ in sentences]
        lengths = np.array([len(one) for one in sentences], np.int64)
        for rows in alike(lengths, _CHAINS, _PLACES):
            self._find(sentences, lengths, rows, found)
        results = iter(found)
        return [[next(results) for _ in document] for document in documents]

    def _find(
        self,
        sentences: Sequence[np.ndarray],
        lengths: np.ndarray,
        rows: np.ndarray,
        found: list[SentenceNames],
    ) -> None:
        """Fill in what is found in some sentences."""
        batch = _padded([sentences[row] for row in rows])
        paths = self.reader.chain.decode(batch, lengths[rows])
        named: list[int] = []
        asked: list[tuple[int, int, Sequence[int]]] = []
        for at, path in enumerate(paths):
            if path.any():  # tag 0 is that of what is no name
                inside = spans(to_iob2([self.reader.names[tag] for tag in path]))
                found[rows[at]] = SentenceNames(inside, np.zeros(len(inside)))
                named.append(at)
                tags = path.tolist()
                asked += [(len(named) - 1, start, tags[start:end]) for _, start, end in inside]
        if not named:
            return
        scores = self.reader.chain.span_probabilities(batch[named], lengths[rows[named]], asked)
        start = 0
        for at in named:
            one = found[rows[at]]
            one.scores[:] = scores[start : start + len(one.spans)]
            start += len(one.spans)

    def emissions(self, documents: Documents, batch_size: int = BATCH) -> list[list[np.ndarray]]:
        """Return the score of every tag of every word, before the chain.

        Args:
            documents: the documents, each a list of sentences of words.
            batch_size: documents computed at once.

        Returns:
            float32 arrays of shape (words, tags), one a sentence: `O`, then that an entity of a
            type begins, goes on, ends, or is this word alone, type after type.
        """
        return self.reader(documents, batch_size)

    def marginals(self, sentences: Any, batch_size: int = BATCH) -> list[np.ndarray]:
        """Return how likely every word is part of an entity of every type, or of none.

        Args:
            sentences: as of `tag`.
            batch_size: sentences computed at once.

        Returns:
            float64 arrays of shape (words, 1 + types), one a sentence: that it is none, then
            the types in the order of `info.labels`. They sum to 1.

        Raises:
            InputError: as of `tag`.
        """
        size = checked_batch_size(batch_size)
        given = check_sentences(sentences)
        results = [np.zeros((0, 1 + len(self.reader.names) // 4))] * len(given)
        scores = [one for (one,) in self.emissions([[words] for words in given], size)]
        lengths = np.array([len(words) for words in given])
        for rows in alike(lengths, _CHAINS, _PLACES):
            found = self.reader.chain.marginals(_padded([scores[r] for r in rows]), lengths[rows])
            for row, shares in zip(rows, found, strict=True):
                inside = shares[: lengths[row]]
                kinds = inside[:, 1:].reshape(len(inside), -1, 4).sum(axis=2)
                results[row] = np.concatenate([inside[:, :1], kinds], axis=1)
        return results


def _padded(emissions: Sequence[np.ndarray]) -> np.ndarray:
    """Return the emissions of sentences as one array, zeros past the end of each."""
    batch = np.zeros((len(emissions), max(map(len, emissions)), emissions[0].shape[1]))
    for row, one in zip(batch, emissions, strict=True):
        row[: len(one)] = one
    return batch


def check_sentences(sentences: Any) -> list[list[str]]:
    """Return sentences as lists of words.

    Args:
        sentences: sentences, each what yields words.

    Raises:
        InputError: it is something else, there is none, or a word is none.

    Example:
        >>> check_sentences([("EU", "rejects")])
        [['EU', 'rejects']]
    """
    example = "such as [['EU', 'rejects', 'German', 'call']]"
    if isinstance(sentences, str | bytes) or not hasattr(sentences, "__iter__"):
        raise InputError(
            f"Expected a list of sentences that are lists of words, {example}. Received: "
            f"{shown(sentences)}. Call the pipeline itself with raw text"
        )
    found: list[list[str]] = []
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str | bytes) or not hasattr(sentence, "__iter__"):
            raise InputError(
                f"Expected a list of sentences that are lists of words, {example}. Received: "
                f"{shown(sentence)} at index {number}. Put the words of one sentence in a list of "
                "their own"
            )
        words = list(sentence)
        if words and (
            wrong := [word for word in words if not isinstance(word, str) or not word.strip()]
        ):
            raise InputError(
                f"Expected words in sentence {number}, {example}. Received: {shown(wrong[0])}"
            )
        found.append(check_texts(words) if words else [])
    if not found:
        raise InputError(f"Expected at least one sentence, {example}. Received: an empty list")
    return found


def _entity(text: str, kind: str, places: Sequence[Place], score: float) -> dict[str, Any]:
    start, end = places[0][0], places[-1][1]
    return {
        "entity_group": kind,
        "score": float(score),
        "word": text[start:end],
        "start": start,
        "end": end,
    }
