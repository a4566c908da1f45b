"""How a language model is trained and validated on pieces of streams, with its state carried on."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.fitting.loop import EpochExamples
from zoo.fitting.sampled_classes import ClassSampler, SampledStreams
from zoo.fitting.streams import Streams
from zoo.networks.recurrent.carrying import CarryingModel
from zoo.tasks.text_generation.specs import NEVER
from zoo.text.language import END, PAD, LanguageEncoder

__all__ = [
    "HeldText",
    "carrying",
    "epoch_streams",
    "likelier",
    "partly_sampled",
    "sampled_logits",
    "token_loss",
    "tokens_of",
]

# The validation part is read as so many streams, of so many tokens at least; what a stream reads
# before its own tokens, so that its state is that of the whole text but for a trace.
_HELD_STREAMS, _HELD_LEAST = 32, 512
_HELD_STEPS, _HELD_WARMUP = 64, 192
_MOST_NATS = 700.0  # what a float64 holds the exponential of


def tokens_of(encoder: LanguageEncoder, texts: Sequence[str]) -> np.ndarray:
    """Return the token ids of texts as one sequence, a line's end between two of them.

    Args:
        encoder: the vocabulary.
        texts: the texts.

    Example:
        >>> encoder = LanguageEncoder(train_plain_words(["the cat saw the dog"], 9))
        >>> tokens_of(encoder, ["the cat", "the dog"]).tolist()
        [3, 4, 2, 3, 5]
    """
    found: list[np.ndarray] = []
    for text in texts:
        ids = encoder.encode(text)
        if found and len(ids) and found[-1][-1] != END:
            found.append(np.array([END], np.int32))
        if len(ids):
            found.append(ids)
    return np.concatenate(found)


def epoch_streams(tokens: np.ndarray, streams: int, steps: int, seed: int) -> EpochExamples:
    """Return what is read in every epoch: all tokens, cut into pieces at other places each time.

    The text is taken as a ring, which an epoch enters at a place that is drawn for it; the first
    enters at the text's beginning.

    Args:
        tokens: the token ids of the training part.
        streams: number of streams.
        steps: tokens of a piece at most.
        seed: seed of the run.
    """

    def examples(epoch: int) -> Streams:
        turn = int(np.random.default_rng([seed, epoch]).integers(len(tokens))) if epoch else 0
        before = tokens[turn - 1] if turn else END
        return Streams(np.roll(tokens, -turn), streams, steps, int(before))

    return examples


def partly_sampled(
    examples: EpochExamples, sampler: ClassSampler, epochs: int, seed: int
) -> EpochExamples:
    """Return what is read in every epoch: in the first ones with few tokens to tell targets from.

    Args:
        examples: what is read in every epoch.
        sampler: draws the tokens.
        epochs: how many epochs are the first.
        seed: seed of the run.
    """

    def sampled(epoch: int) -> Any:
        streams = examples(epoch)
        return SampledStreams(streams, sampler, [seed, epoch]) if epoch < epochs else streams

    return sampled


def carrying(model: Any, streams: int) -> CarryingModel:
    """Return what reads streams with a language model's weights and gives the logits of each step.

    Args:
        model: the language model.
        streams: number of streams.
    """

    def head(states: Any, features: Any, training: bool) -> Any:
        if model.output_dropout is not None:
            states = model.output_dropout(states, training=training)
        if "classes" in features:
            return sampled_logits(model, states, features)
        return model.logits_of(states)

    return CarryingModel(model, head, streams)


def sampled_logits(model: Any, states: Any, features: Any) -> Any:
    """Return the logit of every target, and after it those of the classes that were drawn.

    A softmax over them estimates that over all tokens: the drawn logits stand for those that were
    not drawn, and a target does not stand twice.

    Args:
        model: the language model.
        states: its states, of shape (streams, time, features).
        features: what `SampledStreams` gives.

    Returns:
        Tensor of shape (streams, time, 1 + classes).

    Reference:
        [Jean et al., 2015](https://aclanthology.org/P15-1001/)
    """
    if model.projection is not None:
        states = model.projection(states)
    targets, classes = (ops.convert_to_tensor(features[name]) for name in ("targets", "classes"))
    bias = ops.convert_to_tensor(model.logits.bias)

    table = model.backbone.token_embedding.embeddings if model.spec.tied else model.logits.kernel
    table = ops.convert_to_tensor(table)
    if not model.spec.tied:
        table = ops.transpose(table)
    own = ops.sum(states * ops.take(table, targets, axis=0), axis=-1) + ops.take(bias, targets)
    rows = ops.reshape(states, (-1, states.shape[-1]))
    drawn = ops.matmul(rows, ops.transpose(ops.take(table, classes, axis=0)))
    drawn = drawn + (ops.take(bias, classes) + features["log_weights"])
    twice = ops.reshape(targets, (-1, 1)) == classes
    drawn = ops.where(ops.logical_or(twice, classes == PAD), NEVER, drawn)
    logits = ops.concatenate([ops.reshape(own, (-1, 1)), drawn], axis=-1)
    return ops.reshape(logits, (*ops.shape(states)[:-1], logits.shape[-1]))


def likelier(scores: dict[str, float], best: dict[str, float]) -> bool:
    """Return whether the held-out text is likelier than it was at best so far."""
    (score,), (least,) = scores.values(), best.values()
    return score < least


def token_loss() -> keras.losses.Loss:
    """Return the cross-entropy of logits, as the mean over weights."""
    # On TensorFlow one kernel, which does not write the probabilities down twice.
    return keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    )


class HeldText:
    """The score of a held-out text, with the state going on from its beginning to its end.

    A long text is read as streams side by side; each first reads tokens before its own, so that
    it begins with the state that the text before it leaves, but for a trace.

    Args:
        tokens: its token ids.
        unit: what they are, which says how the score is told.

    Call with a language model; returns its score by name: `perplexity` of words or
    `nats_per_character` of characters.
    """

    def __init__(self, tokens: np.ndarray, unit: str) -> None:
        count = max(1, min(_HELD_STREAMS, len(tokens) // _HELD_LEAST))
        warmup = _HELD_WARMUP if count > 1 else 0
        self.streams, self.count, self.unit = (
            Streams(tokens, count, _HELD_STEPS, END, warmup),
            count,
            unit,
        )
        self._model: Any = None

    def __call__(self, model: Any) -> dict[str, float]:
        if self._model is not model:
            self._model, self._reading = model, carrying(model, self.count)
            self._reading.compile(loss=token_loss())
        nats = total = 0.0
        for piece in range(self.streams.pieces):
            features, targets, weights = self.streams.batch(np.array([piece]))
            found = self._reading.test_on_batch(features, targets, weights, return_dict=True)
            mass = float(weights.sum())
            if mass:
                nats, total = nats + mass * float(found["loss"]), total + mass
        loss = nats / total
        if self.unit == "characters":
            return {"nats_per_character": loss}
        return {"perplexity": math.exp(min(loss, _MOST_NATS))}
