"""What pipelines of encoder-decoders have in common: they read a text and write another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from tokenizers import Tokenizer

from zoo.common.cores import cores
from zoo.common.costs import rows_at_once
from zoo.common.counts import checked, real
from zoo.common.notebook import line
from zoo.errors import CheckpointError, InputError, shown
from zoo.formats import Checkpoint
from zoo.graphs.engines import ENGINES
from zoo.graphs.session import batches_by_length, in_parallel, make_session
from zoo.pairs.alignment import Alignment
from zoo.pairs.beam import Found, beam_search
from zoo.schema import ModelInfo
from zoo.sessions.session import Session, Writing, fingerprint
from zoo.text.doubts import OF_PAIRS, Doubts
from zoo.text.encoding import PAD, START, check_text, check_texts, pad
from zoo.text.subwords import END

if TYPE_CHECKING:
    from zoo.pairs.streaming import PairState, PairStream

__all__ = ["BEAMS", "MAX_BEAMS", "MAX_LENGTH", "PairNetwork", "PairPipeline", "Search"]

MAX_BEAMS, BEAMS, MAX_LENGTH = 100, 5, 1_000
_OUTPUTS = ["log_probabilities", "next_state", "output"]


@dataclass(frozen=True)
class PairNetwork:
    """How a network of encoder and decoder is computed without Keras.

    Attributes:
        encoder: writes the ONNX graph that reads, of a checkpoint.
        step: writes the one that takes a step of writing.
        activations: returns how many numbers are held at once, of the network's arguments, the
            tokens of a text and the beams of a search.
    """

    encoder: Callable[[Checkpoint], bytes]
    step: Callable[[Checkpoint], bytes]
    activations: Callable[[Any, int, int], int]


@dataclass(frozen=True)
class Search:
    """How answers are searched for.

    Args:
        num_beams: sequences that the search keeps; 1 is greedy search.
        length_penalty: 0 favours short answers, 1 compares the mean over the tokens.
        max_length: most tokens of an answer; None for what the checkpoint says.
        batch_size: texts computed at once.

    Raises:
        InputError: a number is out of bounds.

    Example:
        >>> Search(num_beams=3).length_penalty
        1.0
    """

    num_beams: int = BEAMS
    length_penalty: float = 1.0
    max_length: int | None = None
    batch_size: int = 16

    def __post_init__(self) -> None:
        checked("num_beams", self.num_beams, 1, MAX_BEAMS)
        checked("batch_size", self.batch_size, 1, 1_000_000)
        if self.max_length is not None:
            checked("max_length", self.max_length, 1, MAX_LENGTH)
        penalty = real(self.length_penalty)
        # Written so that NaN fails.
        if penalty is None or not abs(penalty) <= 10:
            raise InputError(
                f"Expected a length_penalty from -10 to 10. Received: {shown(self.length_penalty)}"
            )


class PairPipeline(Writing):
    """Reads texts and writes others with the weights of a checkpoint.

    Subclasses say what the tokens of both sides are, and how answers look.

    Args:
        source: a verified checkpoint.
        network: how its network is computed.
        tokenizers: those of what is read, and of what is written.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for ONNX Runtime.

    Attributes:
        info: the checkpoint's record.
    """

    # What a text is called in errors, and what is written of it.
    nouns: ClassVar[tuple[str, str]] = ("text", "answer")

    def __init__(
        self,
        source: Checkpoint,
        network: PairNetwork,
        tokenizers: tuple[Tokenizer, Tokenizer],
        threads: int | None = None,
        engine: str | None = None,
    ) -> None:
        self.info: ModelInfo = source.info
        self.threads = threads or cores()
        self._source, self.engine = source, engine or ENGINES[0]
        spec, backbone = source.preprocessor, source.backbone
        self._length = spec.target_length - 1  # without the start token
        self._source_length = spec.source_length
        self._source_tokenizer, self._tokenizer = tokenizers
        self._backbone, self._activations = backbone, network.activations
        try:
            encoder = source.graph("onnx/encoder.onnx", network.encoder)
            step = source.graph("onnx/decoder_step.onnx", network.step)
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

    @property
    def tokenizers(self) -> tuple[Tokenizer, Tokenizer]:
        """The tokenizers of what is read, and of what is written."""
        return self._source_tokenizer, self._tokenizer

    @abstractmethod
    def _sources(self, texts: list[str]) -> tuple[list[np.ndarray], Doubts]:
        """Return texts as token ids, the end token last, and which answers to them say little."""

    @abstractmethod
    def _targets(self, texts: list[str]) -> list[np.ndarray]:
        """Return given answers as token ids, the end token last, none of them cut."""

    @abstractmethod
    def _written(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """Return the texts of token ids that were written, up to the end token of each."""

    @cached_property
    def _stream(self) -> PairStream:
        from zoo.pairs.streaming import PairStream

        return PairStream(
            fingerprint(self.info),
            self._text,
            (self._backbone.source_vocabulary_size, self._backbone.vocabulary_size),
            (self._source_length, MAX_LENGTH),
            self._encode,
            self._next,
        )

    def _text(self, ids: Iterable[int]) -> str:
        return self._written([ids])[0]

    def _begin(self, text: Any, max_length: int | None) -> Session[PairState]:
        """Return a session that writes the answer to a text token by token, greedily."""
        if max_length is not None:
            max_length = checked("max_length", max_length, 1, MAX_LENGTH)
        (source,), doubts = self._sources([check_text(text)])
        doubts.warn()
        return Session(self._stream, self._stream.begin(source, max_length or self._length))

    def _find(self, texts: list[str], search: Search) -> tuple[list[list[Found]], Doubts]:
        """Return what a search finds for every text, the best first, and the doubts about it."""
        sources, doubts = self._sources(texts)
        return self._sequences(sources, search), doubts

    def _sequences(self, sources: list[np.ndarray], search: Search) -> list[list[Found]]:
        """Return what a search finds for every text of token ids, the best first.

        To what is empty the answer is the end token, and certain.
        """
        results = [[Found(0.0, 0.0, np.array([END], np.int32))] for _ in sources]
        rows = [row for row, ids in enumerate(sources) if len(ids) > 1]
        batch_size, threads = self._at_once(search.batch_size, sources, search.num_beams)

        def compute(chosen: np.ndarray) -> None:
            state, fixed = self._encode([sources[row] for row in chosen])
            found = beam_search(
                self._next,
                state,
                fixed,
                num_beams=search.num_beams,
                max_length=search.max_length or self._length,
                length_penalty=search.length_penalty,
            )
            for row, sequences in zip(chosen, found, strict=True):
                results[row] = sequences

        lengths = [len(sources[row]) for row in rows]
        batches = [np.array(rows)[some] for some in batches_by_length(lengths, batch_size)]
        in_parallel(compute, batches, threads)
        return results

    def _at_once(
        self, batch_size: int, sources: list[np.ndarray], num_beams: int
    ) -> tuple[int, int]:
        """Return how many texts may share a batch, and how many batches run side by side."""
        longest = max(map(len, sources), default=1)
        held = self._activations(self._backbone, longest, num_beams)
        return rows_at_once(batch_size, self.threads, held)

    def _encode(self, sources: list[np.ndarray]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the decoder's first state, and what stays the same in all its steps."""
        token_ids = pad(sources)
        lengths = np.array([len(ids) for ids in sources], np.int32)
        values, keys, state = self._encoder.run(
            ["values", "keys", "state"], {"token_ids": token_ids, "lengths": lengths}
        )
        fed = np.zeros((len(sources), self._backbone.embedding_dim), np.float32)
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

    def _pairs(self, texts: Any, targets: Any) -> tuple[list[np.ndarray], list[np.ndarray], Doubts]:
        read, given = check_texts(texts), check_texts(targets)
        if len(read) != len(given):
            text, answer = self.nouns
            raise InputError(f"Expected one {answer} a {text}: {len(read)}. Received: {len(given)}")
        sources, doubts = self._sources(read)
        doubts = doubts.only(*OF_PAIRS)
        self._doubt_targets(doubts, given)
        return sources, self._targets(given), doubts

    def _doubt_targets(self, doubts: Doubts, targets: list[str]) -> None:
        """Add what there is to doubt of given answers; nothing unless defined."""

    def score(
        self, texts: Any, targets: Any, batch_size: int = 16
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how likely given answers are.

        Args:
            texts: a text, or a list or array of them.
            targets: an answer to each.
            batch_size: pairs computed at once.

        Returns:
            The log-probability of each in nats, float64 (pairs,), and its number of tokens,
            the end token included, int (pairs,).

        Raises:
            InputError: something is no text, or there are more of one side.
        """
        scores, tokens, doubts = self.score_with_doubts(texts, targets, batch_size)
        doubts.warn()
        return scores, tokens

    def score_with_doubts(
        self, texts: Any, targets: Any, batch_size: int = 16
    ) -> tuple[np.ndarray, np.ndarray, Doubts]:
        """Do what `score` does, and return what it warns of instead of warning.

        Args:
            texts: as for `score`, like the others.
            targets: an answer to each.
            batch_size: pairs computed at once.

        Returns:
            What `score` returns, and which texts and answers it is not true of as they stand.

        Raises:
            InputError: as for `score`.
        """
        sources, answers, doubts = self._pairs(texts, targets)
        scores = np.zeros(len(sources))
        batch_size, threads = self._at_once(batch_size, sources, num_beams=1)

        def compute(rows: np.ndarray) -> None:
            total = np.zeros(len(rows))
            batch = [[side[row] for row in rows] for side in (sources, answers)]
            for tokens, found, _ in self._follow(*batch):
                total += np.where(tokens == PAD, 0.0, found)
            scores[rows] = total

        lengths = [len(ids) for ids in answers]
        in_parallel(compute, batches_by_length(lengths, batch_size), threads)
        return scores, np.array(lengths), doubts

    def attention(self, texts: Any, targets: Any = None, num_beams: int = BEAMS) -> list[Alignment]:
        """Return where the decoder looked for every token of answers.

        Args:
            texts: a text, or a list or array of them.
            targets: an answer to each; by default those that the pipeline gives.
            num_beams: sequences that the search for them keeps.

        Returns:
            An `Alignment` a text: the tokens of both sides, and the weights as a float32
            array of shape (target tokens, source tokens), whose rows sum to 1.

        Raises:
            InputError: something is no text, or there are more of one side.
        """
        if targets is None:
            sources, doubts = self._sources(check_texts(texts))
            found = self._sequences(sources, self._search(num_beams))
            answers = [sequences[0].ids for sequences in found]
        else:
            sources, answers, doubts = self._pairs(texts, targets)
        doubts.warn()
        alignments = []
        for source, target in zip(sources, answers, strict=True):
            weights = np.concatenate([w for _, _, w in self._follow([source], [target])])
            alignments.append(
                Alignment.of(self._source_tokenizer, self._tokenizer, source, target, weights)
            )
        return alignments

    @abstractmethod
    def _search(self, num_beams: int) -> Search:
        """Return how answers are searched for unless told otherwise, with so many beams."""
