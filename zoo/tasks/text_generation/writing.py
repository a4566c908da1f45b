"""Several texts gone on with at once."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import msgspec
import numpy as np

from zoo.common.counts import checked
from zoo.errors import InputError, shown
from zoo.graphs.session import in_parallel
from zoo.tasks.text_generation.beams import beam_search
from zoo.tasks.text_generation.sampling import MAX_SEED, TokenChoice, choose
from zoo.tasks.text_generation.steps import LanguageSteps
from zoo.tasks.text_generation.texts import joined
from zoo.text.language import END, LanguageEncoder

__all__ = [
    "MAX_BEAMS",
    "MAX_NEW_TOKENS",
    "MAX_SEQUENCES",
    "NEW_TOKENS",
    "Wanted",
    "Writer",
    "random_key",
]

NEW_TOKENS, MAX_NEW_TOKENS = 50, 100_000
MAX_BEAMS, MAX_SEQUENCES = 100, 1_000
# Logits that are computed at once, and texts.
_LOGITS, _TEXTS = 1 << 22, 64


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """How texts are to be gone on with.

    Attributes:
        length: how many tokens are written.
        how: how they are chosen.
        beams: continuations that a search keeps in place of that; 1 searches nothing.
        seed: what the draws follow from; None takes one from the system for every text.
        sequences: continuations of every text.
        full: whether a text stands before its continuation.
    """

    length: int
    how: TokenChoice
    beams: int
    seed: int | None
    sequences: int
    full: bool

    @classmethod
    def checked(
        cls,
        *,
        max_new_tokens: Any = NEW_TOKENS,
        temperature: Any = 1.0,
        top_k: Any = None,
        top_p: Any = None,
        num_beams: Any = 1,
        seed: Any = None,
        num_return_sequences: Any = 1,
        return_full_text: Any = True,
    ) -> Wanted:
        """Return what a caller wants, in the words of the pipeline.

        Raises:
            InputError: something is out of bounds, or of no use with another.
        """
        how = TokenChoice.checked(temperature, top_k, top_p)
        length = checked("max_new_tokens", max_new_tokens, 0, MAX_NEW_TOKENS)
        beams = checked("num_beams", num_beams, 1, MAX_BEAMS)
        sequences = checked("num_return_sequences", num_return_sequences, 1, MAX_SEQUENCES)
        if seed is not None:
            seed = checked("seed", seed, 0, MAX_SEED)
        full = return_full_text
        if not isinstance(full, bool):
            raise InputError(f"Expected return_full_text True or False. Received: {shown(full)}")
        if beams > 1:
            if how != TokenChoice() or seed is not None:
                raise InputError(
                    "Expected num_beams above 1 without temperature, top_k, top_p and seed, for a "
                    "beam search draws nothing. Received: both. Leave num_beams out to draw"
                )
            if sequences > beams:
                raise InputError(
                    f"Expected num_return_sequences of at most num_beams, {beams}. "
                    f"Received: {sequences}"
                )
        elif sequences > 1 and how.temperature == 0:
            raise InputError(
                "Expected num_return_sequences of 1 with temperature=0, which always takes the "
                f"likeliest token. Received: {sequences}. Give a temperature above 0, or num_beams"
            )
        return cls(length=length, how=how, beams=beams, seed=seed, sequences=sequences, full=full)


def random_key(seed: int | None, text: str) -> tuple[int, int, int]:
    """Return what the random numbers of a text's first continuation come from.

    Args:
        seed: a seed; None takes one from the system.
        text: its beginning, so that those of others are others.

    Returns:
        The seed, a number of the text, and 0, in whose place others of its continuations have
        theirs.

    Example:
        >>> random_key(3, "the") == random_key(3, "the") != random_key(3, "a")
        True
    """
    seed = secrets.randbits(63) if seed is None else seed
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:7], "big")
    return seed, number, 0


class Writer:
    """Goes on with texts, as many of them at once as there is room for.

    Args:
        encoder: turns texts into token ids, and back.
        steps: what the network does with tokens.
        never: ids of tokens that are never written.
        vocabulary: number of token ids.
        threads: batches computed side by side.
    """

    def __init__(
        self,
        encoder: LanguageEncoder,
        steps: LanguageSteps,
        never: np.ndarray,
        vocabulary: int,
        threads: int,
    ) -> None:
        self._encoder, self._steps, self._never = encoder, steps, never
        self._at_once = max(1, min(_TEXTS, _LOGITS // vocabulary))
        self._threads = threads

    def begun(self, text: str) -> tuple[np.ndarray, int]:
        """Return the network's state before the last token of a text, and that token.

        Args:
            text: the text; an empty one begins with the end of a line, as all do.
        """
        ids = np.concatenate([np.array([END], np.int32), self._encoder.encode(text)])
        return self._steps.read(self._steps.zeros(1)[0], ids[:-1]), int(ids[-1])

    def __call__(self, texts: list[str], wanted: Wanted) -> list[list[str]]:
        """Return continuations of every text.

        Args:
            texts: the texts.
            wanted: how they are gone on with.

        Raises:
            InputError: there are not as many continuations as are wanted.
        """
        return [
            [self._joined(text, ids, wanted.full) for ids in several]
            for text, several in zip(texts, self._ids(texts, wanted), strict=True)
        ]

    def _ids(self, texts: list[str], wanted: Wanted) -> Any:
        """Return the tokens of the continuations, (texts, sequences, length)."""
        count, length = len(texts), wanted.length
        if not length:
            return np.zeros((count, wanted.sequences, 0), np.int32)
        states, lasts = self._steps.zeros(count), np.zeros(count, np.int32)
        found: dict[int, np.ndarray] = {}

        def read(rows: np.ndarray) -> None:
            for row in rows.tolist():
                states[row], lasts[row] = self.begun(texts[row])
                if wanted.beams > 1:
                    found[row] = self._searched(states[row], int(lasts[row]), wanted)

        shares = np.array_split(np.arange(count), min(count, self._threads))
        in_parallel(read, shares, self._threads)
        if wanted.beams > 1:
            return [found[row] for row in range(count)]
        firsts = [random_key(wanted.seed, text)[:2] for text in texts]
        keys = [(*first, number) for first in firsts for number in range(wanted.sequences)]
        ids = np.empty((len(keys), length), np.int32)

        def write(rows: np.ndarray) -> None:
            of = rows // wanted.sequences
            some, tokens = states[of], lasts[of]
            for place in range(length):
                some, logits = self._steps.step(some, tokens)
                for at, row in enumerate(rows.tolist()):
                    tokens[at] = choose(logits[at], self._never, wanted.how, keys[row], place)
                ids[rows, place] = tokens

        batches = np.array_split(np.arange(len(keys)), -(-len(keys) // self._at_once))
        in_parallel(write, batches, self._threads)
        return ids.reshape(count, wanted.sequences, length)

    def _searched(self, state: np.ndarray, last: int, wanted: Wanted) -> np.ndarray:
        ids, _ = beam_search(
            self._steps.step, state, last, self._never, wanted.length, wanted.beams
        )
        if len(ids) < wanted.sequences:
            raise InputError(
                f"Expected num_return_sequences of at most {len(ids)}, for there are no more "
                f"continuations of {wanted.length} tokens. Received: {wanted.sequences}"
            )
        return ids[: wanted.sequences]

    def _joined(self, text: str, ids: np.ndarray, full: bool) -> str:
        written = self._encoder.decode(ids)
        whole = joined(text, written, self._encoder.unit)
        return whole if full else whole[len(text) :]
