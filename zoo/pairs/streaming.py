"""Answers of encoder-decoders that are written token by token, greedily, as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.errors import InputError, shown
from zoo.sessions.packing import Part
from zoo.text.encoding import START
from zoo.text.subwords import END

__all__ = ["PairState", "PairStream"]

_Arrays = dict[str, np.ndarray]
# What stands for bytes that are no character yet.
_HALF = "\ufffd"


class PairState(msgspec.Struct, frozen=True, eq=False):
    """An answer that is being written.

    Attributes:
        source: token ids of the text, the end token last.
        most: most tokens of the answer, the end token included.
        ids: the tokens so far.
        given: how many characters of the answer have been given.
        state: what goes from step to step: the decoder's state, and what it is fed, float32
            (1, size) each.
        memory: what the encoder read.
    """

    source: tuple[int, ...]
    most: int
    ids: tuple[int, ...]
    given: int
    state: _Arrays
    memory: _Arrays

    @property
    def ended(self) -> bool:
        """Whether no token follows."""
        return len(self.source) < 2 or len(self.ids) >= self.most or self.ids[-1:] == (END,)


class PairStream:
    """The step of an encoder-decoder: a state in, a state and the next piece of text out.

    Args:
        model: fingerprint of the checkpoint.
        decode: returns the text of token ids that were written.
        vocabularies: number of token ids of texts, and of answers.
        longest: most tokens of a text, and of an answer.
        encode: takes token ids of texts; returns the decoder's first state, and what stays.
        follow: takes the last tokens and both; returns log-probabilities and the state after.
    """

    def __init__(
        self,
        model: str,
        decode: Callable[[Sequence[int]], str],
        vocabularies: tuple[int, int],
        longest: tuple[int, int],
        encode: Callable[[list[np.ndarray]], tuple[_Arrays, _Arrays]],
        follow: Callable[[np.ndarray, _Arrays], tuple[np.ndarray, _Arrays]],
    ) -> None:
        self.model, self._decode = model, decode
        self._vocabularies, self._longest = vocabularies, longest
        self._encode, self._follow = encode, follow

    def begin(self, source: np.ndarray, most: int) -> PairState:
        """Return the state before the first token.

        Args:
            source: int32 token ids of the text, the end token last.
            most: most tokens of the answer.
        """
        state, memory = self._encode([source])
        return PairState(tuple(source.tolist()), most, (), 0, state, memory)

    def step_many(
        self, states: Sequence[PairState], inputs: Sequence[Any]
    ) -> tuple[list[PairState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it.

        Nothing is taken in. The answers are pieces of text, empty where a token completes none,
        and None where an answer has ended.
        """
        for x in inputs:
            if x is not None:
                raise InputError(
                    "Expected a step without an input, such as session.step(), for the text "
                    f"was given to session(). Received: {shown(x)}"
                )
        after, answers = list(states), list[Any]([None] * len(states))
        rows = [row for row, state in enumerate(states) if not state.ended]
        if rows:
            found, new = self._next([states[row] for row in rows])
            for at, row in enumerate(rows):
                one = {name: array[at : at + 1] for name, array in new.items()}
                after[row], answers[row] = self._with(states[row], int(found[at]), one)
        for row, state in enumerate(states):
            if state.ended and state.given < (size := len(self._text(state))):
                answers[row] = self._text(state)[state.given :]
                after[row] = msgspec.structs.replace(state, given=size)
        return after, answers

    def _next(self, states: list[PairState]) -> tuple[np.ndarray, _Arrays]:
        """Return the next token of every answer, and the states after it."""
        tokens = np.array([state.ids[-1] if state.ids else START for state in states], np.int32)
        longest = max(len(state.source) for state in states)
        arrays = {
            name: np.concatenate([state.state[name] for state in states])
            for name in states[0].state
        }
        for name, first in states[0].memory.items():
            # Past the end of a shorter text the mask is False, and nothing is looked at.
            padded = np.zeros((len(states), longest, *first.shape[2:]), first.dtype)
            for row, state in enumerate(states):
                padded[row, : len(state.source)] = state.memory[name][0]
            arrays[name] = padded
        scores, after = self._follow(tokens, arrays)
        return scores.argmax(axis=1), after

    def _with(self, state: PairState, token: int, new: _Arrays) -> tuple[PairState, str | None]:
        state = msgspec.structs.replace(state, ids=(*state.ids, token), state=new)
        text = self._text(state)
        piece = text[state.given :]
        if state.ended and not piece:
            return state, None
        return msgspec.structs.replace(state, given=len(text)), piece

    def _text(self, state: PairState) -> str:
        """Return what is certain of an answer: characters that are whole."""
        text = self._decode(state.ids)
        return text if state.ended else text.rstrip(_HALF).rstrip()

    def shown(self, state: PairState) -> PairState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        for array in (*state.state.values(), *state.memory.values()):
            array.flags.writeable = False
        return state

    def checked(self, value: Any) -> PairState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if isinstance(value, PairState):
            first, _ = self._encode([np.array([END], np.int32)])
            sizes = {name: array.shape for name, array in first.items()}
            if {name: array.shape for name, array in value.state.items()} == sizes:
                return value
        raise InputError(
            "Expected a state of this network, as session.state gives it. "
            f"Received: {shown(value, 60)}"
        )

    def parts(self, state: PairState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it; the memory is read again."""
        return {
            "source": np.array(state.source, np.int32),
            "most": state.most,
            "ids": np.array(state.ids, np.int32),
            "given": state.given,
            **state.state,
        }

    def of_parts(self, parts: Mapping[str, Any]) -> PairState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            state = self._of_parts(parts)
        except (KeyError, TypeError, AttributeError, ValueError):
            state = None
        if state is None:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        return state

    def _of_parts(self, parts: Mapping[str, Any]) -> PairState | None:
        source, ids, most, given = (parts[name] for name in ("source", "ids", "most", "given"))
        for tokens, vocabulary, longest in zip(
            (source, ids), self._vocabularies, (self._longest[0], most), strict=True
        ):
            if tokens.dtype != np.int32 or tokens.ndim != 1 or len(tokens) > longest:
                return None
            if ((tokens < 0) | (tokens >= vocabulary)).any():
                return None
        if not 1 <= most <= self._longest[1] or source[-1:].tolist() != [END]:
            return None
        state = self.begin(source, most)
        carried = {name: parts[name] for name in state.state}
        for name, array in carried.items():
            first = state.state[name]
            if array.shape != first.shape or array.dtype != first.dtype:
                return None
            if not np.isfinite(array).all():
                return None
        state = msgspec.structs.replace(state, ids=tuple(ids.tolist()), state=carried)
        if END in state.ids[:-1] or not 0 <= given <= len(self._text(state)):
            return None
        return msgspec.structs.replace(state, given=given)
