"""What a checkpoint of a translator may ask for, what it implies and takes; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from zoo.common.costs import LEAST_STEP, Cost, matrices
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.specs import ArgumentSpec, count_parameters

__all__ = [
    "SOURCE_TOKENIZER",
    "Seq2SeqLMSpec",
    "Seq2SeqPreprocessorSpec",
    "translation_activations",
    "translation_cost",
    "translation_tensor_shapes",
]

SOURCE_TOKENIZER = "assets/source_tokenizer/tokenizer.json"

# What a pipeline keeps of every sentence unless told otherwise.
_BEAMS = 5


class Seq2SeqLMSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.translation.model.BahdanauSeq2SeqLM`, which has none.

    The product with the target's embeddings makes the logits.
    """


class Seq2SeqPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.translation.preprocessor.BahdanauSeq2SeqLMPreprocessor`.

    Args:
        source_length: most tokens of a source sentence that are read, the end token included.
        target_length: most tokens of a translation, the start and end tokens included.
    """

    source_length: Annotated[int, Meta(ge=2, le=10_000)]
    target_length: Annotated[int, Meta(ge=2, le=10_000)]


def translation_tensor_shapes(
    backbone: BahdanauBackboneSpec, head: Seq2SeqLMSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a translator.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the task, of no matter here.
    """
    return {
        "source_embedding/embeddings": (backbone.source_vocabulary_size, backbone.embedding_dim),
        "token_embedding/embeddings": (backbone.vocabulary_size, backbone.embedding_dim),
        **backbone.layer_shapes(),
    }


def translation_activations(
    backbone: BahdanauBackboneSpec, source_length: int, num_beams: int = _BEAMS
) -> int:
    """Return how many numbers are held at once while a sentence is translated.

    Args:
        backbone: arguments of the network.
        source_length: number of tokens of the sentence.
        num_beams: sequences that the search keeps.
    """
    features = backbone.features
    encoder = source_length * (max(backbone.embedding_dim, features) + 4 * features)
    # Every sequence has the encoder's states, their keys, and the comparison with its own state.
    attention = source_length * (features + 2 * backbone.attention_units)
    return max(encoder, num_beams * (attention + 4 * backbone.vocabulary_size))


def translation_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: BahdanauBackboneSpec,
    head: Seq2SeqLMSpec,
    preprocessor: Seq2SeqPreprocessorSpec,
) -> Cost:
    """Return what a translator takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the network.
        head: arguments of the task, of no matter here.
        preprocessor: arguments of the preprocessor, which say how long sentences may be.
    """
    source, target = preprocessor.source_length, preprocessor.target_length
    layers = backbone.layer_shapes()
    encoder = matrices({name: shape for name, shape in layers.items() if "encoder_" in name})
    decoder = matrices(layers) - encoder + backbone.vocabulary_size * backbone.embedding_dim
    attention = source * (backbone.features + backbone.attention_units)
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=translation_activations(backbone, source),
        multiply_adds=source * max(encoder, 2 * LEAST_STEP * backbone.encoder_layers)
        + target * _BEAMS * (decoder + attention),
        cause=f"source_length {source:,} and target_length {target:,}",
    )
