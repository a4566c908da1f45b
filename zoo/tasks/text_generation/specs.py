"""What a checkpoint of a language model may ask for, what it implies and takes; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.specs import ArgumentSpec, Rate, count_parameters
from zoo.text.language import language_form

__all__ = [
    "NEVER",
    "CausalLMPreprocessorSpec",
    "CausalLMSpec",
    "check_backbone",
    "language_model_cost",
    "language_model_tensor_shapes",
]

# What stands in place of the padding's bias, so that it is never written: small, but a number in
# half precision too, and its exponential is 0.
NEVER = -1e4


class CausalLMSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.text_generation.model.RecurrentCausalLM`.

    Args:
        tied: whether the table of the tokens' vectors also gives the logits. Where states are not
            as long as such a vector, a projection stands between.
        dropout: share of the states' dimensions dropped per text in training.
    """

    tied: bool = True
    dropout: Rate = 0.0


class CausalLMPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True, omit_defaults=True):
    """Constructor arguments of `RecurrentCausalLMPreprocessor`.

    Args:
        unit: what a token is: what stands between white space, or a character.
        lowercase: whether words are read in lower case.
        sequence_length: tokens that the preprocessor packs to, unless told otherwise; sessions,
            pipelines and scores read texts of any length.
    """

    unit: Literal["words", "characters"] = "words"
    lowercase: bool = False
    sequence_length: Annotated[int, Meta(ge=2, le=10_000)] = 256

    def __post_init__(self) -> None:
        if self.lowercase and self.unit == "characters":
            raise ValueError("Expected lowercase for words only, got unit characters")

    @property
    def vocabulary(self) -> dict[str, Any]:
        """All that the vocabulary's file holds but its tokens."""
        return language_form(self.unit, self.lowercase)


def check_backbone(backbone: RecurrentBackboneSpec) -> str | None:
    """Return why a language model cannot be made over a network, or None.

    Args:
        backbone: arguments of the network.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> check_backbone(spec) is None
        True
    """
    if backbone.bidirectional:
        return (
            "expected a network that reads in one direction, bidirectional=False, for a language "
            "model tells what follows. Received: bidirectional=True"
        )
    if backbone.skip:
        return (
            "expected a network that gives its states alone, skip=False, for a language model "
            "tells what follows from its states. Received: skip=True"
        )
    return None


def language_model_tensor_shapes(
    backbone: RecurrentBackboneSpec, head: CausalLMSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a language model.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the head.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> language_model_tensor_shapes(spec, CausalLMSpec())["projection/kernel"]
        (3, 2)
    """
    size, dim, features = backbone.vocabulary_size, backbone.embedding_dim, backbone.features
    shapes: dict[str, tuple[int, ...]] = {"token_embedding/embeddings": (size, dim)}
    shapes |= backbone.layer_shapes()
    if head.tied:
        if features != dim:
            shapes["projection/kernel"] = (features, dim)
    else:
        shapes["logits/kernel"] = (features, size)
    shapes["logits/bias"] = (size,)
    return shapes


def language_model_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: RecurrentBackboneSpec,
    head: CausalLMSpec,
    preprocessor: CausalLMPreprocessorSpec,
) -> Cost:
    """Return what a language model takes for a text of the preprocessor's length.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the head.
        preprocessor: arguments of the preprocessor, which say how long a text is.
    """
    steps, size = preprocessor.sequence_length, backbone.vocabulary_size
    projection = backbone.features * backbone.embedding_dim if "projection/kernel" in shapes else 0
    logits = size * (backbone.embedding_dim if head.tied else backbone.features)
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=backbone.activations(steps) + steps * size,
        multiply_adds=backbone.multiply_adds(steps) + steps * (projection + logits),
        cause=f"a sequence_length of {steps:,} tokens and a vocabulary_size of {size:,}",
    )
