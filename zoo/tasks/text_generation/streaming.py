"""Texts that are written token by token, as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.errors import InputError, shown
from zoo.sessions.packing import Part
from zoo.tasks.text_generation.sampling import MAX_SEED, TokenChoice, choose
from zoo.tasks.text_generation.steps import LanguageSteps
from zoo.tasks.text_generation.texts import needs_space
from zoo.tasks.text_generation.writing import MAX_NEW_TOKENS
from zoo.text.language import END, PAD, LanguageEncoder

__all__ = ["GenerationState", "GenerationStream"]


class GenerationState(msgspec.Struct, frozen=True, eq=False):
    """A text that is being written.

    Attributes:
        network: the network's state before the last token, float32 (size,).
        last: the last token, of what was given or written.
        spaced: whether a space stands before the next word.
        written: how many tokens were written.
        most: how many are written at most.
        how: how they are chosen.
        key: what the random numbers come from: the seed, what tells the beginning from others,
            and which of several texts from there it is.
    """

    network: np.ndarray
    last: int
    spaced: bool
    written: int
    most: int
    how: TokenChoice
    key: tuple[int, int, int]


class GenerationStream:
    """The step of a writer: a state in, a state and the next piece of text out.

    Args:
        model: fingerprint of the checkpoint.
        encoder: turns token ids into text.
        steps: what the network does with a token.
        never: ids of tokens that are never written.
        vocabulary: number of token ids.
    """

    def __init__(
        self,
        model: str,
        encoder: LanguageEncoder,
        steps: LanguageSteps,
        never: np.ndarray,
        vocabulary: int,
    ) -> None:
        self.model, self._encoder, self._steps = model, encoder, steps
        self._never, self._vocabulary = never, vocabulary

    def step_many(
        self, states: Sequence[GenerationState], inputs: Sequence[Any]
    ) -> tuple[list[GenerationState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it.

        Nothing is taken in. The answers are pieces of text, none of them empty, and None where a
        text is as long as it was to become.
        """
        for x in inputs:
            if x is not None:
                raise InputError(
                    "Expected a step without an input, such as session.step(), for the beginning "
                    f"of the text was given to session(). Received: {shown(x)}"
                )
        after, answers = list(states), list[Any]([None] * len(states))
        rows = [row for row, state in enumerate(states) if state.written < state.most]
        if rows:
            before = np.stack([states[row].network for row in rows])
            tokens = np.array([states[row].last for row in rows], np.int32)
            networks, logits = self._steps.step(before, tokens)
            for at, row in enumerate(rows):
                state = states[row]
                token = choose(logits[at], self._never, state.how, state.key, state.written)
                # A part of an array would keep all of it.
                network = networks[at].copy() if len(rows) > 1 else networks[0]
                after[row], answers[row] = self._with(state, token, network)
        return after, answers

    def _with(
        self, state: GenerationState, token: int, network: np.ndarray
    ) -> tuple[GenerationState, str]:
        piece = self._encoder.decode([token])
        if state.spaced and token != END:
            piece = f" {piece}"
        state = GenerationState(
            network,
            token,
            needs_space(piece, self._encoder.unit),
            state.written + 1,
            state.most,
            state.how,
            state.key,
        )
        return state, piece

    def shown(self, state: GenerationState) -> GenerationState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        state.network.flags.writeable = False
        return state

    def checked(self, value: Any) -> GenerationState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if isinstance(value, GenerationState) and value.network.shape == (self._steps.size,):
            return value
        raise InputError(
            "Expected a state of this network, as session.state gives it. "
            f"Received: {shown(value, 60)}"
        )

    def parts(self, state: GenerationState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        how = state.how
        return {
            "network": state.network,
            "last": state.last,
            "spaced": int(state.spaced),
            "written": state.written,
            "most": state.most,
            "how": np.array([how.temperature, how.top_k or 0, how.top_p or 0], np.float64),
            "key": np.array(state.key, np.int64),
        }

    def of_parts(self, parts: Mapping[str, Any]) -> GenerationState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            state = self._of_parts(parts)
        except (KeyError, TypeError, AttributeError, ValueError, InputError):
            state = None
        if state is None:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        return state

    def _of_parts(self, parts: Mapping[str, Any]) -> GenerationState | None:
        network, last, spaced = parts["network"], parts["last"], parts["spaced"]
        written, most, how, key = (parts[name] for name in ("written", "most", "how", "key"))
        if network.shape != (self._steps.size,) or network.dtype != np.float32:
            return None
        if not np.isfinite(network).all() or not PAD < last < self._vocabulary:
            return None
        if spaced not in (0, 1) or not 0 <= written <= most <= MAX_NEW_TOKENS:
            return None
        if key.dtype != np.int64 or key.shape != (3,) or (key < 0).any() or key[0] > MAX_SEED:
            return None
        if how.dtype != np.float64 or how.shape != (3,) or not np.isfinite(how).all():
            return None
        if how[1] != int(how[1]):
            return None
        temperature, top_k, top_p = how.tolist()
        chosen = TokenChoice.checked(temperature, int(top_k) or None, top_p or None)
        seed, beginning, number = key.tolist()
        return GenerationState(
            network, last, bool(spaced), written, most, chosen, (seed, beginning, number)
        )
