"""Texts gone on with, and how likely they are, from a checkpoint without importing Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from zoo.common.cores import cores
from zoo.common.counts import checked
from zoo.common.notebook import line
from zoo.errors import CheckpointError, InputError
from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.schema import ModelInfo
from zoo.sessions.session import Session, Writing, begins, fingerprint
from zoo.tasks.text_generation.doubts import prompt_doubts
from zoo.tasks.text_generation.graph import language_model_graph
from zoo.tasks.text_generation.sampling import MAX_SEED, TokenChoice
from zoo.tasks.text_generation.steps import LanguageSteps
from zoo.tasks.text_generation.streaming import GenerationState, GenerationStream
from zoo.tasks.text_generation.texts import needs_space
from zoo.tasks.text_generation.writing import (
    MAX_NEW_TOKENS,
    NEW_TOKENS,
    Wanted,
    Writer,
    random_key,
)
from zoo.text.doubts import Doubts
from zoo.text.encoding import check_text, check_texts
from zoo.text.language import END, PAD, UNKNOWN, encoder_of

__all__ = ["TextGenerationPipeline"]

_SESSION_TOKENS = 1_000
# Numbers that are computed at once of a text that is scored, and the most and fewest tokens.
_SCORED, _MOST, _FEWEST = 1 << 20, 1_024, 16


class TextGenerationPipeline(Writing):
    """Goes on with texts, and tells how likely they are; made by `zoo.pipeline`.

    Args:
        source: a verified checkpoint of the task `text-generation`.
        threads: batches computed side by side; None means one for every core.

    Attributes:
        info: the checkpoint's record.
        encoder: turns texts into token ids, and back.

    Example:
        >>> import tempfile, pathlib, zoo
        >>> from zoo.tasks.text_generation.testing import make_language_model
        >>> pipe = zoo.pipeline(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
        >>> pipe("the cat", max_new_tokens=3, temperature=0)
        [{'generated_text': 'the cat to to ran'}]
    """

    def __init__(self, source: Checkpoint, threads: int | None = None) -> None:
        self.info: ModelInfo = source.info
        self.threads = threads or cores()
        self._source = source
        size = source.backbone.vocabulary_size
        self.encoder = encoder_of(source)
        # What is read of an unknown word is not written, nor is what no token has the id of.
        tokens = set(self.encoder.tokenizer.get_vocab().values()) - {PAD, UNKNOWN}
        self._never = np.setdiff1d(np.arange(size), list(tokens))
        self._steps = LanguageSteps(source)
        self._vocabulary = size
        self._write = Writer(self.encoder, self._steps, self._never, size, self.threads)

    def __reduce__(self) -> Any:
        # Sessions of ONNX Runtime cannot be copied: they are made anew from what was read.
        return type(self), (self._source, self.threads)

    def __repr__(self) -> str:
        return line(self, self.info.name, task=self.info.task)

    def __call__(
        self,
        prompts: Any,
        *,
        max_new_tokens: int = NEW_TOKENS,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        num_beams: int = 1,
        seed: int | None = None,
        num_return_sequences: int = 1,
        return_full_text: bool = True,
    ) -> list[Any]:
        """Go on with texts.

        What is drawn follows from the prompt, the options and the seed, and from nothing else that
        is asked beside it: the same prompt with the same seed is gone on with alike. Warns of
        words or characters of the prompts that the vocabulary does not hold.

        Args:
            prompts: the beginning of a text, or what yields such: a list, an array, a generator, a
                column of pandas, polars or PyArrow. An empty one begins a text.
            max_new_tokens: how many words or characters are written; 0 writes none.
            temperature: what the logits are divided by before a token is drawn: less than 1 makes
                likely tokens likelier; 0 takes the likeliest.
            top_k: of how many of the likeliest tokens one is drawn; None for all.
            top_p: of the fewest that together have that probability one is drawn; None for all.
            num_beams: continuations that a search for the likeliest keeps, in place of drawing; 1
                draws.
            seed: what the draws follow from; None takes one from the system for every prompt.
            num_return_sequences: texts for every prompt.
            return_full_text: whether the prompt stands before what is written.

        Returns:
            Of one prompt a list of `{"generated_text"}`, as many as `num_return_sequences`; of
            several a list of such lists.

        Raises:
            InputError: there is no prompt, or something that is no text; or an option is out of
                bounds, or of no use with another.
        """
        texts, answers = self._answers(
            prompts,
            max_new_tokens=max_new_tokens,
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            num_beams=num_beams,
            seed=seed,
            num_return_sequences=num_return_sequences,
            return_full_text=return_full_text,
        )
        prompt_doubts(self.encoder, texts).warn()
        return answers[0] if isinstance(prompts, str | bytes) else answers

    def with_doubts(
        self, prompts: Any, **options: Any
    ) -> tuple[list[list[dict[str, str]]], Doubts]:
        """Do what calling the pipeline does, and return what it warns of instead of warning.

        Args:
            prompts: as for calling the pipeline.
            **options: as for calling the pipeline.

        Returns:
            A list of `{"generated_text"}` for every prompt, and which prompts hold what the
            vocabulary does not.

        Raises:
            InputError: as for calling the pipeline.
        """
        texts, answers = self._answers(prompts, **options)
        return answers, prompt_doubts(self.encoder, texts)

    def _answers(
        self, prompts: Any, **options: Any
    ) -> tuple[list[str], list[list[dict[str, str]]]]:
        wanted, texts = Wanted.checked(**options), check_texts(prompts)
        written = self._write(texts, wanted)
        return texts, [[{"generated_text": text} for text in several] for several in written]

    @cached_property
    def _stream(self) -> GenerationStream:
        model = fingerprint(self.info)
        return GenerationStream(model, self.encoder, self._steps, self._never, self._vocabulary)

    @begins
    def session(
        self,
        prompt: Any = "",
        max_new_tokens: int | None = None,
        temperature: float | None = None,
        top_k: int | None = None,
        top_p: float | None = None,
        seed: int | None = None,
        state: GenerationState | None = None,
    ) -> Session[GenerationState]:
        """Return a session that goes on with a text token by token.

        `step()` returns the next piece of text, and None at the end. Joined they are what calling
        the pipeline with the same options writes.

        Args:
            prompt: the beginning of the text.
            max_new_tokens: how many tokens are written; by default 1,000.
            temperature: as for calling the pipeline; by default 1.
            top_k: as for calling the pipeline.
            top_p: as for calling the pipeline.
            seed: what the draws follow from; None takes one from the system.
            state: what another session has written, its `state`, to go on from in place of a
                prompt, with all that is not given here as it was there; other draws come of
                another seed.

        Raises:
            InputError: the prompt is no text, or an option is out of bounds.

        Example:
            >>> import tempfile, pathlib, zoo
            >>> from zoo.tasks.text_generation.testing import make_language_model
            >>> pipe = zoo.pipeline(make_language_model(pathlib.Path(tempfile.mkdtemp()) / "tiny"))
            >>> session = pipe.session("the cat", temperature=0)
            >>> session.step(), session.step()
            (' to', ' to')
            >>> other = pipe.session(state=session.state, seed=7)
        """
        if state is not None:
            if not isinstance(prompt, str) or prompt:
                raise InputError(
                    "Expected a prompt or a state, for a state has its own beginning. Received: "
                    "both"
                )
            before = self._stream.checked(state)
        else:
            text = check_text(prompt)
            prompt_doubts(self.encoder, [text]).warn()
            network, last = self._write.begun(text)
            key = random_key(None, text)
            spaced = needs_space(text, self.encoder.unit)
            before = GenerationState(network, last, spaced, 0, _SESSION_TOKENS, TokenChoice(), key)
        how = before.how
        given = (
            how.temperature if temperature is None else temperature,
            how.top_k if top_k is None else top_k,
            how.top_p if top_p is None else top_p,
        )
        changes: dict[str, Any] = {"how": TokenChoice.checked(*given)}
        if max_new_tokens is not None:
            more = checked("max_new_tokens", max_new_tokens, 0, MAX_NEW_TOKENS - before.written)
            changes["most"] = before.written + more
        if seed is not None:
            changes["key"] = (checked("seed", seed, 0, MAX_SEED), *before.key[1:])
        return Session(self._stream, msgspec.structs.replace(before, **changes))

    @cached_property
    def _graph(self) -> Any:
        try:
            return make_session(self._source.graph("onnx/model.onnx", language_model_graph))
        except Exception as error:  # ONNX Runtime's exceptions share no public base class
            raise CheckpointError(f"ONNX Runtime refuses {self._source.path}: {error}") from error

    def read(
        self, token_ids: np.ndarray, state: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return what the network expects after every token of pieces of texts.

        Args:
            token_ids: int32 of shape (batch, time), none of them padding.
            state: what it returned for the pieces before, float32 (batch, size); None before the
                first, which begins with the line end 2.

        Returns:
            Log-probabilities in nats of what follows each token, float32 (batch, time,
            vocabulary), and the state after them.
        """
        state = self._steps.zeros(len(token_ids)) if state is None else state
        feed = {"token_ids": np.asarray(token_ids, np.int32), "state": state}
        found, after = self._graph.run(["log_probabilities", "next_state"], feed)
        return found, after

    def predictions(self, text: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the tokens of a text, and what the network expected in their places.

        Args:
            text: a text of any length; the state goes on over all of it.

        Yields:
            Token ids of a part of it, int32 (tokens,), and log-probabilities in nats of all tokens
            in the place of each, float32 (tokens, vocabulary).

        Raises:
            InputError: it is no text.
        """
        return self._predictions(self.encoder.encode(check_text(text)))

    def _predictions(self, ids: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        read = np.concatenate([np.array([END], np.int32), ids[:-1]])
        size = max(_FEWEST, min(_MOST, _SCORED // self._vocabulary))
        state = None
        for start in range(0, len(ids), size):
            part = slice(start, start + size)
            found, state = self.read(read[None, part], state)
            yield ids[part], found[0]

    def score_tokens(
        self, text: Any, progress: Callable[[int, int], None] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return how likely every token of a text is after those before it.

        Args:
            text: a text of any length.
            progress: called with how many tokens are done, and how many there are.

        Returns:
            Token ids, int32 (tokens,), and their log-probabilities in nats, float64 (tokens,).

        Raises:
            InputError: it is no text.
        """
        ids = self.encoder.encode(check_text(text))
        scores, done = np.empty(len(ids)), 0
        for some, expected in self._predictions(ids):
            scores[done : done + len(some)] = expected[np.arange(len(some)), some]
            done += len(some)
            if progress is not None:
                progress(done, len(ids))
        return ids, scores

    def log_likelihood(self, text: Any) -> tuple[float, int]:
        """Return how likely a text is.

        Of words every one counts, and every line's end. Of characters the first does not: nothing
        stands before it to expect it from.

        Args:
            text: a text of any length.

        Returns:
            Its log-likelihood in nats, and the number of tokens that count.

        Raises:
            InputError: it is no text.
        """
        _, scores = self.score_tokens(text)
        counted = scores[1:] if self.encoder.unit == "characters" else scores
        return float(counted.sum()), len(counted)
