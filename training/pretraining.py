"""Pretraining of a backbone as a language model on the training texts themselves.

A few bits a text is all that labels teach; guessing every next word of the same texts teaches
embeddings and recurrent weights first what words are like and what follows what.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from models.settings import PretrainingSettings
from training.loop import Examples, TrainingResult, train
from training.optimizer import make_optimizer
from zoo.errors import InputError

__all__ = ["NextToken", "pieces", "pretrain"]


@keras.saving.register_keras_serializable(package="zoo-training")
class NextToken(keras.layers.Layer):
    """Cross-entropy of the next token by a sampled softmax, tied to the embeddings.

    Tokens to tell the right ones from are drawn log-uniformly, as word ids sorted by frequency
    are distributed; dividing by how often each is drawn makes their sum an unbiased estimate of
    that of all tokens but the right one.

    Args:
        embedding: the `keras.layers.Embedding` whose vectors the states are compared with.
        samples: tokens drawn a call.
        backwards: whether the token before is guessed instead, from states that read from the end.
        seed: seed of the draws.

    Call with states of shape (batch, time, features) and token ids of shape (batch, time), 0 for
    padding; returns each text's mean in nats, of shape (batch, 1).

    Example:
        >>> embedding = keras.layers.Embedding(50, 8)
        >>> embedding.build()
        >>> states, tokens = np.ones((1, 3, 8), np.float32), np.array([[2, 5, 6]])
        >>> NextToken(embedding, samples=20)(states, tokens).shape
        (1, 1)

    Reference:
        [Bengio & Senecal, 2008](https://doi.org/10.1109/TNN.2007.912312) (importance sampling),
        [Inan et al., 2017](https://arxiv.org/abs/1611.01462) (tied embeddings)
    """

    def __init__(
        self,
        embedding: keras.layers.Embedding,
        samples: int,
        backwards: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True
        self.embedding = embedding
        self.samples = samples
        self.backwards = backwards
        self.seed_generator = keras.random.SeedGenerator(seed)

    def build(self, states_shape: Any, token_ids_shape: Any = None) -> None:
        size, dim = self.embedding.input_dim, self.embedding.output_dim
        # States of another size than the embeddings cannot be compared with them as they are.
        self.projection = None
        if states_shape[-1] != dim:
            self.projection = self.add_weight(shape=(states_shape[-1], dim), name="projection")
        self.bias = self.add_weight(shape=(size,), initializer="zeros", name="bias")

    def _log_drawn(self, token_ids: Any) -> Any:
        """Return the logarithm of how often a token is drawn in a call, on average."""
        ranks = ops.cast(token_ids, "float32")
        size = self.embedding.input_dim
        return ops.log(self.samples * ops.log1p(1 / (ranks + 1)) / np.log(size + 1))

    def call(self, states: Any, token_ids: Any) -> Any:
        if self.projection is not None:
            states = ops.matmul(states, self.projection)
        later = ops.not_equal(token_ids[:, 1:], 0)  # the later token of a pair is there
        if self.backwards:
            states, targets = states[:, 1:], token_ids[:, :-1]
        else:
            states, targets = states[:, :-1], token_ids[:, 1:]
        size = self.embedding.input_dim
        uniform = keras.random.uniform((self.samples,), seed=self.seed_generator)
        drawn = ops.cast(ops.exp(uniform * np.log(size + 1)), "int32") - 1
        drawn = ops.clip(drawn, 0, size - 1)
        table = self.embedding.embeddings
        right = ops.sum(states * ops.take(table, targets, axis=0), axis=-1)
        right = right + ops.take(self.bias, targets)
        wrong = ops.matmul(states, ops.transpose(ops.take(table, drawn, axis=0)))
        wrong = wrong + (ops.take(self.bias, drawn) - self._log_drawn(drawn))
        # The right token is counted once, as it is; the others stand for all that are wrong.
        hit = ops.equal(ops.expand_dims(targets, -1), drawn)
        wrong = ops.where(hit, -1e9, wrong)
        logits = ops.concatenate([ops.expand_dims(right, -1), wrong], axis=-1)
        losses = ops.logsumexp(logits, axis=-1) - right
        inside = ops.cast(later, losses.dtype)
        count = ops.maximum(ops.sum(inside, axis=1, keepdims=True), 1)
        return ops.sum(losses * inside, axis=1, keepdims=True) / count

    def compute_mask(self, states: Any, token_ids: Any = None, previous_mask: Any = None) -> None:
        return None

    def compute_output_shape(self, states_shape: Any, token_ids_shape: Any) -> tuple[Any, int]:
        return (states_shape[0], 1)


def pieces(sequences: Sequence[np.ndarray], length: int) -> list[np.ndarray]:
    """Return texts in pieces of like length, none longer than `length`.

    Args:
        sequences: token ids of texts.
        length: tokens of a piece at most.

    Example:
        >>> [piece.tolist() for piece in pieces([np.arange(5), np.arange(2)], 3)]
        [[0, 1, 2], [3, 4], [0, 1]]
    """
    return [
        piece for ids in sequences for piece in np.array_split(ids, -(-len(ids) // length) or 1)
    ]


def pretrain(
    backbone: Any,
    sequences: Sequence[np.ndarray],
    held_out: Sequence[np.ndarray],
    settings: PretrainingSettings,
    *,
    seed: int,
    work: Path,
    identity: dict[str, Any],
    warmup: float = 0.05,
) -> TrainingResult:
    """Train a backbone as a language model; go on where a killed run stopped.

    Args:
        backbone: a recurrent backbone, of one layer if bidirectional, whose directions then guess
            the next and the previous token each; it ends with the best weights.
        sequences: token ids of the training texts.
        held_out: token ids of the texts that the weights are chosen on.
        settings: how it is trained.
        seed: of the draws and of the order of the batches.
        work: directory of the run's state and events.
        identity: what tells this run from others.
        warmup: share of the steps in which the rate rises to its peak.

    Raises:
        InputError: the backbone's states have read the tokens to guess.
    """
    spec = backbone.spec
    if spec.bidirectional and spec.num_layers > 1:
        raise InputError(
            "Expected a backbone whose states have not read the token to guess. Received: "
            f"{spec.num_layers} bidirectional layers. Leave the recipe's pretraining out"
        )
    inputs = backbone.input
    states = keras.layers.SpatialDropout1D(settings.dropout)(backbone(inputs))
    losses = []
    for index, backwards in enumerate([False, True][: 1 + spec.bidirectional]):
        own = states[:, :, index * spec.units : (index + 1) * spec.units]
        guess = NextToken(backbone.token_embedding, settings.samples, backwards, seed + index)
        losses.append(guess(own, inputs["token_ids"]))
    loss = keras.layers.Average()(losses) if len(losses) > 1 else losses[0]
    model = keras.Model(inputs, loss, name="language_model")
    cut, cut_held_out = (pieces(part, settings.length) for part in (sequences, held_out))
    examples = Examples(cut, np.zeros((len(cut), 1), np.float32))
    unseen = Examples(cut_held_out, np.zeros((len(cut_held_out), 1), np.float32))
    model.compile(
        optimizer=make_optimizer(
            steps=-(-len(cut) // settings.batch_size) * settings.epochs,
            learning_rate=settings.learning_rate,
            warmup=warmup,
            final_rate=0.02,
            weight_decay=0.01,
            clipnorm=1.0,
            average_decay=settings.average_decay,
        ),
        loss=_mean,
        metrics=[],
    )

    def validation() -> dict[str, float]:
        order = np.argsort(unseen.lengths, kind="stable")
        losses = [
            model.predict_on_batch(unseen.batch(order[start : start + 64])[0])[:, 0]
            for start in range(0, len(order), 64)
        ]
        counts = unseen.lengths[order] - 1
        return {"log_loss": float(np.average(np.concatenate(losses), weights=counts))}

    result = train(
        model,
        lambda epoch: examples,
        validation,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        patience=2,
        seed=seed,
        state=work / "pretraining.npz",
        logs=work / "tensorboard" / "pretraining",
        identity=identity,
    )
    for variable, value in zip(model.trainable_variables, result.weights, strict=True):
        variable.assign(value)
    return result


def _mean(targets: Any, losses: Any) -> Any:
    return ops.mean(losses, axis=-1)
