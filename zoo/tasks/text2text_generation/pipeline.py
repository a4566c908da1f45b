"""Texts of units to others from a checkpoint through ONNX Runtime, without importing Keras."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.common.counts import checked
from zoo.errors import InputError
from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.bahdanau.graph import NETWORK
from zoo.pairs.beam import Found
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.pairs.pipeline import BEAMS, MAX_BEAMS, PairPipeline, Search
from zoo.sessions.session import Session, begins
from zoo.tasks.text2text_generation.examples import examples_of
from zoo.text.doubts import Doubts
from zoo.text.encoding import check_texts
from zoo.text.units import UnitEncoder, decode_units, doubt_answers, parse_units, unit_doubts

if TYPE_CHECKING:
    from zoo.pairs.streaming import PairState

__all__ = ["LENGTH_PENALTY", "Text2TextPipeline"]

# Answers are compared by their probability, so that those of several come with the likeliest first;
# of 0, 0.5 and 1 it also leaves the fewest wrong words of the validation part of CMUdict.
LENGTH_PENALTY = 0.0


class Text2TextPipeline(PairPipeline):
    """Writes what is to be written of texts, such as the sounds of words; made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `text2text-generation`.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for ONNX Runtime.

    Attributes:
        info: the checkpoint's record.
        source_unit: what is read one by one, `"characters"` or `"words"` between white space.
        target_unit: the same of what is written.

    Example:
        >>> import zoo
        >>> zoo.pipeline("g2p-cmudict")("zoology")  # doctest: +SKIP
        [{'generated_text': 'Z OW AA L AH JH IY'}]
    """

    nouns: ClassVar[tuple[str, str]] = ("text", "answer")

    def __init__(
        self, source: Checkpoint, threads: int | None = None, engine: str | None = None
    ) -> None:
        backbone, spec = source.backbone, source.preprocessor
        tokenizers = (
            parse_units(
                source.assets[SOURCE_TOKENIZER],
                spec.source_vocabulary,
                backbone.source_vocabulary_size,
            ),
            parse_units(source.assets[TOKENIZER], spec.target_vocabulary, backbone.vocabulary_size),
        )
        self._read = UnitEncoder(tokenizers[0], spec.source_length)
        self._given = UnitEncoder(tokenizers[1], keep=True)
        self.source_unit, self.target_unit = spec.source_unit, spec.target_unit
        super().__init__(source, NETWORK, tokenizers, threads, engine)

    @cached_property
    def examples(self) -> tuple[str, ...]:
        """Texts to begin with."""
        return examples_of(self._source)

    def __call__(
        self,
        texts: Any,
        num_return_sequences: int | None = None,
        num_beams: int | None = None,
        length_penalty: float = LENGTH_PENALTY,
        max_length: int | None = None,
        batch_size: int = 64,
    ) -> list[Any]:
        """Write the answers to texts.

        Capitals are read as small letters, and a curved apostrophe as the straight one where only
        that is known. A letter with a mark that the model does not know is read as the plain
        letter; of a model of symbols, one that it does not know without the number at its end, as
        that of a stress, or in the other case. Whatever else it does not know, such as digits and
        other scripts, is left out; the answer to a text of which nothing is left is empty. All of
        this is warned of, as are texts that are longer than the network reads, whose ends are left
        out.

        Args:
            texts: a text, or what yields texts: a list, an array, a generator, a column of
                pandas, polars or PyArrow.
            num_return_sequences: answers to a text, the likeliest first, each with its `"score"`,
                its probability; fewer where the search finds no more. None gives one without.
                A network that was trained with label smoothing, as the zoo's own, gives too low
                ones: they rank answers, and tell doubtful texts from clear ones.
            num_beams: sequences that the search keeps; 1 is greedy search. By default 5, or as
                many as are returned.
            length_penalty: 0 compares answers by their probability, 1 by the mean over their
                units, which favours long ones.
            max_length: most units of an answer; by default what the checkpoint says.
            batch_size: texts computed at once, fewer where memory is short for the longest; it
                changes the speed, not the answers.

        Returns:
            One `{"generated_text"}` a text. Where several answers are asked for: of one text the
            list of them, of a list of texts a list of such lists.

        Raises:
            InputError: there is no text, or something that is not one, or a number is out of
                bounds.

        Example:
            >>> import zoo
            >>> pronounce = zoo.pipeline("g2p-cmudict")  # doctest: +SKIP
            >>> pronounce("read", num_return_sequences=2)  # doctest: +SKIP
            [{'generated_text': 'R EH D', 'score': 0.5}, {'generated_text': 'R IY D', 'score': 0.4}]
        """
        single = isinstance(texts, str | bytes)
        answers, doubts = self.with_doubts(
            texts, num_return_sequences, num_beams, length_penalty, max_length, batch_size
        )
        doubts.warn()
        several = num_return_sequences is not None and num_return_sequences > 1
        return answers[0] if several and single else answers

    def with_doubts(
        self,
        texts: Any,
        num_return_sequences: int | None = None,
        num_beams: int | None = None,
        length_penalty: float = LENGTH_PENALTY,
        max_length: int | None = None,
        batch_size: int = 64,
    ) -> tuple[list[Any], Doubts]:
        """Do what calling the pipeline does with a list, and return what it warns of.

        Args:
            texts: as for calling the pipeline, like the others.
            num_return_sequences: answers to a text.
            num_beams: sequences that the search keeps.
            length_penalty: 0 compares answers by their probability.
            max_length: most units of an answer.
            batch_size: texts computed at once.

        Returns:
            One `{"generated_text"}` a text, or a list of them where several are asked for; and
            which of them say little about their texts.

        Raises:
            InputError: as for calling the pipeline.
        """
        wanted = 1
        if num_return_sequences is not None:
            wanted = checked("num_return_sequences", num_return_sequences, 1, MAX_BEAMS)
        if num_beams is None:
            num_beams = max(BEAMS, wanted)
        search = Search(num_beams, length_penalty, max_length, batch_size)
        if wanted > num_beams:
            raise InputError(
                f"Expected at most as many num_return_sequences as num_beams, {num_beams}. "
                f"Received: {wanted}. Ask for more beams, such as num_beams={wanted}"
            )
        found, doubts = self._find(check_texts(texts), search)
        kept = [sequences[:wanted] for sequences in found]
        answers = self._answers(kept, num_return_sequences is not None)
        return answers if wanted > 1 else [first for first, *_ in answers], doubts

    def _answers(self, found: list[list[Found]], scored: bool) -> list[list[dict[str, Any]]]:
        """Return sequences as answers, with their probabilities where they are asked for."""
        # The vocabulary is read once for all.
        texts = iter(self._written([one.ids for sequences in found for one in sequences]))
        return [
            [
                {
                    "generated_text": next(texts),
                    **({"score": float(np.exp(one.log_probability))} if scored else {}),
                }
                for one in sequences
            ]
            for sequences in found
        ]

    @begins
    def session(self, text: Any = None, max_length: int | None = None) -> Session[PairState]:
        """Return a session that writes the answer to a text unit by unit, greedily.

        `step()` returns the next piece, and None at the end. Joined they are what the pipeline
        returns with `num_beams=1`.

        Args:
            text: a text.
            max_length: most units of the answer; by default what the checkpoint says.

        Raises:
            InputError: it is no text, or `max_length` is out of bounds.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("g2p-cmudict").session("zoology")  # doctest: +SKIP
            >>> session.step(), session.step()  # doctest: +SKIP
            ('Z', ' OW')
        """
        return self._begin(text, max_length)

    def unknown_targets(self, texts: list[str]) -> list[tuple[str, ...]]:
        """Return of every text the first units that the model never writes.

        Args:
            texts: what is right to write.
        """
        return self._given.read(texts).unknown

    def _sources(self, texts: list[str]) -> tuple[list[np.ndarray], Doubts]:
        read = self._read.read(texts)
        return read.ids, unit_doubts(read, self._source_length - 1)

    def _targets(self, texts: list[str]) -> list[np.ndarray]:
        return self._given(texts)

    def _doubt_targets(self, doubts: Doubts, targets: list[str]) -> None:
        doubt_answers(doubts, self._given.read(targets))

    def _written(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        return decode_units(self._tokenizer, sequences)

    def _search(self, num_beams: int) -> Search:
        return Search(num_beams, LENGTH_PENALTY)
