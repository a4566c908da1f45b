"""Translation from a checkpoint through ONNX Runtime, without importing Keras."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.common.cores import cores
from zoo.common.costs import rows_at_once
from zoo.common.counts import checked, real
from zoo.common.notebook import line
from zoo.errors import CheckpointError, InputError, shown
from zoo.formats import TOKENIZER, Checkpoint
from zoo.graphs.engines import ENGINES
from zoo.graphs.session import batches_by_length, in_parallel, make_session
from zoo.networks.bahdanau.costs import activations
from zoo.networks.bahdanau.graph import decoder_step_graph, encoder_graph
from zoo.pairs.alignment import Alignment
from zoo.pairs.beam import beam_search
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.schema import ModelInfo
from zoo.sessions.session import Session, Writing, begins, fingerprint
from zoo.text.doubts import Doubts, SubwordDoubts, lost_numbers
from zoo.text.encoding import PAD, START, check_text, check_texts, pad
from zoo.text.subwords import END, SubwordEncoder, decode, parse_subword_tokenizer

if TYPE_CHECKING:
    from zoo.tasks.translation.streaming import TranslationState, TranslationStream

__all__ = ["TranslationPipeline"]

MAX_BEAMS, BEAMS, MAX_LENGTH = 100, 5, 1_000
LENGTH_PENALTY = 0.4  # of 0 to 1.4 the one with the highest BLEU on the validation part of Multi30k
_OUTPUTS = ["log_probabilities", "next_state", "output"]


class TranslationPipeline(Writing):
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

    def __init__(
        self, source: Checkpoint, threads: int | None = None, engine: str | None = None
    ) -> None:
        self.info: ModelInfo = source.info
        self.threads = threads or cores()
        self._source, self.engine = source, engine or ENGINES[0]
        spec, backbone = source.preprocessor, source.backbone
        self._length = spec.target_length - 1  # without the start token
        self._source_length = spec.source_length
        self._backbone, self._dim = backbone, backbone.embedding_dim
        self._source_tokenizer = parse_subword_tokenizer(
            source.assets[SOURCE_TOKENIZER], backbone.source_vocabulary_size
        )
        self._doubts = SubwordDoubts(self._source_tokenizer)
        self._tokenizer = parse_subword_tokenizer(
            source.assets[TOKENIZER], backbone.vocabulary_size
        )
        try:
            encoder = source.graph("onnx/encoder.onnx", encoder_graph)
            step = source.graph("onnx/decoder_step.onnx", decoder_step_graph)
            self._encoder = make_session(encoder, engine, self.threads)
            self._step = make_session(step, engine, self.threads)
        except InputError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {source.path}: {error}") from error

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source, self.threads, self.engine)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

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
        sequences, doubts = self._translate(
            sentences, num_beams, length_penalty, max_length, batch_size
        )
        found = decode(self._tokenizer, sequences)
        doubts.add_rows("lost number", lost_numbers(sentences, found))
        return [{"translation_text": text} for text in found], doubts

    @cached_property
    def _stream(self) -> TranslationStream:
        from zoo.tasks.translation.streaming import TranslationStream

        return TranslationStream(
            fingerprint(self.info),
            self._tokenizer,
            (self._backbone.source_vocabulary_size, self._backbone.vocabulary_size),
            (self._source_length, MAX_LENGTH),
            self._encode,
            self._next,
        )

    @begins
    def session(self, text: Any = None, max_length: int | None = None) -> Session[TranslationState]:
        """Return a session that writes the translation of a sentence token by token, greedily.

        `step()` returns the next piece of text, an empty one where a token completes no character,
        and None at the end. Joined they are what the pipeline returns with `num_beams=1`.

        Args:
            text: a sentence.
            max_length: most tokens of the translation; by default what the checkpoint says.

        Raises:
            InputError: it is no sentence, or `max_length` is out of bounds.

        Example:
            >>> session = zoo.pipeline("bahdanau-multi30k-de-en").session("Ein Mann fährt Rad.")
            >>> session.step(), session.step()
            ('A', ' man')
        """
        if max_length is not None:
            max_length = checked("max_length", max_length, 1, MAX_LENGTH)
        (source,), doubts = self._sources([check_text(text)])
        doubts.warn()
        return Session(self._stream, self._stream.begin(source, max_length or self._length))

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
        sequences, doubts = self._translate(
            check_texts(texts), num_beams, length_penalty, max_length, batch_size
        )
        doubts.warn()
        return sequences

    def _translate(
        self,
        sentences: list[str],
        num_beams: int,
        length_penalty: float,
        max_length: int | None,
        batch_size: int,
    ) -> tuple[list[np.ndarray], Doubts]:
        num_beams = checked("num_beams", num_beams, 1, MAX_BEAMS)
        batch_size = checked("batch_size", batch_size, 1, 1_000_000)
        if max_length is not None:
            max_length = checked("max_length", max_length, 1, MAX_LENGTH)
        penalty = real(length_penalty)
        # Written so that NaN fails.
        if penalty is None or not abs(penalty) <= 10:
            raise InputError(
                f"Expected a length_penalty from -10 to 10. Received: {shown(length_penalty)}"
            )
        sources, doubts = self._sources(sentences)
        results: list[np.ndarray] = [np.array([END], np.int32)] * len(sources)
        rows = [row for row, ids in enumerate(sources) if len(ids) > 1]
        batch_size, threads = self._at_once(batch_size, sources, num_beams)

        def compute(chosen: np.ndarray) -> None:
            state, fixed = self._encode([sources[row] for row in chosen])
            found = beam_search(
                self._next,
                state,
                fixed,
                num_beams=num_beams,
                max_length=max_length or self._length,
                length_penalty=length_penalty,
            )
            for row, sequence in zip(chosen, found, strict=True):
                results[row] = sequence

        lengths = [len(sources[row]) for row in rows]
        batches = [np.array(rows)[some] for some in batches_by_length(lengths, batch_size)]
        in_parallel(compute, batches, threads)
        return results, doubts

    def _at_once(
        self, batch_size: int, sources: list[np.ndarray], num_beams: int
    ) -> tuple[int, int]:
        """Return how many sentences may share a batch, and how many batches run side by side."""
        longest = max(map(len, sources), default=1)
        held = activations(self._backbone, longest, num_beams)
        return rows_at_once(batch_size, self.threads, held)

    def _sources(self, sentences: list[str]) -> tuple[list[np.ndarray], Doubts]:
        encode = SubwordEncoder(self._source_tokenizer, self._source_length)
        sources, cut = encode.with_cuts(sentences)
        return sources, self._doubts(sources, cut, self._source_length)

    def _encode(self, sources: list[np.ndarray]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the decoder's first state, and what stays the same in all its steps."""
        token_ids = pad(sources)
        lengths = np.array([len(ids) for ids in sources], np.int32)
        values, keys, state = self._encoder.run(
            ["values", "keys", "state"], {"token_ids": token_ids, "lengths": lengths}
        )
        fed = np.zeros((len(sources), self._dim), np.float32)
        mask = token_ids != PAD
        return {"state": state, "fed": fed}, {"values": values, "keys": keys, "mask": mask}

    def _next(self, tokens: np.ndarray, arrays: dict[str, Any]) -> tuple[np.ndarray, Any]:
        scores, state, output = self._step.run(_OUTPUTS, {"token_ids": tokens, **arrays})
        return scores, {"state": state, "fed": output}

    def _follow(
        self, sources: list[np.ndarray], targets: list[np.ndarray]
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield the targets' tokens, log-probabilities and weights at every step of a batch."""
        state, fixed = self._encode(sources)
        padded = pad(targets)
        tokens = np.full(len(targets), START, np.int32)
        for column in padded.T:
            scores, after, output, weights = self._step.run(
                [*_OUTPUTS, "weights"], {"token_ids": tokens, **state, **fixed}
            )
            yield column, scores[np.arange(len(column)), column], weights
            state, tokens = {"state": after, "fed": output}, np.ascontiguousarray(column)

    def _pairs(
        self, texts: Any, translations: Any
    ) -> tuple[list[np.ndarray], list[np.ndarray], Doubts]:
        sentences, given = check_texts(texts), check_texts(translations)
        if len(sentences) != len(given):
            raise InputError(
                f"Expected one translation a sentence: {len(sentences)}. Received: {len(given)}"
            )
        encode = SubwordEncoder(self._tokenizer, MAX_LENGTH)
        sources, doubts = self._sources(sentences)
        return sources, encode(given), doubts.only("long sentence")

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
        scores, tokens, doubts = self.score_with_doubts(texts, translations, batch_size)
        doubts.warn()
        return scores, tokens

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
        sources, targets, doubts = self._pairs(texts, translations)
        scores = np.zeros(len(sources))
        batch_size, threads = self._at_once(batch_size, sources, num_beams=1)

        def compute(rows: np.ndarray) -> None:
            total = np.zeros(len(rows))
            batch = [[side[row] for row in rows] for side in (sources, targets)]
            for tokens, found, _ in self._follow(*batch):
                total += np.where(tokens == PAD, 0.0, found)
            scores[rows] = total

        lengths = [len(ids) for ids in targets]
        in_parallel(compute, batches_by_length(lengths, batch_size), threads)
        return scores, np.array(lengths), doubts

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
        if translations is None:
            texts = check_texts(texts)
            sources, _ = self._sources(texts)
            targets = self.translate_ids(texts, num_beams)
        else:
            sources, targets, doubts = self._pairs(texts, translations)
            doubts.warn()
        found = []
        for source, target in zip(sources, targets, strict=True):
            weights = np.concatenate([w for _, _, w in self._follow([source], [target])])
            found.append(
                Alignment.of(self._source_tokenizer, self._tokenizer, source, target, weights)
            )
        return found
