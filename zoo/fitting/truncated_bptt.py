"""Backpropagation through time in pieces: of streams without end, and of long texts."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

import warnings
from collections.abc import Callable, Sequence
from itertools import compress
from typing import Any

import keras
import numpy as np
from keras import ops, tree

from zoo.common.counts import whole
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
    regularisers, are added for the gradient. Loss scaling is the optimiser's: a
    `keras.optimizers.LossScaleOptimizer` and `loss_scale_factor` do what they do in `fit`.

    Weights that are frozen between two batches stay as they are from then on, and are trained
    again when they are unfrozen.

    Args:
        model: a model from `(features, state)` to `(outputs, state)`, such as
            `zoo.networks.recurrent.stream.StreamModel`. Features are arrays of shape
            (batch, time, ...) in any structure.
        optimizer: an optimiser, such as `zoo.fitting.optimizer.make_optimizer` makes.
        loss: a Keras loss, its name, or a function from targets and outputs to an array of shape
            (batch, time).
        steps: steps of a piece; the last piece of a batch may be shorter. Compiling backends
            compile once for every length of pieces.

    Raises:
        InputError: `steps` is less than 1.

    Example:
        >>> from zoo.networks.recurrent.backbone import RecurrentBackbone
        >>> from zoo.networks.recurrent.stream import StreamModel
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
        self.variables = list(model.trainable_variables)
        optimizer.build(self.variables)
        # Compiled steps by which weights they train: those may be frozen between two batches.
        self._trains: dict[tuple[bool, ...], Step] = {}
        self._test = _TESTS[keras.backend.backend()](self)

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
            InputError: lengths differ, no weight is trainable or one that was frozen when the
                trainer was made, or the loss is not finite; then the weights are those before
                the piece where it was not.
        """
        return self._run(self._train_step(), features, targets, state, sample_weight)

    def test_on_batch(
        self, features: Any, targets: Any, state: Any = None, sample_weight: Any = None
    ) -> tuple[float, Any]:
        """Return the loss of a batch, without training, and the state after it.

        Args:
            features: as for `train_on_batch`, and so are the others.
        """
        return self._run(self._test, features, targets, state, sample_weight)

    def _train_step(self) -> Step:
        """Return the compiled step that trains the weights that are trainable now."""
        now = {id(variable) for variable in self.model.trainable_variables}
        trained = tuple(id(variable) in now for variable in self.variables)
        unknown = len(now) - sum(trained)
        if unknown or not any(trained):
            received = f"{unknown} that were frozen when it was made" if unknown else "none"
            raise InputError(
                "Expected trainable weights out of those that were trainable when the "
                f"TruncatedBPTT was made. Received: {received}. Unfreeze them and make a new one"
            )
        if trained not in self._trains:
            self._trains[trained] = _TRAINS[keras.backend.backend()](self, trained)
        return self._trains[trained]

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
                f"Expected a finite loss. Received: {values[-1]}. The weights are those from "
                "before the step. Lower the learning rate or the clipping norm"
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


Step = Callable[..., Any]


def _tensorflow_train(trainer: TruncatedBPTT, trained: Sequence[bool]) -> Step:
    import tensorflow as tf

    model, optimizer = trainer.model, trainer.optimizer
    variables = list(compress(trainer.variables, trained))

    @tf.function
    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs, state = model((x, state), training=True)
            loss = trainer.mean_loss(y, outputs, w)
            total = optimizer.scale_loss(sum(model.losses, loss))
        gradients = tape.gradient(total, [variable.value for variable in variables])
        if optimizer.loss_scale_factor is not None:
            # Keras divides by it, which the rows of an embedding's gradient do not take.
            gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]

        def apply() -> None:
            optimizer.apply(gradients, variables)

        tf.cond(tf.math.is_finite(loss), apply, lambda: None)
        return loss, state

    return train


def _tensorflow_test(trainer: TruncatedBPTT) -> Step:
    import tensorflow as tf

    model = trainer.model

    @tf.function
    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        outputs, state = model((x, state), training=False)
        return trainer.mean_loss(y, outputs, w), state

    return test


