"""A recurrent backbone as a step of a stream: state and input in, output and state out."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any

import keras
import numpy as np
from keras import ops, tree

from zoo.errors import InputError
from zoo.layers.recurrent import CarriedState
from zoo.networks.recurrent.backbone import RecurrentBackbone

__all__ = ["StreamModel"]


@keras.saving.register_keras_serializable(package="zoo")
class StreamModel(keras.Model):
    """A backbone that goes on where it stopped: `(features, state)` in, `(outputs, state)` out.

    Pieces of a sequence, read one after another with the state of each handed to the next, give
    the outputs of the whole sequence. The state is a value: to snapshot or fork a stream keep it,
    to rewind hand an old one in. Layers and weights are those of the backbone, not copies.

    Call with a pair: `{"token_ids", "padding_mask"}`, both of shape (batch, time), and the state,
    a list of tensors of shape (batch, units), from `initial_state` at first. Returns the outputs,
    of shape (batch, time, features), and the new state. Steps outside the mask leave the state as
    it is.

    Args:
        backbone: a `RecurrentBackbone` that reads in one direction.
        head: layer on top of the states, such as `keras.layers.Dense(100)`; None for the states.
        masked: whether there is a `padding_mask`; without one backends have faster kernels.

    Raises:
        InputError: the backbone reads ahead, or is not a `RecurrentBackbone`.

    Example:
        >>> backbone = RecurrentBackbone(vocabulary_size=100, embedding_dim=8, cell="lstm", units=4)
        >>> stream = StreamModel(backbone, masked=False)
        >>> tokens = np.array([[2, 5, 9, 7]])
        >>> first, state = stream(({"token_ids": tokens[:, :3]}, stream.initial_state(1)))
        >>> second, state = stream(({"token_ids": tokens[:, 3:]}, state))
        >>> first.shape, second.shape
        ((1, 3, 4), (1, 1, 4))
    """

    def __init__(
        self,
        backbone: RecurrentBackbone,
        head: keras.layers.Layer | None = None,
        masked: bool = True,
        **kwargs: Any,
    ) -> None:
        spec: Any = getattr(backbone, "spec", None)
        if not isinstance(backbone, RecurrentBackbone) or spec.bidirectional:
            kind = type(backbone).__name__
            received = f"a bidirectional {kind}" if getattr(spec, "bidirectional", False) else kind
            raise InputError(
                "Expected a RecurrentBackbone that reads in one direction, for a stream has no end "
                "to read from, and a step sees nothing of the past but the state. "
                f"Received: {received}. Make one with bidirectional=False"
            )
        token_ids = keras.Input((None,), dtype="int32", name="token_ids")
        features = {"token_ids": token_ids}
        padding_mask = None
        if masked:
            padding_mask = keras.Input((None,), dtype="bool", name="padding_mask")
            features["padding_mask"] = padding_mask
        embed = keras.Model(backbone.input["token_ids"], backbone.embedded, name="embedding")
        x = embed(token_ids)
        if spec.embedding_dropout:
            x = backbone.get_layer("embedding_dropout")(x)
        embedded = x
        before, after = [], []
        for index in range(spec.num_layers):
            if index and spec.layer_dropout:
                x = backbone.get_layer(f"layer_dropout_{index}")(x)
            layer = backbone.get_layer(f"recurrent_{index}")
            state = [
                keras.Input((spec.units,), dtype=layer.compute_dtype, name=f"state_{index}_{part}")
                for part in range(len(layer.state_size))
            ]
            x, final = CarriedState(layer, name=f"carried_{index}")(x, state, padding_mask)
            before += state
            after += final
        if spec.skip:
            x = backbone.get_layer("states_and_embeddings")([x, embedded])
        super().__init__(
            inputs=(features, before),
            outputs=(x if head is None else head(x), after),
            **kwargs,
        )
        self.backbone = backbone
        self.head = head
        self.masked = masked

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        # Keras refuses NumPy's arrays beside tensors, and the state is of tensors.
        inputs = tree.map_structure(
            lambda leaf: ops.convert_to_tensor(leaf) if isinstance(leaf, np.ndarray) else leaf,
            inputs,
        )
        return super().__call__(inputs, *args, **kwargs)

    def initial_state(self, batch_size: int) -> list[Any]:
        """Return the state before the first step: zeros.

        Args:
            batch_size: number of streams read side by side.
        """
        _, state = self.input
        return [ops.zeros((batch_size, part.shape[-1]), dtype=part.dtype) for part in state]

    def export(self, filepath: Any, **kwargs: Any) -> None:
        """Export one piece's step for serving; see `keras.Model.export`.

        What is exported takes `token_ids`, `padding_mask` where there is one, and the states
        `state_0_0`, `state_0_1` and so on (layer, part), by name, and gives `outputs` and the new
        states as `next_state_0_0` and so on: exported functions have no nested results.

        Args:
            filepath: the directory or file to make.
            **kwargs: as for `keras.Model.export`, such as `format`.
        """
        features, before = self.input
        outputs, after = self.output
        named = {f"next_{old.name}": new for old, new in zip(before, after, strict=True)}
        flat = keras.Model(
            {**features, **{state.name: state for state in before}}, {"outputs": outputs, **named}
        )
        flat.export(filepath, **kwargs)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        return {
            "backbone": serialize(self.backbone),
            "head": None if self.head is None else serialize(self.head),
            "masked": self.masked,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> StreamModel:
        deserialize = keras.saving.deserialize_keras_object
        parts = {
            name: deserialize(config[name], custom_objects)
            for name in ("backbone", "head")
            if config[name] is not None
        }
        return cls(**{**config, **parts})
