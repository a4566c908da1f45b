"""A Keras language model as a function of tokens and a state, in Keras' own operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zoo.networks.recurrent.graph import state_sizes

__all__ = ["reader"]


def reader(model: Any) -> Callable[..., dict[str, Any]]:
    """Return what reads pieces of texts from a state on, with the names of the ONNX graph.

    Args:
        model: a language model from `zoo.load`.

    Returns:
        A function of `token_ids`, integers of shape (batch, time), none of them padding, and
        `state`, (batch, size), zeros before the line end that a text begins with. It returns
        `log_probabilities` of what follows each token, (batch, time, vocabulary), and
        `next_state`.
    """
    from keras import ops

    backbone = model.backbone
    sizes = state_sizes(backbone.spec)

    def read(token_ids: Any, state: Any) -> dict[str, Any]:
        sequence, after, start = backbone.token_embedding(token_ids), [], 0
        for index, layer in enumerate(sizes):
            first = []
            for size in layer:
                first.append(state[:, start : start + size])
                start += size
            recurrent = backbone.get_layer(f"recurrent_{index}")
            _, sequence, last = recurrent.inner_loop(sequence, first, None, training=False)
            after += last
        return {
            "log_probabilities": ops.log_softmax(model.logits_of(sequence), axis=-1),
            "next_state": ops.concatenate(after, axis=-1),
        }

    return read
