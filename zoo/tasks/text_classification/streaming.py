"""Texts that arrive piece by piece, classified as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import numpy as np

from zoo.classes.ranking import best_first
from zoo.common.user_warnings import warn_user
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.graphs.session import make_session
from zoo.sessions.packing import Part
from zoo.sessions.session import fingerprint
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.tasks.text_classification.steps import TextSteps
from zoo.text.arriving import ArrivingCharacters, ArrivingWords, Held
from zoo.text.encoding import check_text

__all__ = ["ReadTokens", "TextState", "TextStream"]

# As many tokens and more of one text are faster through the graph than step by step.
_MANY = 16
_NONE = np.zeros(0, np.int32)


class ReadTokens(msgspec.Struct, frozen=True, eq=False):
    """What a network has read of the tokens of a text.

    A long text is read as the pipeline reads it: its head, and its tail, which moves on.

    Attributes:
        network: its state, float32 (size,), without what is beyond head and tail together.
        count: number of tokens, the start token included.
        head: the state after the head; of fewer tokens empty.
        tail: the last tokens after the head, as many as are read of a tail.
    """

    network: np.ndarray
    count: int
    head: np.ndarray
    tail: np.ndarray


class TextState(msgspec.Struct, frozen=True, eq=False):
    """What has arrived of a text.

    Attributes:
        read: the words that are certain, as the network has read them.
        held: the end of the text, which may go on.
        ahead: token ids of that end, as if the text ended there.
        beyond: `read` with those read too; what is certain later is often just that.
    """

    read: ReadTokens
    held: Held
    ahead: tuple[int, ...]
    beyond: ReadTokens


class TextStream:
    """The step of a text classifier: a state and a piece of text in, a state and scores out.

    Args:
        source: a verified checkpoint of the task `text-classification`.
        words: turns pieces of text into token ids, of words or of characters.

    Raises:
        InputError: the network needs all of a text before it can take a step.
    """

    def __init__(self, source: Checkpoint, words: ArrivingWords | ArrivingCharacters) -> None:
        spec, name = source.backbone, source.info.name
        if spec.ahead:
            raise InputError(
                "Expected a network that reads from the start to the end alone, such as "
                "lstm-imdb's, for a text that arrives piece by piece. Received: "
                f"{shown(name)}: {spec.ahead}. Give it whole texts"
            )
        self.model = fingerprint(source.info)
        self.labels = source.info.labels
        self._source, self._words = source, words
        self._head = source.preprocessor.head_length
        self._tail = source.preprocessor.tail_length
        self._steps = TextSteps(spec, source.head.pooling, source.tensors)
        nothing = ReadTokens(self._steps.zeros(1)[0], 0, _NONE.astype(np.float32), _NONE)
        (begun,) = self._advance([nothing], [words.start.tolist()])
        self.first = TextState(begun, Held(), (), begun)

    def __reduce__(self) -> Any:
        # Its steps are closures over folded weights: they are made anew from what was read.
        return type(self), (self._source, self._words)

    @cached_property
    def _session(self) -> Any:
        return make_session(text_classifier_graph(self._source, stream=True))

    def step_many(
        self, states: Sequence[TextState], inputs: Sequence[Any]
    ) -> tuple[list[TextState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it; answers are all labels, best first."""
        after, scores = self.score_many(states, inputs)
        return after, [best_first(self.labels, row) for row in scores]

    def score_many(
        self, states: Sequence[TextState], inputs: Sequence[Any]
    ) -> tuple[list[TextState], np.ndarray]:
        """Return the states after a piece of text each, and the probabilities of the classes.

        Args:
            states: the states before it.
            inputs: the pieces.

        Returns:
            The states, and a float32 array of shape (states, classes).

        Raises:
            InputError: a piece is not a text.
        """
        arrived = [
            self._words.more(state.held, check_text(piece))
            for state, piece in zip(states, inputs, strict=True)
        ]
        read, ids = [], []
        for state, (certain, _) in zip(states, arrived, strict=True):
            known = len(state.ahead)
            if known and tuple(certain[:known]) == state.ahead:
                read.append(state.beyond)
                ids.append(certain[known:])
            else:
                read.append(state.read)
                ids.append(certain)
        read = self._advance(read, ids)
        ahead = [self._words.rest(held) for _, held in arrived]
        beyond = self._advance(read, ahead)
        self._tell_cuts(states, beyond)
        after = [
            TextState(one, held, tuple(ids), end)
            for one, (_, held), ids, end in zip(read, arrived, ahead, beyond, strict=True)
        ]
        return after, self._scores(beyond)

    def _advance(
        self, read: Sequence[ReadTokens], ids: Sequence[Sequence[int]]
    ) -> list[ReadTokens]:
        """Return what has been read after further tokens of every text."""
        after = list(read)
        left = [list(tokens) for tokens in ids]
        for row, tokens in enumerate(left):
            if len(tokens) >= _MANY:
                after[row], left[row] = self._read_many(after[row], tokens), []
        while rows := [row for row, tokens in enumerate(left) if tokens]:
            tokens = [left[row].pop(0) for row in rows]
            inside = [at for at, row in enumerate(rows) if self._is_read(after[row].count)]
            if inside:
                before = np.stack([after[rows[at]].network for at in inside])
                networks = self._steps.step(before, np.array([tokens[at] for at in inside]))
            found = dict(zip(inside, range(len(inside)), strict=True))
            for at, row in enumerate(rows):
                network = networks[found[at]] if at in found else after[row].network
                after[row] = self._with(after[row], [tokens[at]], network)
        return after

    def _is_read(self, count: int) -> bool:
        """Return whether the network reads on after so many tokens, or the tail moves on."""
        return count < self._head + self._tail

    def _with(self, read: ReadTokens, tokens: list[int], network: np.ndarray) -> ReadTokens:
        """Return what has been read after tokens that do not lead across the end of the head."""
        count, head, tail = read.count + len(tokens), read.head, read.tail
        if count == self._head:
            head = network
        elif count > self._head and self._tail:
            tail = np.concatenate([tail, np.array(tokens, np.int32)])[-self._tail :]
        return ReadTokens(network, count, head, tail)

    def _read_many(self, read: ReadTokens, tokens: list[int]) -> ReadTokens:
        ends = (self._head - read.count, self._head + self._tail - read.count, len(tokens))
        start = 0
        for end in ends:
            some = tokens[start : max(start, min(end, len(tokens)))]
            if some:
                network = read.network
                if self._is_read(read.count):
                    network = self._run(network, some)[1]
                read = self._with(read, some, network)
                start += len(some)
        return read

    def _run(self, network: np.ndarray, tokens: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        """Return the probabilities and the state after further tokens of one text."""
        feed = {"token_ids": np.array([tokens], np.int32), "state": network[None]}
        scores, after = self._session.run(["probabilities", "next_state"], feed)
        return scores[0], after[0]

    def _scores(self, read: Sequence[ReadTokens]) -> np.ndarray:
        limit = self._head + self._tail
        scores = self._steps.probabilities(np.stack([one.network for one in read]))
        for row, one in enumerate(read):
            if one.count > limit and self._tail:
                # As the pipeline reads it: the tail after the head, without what is between.
                scores[row] = self._run(one.head, one.tail.tolist())[0]
        return scores

    def _tell_cuts(self, before: Sequence[TextState], after: Sequence[ReadTokens]) -> None:
        limit = self._head + self._tail
        for old, new in zip(before, after, strict=True):
            if old.beyond.count <= limit < new.count:
                rest = (
                    f"its first {self._head - 1} and its last {self._tail} count from here on"
                    if self._tail
                    else "what follows does not count"
                )
                warn_user(
                    f"A text is longer than the {limit - 1} tokens that are read: {rest}.",
                )

    def shown(self, state: TextState) -> TextState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        for read in (state.read, state.beyond):
            for array in (read.network, read.head, read.tail):
                array.flags.writeable = False
        return state

    def checked(self, value: Any) -> TextState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if not isinstance(value, TextState) or value.read.network.shape != (self._steps.size,):
            raise InputError(
                "Expected a state of this network, as session.state gives it. "
                f"Received: {shown(value, 60)}"
            )
        return value

    def parts(self, state: TextState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        read = state.read
        return {
            "network": read.network,
            "count": read.count,
            "head": read.head,
            "tail": read.tail,
            "text": state.held.text,
            "words": state.held.words,
        }

    def of_parts(self, parts: Mapping[str, Any]) -> TextState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            read = ReadTokens(parts["network"], parts["count"], parts["head"], parts["tail"])
            held = Held(parts["text"], parts["words"])
            good = self._is_state(read, held)
        except (KeyError, TypeError, AttributeError):
            good = False
        if not good:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        ahead = self._words.rest(held)
        (beyond,) = self._advance([read], [ahead])
        return TextState(read, held, tuple(ahead), beyond)

    def _is_state(self, read: ReadTokens, held: Held) -> bool:
        size, count = (self._steps.size,), read.count
        after_head = max(0, count - self._head)
        return (
            set(map(type, (held.text, held.words))) == {str}
            and type(count) is int
            and 1 <= count < 1 << 62
            and read.network.shape == size
            and read.head.shape == (size if count >= self._head else (0,))
            and read.tail.shape == (min(after_head, self._tail),)
            and read.network.dtype == read.head.dtype == np.float32
            and read.tail.dtype == np.int32
            and bool(np.isfinite(read.network).all() and np.isfinite(read.head).all())
            and bool(((read.tail >= 0) & (read.tail < self._source.backbone.vocabulary_size)).all())
            and self._steps.holds(read.network, count if self._is_read(count) else None)
        )
