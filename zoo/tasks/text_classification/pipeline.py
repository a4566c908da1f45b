"""Classes of texts from a checkpoint through ONNX Runtime, without importing Keras."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.classes.ranking import BEST, class_results, labels_asked
from zoo.common.cores import cores
from zoo.common.costs import rows_at_once
from zoo.common.counts import checked_batch_size
from zoo.common.notebook import line
from zoo.errors import CheckpointError, InputError
from zoo.formats import Checkpoint
from zoo.graphs.engines import ENGINES
from zoo.graphs.session import batches_by_length, make_session, side_by_side
from zoo.schema import ModelInfo
from zoo.sessions.session import Session, Streaming
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.text.doubts import Doubts, WordDoubts
from zoo.text.encoding import TextEncoder, check_texts, pad, parse_tokenizer

if TYPE_CHECKING:
    from zoo.tasks.text_classification.streaming import TextState, TextStream

__all__ = ["TextClassificationPipeline"]

_NOTHING = np.zeros(0, np.int32)
# Texts whose tokens are found while others are computed.
_READ_AHEAD = 256


class TextClassificationPipeline(Streaming):
    """Classifies raw texts with the weights of a checkpoint.

    Made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `text-classification`.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for ONNX Runtime.

    Attributes:
        info: the checkpoint's record.
        threads: batches computed side by side.
        engine: what computes.

    Example:
        >>> import zoo
        >>> zoo.pipeline("lstm-imdb")("A moving film.")[0]["label"]
        'positive'
    """

    def __init__(
        self, source: Checkpoint, threads: int | None = None, engine: str | None = None
    ) -> None:
        self.info: ModelInfo = source.info
        self.threads = threads or cores()
        self._source, self.engine = source, engine or ENGINES[0]
        tokenizer = parse_tokenizer(source.tokenizer, source.backbone.vocabulary_size)
        self._tokenizer = tokenizer
        self._backbone = source.backbone
        self._encode = TextEncoder(
            tokenizer, source.preprocessor.head_length, source.preprocessor.tail_length
        )
        self._doubts = WordDoubts(tokenizer)
        model = source.graph("onnx/model.onnx", text_classifier_graph)
        try:
            self._session = make_session(model, engine, self.threads)
        except InputError:
            raise
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {source.path}: {error}") from error

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source, self.threads, self.engine)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    @cached_property
    def _stream(self) -> TextStream:
        from zoo.tasks.text_classification.streaming import TextStream
        from zoo.text.arriving import arriving

        return TextStream(self._source, arriving(self._tokenizer))

    def session(self) -> Session[TextState]:
        """Return a session for a text that arrives piece by piece.

        `step` takes a piece of any length, which may end within a word, and returns what the
        pipeline says of the text so far: `{"label", "score"}` of all labels, best first. Of what
        is longer than the network reads the end counts, as it is then.

        Raises:
            InputError: the network needs all of a text before it can take a step.

        Example:
            >>> import zoo
            >>> session = zoo.pipeline("lstm-imdb").session()
            >>> [session.step(piece)[0]["label"] for piece in ("A mov", "ing", " film.")]
            ['positive', 'positive', 'positive']
        """
        return Session(self._stream, self._stream.first)

    def __call__(
        self,
        texts: Any,
        top_k: int | None = BEST,
        batch_size: int = 8,
    ) -> list[Any]:
        """Classify texts; warns of those that the model can say little about or reads in part.

        Args:
            texts: a text, or what yields texts: a list, an array, a generator, a column of
                pandas, polars or PyArrow.
            top_k: how many labels to return for each text, best first; None returns all.
            batch_size: texts computed at once, fewer where memory is short for the longest; it
                changes the speed, not the answers.

        Returns:
            For one text a list of `{"label", "score"}`. For a list of texts one such dictionary
            a text, or one list of them a text when `top_k` is given.

        Raises:
            InputError: there is no text, or something that is not a text, or `top_k` or
                `batch_size` is not a positive number.
        """
        answers, doubts = self.with_doubts(texts, top_k, batch_size)
        doubts.warn()
        return answers

    def with_doubts(
        self, texts: Any, top_k: int | None = BEST, batch_size: int = 8
    ) -> tuple[list[Any], Doubts]:
        """Do what calling the pipeline does, and return what it warns of instead of warning.

        Args:
            texts: as for calling the pipeline, like the others.
            top_k: how many labels to return for each text.
            batch_size: texts computed at once.

        Returns:
            The answers, and which of them say little about their texts.

        Raises:
            InputError: as for calling the pipeline.
        """
        single = isinstance(texts, str)
        labels_asked(top_k, self.info.labels)  # which is refused before anything is computed
        probabilities, doubts = self.score_with_doubts(texts, batch_size)
        answers = class_results(self.info.labels, probabilities, top_k, single=single)
        return answers, doubts

    def predict_proba(self, texts: Any, batch_size: int = 8) -> np.ndarray:
        """Return the probability of every class for every text.

        Args:
            texts: as for calling the pipeline.
            batch_size: texts computed at once.

        Returns:
            float32 array of shape (texts, classes), the classes in the order of `info.labels`.

        Raises:
            InputError: as for calling the pipeline.
        """
        probabilities, doubts = self.score_with_doubts(texts, batch_size)
        doubts.warn()
        return probabilities

    def score_with_doubts(self, texts: Any, batch_size: int = 8) -> tuple[np.ndarray, Doubts]:
        """Return what `predict_proba` does, and what it warns of instead of warning.

        Args:
            texts: as for calling the pipeline.
            batch_size: texts computed at once.

        Returns:
            float32 array of shape (texts, classes), and which rows say little about their texts.

        Raises:
            InputError: as for calling the pipeline.
        """
        size = checked_batch_size(batch_size)
        given = check_texts(texts)
        sequences: list[np.ndarray] = [_NOTHING] * len(given)
        cut = np.zeros(len(given), bool)
        probabilities = np.empty((len(given), len(self.info.labels)), np.float32)
        # The longest come first, so that the threads end together; characters tell tokens nearly.
        order = np.argsort([-len(text) for text in given], kind="stable")
        longest = min(self._encode.limit, max(map(len, given))) + 1
        size, threads = self._at_once(size, longest)
        with side_by_side(threads if len(given) > size else 1) as submit:
            for start in range(0, len(given), _READ_AHEAD):
                rows = order[start : start + _READ_AHEAD]
                found, cut[rows] = self._encode.with_cuts([given[row] for row in rows])
                for row, ids in zip(rows, found, strict=True):
                    sequences[row] = ids
                self._submit(submit, sequences, rows, size, probabilities)
        doubts = self._doubts(sequences, cut, self._encode.limit, self._encode.keeps_end)
        return probabilities, doubts

    def score(self, texts: Any, batch_size: int = 8) -> tuple[np.ndarray, np.ndarray]:
        """Return what `predict_proba` does, and which texts hold no word, without a warning.

        Args:
            texts: as for calling the pipeline.
            batch_size: texts computed at once.

        Returns:
            float32 array of shape (texts, classes), and bool array of shape (texts,).

        Raises:
            InputError: as for calling the pipeline.
        """
        probabilities, doubts = self.score_with_doubts(texts, batch_size)
        empty = np.zeros(len(probabilities), bool)
        empty[doubts.rows.get("empty text", [])] = True
        return probabilities, empty

    def score_ids(self, sequences: Sequence[np.ndarray], batch_size: int = 8) -> np.ndarray:
        """Return the probability of every class for token ids, as the tokenizer gives them.

        Args:
            sequences: integer arrays, the start token first, no longer than the model reads.
            batch_size: texts computed at once.

        Returns:
            float32 array of shape (texts, classes).
        """
        probabilities = np.empty((len(sequences), len(self.info.labels)), np.float32)
        longest = max(map(len, sequences), default=1)
        batch_size, threads = self._at_once(batch_size, longest)
        with side_by_side(threads if len(sequences) > batch_size else 1) as submit:
            rows = np.arange(len(sequences))
            self._submit(submit, sequences, rows, batch_size, probabilities)
        return probabilities

    def _at_once(self, batch_size: int, longest: int) -> tuple[int, int]:
        """Return how many texts may share a batch, and how many batches run side by side."""
        return rows_at_once(batch_size, self.threads, self._backbone.activations(longest))

    def _submit(
        self,
        submit: Callable[..., None],
        sequences: Sequence[np.ndarray],
        rows: np.ndarray,
        batch_size: int,
        probabilities: np.ndarray,
    ) -> None:
        """Hand in batches of some rows of token ids; each fills in its probabilities."""
        lengths = np.array([len(sequences[row]) for row in rows], np.int32)

        def compute(some: np.ndarray) -> None:
            chosen = rows[some]
            feed = {"token_ids": pad([sequences[row] for row in chosen]), "lengths": lengths[some]}
            probabilities[chosen] = self._session.run(["probabilities"], feed)[0]

        for some in batches_by_length(lengths, batch_size):
            submit(compute, some)
