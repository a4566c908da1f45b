"""A linear-chain conditional random field over what a network says of every step."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from zoo.common.counts import whole
from zoo.errors import InputError, shown
from zoo.layers.chain import FORBIDDEN, Constraints, scheme_constraints

__all__ = ["CRF", "CRFLoss"]


@keras.saving.register_keras_serializable(package="zoo")
class CRF(keras.layers.Layer):
    """A linear-chain CRF: tags are chosen together, for neighbours depend on each other.

    The layer gives on what it reads, the score of every tag at every step (its emissions), and
    holds the scores of one tag after another. Train with `loss`; `decode` gives the likeliest
    tags and `marginals` the probability of each.

    A mask says which steps there are. It may have holes: every run of steps inside it is a chain
    of its own, so that several sentences may stand in one row.

    Args:
        tags: names of the tags, whose scheme (IOB2, IOBES or BILOU) is told from them and kept to;
            or their number, and any may follow any.
        **kwargs: as for `keras.layers.Layer`. It computes in float32 unless told otherwise, for
            sums of exponentials need the digits.

    Call with `emissions` of shape (batch, time, tags); returns them as they are.

    Raises:
        InputError: there is no tag, or names are of no scheme.

    Example:
        >>> crf = CRF(["O", "B-PER", "I-PER"])
        >>> words = keras.Input((None,), dtype="int32")
        >>> vectors = keras.layers.Embedding(100, 8, mask_zero=True)(words)
        >>> states = keras.layers.Bidirectional(
        ...     keras.layers.LSTM(16, return_sequences=True)
        ... )(vectors)
        >>> model = keras.Model(words, crf(keras.layers.Dense(3)(states)))
        >>> model.compile("adam", loss=crf.loss)
        >>> sentences, tags = np.array([[5, 9, 7, 0]]), np.array([[1, 2, 0, -1]])
        >>> history = model.fit(sentences, tags, verbose=0)
        >>> tuple(crf.decode(model.predict(sentences, verbose=0), sentences > 0).shape)
        (1, 4)

    Reference:
        [Lafferty et al., 2001](https://repository.upenn.edu/handle/20.500.14332/6188),
        [Huang et al., 2015](https://arxiv.org/abs/1508.01991)
    """

    def __init__(self, tags: int | Sequence[str], **kwargs: Any) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.supports_masking = True
        names = tuple(tags) if isinstance(tags, list | tuple) else None
        count: Any = len(names) if names is not None else whole(tags)
        if not count or count < 1 or len(set(names or ())) != len(names or ()):
            raise InputError(
                "Expected the names of tags, such as ['O', 'B-PER', 'I-PER'], or their number. "
                f"Received: {shown(tags)}"
            )
        self.tags, self.count = names, count
        allowed = Constraints.none(count) if names is None else scheme_constraints(names)
        self._forbidden = tuple(
            np.where(mask, 0.0, FORBIDDEN).astype(np.float32)
            for mask in (allowed.transitions, allowed.start, allowed.end)
        )

    @property
    def loss(self) -> CRFLoss:
        """What to compile a model with whose output are the emissions that this layer gives."""
        return CRFLoss(self)

    def build(self, input_shape: Any) -> None:
        self._check_emissions(input_shape)
        for name, shape in (
            ("transitions", (self.count, self.count)),
            ("start", (self.count,)),
            ("end", (self.count,)),
        ):
            setattr(self, name, self.add_weight(shape=shape, initializer="zeros", name=name))
        self.built = True

    def _check_emissions(self, shape: Any) -> None:
        if len(shape) != 3 or shape[-1] not in (None, self.count):
            raise InputError(
                f"Expected emissions of {self.count} tags, of shape (batch, time, {self.count}). "
                f"Received: {tuple(shape)}"
            )

    def call(self, emissions: Any) -> Any:
        return ops.cast(emissions, self.compute_dtype)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def get_config(self) -> dict[str, Any]:
        tags = self.count if self.tags is None else list(self.tags)
        return {**super().get_config(), "tags": tags}

    def scores(self) -> tuple[Any, Any, Any]:
        """Return the scores of transitions, starts and ends, of what is forbidden very low ones."""
        weights = (self.transitions, self.start, self.end)
        transitions, start, end = (
            ops.add(weight, forbidden)
            for weight, forbidden in zip(weights, self._forbidden, strict=True)
        )
        return transitions, start, end

    def log_partition(self, emissions: Any, mask: Any = None) -> Any:
        """Return the logarithm of the sum over all tags of the exponential of their score.

        Args:
            emissions: tensor of shape (batch, time, tags).
            mask: boolean tensor of shape (batch, time), which steps there are; None for all.

        Returns:
            Tensor of shape (batch,), in nats; the sum of several chains in a row.
        """
        emissions, inside, _, ends = self._read(emissions, mask)
        _, _, end = self.scores()
        last = ops.where(ends, ops.logsumexp(self._forward(emissions, inside) + end, axis=-1), 0.0)
        return ops.sum(last, axis=1)

    def log_likelihood(self, emissions: Any, tags: Any, mask: Any = None) -> Any:
        """Return the logarithm of the probability of tags.

        Args:
            emissions: tensor of shape (batch, time, tags).
            tags: integer tensor of shape (batch, time); those outside of the mask do not matter.
            mask: boolean tensor of shape (batch, time), which steps there are; None for all.

        Returns:
            Tensor of shape (batch,), in nats; the sum of several chains in a row. NaN for a row
            with a number that is no tag's, where that only comes to light while it computes.

        Raises:
            InputError: shapes do not fit, or an array in memory holds a number that is no tag's.
        """
        _check_tags(tags, mask, self.count)
        emissions, inside, starts, ends = self._read(emissions, mask)
        transitions, start, end = self.scores()
        _check_steps("tags", tags, emissions)
        tags = ops.where(inside, ops.cast(tags, "int32"), 0)
        known = ops.all(ops.logical_and(tags >= 0, tags < self.count), axis=1)
        own = ops.one_hot(tags, self.count, dtype=emissions.dtype)
        score = ops.sum(own * emissions, axis=-1)
        score += ops.where(starts, ops.sum(own * start, axis=-1), 0.0)
        score += ops.where(ends, ops.sum(own * end, axis=-1), 0.0)
        score = ops.sum(ops.where(inside, score, 0.0), axis=1)
        follows = ops.logical_and(inside[:, 1:], inside[:, :-1])
        moves = ops.sum(ops.matmul(own[:, :-1], transitions) * own[:, 1:], axis=-1)
        score += ops.sum(ops.where(follows, moves, 0.0), axis=1)
        return ops.where(known, score - self.log_partition(emissions, mask), float("nan"))

    def marginals(self, emissions: Any, mask: Any = None) -> Any:
        """Return the probability of every tag at every step, whatever the other steps have.

        Args:
            emissions: tensor of shape (batch, time, tags).
            mask: boolean tensor of shape (batch, time), which steps there are; None for all.

        Returns:
            Tensor of shape (batch, time, tags), zeros outside of the mask.
        """
        emissions, inside, _, _ = self._read(emissions, mask)
        scores = self._forward(emissions, inside) + self._backward(emissions, inside)
        found = ops.softmax(scores, axis=-1)
        return ops.where(inside[..., None], found, 0.0)

    def decode(self, emissions: Any, mask: Any = None) -> Any:
        """Return the likeliest tags (Viterbi).

        Args:
            emissions: tensor of shape (batch, time, tags).
            mask: boolean tensor of shape (batch, time), which steps there are; None for all.

        Returns:
            int32 tensor of shape (batch, time), -1 outside of the mask.
        """
        emissions, inside, _, ends = self._read(emissions, mask)
        transitions, start, end = self.scores()
        first = start + ops.zeros_like(emissions[:, 0])

        def forward(best: Any, step: Any) -> tuple[Any, Any]:
            emission, follows = _parted(step)
            moved = ops.max(best[:, :, None] + transitions, axis=1)
            best = ops.where(follows, moved, first) + emission
            return best, best

        _, bests = ops.scan(forward, first, _steps(emissions, _follows(inside)))
        backwards = ops.transpose(transitions)

        def backward(tag: Any, step: Any) -> tuple[Any, Any]:
            best, ending = _parted(step)
            following = ops.where(ending, end, ops.take(backwards, tag, axis=0))
            tag = ops.cast(ops.argmax(best + following, axis=-1), "int32")
            return tag, tag

        steps = _steps(_by_time(bests), ends)
        _, found = ops.scan(
            backward, ops.zeros_like(emissions[:, 0, 0], "int32"), steps, reverse=True
        )
        return ops.where(inside, _by_time(found), -1)

    def _read(self, emissions: Any, mask: Any) -> tuple[Any, Any, Any, Any]:
        """Return emissions, which steps there are, and which of them start and end a chain."""
        emissions = ops.cast(emissions, self.compute_dtype)
        self._check_emissions(emissions.shape)
        if not self.built:
            self.build(emissions.shape)
        if mask is None:
            inside = ops.ones_like(emissions[..., 0], dtype="bool")
        else:
            inside = ops.cast(mask, "bool")
            _check_steps("a mask", inside, emissions)
        outside = ops.zeros_like(inside[:, :1])
        before = ops.concatenate([outside, inside[:, :-1]], axis=1)
        after = ops.concatenate([inside[:, 1:], outside], axis=1)
        starts = ops.logical_and(inside, ops.logical_not(before))
        ends = ops.logical_and(inside, ops.logical_not(after))
        # What stands outside may be anything, and gets no gradient.
        return ops.where(inside[..., None], emissions, 0.0), inside, starts, ends

    def _forward(self, emissions: Any, inside: Any) -> Any:
        """Return the logarithm of the sum over all that leads to a tag, its emission included."""
        transitions, start, _ = self.scores()
        first = start + ops.zeros_like(emissions[:, 0])

        def forward(alpha: Any, step: Any) -> tuple[Any, Any]:
            emission, follows = _parted(step)
            moved = _logsumexp(alpha[:, :, None] + transitions, axis=1)
            alpha = ops.where(follows, moved, first) + emission
            return alpha, alpha

        _, found = ops.scan(forward, first, _steps(emissions, _follows(inside)))
        return _by_time(found)

    def _backward(self, emissions: Any, inside: Any) -> Any:
        """Return the logarithm of the sum over all that follows a tag."""
        transitions, _, end = self.scores()
        last = end + ops.zeros_like(emissions[:, 0])

        def backward(after: Any, step: Any) -> tuple[Any, Any]:
            emission, followed = _parted(step)
            beta = ops.where(followed, after, last)
            return _logsumexp(transitions + (beta + emission)[:, None, :], axis=2), beta

        followed = ops.concatenate([inside[:, 1:], ops.zeros_like(inside[:, :1])], axis=1)
        _, found = ops.scan(backward, last, _steps(emissions, followed), reverse=True)
        return _by_time(found)


@keras.saving.register_keras_serializable(package="zoo")
class CRFLoss(keras.losses.Loss):
    """The negative logarithm of the probability that a CRF gives to tags, a step, in nats.

    Args:
        crf: the layer.
        **kwargs: as for `keras.losses.Loss`; `reduction` is of no matter.

    Call with the true tags, integers of shape (batch, time) and negative where there is no step,
    with the emissions, and perhaps with the weight of every row.
    """

    def __init__(self, crf: CRF, name: str = "crf_loss", **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        # Not the layer: Keras would save it as a part of whatever holds its loss.
        self._log_likelihood = crf.log_likelihood

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        tags = ops.cast(y_true, "int32")
        mask = tags >= 0
        carried = getattr(y_pred, "_keras_mask", None)
        if carried is not None:
            mask = ops.logical_and(mask, ops.cast(carried, "bool"))
        losses = -self._log_likelihood(y_pred, tags, mask)
        counts = ops.sum(ops.cast(mask, losses.dtype), axis=1)
        if sample_weight is not None:
            weights = ops.cast(sample_weight, losses.dtype)
            if len(weights.shape) == 2 and weights.shape[1] == 1:
                weights = weights[:, 0]
            if len(weights.shape) != 1:
                raise InputError(
                    "Expected a sample_weight of every row, of shape (batch,): a chain has no "
                    f"likelihood of single steps. Received: the shape {tuple(weights.shape)}"
                )
            losses, counts = losses * weights, counts * weights
        return ops.sum(losses) / ops.maximum(ops.sum(counts), 1e-7)

    call = __call__

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> CRFLoss:
        raise InputError(
            "Expected a model with a CRF to be loaded without its loss, which is of the layer that "
            "was saved: keras.saving.load_model(path, compile=False), and then "
            "model.compile(..., loss=model.get_layer('crf').loss). Received: a compiled one"
        )


def _check_steps(what: str, given: Any, emissions: Any) -> None:
    """Refuse what has not one value a step, as far as shapes are known."""
    shape, expected = (
        np.shape(given) if isinstance(given, list | tuple) else given.shape,
        emissions.shape[:2],
    )
    if getattr(shape, "rank", 2) is None:  # TensorFlow may know not even that
        return
    if len(shape) != 2 or any(
        None not in pair and pair[0] != pair[1] for pair in zip(shape, expected, strict=True)
    ):
        raise InputError(
            f"Expected {what} of every step, of shape (batch, time), here {tuple(expected)}. "
            f"Received: the shape {tuple(shape)}"
        )


def _check_tags(tags: Any, mask: Any, count: int) -> None:
    """Refuse numbers that are no tag's, where both are in memory."""
    if not isinstance(tags, np.ndarray | list | tuple):
        return
    values = np.asarray(tags)
    if isinstance(mask, np.ndarray | list | tuple) and np.shape(mask) == values.shape:
        values = values[np.asarray(mask, bool)]
    elif mask is not None:
        return
    wrong = values[~((values >= 0) & (values < count) & (values == np.floor(values)))]
    if wrong.size:
        raise InputError(
            f"Expected the numbers of tags, from 0 to {count - 1}, at every step inside the mask. "
            f"Received: {wrong.flat[0].item()}. Leave out what has no tag by the mask"
        )


def _by_time(values: Any) -> Any:
    """Return values with their first two axes in the other order."""
    return ops.transpose(values, (1, 0, *range(2, len(values.shape))))


def _steps(scores: Any, marked: Any) -> Any:
    """Return scores of tags and a mark of every step, to scan over.

    In one tensor: Keras' scan takes several on TensorFlow only where their length is known.
    """
    return _by_time(ops.concatenate([scores, ops.cast(marked, scores.dtype)[..., None]], axis=-1))


def _parted(step: Any) -> tuple[Any, Any]:
    """Return the scores of a step, of shape (batch, tags), and whether it is marked."""
    return step[:, :-1], step[:, -1:] > 0.5


def _follows(inside: Any) -> Any:
    """Return which steps follow another step of their chain; one outside counts as none."""
    before = ops.concatenate([ops.zeros_like(inside[:, :1]), inside[:, :-1]], axis=1)
    return ops.logical_and(inside, before)


def _logsumexp(values: Any, axis: int) -> Any:
    most = ops.stop_gradient(ops.max(values, axis=axis, keepdims=True))
    summed = ops.log(ops.sum(ops.exp(values - most), axis=axis))
    return summed + ops.squeeze(most, axis)
