"""Backpropagation through time in pieces: of streams without end, and of long texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from zoo.counts import whole
from zoo.errors import InputError, shown

__all__ = ["TruncatedBPTT", "truncate_bptt"]


def truncate_bptt(backbone: Any, steps: int | None) -> None:
    """Have the gradient of a backbone's states go back over a number of steps at most.

    In training the gradient of the state is cut before every `steps`-th step, counted in the
    order in which a layer reads the steps of a text, padding left out. What the network computes
    stays the same, and so do its weights and their names; the setting is no part of its
    configuration. To be called before the first training step.

    Args:
        backbone: a recurrent backbone of texts, of one direction or both.
        steps: steps of a piece; None takes the cuts away.

    Raises:
        InputError: the backbone has no recurrent layers, or `steps` is less than 1.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> truncate_bptt(model.backbone, 50)
        >>> model.fit(["A moving film.", "A dull one."], [1, 0])  # doctest: +SKIP

    Reference:
        [Williams & Peng, 1990](https://doi.org/10.1162/neco.1990.2.4.490)
    """
    if steps is not None and (whole(steps) or 0) < 1:
        raise InputError(f"Expected bptt_steps of at least 1, such as 50. Received: {shown(steps)}")
    recurrent = [
        part
        for layer in backbone.layers
        for part in (
            (layer.forward_layer, layer.backward_layer)
            if isinstance(layer, keras.layers.Bidirectional)
            else (layer,)
        )
        if hasattr(part, "bptt_steps")
    ]
    if steps is not None and not recurrent:
        raise InputError(
            "Expected bptt_steps for a recurrent backbone of texts only, such as that of "
            f"lstm-imdb. Received: {steps} for a {type(backbone).__name__}. Leave it out"
        )
    for layer in recurrent:
        layer.bptt_steps = whole(steps)


class TruncatedBPTT:
    """Trains a model on streams: pieces of a sequence, the state of each handed to the next.

    A batch of sequences is cut into pieces of `steps`. On each the optimiser takes one step; the
    state goes on to the next piece as a value, so the gradient does not go back beyond a piece,
    but what the network remembers does. With the state that a batch ends with the next batch of
    the same streams goes on.

    The loss is the mean over the steps inside `features["padding_mask"]`, where there is one,
    weighted by `sample_weight`, and computed in float32. Losses of layers, such as those of
    regularisers, are added for the gradient.

    Args:
        model: a model from `(features, state)` to `(outputs, state)`, such as
            `zoo.architectures.stream.StreamModel`. Features are arrays of shape (batch, time, ...)
            in any structure.
        optimizer: an optimiser, such as `zoo.fitting.optimizer.make_optimizer` makes.
        loss: a Keras loss, its name, or a function from targets and outputs to an array of shape
            (batch, time).
        steps: steps of a piece; the last piece of a batch may be shorter. Compiling backends
            compile once for every length of pieces.

    Raises:
        InputError: `steps` is less than 1.

    Example:
        >>> from zoo.architectures.recurrent import RecurrentBackbone
        >>> from zoo.architectures.stream import StreamModel
        >>> backbone = RecurrentBackbone(vocabulary_size=20, embedding_dim=8, cell="gru", units=8)
        >>> head = keras.layers.Dense(20, activation="softmax")
        >>> stream = StreamModel(backbone, head, masked=False)
        >>> trainer = TruncatedBPTT(
        ...     stream, keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", steps=5
        ... )
        >>> ids = np.arange(22).reshape(1, -1) % 3
        >>> loss, state = trainer.train_on_batch({"token_ids": ids[:, :-1]}, ids[:, 1:])
        >>> loss, state = trainer.train_on_batch({"token_ids": ids[:, :-1]}, ids[:, 1:], state)

    Reference:
        [Williams & Peng, 1990](https://doi.org/10.1162/neco.1990.2.4.490),
        [Mikolov et al., 2010](https://www.isca-archive.org/interspeech_2010/mikolov10_interspeech.html)
    """

    def __init__(self, model: Any, optimizer: Any, loss: Any, steps: int) -> None:
        if (whole(steps) or 0) < 1:
            raise InputError(f"Expected steps of at least 1, such as 35. Received: {shown(steps)}")
        self.model = model
        self.optimizer = optimizer
        self.loss = keras.losses.get(loss)
        self.steps = int(steps)
        optimizer.build(model.trainable_variables)
        self._train, self._test = _BACKENDS[keras.backend.backend()](self)

    def train_on_batch(
        self, features: Any, targets: Any, state: Any = None, sample_weight: Any = None
    ) -> tuple[float, Any]:
        """Train on a batch, piece after piece.

        Args:
            features: arrays of shape (batch, time, ...) in the structure that the model takes.
            targets: array of shape (batch, time, ...).
            state: the state before the batch; by default the model's `initial_state`.
            sample_weight: weights of shape (batch,) or (batch, time).

        Returns:
            The loss, as the model was before the optimiser's step on each piece, and the state
            after the batch.

        Raises:
            InputError: lengths differ, or the loss is not finite.
        """
        return self._run(self._train, features, targets, state, sample_weight)

    def test_on_batch(
        self, features: Any, targets: Any, state: Any = None, sample_weight: Any = None
    ) -> tuple[float, Any]:
        """Return the loss of a batch, without training, and the state after it.

        Args:
            features: as for `train_on_batch`, and so are the others.
        """
        return self._run(self._test, features, targets, state, sample_weight)

    def _run(self, step: Any, features: Any, targets: Any, state: Any, weight: Any) -> Any:
        features, targets = tree.map_structure(np.asarray, (features, targets))
        batch, time = targets.shape[:2]
        sizes = {array.shape[:2] for array in tree.flatten(features)}
        if sizes != {(batch, time)} or not time:
            raise InputError(
                "Expected features and targets of the same number of rows and steps, such as "
                f"(32, 70). Received: {sorted(sizes)} and {(batch, time)}"
            )
        weights = self._weights(features, weight, (batch, time))
        if state is None:
            state = self.model.initial_state(batch)
        losses, masses = [], []
        for start in range(0, time, self.steps):
            piece = slice(start, start + self.steps)
            x, y, w = tree.map_structure(
                lambda array, piece=piece: ops.convert_to_tensor(array[:, piece]),
                (features, targets, weights),
            )
            mass = float(weights[:, piece].sum())
            # Where nothing counts the state goes on, and the optimiser does not move anything.
            loss, state = (step if mass else self._test)(x, y, w, state)
            losses.append(loss)
            masses.append(mass)
        values = [float(ops.convert_to_numpy(loss)) for loss in losses]
        if not np.isfinite(values).all():
            raise InputError(
                f"Expected a finite loss. Received: {values[-1]}. Lower the learning rate or the "
                "clipping norm"
            )
        return float(np.dot(values, masses) / max(sum(masses), 1e-9)), state

    def _weights(self, features: Any, weight: Any, shape: tuple[int, int]) -> np.ndarray:
        weights = np.ones(shape, np.float32)
        if weight is not None:
            weight = np.asarray(weight, np.float32)
            weights *= weight[:, None] if weight.ndim == 1 else weight
        if isinstance(features, dict) and "padding_mask" in features:
            weights *= features["padding_mask"]
        return weights

    def mean_loss(self, y: Any, outputs: Any, weights: Any) -> Any:
        """Return the weighted mean of the loss over the steps of a piece.

        Args:
            y: targets.
            outputs: the model's.
            weights: tensor of shape (batch, time).
        """
        outputs = ops.cast(outputs, "float32")
        compute = self.loss.call if isinstance(self.loss, keras.losses.Loss) else self.loss
        values = ops.cast(compute(y, outputs), "float32")
        return ops.sum(values * weights) / ops.maximum(ops.sum(weights), 1e-9)


Steps = tuple[Callable[..., Any], Callable[..., Any]]


def _tensorflow_steps(trainer: TruncatedBPTT) -> Steps:
    import tensorflow as tf

    model, optimizer = trainer.model, trainer.optimizer

    @tf.function
    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs, state = model((x, state), training=True)
            loss = trainer.mean_loss(y, outputs, w)
            total = sum(model.losses, loss)
        variables = model.trainable_variables
        gradients = tape.gradient(total, [variable.value for variable in variables])
        optimizer.apply(gradients, variables)
        return loss, state

    @tf.function
    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        outputs, state = model((x, state), training=False)
        return trainer.mean_loss(y, outputs, w), state

    return train, test


def _jax_steps(trainer: TruncatedBPTT) -> Steps:
    import jax

    model, optimizer = trainer.model, trainer.optimizer

    def objective(trainable: Any, fixed: Any, x: Any, y: Any, w: Any, state: Any) -> Any:
        (outputs, state), fixed, losses = model.stateless_call(
            trainable, fixed, (x, state), return_losses=True, training=True
        )
        loss = trainer.mean_loss(y, outputs, w)
        return sum(losses, loss), (loss, state, fixed)

    @jax.jit
    def train_values(values: Any, x: Any, y: Any, w: Any, state: Any) -> Any:
        trainable, fixed, slots = values
        (_, (loss, state, fixed)), gradients = jax.value_and_grad(objective, has_aux=True)(
            trainable, fixed, x, y, w, state
        )
        trainable, slots = optimizer.stateless_apply(slots, gradients, trainable)
        return loss, state, (trainable, fixed, slots)

    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        # The seeds of dropout are among the variables that are not trained.
        variables = (model.trainable_variables, model.non_trainable_variables, optimizer.variables)
        values = [[variable.value for variable in group] for group in variables]
        loss, state, values = train_values(values, x, y, w, state)
        for group, results in zip(variables, values, strict=True):
            for variable, value in zip(group, results, strict=True):
                variable.assign(value)
        return loss, state

    @jax.jit
    def test_values(trainable: Any, fixed: Any, x: Any, y: Any, w: Any, state: Any) -> Any:
        (outputs, state), _ = model.stateless_call(trainable, fixed, (x, state), training=False)
        return trainer.mean_loss(y, outputs, w), state

    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        groups = (model.trainable_variables, model.non_trainable_variables)
        values = [[variable.value for variable in group] for group in groups]
        return test_values(*values, x, y, w, state)

    return train, test


def _torch_steps(trainer: TruncatedBPTT) -> Steps:
    import torch

    model, optimizer = trainer.model, trainer.optimizer

    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        outputs, state = model((x, state), training=True)
        loss = trainer.mean_loss(y, outputs, w)
        variables = model.trainable_variables
        gradients = torch.autograd.grad(
            sum(model.losses, loss), [variable.value for variable in variables]
        )
        with torch.no_grad():
            optimizer.apply(list(gradients), variables)
        return loss.detach(), tree.map_structure(lambda part: part.detach(), state)

    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        with torch.no_grad():
            outputs, state = model((x, state), training=False)
            return trainer.mean_loss(y, outputs, w), state

    return train, test


_BACKENDS = {"tensorflow": _tensorflow_steps, "jax": _jax_steps, "torch": _torch_steps}
