"""What a tagger's network says of the words of documents, without Keras."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from unicodedata import category

import numpy as np

from zoo.common.costs import rows_at_once
from zoo.errors import CheckpointError, InputError
from zoo.formats import TOKENIZER, Checkpoint
from zoo.graphs.session import make_session, side_by_side
from zoo.layers.chain import Chain
from zoo.networks.tagging.graph import WORD_INPUTS
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.tasks.token_classification.graph import WORDS, chain_of, words_graph
from zoo.tasks.token_classification.specs import AFFIX_TOKENIZER, LETTER_TOKENIZER
from zoo.text.forms import PLAIN_WORDS
from zoo.text.language import parse_language_tokenizer
from zoo.text.tags import iobes_names
from zoo.text.word_features import (
    Piece,
    WordFeatures,
    WordTable,
    document_pieces,
    padded_rows,
    word_groups,
    written_form,
)

__all__ = ["Documents", "Reader", "SessionReader", "alike", "features_of"]

# Documents, their sentences, and the words of those.
Documents = Sequence[Sequence[Sequence[str]]]

# Documents that are computed at once of what is read of them.
_ROWS = 32
# Places of a batch, with padding: what is computed of more leaves the processor's caches.
_PLACES = 2_048
# The graph that a checkpoint may bring.
_GRAPH = "onnx/model.onnx"
# Words whose documents are made ready together.
_AT_ONCE = 100_000


def features_of(source: Checkpoint) -> WordFeatures:
    """Return what turns words into what a tagger reads.

    Args:
        source: a verified checkpoint.

    Raises:
        CheckpointError: a vocabulary does not fit its table.
    """
    backbone = source.backbone
    sizes = {
        TOKENIZER: backbone.vocabulary_size,
        LETTER_TOKENIZER: backbone.letter_vocabulary_size,
        AFFIX_TOKENIZER: backbone.affix_vocabulary_size,
    }
    return WordFeatures(
        *(
            parse_language_tokenizer(source.assets[name], PLAIN_WORDS, size)
            for name, size in sizes.items()
        )
    )


def alike(lengths: np.ndarray, rows: int, places: int) -> Iterator[np.ndarray]:
    """Yield the rows of batches of like length, the longest first; none of what is empty.

    Args:
        lengths: number of places of every row.
        rows: rows of a batch at most.
        places: places of a batch at most, with padding, but for one row that is longer.

    Example:
        >>> [rows.tolist() for rows in alike(np.array([5, 0, 1, 4, 2]), 2, 8)]
        [[0], [3, 4], [2]]
    """
    order = np.argsort(-lengths, kind="stable")
    order = order[lengths[order] > 0]
    start = 0
    while start < len(order):
        count = min(rows, max(1, places // int(lengths[order[start]])))
        yield order[start : start + count]
        start += count


class Reader(ABC):
    """Says of every word of documents how well every tag fits it by itself.

    Args:
        features: turns words into what a network reads.
        labels: the types of entities.
        chain: goes on from what is said of words.
        spec: arguments of the network.
        most: places that it reads at once.
        threads: batches computed side by side.
    """

    def __init__(
        self,
        features: WordFeatures,
        labels: Sequence[str],
        chain: Chain,
        spec: TaggingBackboneSpec,
        most: int,
        threads: int = 1,
    ) -> None:
        self.features, self.chain, self.most = features, chain, most
        self.names = iobes_names(labels)
        self._threads, self._backbone = threads, spec

    @abstractmethod
    def run(self, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the emissions of a batch, float32 array of shape (batch, places, tags).

        Args:
            feed: the inputs of the graph by name.
        """

    def run_words(
        self, table: WordTable, places: np.ndarray, more: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        """Return the emissions of a batch whose words stand in a table.

        Args:
            table: what is read of the words.
            places: int array of shape (batch, places), the row of each in the table.
            more: the other inputs of the graph by name.
        """
        return self.run({**table.take(places), **more})

    def __call__(self, documents: Documents, batch_size: int) -> list[list[np.ndarray]]:
        """Return the emissions of every sentence of every document.

        Args:
            documents: the documents, whose sentences have a word at least.
            batch_size: documents computed at once, fewer where memory is short.

        Returns:
            float32 arrays of shape (words, tags).
        """
        found: list[list[np.ndarray]] = [
            [np.empty((len(sentence), len(self.names)), np.float32) for sentence in document]
            for document in documents
        ]
        for some in _together(documents):
            self._fill([documents[at] for at in some], [found[at] for at in some], batch_size)
        return found

    def rows(self, rows: Sequence[dict[str, np.ndarray]]) -> list[np.ndarray]:
        """Return the emissions of documents, of what is read of them.

        Args:
            rows: what `WordFeatures.document` makes of each, or something like it; all no longer
                than the network reads at once.

        Returns:
            float32 arrays of shape (places, tags), one a document.
        """
        lengths = np.array([len(row["token_ids"]) for row in rows], np.int32)
        found: list[np.ndarray] = [np.zeros(0)] * len(rows)
        size, threads = rows_at_once(
            _ROWS, self._threads, self._backbone.activations(int(lengths.max()))
        )

        def compute(some: np.ndarray) -> None:
            batch = padded_rows([rows[at] for at in some], int(lengths[some].max()))
            del batch["padding_mask"]
            emissions = self.run({**batch, "lengths": lengths[some]})
            for at, said in zip(some, emissions, strict=True):
                found[at] = said[: lengths[at]]

        with side_by_side(threads if len(rows) > size else 1) as submit:
            for some in alike(lengths, size, _PLACES):
                submit(compute, some)
        return found

    def unknown(self, documents: Documents) -> np.ndarray:
        """Return the share of the letters of every document that the network does not know.

        Of words as they are looked at, and of all in them but digits and marks, which say nothing
        of a script: letters, and what stands in the place of words, such as emoji.

        Args:
            documents: the documents.

        Returns:
            float64 array of shape (documents,).
        """
        known = self.features.letters
        shares = np.zeros(len(documents))
        for at, document in enumerate(documents):
            signs = Counter(
                "".join(written_form(word) for sentence in document for word in sentence)
            )
            counts = {sign: n for sign, n in signs.items() if category(sign)[0] not in "NP"}
            strange = sum(count for sign, count in counts.items() if sign not in known)
            shares[at] = strange / max(1, sum(counts.values()))
        return shares

    def _fill(
        self,
        documents: Documents,
        found: list[list[np.ndarray]],
        batch_size: int,
    ) -> None:
        """Write the emissions of documents to where they belong."""
        rows: dict[str, int] = {}
        pieces: list[tuple[int, Piece]] = []
        for number, document in enumerate(documents):
            for sentence in document:
                for word in sentence:
                    rows.setdefault(word, len(rows))
            own = [len(sentence) for sentence in document]
            pieces += [(number, piece) for piece in document_pieces(own, self.most)]
        if not pieces:
            return
        table = self._table(list(rows))
        end, pad = len(rows), len(rows) + 1
        lengths = np.array([len(piece) for _, piece in pieces], np.int32)
        size, threads = rows_at_once(
            batch_size, self._threads, self._backbone.activations(int(lengths.max()))
        )

        def compute(some: np.ndarray) -> None:
            longest = int(lengths[some].max())
            places = np.full((len(some), longest), pad, np.intp)
            groups = np.tile(np.arange(longest, dtype=np.int32), (len(some), 1))
            for row, at in enumerate(some):
                number, piece = pieces[at]
                sentences = [
                    documents[number][sentence][start:stop] for sentence, start, stop in piece.parts
                ]
                numbers = [n for words in sentences for n in (*map(rows.__getitem__, words), end)]
                places[row, : len(numbers)] = numbers
                groups[row, : len(numbers)] = word_groups(sentences)
            emissions = self.run_words(table, places, {"groups": groups, "lengths": lengths[some]})
            for row, at in enumerate(some):
                number, piece = pieces[at]
                place = 0
                for sentence, start, stop in piece.parts:
                    said = emissions[row, place : place + stop - start]
                    found[number][sentence][start:stop] = said
                    place += stop - start + 1

        with side_by_side(threads if len(pieces) > size else 1) as submit:
            for some in alike(lengths, size, _PLACES):
                submit(compute, some)

    def _table(self, words: Sequence[str]) -> WordTable:
        """Return what is read of words, then of the end of a sentence, and of padding."""
        table, end = self.features.table(words), self.features.end

        def whole(name: str) -> Any:
            values = getattr(table, name)
            return np.concatenate(
                [values, end[name][None], np.zeros_like(values, shape=(1, *values.shape[1:]))]
            )

        return WordTable(*map(whole, ("token_ids", "letters", "shapes", "affixes")))


class SessionReader(Reader):
    """Says it by the graph of a checkpoint.

    Args:
        source: a verified checkpoint of the task `token-classification`.
        threads: batches computed side by side.
        engine: what computes; None for ONNX Runtime.

    Raises:
        CheckpointError: what computes does not take the graph.
    """

    def __init__(self, source: Checkpoint, threads: int, engine: str | None) -> None:
        super().__init__(
            features_of(source),
            source.info.labels,
            chain_of(source),
            source.backbone,
            source.preprocessor.document_length,
            threads,
        )
        # A graph of its own reads every different word of a batch once; one that the checkpoint
        # brings has the inputs of the published one.
        self._by_place = _GRAPH in source.graphs
        model = source.graph(_GRAPH, words_graph)
        try:
            self._session = make_session(model, engine, threads)
        except InputError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {source.path}: {error}") from error

    def run(self, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        if self._by_place:
            return self._emissions(feed)
        shape = feed["token_ids"].shape
        words = {
            name: feed[name].reshape(-1, *feed[name].shape[2:]) if name in WORD_INPUTS else value
            for name, value in feed.items()
        }
        places = np.arange(shape[0] * shape[1], dtype=np.int32).reshape(shape)
        return self._emissions({**words, WORDS: places})

    def run_words(
        self, table: WordTable, places: np.ndarray, more: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        if self._by_place:
            return super().run_words(table, places, more)
        different, numbers = np.unique(places, return_inverse=True)
        words = numbers.reshape(places.shape).astype(np.int32)
        return self._emissions({**table.take(different), WORDS: words, **more})

    def _emissions(self, feed: Mapping[str, np.ndarray]) -> np.ndarray:
        emissions: np.ndarray = self._session.run(["emissions"], dict(feed))[0]
        return emissions


def _together(documents: Documents) -> Iterator[range]:
    """Yield the numbers of documents that are made ready together."""
    start = words = 0
    for number, document in enumerate(documents):
        words += sum(map(len, document))
        if words >= _AT_ONCE:
            yield range(start, number + 1)
            start, words = number + 1, 0
    if start < len(documents):
        yield range(start, len(documents))
