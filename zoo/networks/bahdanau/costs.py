"""The tensors of an encoder-decoder with its embeddings, and what a model takes; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zoo.common.costs import LEAST_STEP, Cost, matrices
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.specs import count_parameters

__all__ = ["activations", "cost", "tensor_shapes"]

# What a pipeline keeps of every text unless told otherwise.
_BEAMS = 5


def tensor_shapes(backbone: BahdanauBackboneSpec, head: Any) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a model over the network.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the task, of no matter here.
    """
    return {
        "source_embedding/embeddings": (backbone.source_vocabulary_size, backbone.embedding_dim),
        "token_embedding/embeddings": (backbone.vocabulary_size, backbone.embedding_dim),
        **backbone.layer_shapes(),
    }


def activations(backbone: BahdanauBackboneSpec, source_length: int, num_beams: int = _BEAMS) -> int:
    """Return how many numbers are held at once while a text is answered.

    Args:
        backbone: arguments of the network.
        source_length: number of tokens of the text.
        num_beams: sequences that the search keeps.
    """
    features = backbone.features
    encoder = source_length * (max(backbone.embedding_dim, features) + 4 * features)
    # Every sequence has the encoder's states, their keys, and the comparison with its own state.
    attention = source_length * (features + 2 * backbone.attention_units)
    return max(encoder, num_beams * (attention + 4 * backbone.vocabulary_size))


def cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: BahdanauBackboneSpec,
    head: Any,
    preprocessor: Any,
) -> Cost:
    """Return what a model over the network takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the network.
        head: arguments of the task, of no matter here.
        preprocessor: arguments of the preprocessor, which say how long texts may be.
    """
    source, target = preprocessor.source_length, preprocessor.target_length
    layers = backbone.layer_shapes()
    encoder = matrices({name: shape for name, shape in layers.items() if "encoder_" in name})
    decoder = matrices(layers) - encoder + backbone.vocabulary_size * backbone.embedding_dim
    attention = source * (backbone.features + backbone.attention_units)
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=activations(backbone, source),
        multiply_adds=source * max(encoder, 2 * LEAST_STEP * backbone.encoder_layers)
        + target * _BEAMS * (decoder + attention),
        cause=f"source_length {source:,} and target_length {target:,}",
    )
