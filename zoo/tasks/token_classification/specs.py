"""What a checkpoint of a tagger may ask for, what it implies and takes; no Keras here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from zoo.common.costs import Cost
from zoo.errors import shown
from zoo.formats import one_label_a_class
from zoo.networks.tagging.spec import TaggingBackboneSpec
from zoo.schema import ModelInfo
from zoo.specs import ArgumentSpec, Rate, count_parameters
from zoo.text.tags import OUTSIDE

__all__ = [
    "AFFIX_TOKENIZER",
    "LETTER_TOKENIZER",
    "TokenClassifierSpec",
    "TokenPreprocessorSpec",
    "one_label_a_type",
    "tagger_cost",
    "tagger_shapes",
]

LETTER_TOKENIZER = "assets/letter_tokenizer/tokenizer.json"
AFFIX_TOKENIZER = "assets/affix_tokenizer/tokenizer.json"

_TAG = re.compile(r"[BIESLUM]-")


class TokenClassifierSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.token_classification.model.TaggingTokenClassifier`.

    Args:
        num_classes: number of kinds of entities. Inside, a word has one of four tags of each, for
            it begins, goes on with, ends or is alone an entity, or the one tag of all others.
        dropout: share of a word's vector dropped in training.
    """

    num_classes: Annotated[int, Meta(ge=1, le=1_000)]
    dropout: Rate = 0.0

    @property
    def num_tags(self) -> int:
        """Number of tags that a word may have."""
        return 4 * self.num_classes + 1


class TokenPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `TaggingTokenClassifierPreprocessor`.

    Args:
        document_length: most words, and ends of sentences, that are read together; a longer
            document is read in parts of whole sentences, and a longer sentence in parts.
    """

    document_length: Annotated[int, Meta(ge=2, le=100_000)]


def one_label_a_type(info: ModelInfo, head: TokenClassifierSpec) -> str | None:
    """Return what is wrong with the labels of a record of a tagger, or None.

    Args:
        info: the record.
        head: arguments of the head.
    """
    if not all(info.labels):
        return "expected labels with a letter at least. Received: an empty one"
    letters = [
        label[0] if _TAG.match(label) else OUTSIDE * (label == OUTSIDE) for label in info.labels
    ]
    # A type may be called E-mail: only what begins or goes on is surely a tag, where all are some.
    if OUTSIDE in letters or (all(letters) and not {"B", "I"}.isdisjoint(letters)):
        return (
            "expected types, such as PER, without B- or I-, and without O. Received: "
            f"{shown(list(info.labels))}"
        )
    return one_label_a_class(info, head)


def tagger_shapes(
    backbone: TaggingBackboneSpec, head: TokenClassifierSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a tagger.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the head.

    Example:
        >>> spec = TaggingBackboneSpec(
        ...     vocabulary_size=9, letter_vocabulary_size=9, affix_vocabulary_size=9,
        ...     embedding_dim=4, letter_dim=2, letter_filters=3, shape_dim=2, affix_dim=2, units=3,
        ... )
        >>> tagger_shapes(spec, TokenClassifierSpec(num_classes=2))["crf/transitions"]
        (9, 9)
    """
    tags = head.num_tags
    return {
        **backbone.layer_shapes(),
        "logits/kernel": (backbone.features, tags),
        "logits/bias": (tags,),
        "crf/transitions": (tags, tags),
        "crf/start": (tags,),
        "crf/end": (tags,),
    }


def tagger_cost(
    shapes: Mapping[str, tuple[int, ...]],
    backbone: TaggingBackboneSpec,
    head: TokenClassifierSpec,
    preprocessor: TokenPreprocessorSpec,
) -> Cost:
    """Return what a tagger takes.

    Args:
        shapes: the shape of every weight by name.
        backbone: arguments of the backbone.
        head: arguments of the head.
        preprocessor: arguments of the preprocessor, which say how much is read together.
    """
    steps, tags = preprocessor.document_length, head.num_tags
    return Cost(
        parameters=count_parameters(dict(shapes)),
        activations=backbone.activations(steps) + 4 * steps * tags + 2 * tags * tags,
        multiply_adds=backbone.multiply_adds(steps) + steps * tags * (backbone.features + tags),
        cause=f"document_length of {steps:,} words",
    )