def _jax_train(trainer: TruncatedBPTT, trained: Sequence[bool]) -> Step:
    import jax

    model, optimizer = trainer.model, trainer.optimizer
    variables = list(compress(trainer.variables, trained))

    def objective(
        trainable: Any, slots: Any, fixed: Any, x: Any, y: Any, w: Any, state: Any
    ) -> Any:
        (outputs, state), fixed, losses = model.stateless_call(
            trainable, fixed, (x, state), return_losses=True, training=True
        )
        loss = trainer.mean_loss(y, outputs, w)
        scales = list(zip(optimizer.variables, slots, strict=True))
        with keras.StatelessScope(state_mapping=scales):
            total = optimizer.scale_loss(sum(losses, loss))
        return total, (loss, state, fixed)

    @jax.jit
    def train_values(values: Any, x: Any, y: Any, w: Any, state: Any) -> Any:
        everything, fixed, slots = values
        (_, (loss, state, fixed)), gradients = jax.value_and_grad(objective, has_aux=True)(
            list(compress(everything, trained)), slots, fixed, x, y, w, state
        )
        # The optimiser knows all the weights that it was made for: frozen ones have no gradient.
        own = iter(gradients)
        gradients = [next(own) if part else None for part in trained]

        def apply() -> Any:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message="Gradients do not exist")
                return optimizer.stateless_apply(slots, gradients, everything)

        everything, slots = jax.lax.cond(
            jax.numpy.isfinite(loss), apply, lambda: (everything, slots)
        )
        return loss, state, (everything, fixed, slots)

    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        # The seeds of dropout are among the variables that are not trained.
        groups = (trainer.variables, model.non_trainable_variables, optimizer.variables)
        values = [[variable.value for variable in group] for group in groups]
        loss, state, values = train_values(values, x, y, w, state)
        everything, fixed, slots = values
        updated = (compress(everything, trained), fixed, slots)
        for group, results in zip((variables, *groups[1:]), updated, strict=True):
            for variable, value in zip(group, results, strict=True):
                variable.assign(value)
        return loss, state

    return train


def _jax_test(trainer: TruncatedBPTT) -> Step:
    import jax

    model = trainer.model

    @jax.jit
    def test_values(trainable: Any, fixed: Any, x: Any, y: Any, w: Any, state: Any) -> Any:
        (outputs, state), _ = model.stateless_call(trainable, fixed, (x, state), training=False)
        return trainer.mean_loss(y, outputs, w), state

    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        groups = (model.trainable_variables, model.non_trainable_variables)
        values = [[variable.value for variable in group] for group in groups]
        return test_values(*values, x, y, w, state)

    return test


def _torch_train(trainer: TruncatedBPTT, trained: Sequence[bool]) -> Step:
    import torch

    model, optimizer = trainer.model, trainer.optimizer
    variables = list(compress(trainer.variables, trained))

    def train(x: Any, y: Any, w: Any, state: Any) -> Any:
        outputs, state = model((x, state), training=True)
        loss = trainer.mean_loss(y, outputs, w)
        if torch.isfinite(loss):
            gradients = torch.autograd.grad(
                optimizer.scale_loss(sum(model.losses, loss)),
                [variable.value for variable in variables],
            )
            with torch.no_grad():
                optimizer.apply(list(gradients), variables)
        return loss.detach(), tree.map_structure(lambda part: part.detach(), state)

    return train


def _torch_test(trainer: TruncatedBPTT) -> Step:
    import torch

    model = trainer.model

    def test(x: Any, y: Any, w: Any, state: Any) -> Any:
        with torch.no_grad():
            outputs, state = model((x, state), training=False)
            return trainer.mean_loss(y, outputs, w), state

    return test


_TRAINS = {"tensorflow": _tensorflow_train, "jax": _jax_train, "torch": _torch_train}
_TESTS = {"tensorflow": _tensorflow_test, "jax": _jax_test, "torch": _torch_test}
