"""What a checkpoint of a text classifier may ask for, what it implies and takes; no Keras here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.specs import ArgumentSpec, Rate, count_parameters
from zoo.text.forms import CHARACTERS, WORDS
from zoo.text.specs import TextBackboneSpec

__all__ = [
    "TextClassifierSpec",
    "TextPreprocessorSpec",
    "tensor_shapes",
    "text_cost",
]


class TextClassifierSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.text_classification.model.SequenceTextClassifier`.

    Args:
        num_classes: number of classes.
        pooling: how the states over time become one vector; several are concatenated. "sqrtn"
            is the sum divided by the square root of the number of steps.
        dropout: share of the pooled vector dropped in training.
    """

    num_classes: Annotated[int, Meta(ge=2, le=100_000)]
    pooling: Annotated[
        tuple[Literal["mean", "max", "last", "sqrtn"], ...], Meta(min_length=1, max_length=4)
    ]
    dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if len(set(self.pooling)) < len(self.pooling):
            raise ValueError(f"Expected different kinds of pooling, got {list(self.pooling)}")


class TextPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True, omit_defaults=True):
    """Constructor arguments of `SequenceTextClassifierPreprocessor`.

    Args:
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.
        unit: what a token is: a word or mark, in lower case, or a character as it is.
    """

    head_length: Annotated[int, Meta(ge=1, le=100_000)]
    tail_length: Annotated[int, Meta(ge=0, le=100_000)]
    unit: Literal["words", "characters"] = "words"

    @property
    def vocabulary(self) -> dict[str, Any]:
        """All that the vocabulary's file holds but its tokens."""
        return CHARACTERS if self.unit == "characters" else WORDS


def tensor_shapes(
    backbone: TextBackboneSpec, head: TextClassifierSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a text classifier.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the classifier.

    Example:
        >>> from zoo.networks.recurrent.spec import RecurrentBackboneSpec
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> tensor_shapes(spec, TextClassifierSpec(num_classes=2, pooling=("max",)))["logits/bias"]
        (2,)
    """
    shapes: dict[str, tuple[int, ...]] = {
        "token_embedding/embeddings": (backbone.vocabulary_size, backbone.embedding_dim)
    }
    shapes |= backbone.layer_shapes()
    features = backbone.features
    shapes["logits/kernel"] = (features * len(head.pooling), head.num_classes)
    shapes["logits/bias"] = (head.num_classes,)
    return shapes


def text_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: TextBackboneSpec,
    head: TextClassifierSpec,
    preprocessor: TextPreprocessorSpec,
) -> Cost:
    """Return what a text classifier takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the classifier.
        preprocessor: arguments of the preprocessor, which say how long a text may be.
    """
    steps = preprocessor.head_length + preprocessor.tail_length
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=backbone.activations(steps) + head.num_classes,
        multiply_adds=backbone.multiply_adds(steps),
        cause=f"head_length and tail_length of {steps:,} tokens together",
    )
