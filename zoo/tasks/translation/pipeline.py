"""Translation from a checkpoint through ONNX Runtime, without importing Keras."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zoo.formats import TOKENIZER, Checkpoint
from zoo.networks.bahdanau.graph import NETWORK
from zoo.pairs.alignment import Alignment
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.pairs.pipeline import BEAMS, MAX_LENGTH, PairPipeline, Search
from zoo.sessions.session import Session, begins
from zoo.text.doubts import Doubts, SubwordDoubts, lost_numbers
from zoo.text.encoding import check_texts
from zoo.text.subwords import SubwordEncoder, decode, parse_subword_tokenizer

if TYPE_CHECKING:
    from zoo.pairs.streaming import PairState

__all__ = ["LENGTH_PENALTY", "TranslationPipeline"]

LENGTH_PENALTY = 0.4  # of 0 to 1.4 the one with the highest BLEU on the validation part of Multi30k


class TranslationPipeline(PairPipeline):
    """Translates raw sentences with the weights of a checkpoint; made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `translation`.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for ONNX Runtime.

    Attributes:
        info: the checkpoint's record.

    Example:
        >>> import zoo
        >>> zoo.pipeline("bahdanau-multi30k-de-en")("Ein Mann fährt Rad.")
        [{'translation_text': 'A man is riding a bike.'}]
    """

    nouns: ClassVar[tuple[str, str]] = ("sentence", "translation")

    def __init__(
        self, source: Checkpoint, threads: int | None = None, engine: str | None = None
    ) -> None:
        backbone = source.backbone
        tokenizers = (
            parse_subword_tokenizer(
                source.assets[SOURCE_TOKENIZER], backbone.source_vocabulary_size
            ),
            parse_subword_tokenizer(source.assets[TOKENIZER], backbone.vocabulary_size),
        )
        self._doubts = SubwordDoubts(tokenizers[0])
        super().__init__(source, NETWORK, tokenizers, threads, engine)

    def __call__(
        self,
        texts: Any,
        num_beams: int = BEAMS,
        length_penalty: float = LENGTH_PENALTY,
        max_length: int | None = None,
        batch_size: int = 16,
    ) -> list[dict[str, str]]:
        """Translate sentences.

        An empty sentence has an empty translation. Warns of what is longer than the network reads
        and is cut, of words that are strange to it, and of numbers that it loses.

        Args:
            texts: a sentence, or what yields sentences: a list, an array, a generator, a column
                of pandas, polars or PyArrow.
            num_beams: sequences that the search keeps; 1 is greedy search.
            length_penalty: 0 favours short translations, 1 compares the mean over the tokens.
            max_length: most tokens of a translation; by default what the checkpoint says.
            batch_size: sentences computed at once, fewer where memory is short for the longest;
                it changes the speed, not the answers.

        Returns:
            One `{"translation_text"}` a sentence.

        Raises:
            InputError: there is no sentence, or something that is not one, or a number is out
                of bounds.
        """
        answers, doubts = self.with_doubts(texts, num_beams, length_penalty, max_length, batch_size)
        doubts.warn()
        return answers

    def with_doubts(
        self,
        texts: Any,
        num_beams: int = BEAMS,
        length_penalty: float = LENGTH_PENALTY,
        max_length: int | None = None,
        batch_size: int = 16,
    ) -> tuple[list[dict[str, str]], Doubts]:
        """Do what calling the pipeline does, and return what it warns of instead of warning.

        Args:
            texts: as for calling the pipeline, like the others.
            num_beams: sequences that the search keeps.
            length_penalty: 0 favours short translations.
            max_length: most tokens of a translation.
            batch_size: sentences computed at once.

        Returns:
            The answers, and which of them say little about their sentences.

        Raises:
            InputError: as for calling the pipeline.
        """
        sentences = check_texts(texts)
        sequences, doubts = self._find(
            sentences, Search(num_beams, length_penalty, max_length, batch_size)
        )
        found = self._written([best.ids for best, *_ in sequences])
        doubts.add_rows("lost number", lost_numbers(sentences, found))
        return [{"translation_text": text} for text in found], doubts

    @begins
    def session(self, text: Any = None, max_length: int | None = None) -> Session[PairState]:
        """Return a session that writes the translation of a sentence token by token, greedily.

        `step()` returns the next piece of text, an empty one where a token completes no character,
        and None at the end. Joined they are what the pipeline returns with `num_beams=1`.

        Args:
            text: a sentence.
            max_length: most tokens of the translation; by default what the checkpoint says.

        Raises:
            InputError: it is no sentence, or `max_length` is out of bounds.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("bahdanau-multi30k-de-en").session("Ein Mann fährt Rad.")
            >>> session.step(), session.step()
            ('A', ' man')
        """
        return self._begin(text, max_length)

    def translate_ids(
        self,
        texts: Any,
        num_beams: int = BEAMS,
        length_penalty: float = LENGTH_PENALTY,
        max_length: int | None = None,
        batch_size: int = 16,
    ) -> list[np.ndarray]:
        """Do what calling the pipeline does, and return token ids.

        Args:
            texts: as for calling the pipeline, like the others.
            num_beams: sequences that the search keeps.
            length_penalty: 0 favours short translations.
            max_length: most tokens of a translation.
            batch_size: sentences computed at once.

        Returns:
            int32 arrays, with the end token where the translation was not cut.

        Raises:
            InputError: as for calling the pipeline.
        """
        sequences, doubts = self._find(
            check_texts(texts), Search(num_beams, length_penalty, max_length, batch_size)
        )
        doubts.warn()
        return [best.ids for best, *_ in sequences]

    def score(
        self, texts: Any, translations: Any, batch_size: int = 16
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how likely given translations are.

        Args:
            texts: a sentence, or a list or array of them.
            translations: a translation of each.
            batch_size: pairs computed at once.

        Returns:
            The log-probability of each in nats, float64 (pairs,), and its number of tokens,
            the end token included, int (pairs,).

        Raises:
            InputError: something is not a sentence, or there are more of one side.
        """
        return super().score(texts, translations, batch_size)

    def score_with_doubts(
        self, texts: Any, translations: Any, batch_size: int = 16
    ) -> tuple[np.ndarray, np.ndarray, Doubts]:
        """Do what `score` does, and return what it warns of instead of warning.

        Args:
            texts: as for `score`, like the others.
            translations: a translation of each.
            batch_size: pairs computed at once.

        Returns:
            What `score` returns, and which sentences were cut.

        Raises:
            InputError: as for `score`.
        """
        return super().score_with_doubts(texts, translations, batch_size)

    def attention(
        self, texts: Any, translations: Any = None, num_beams: int = BEAMS
    ) -> list[Alignment]:
        """Return where the decoder looked for every token of translations.

        Args:
            texts: a sentence, or a list or array of them.
            translations: a translation of each; by default those that the pipeline gives.
            num_beams: sequences that the search for them keeps.

        Returns:
            An `Alignment` a sentence: the tokens of both sides, and the weights as a float32
            array of shape (target tokens, source tokens), whose rows sum to 1.

        Raises:
            InputError: something is not a sentence, or there are more of one side.
        """
        return super().attention(texts, translations, num_beams)

    def _sources(self, texts: list[str]) -> tuple[list[np.ndarray], Doubts]:
        encode = SubwordEncoder(self._source_tokenizer, self._source_length)
        sources, cut = encode.with_cuts(texts)
        return sources, self._doubts(sources, cut, self._source_length - 1)

    def _targets(self, texts: list[str]) -> list[np.ndarray]:
        return SubwordEncoder(self._tokenizer, MAX_LENGTH)(texts)

    def _written(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        return decode(self._tokenizer, sequences)

    def _search(self, num_beams: int) -> Search:
        return Search(num_beams, LENGTH_PENALTY)
