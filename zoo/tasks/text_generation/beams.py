"""A beam search for the likeliest continuation of a text, of so many tokens."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from zoo.tasks.text_generation.sampling import likeliest, log_softmax

__all__ = ["beam_search"]

_Step = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def beam_search(
    step: _Step, state: np.ndarray, token: int, never: np.ndarray, length: int, num_beams: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return likely continuations of a text, all of the same length, the likeliest first.

    Args:
        step: takes states, float32 (rows, size), and the tokens that follow, (rows,); returns the
            states after them and the logits of the next tokens, (rows, vocabulary).
        state: the state before the text's last token, (size,).
        token: that token.
        never: ids of tokens that are never written.
        length: number of tokens of a continuation.
        num_beams: how many continuations are kept while they grow; fewer where there are fewer.

    Returns:
        int32 token ids, (found, length), and their log-probabilities in nats, float64 (found,).

    Reference:
        [Sutskever et al., 2014](https://arxiv.org/abs/1409.3215)
    """
    states, scores = state[None], np.zeros(1)
    written = np.zeros((1, 0), np.int32)
    last = np.array([token], np.int32)
    for _ in range(length):
        states, logits = step(states, last)
        totals = (scores[:, None] + log_softmax(logits)).astype(np.float64)
        totals[:, never] = -np.inf
        flat = totals.reshape(-1)
        possible = int(np.isfinite(flat).sum())
        best = likeliest(flat, min(num_beams, possible))
        best = best[np.argsort(-flat[best], kind="stable")]
        parents, chosen = np.divmod(best, logits.shape[1])
        last = chosen.astype(np.int32)
        states, scores = states[parents], flat[best]
        written = np.concatenate([written[parents], last[:, None]], axis=1)
    return written, scores
