"""A stream model that keeps its state from batch to batch, so that batches of pieces train it."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from zoo.networks.recurrent.stream import StreamModel

__all__ = ["CarryingModel"]


class CarryingModel(keras.Model):
    """A recurrent network over streams side by side, whose state goes on from batch to batch.

    The state lies in variables that no gradient trains and that every call replaces: a saved run
    holds them, and one that goes on from there goes on in the middle of its streams. Layers and
    weights are those of the backbone, not copies.

    Call with `{"token_ids", "goes_on"}`: the next piece of every stream, of shape (streams, time),
    and 1.0 where a stream goes on or 0.0 where it begins anew, of shape (streams,). What else is
    given is for the head. Returns what `head` makes of the states.

    Args:
        model: a model whose `backbone` is a `RecurrentBackbone` that reads in one direction.
        head: called with the backbone's states, of shape (streams, time, units), with what was
            given and `training=`; of the model's layers.
        streams: number of streams.

    Raises:
        InputError: the backbone reads ahead, or is not a `RecurrentBackbone`.

    Example:
        >>> import zoo
        >>> model = zoo.load("lstm-imdb")
        >>> carrying = CarryingModel(model, lambda states, features, training: states, streams=1)
        >>> ids = np.array([[2, 5, 8]])
        >>> whole = carrying({"token_ids": ids, "goes_on": np.zeros(1, "float32")})
        >>> first = carrying({"token_ids": ids[:, :1], "goes_on": np.zeros(1, "float32")})
        >>> later = carrying({"token_ids": ids[:, 1:], "goes_on": np.ones(1, "float32")})
        >>> bool(np.allclose(whole[:, 1:], later, atol=1e-6))
        True

    Reference:
        [Mikolov et al., 2010](https://doi.org/10.21437/Interspeech.2010-343)
    """

    def __init__(self, model: Any, head: Callable[..., Any], streams: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trained = model  # so that the weights of its head are this model's too
        self.stream = StreamModel(model.backbone, masked=False)
        self.head = head
        self.carried = [
            self.add_weight(
                shape=part.shape,
                dtype=part.dtype,
                initializer="zeros",
                trainable=False,
                name=f"carried_{index}",
            )
            for index, part in enumerate(self.stream.initial_state(streams))
        ]
        self.built = True

    def call(self, features: Any, training: bool = False) -> Any:
        kept = ops.convert_to_tensor(features["goes_on"])[:, None]
        state = [ops.convert_to_tensor(part) * ops.cast(kept, part.dtype) for part in self.carried]
        tokens = {"token_ids": features["token_ids"]}
        states, state = self.stream((tokens, state), training=training)
        for variable, value in zip(self.carried, state, strict=True):
            variable.assign(value)
        return self.head(states, features, training=training)
