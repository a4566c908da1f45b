"""A linear classifier of n-grams that teaches recurrent networks what words and phrases weigh.

On a few ten thousand texts a recurrent network remembers texts sooner than it learns phrases,
and loses to a linear model of n-grams. Such a model is therefore fitted first, on the same
training part, and asked for the probability of the label of pieces of texts and of mixtures of
them, of which there is no end: the network cannot remember them and learns what they mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from zoo.checkpoint import fingerprint
from zoo.errors import InputError
from zoo.formats import TOKENIZER
from zoo.tasks.text_classification.recipe import TeacherSettings
from zoo.text.encoding import START, UNKNOWN, TextEncoder

__all__ = ["Committee", "NgramTeacher", "teach"]


class NgramTeacher:
    """Logistic regression on the n-grams that occur in a text, scaled by log-count ratios.

    Args:
        sequences: token ids of the training texts, the start token first.
        labels: 0 or 1 for each.
        settings: what it counts and how it is regularised.

    Raises:
        InputError: there are not exactly two classes, or no n-gram is frequent enough.

    Example:
        >>> texts = [np.array([2, 5, 6]), np.array([2, 7, 6])] * 2
        >>> teacher = NgramTeacher(texts, np.array([1, 0, 1, 0]), TeacherSettings())
        >>> bool(teacher.logits([np.array([2, 5, 6])])[0] > 0)
        True

    Reference:
        [Wang & Manning, 2012](https://aclanthology.org/P12-2018/) (NB-SVM),
        [Hinton et al., 2015](https://arxiv.org/abs/1503.02531) (distillation)
    """

    def __init__(
        self, sequences: Sequence[np.ndarray], labels: np.ndarray, settings: TeacherSettings
    ) -> None:
        from scipy import sparse
        from sklearn.linear_model import LogisticRegression

        if set(np.unique(labels)) != {0, 1}:
            raise InputError(
                "Expected labels of two classes, 0 and 1, for a teacher. "
                f"Received: {np.unique(labels).tolist()}"
            )
        self.ngrams = settings.ngrams
        self._base = max(int(sequence.max()) for sequence in sequences) + 1
        if self.ngrams * np.log2(self._base) > 62:
            raise InputError(
                f"Expected n-grams that 64 bits can number. Received: {self.ngrams} tokens out of "
                f"{self._base}. Count shorter ones"
            )
        found = [self._keys(sequence) for sequence in sequences]
        keys, counts = np.unique(np.concatenate(found), return_counts=True)
        self._known = keys[counts >= settings.min_count]
        if not len(self._known):
            raise InputError(
                f"Expected n-grams that occur in at least {settings.min_count} texts. Received: "
                f"none among {len(sequences)} texts. Lower min_count"
            )
        columns = [self._columns(keys) for keys in found]
        starts = np.cumsum([0, *map(len, columns)])
        present = sparse.csr_matrix(
            (np.ones(starts[-1]), np.concatenate(columns), starts),
            shape=(len(columns), len(self._known)),
        )
        positive, negative = (
            1.0 + np.asarray(present[labels == label].sum(axis=0))[0] for label in (1, 0)
        )
        ratio = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
        # L-BFGS draws nothing: the same texts give the same teacher.
        regression = LogisticRegression(C=settings.strength, max_iter=1_000)
        regression.fit(present @ sparse.diags(ratio), labels)
        self._weights = regression.coef_[0] * ratio
        self._bias = float(regression.intercept_[0])

    def _keys(self, sequence: np.ndarray) -> np.ndarray:
        """Return one number for every different n-gram; the length of each is part of it."""
        tokens = sequence[sequence != START].astype(np.int64)
        tokens[tokens >= self._base] = UNKNOWN
        keys = [tokens]
        numbers, offset = tokens, self._base
        for length in range(2, min(self.ngrams, len(tokens)) + 1):
            numbers = numbers[:-1] * self._base + tokens[length - 1 :]
            keys.append(numbers + offset)
            offset += self._base**length
        return np.unique(np.concatenate(keys))

    def _columns(self, keys: np.ndarray) -> np.ndarray:
        places = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        return places[self._known[places] == keys]

    def weights(self, ngrams: np.ndarray) -> np.ndarray:
        """Return what n-grams add to the logit of class 1, zero for those it does not count.

        Args:
            ngrams: token ids, integer array of shape (n-grams, length).

        Returns:
            float64 array of shape (n-grams,).
        """
        length = ngrams.shape[1]
        if length > self.ngrams:
            return np.zeros(len(ngrams))
        numbers = np.zeros(len(ngrams), np.int64)
        for column in np.where(ngrams >= self._base, UNKNOWN, ngrams).T:
            numbers = numbers * self._base + column
        keys = numbers + sum(self._base**shorter for shorter in range(1, length))
        places = np.minimum(np.searchsorted(self._known, keys), len(self._known) - 1)
        return np.where(self._known[places] == keys, self._weights[places], 0.0)

    def logits(self, sequences: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log-odds of class 1 for sequences of token ids, of shape (sequences,)."""
        sums = [self._weights[self._columns(self._keys(ids))].sum() for ids in sequences]
        return self._bias + np.array(sums)


class Committee:
    """The teacher of n-grams beside trained networks: their log-odds are averaged.

    Each errs in its own way, and together less than any alone. The teacher of n-grams counts as
    much as all the networks.

    Args:
        teacher: the teacher of n-grams.
        members: pipelines by name, of classifiers of two classes with the tokenizer that the
            texts were encoded with.
        tokenizer: content of that tokenizer's file.
        encode: cuts token ids as the networks read them.

    Raises:
        InputError: a member has another tokenizer.

    Reference:
        [Hinton et al., 2015](https://arxiv.org/abs/1503.02531)
    """

    def __init__(
        self,
        teacher: NgramTeacher,
        members: Mapping[str, Any],
        tokenizer: bytes,
        encode: TextEncoder,
    ) -> None:
        self.teacher, self.encode = teacher, encode
        expected = fingerprint(tokenizer)
        self.networks = []
        for name, network in members.items():
            received = network.info.files[TOKENIZER]
            if received != expected:
                raise InputError(
                    "Expected networks of the recipe's own tokenizer in the committee, SHA-256 "
                    f"{expected.sha256}. Received: {name}, with {received.sha256}"
                )
            self.networks.append(network)

    def logits(self, sequences: Sequence[np.ndarray]) -> np.ndarray:
        """Return the log-odds of class 1 for sequences of token ids, of shape (sequences,)."""
        logits = self.teacher.logits(sequences)
        if not self.networks:
            return logits
        read = [self.encode.truncate(ids) for ids in sequences]
        scores = [network.score_ids(read).clip(1e-6, 1) for network in self.networks]
        others = [np.log(score[:, 1] / score[:, 0]) for score in scores]
        average: np.ndarray = (logits + np.mean(others, axis=0)) / 2
        return average


def teach(
    sequences: Sequence[np.ndarray],
    labels: np.ndarray,
    teacher: NgramTeacher | Committee,
    settings: TeacherSettings,
    longest: int,
    generator: np.random.Generator,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Draw what the network reads in one epoch, and what it should answer.

    Args:
        sequences: token ids of the training texts, the start token first.
        labels: 0 or 1 for each.
        teacher: gives the targets of pieces and mixtures.
        settings: shares of whole texts, pieces and mixtures.
        longest: tokens that the network reads at most; pieces are no longer.
        generator: source of randomness.

    Returns:
        Token ids, the start token first, and float32 targets of shape (texts, 2).
    """
    drawn = []
    shares = np.zeros(len(sequences))

    def piece(sequence: np.ndarray, length: int) -> np.ndarray:
        first = 1 + int(generator.integers(max(len(sequence) - length, 1)))
        return sequence[first : first + length]

    for index, own in enumerate(sequences):
        kind = generator.random()
        length = max(settings.shortest, min(len(own), longest) - 1)
        if kind < settings.whole:
            read = own
            shares[index] = settings.label_share
        elif kind < (1 + settings.whole) / 2:
            size = int(generator.integers(settings.shortest, length + 1))
            read = np.concatenate([own[:1], piece(own, size)])
        else:
            other = sequences[int(generator.integers(len(sequences)))]
            size = int(generator.integers(settings.shortest // 2, length))
            read = np.concatenate([own[:1], piece(own, size), piece(other, length - size)])
        drawn.append(read)
    answers = 1 / (1 + np.exp(-np.clip(teacher.logits(drawn), -500, 500)))
    targets = answers + shares * (labels - answers)
    return drawn, np.column_stack([1 - targets, targets]).astype(np.float32)
