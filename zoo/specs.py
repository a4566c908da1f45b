"""What a checkpoint may ask for: constructor arguments with bounds, and the tensors they imply.

Nothing here imports Keras. A checkpoint's `config.json`, `task.json` and `preprocessor.json`
are checked against these structures before anything is built or allocated, and the names and
shapes of `model.safetensors` are checked against `tensor_shapes`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from zoo.errors import InputError

__all__ = [
    "CELL_GATES",
    "MAX_PARAMETERS",
    "RecurrentBackboneSpec",
    "TextClassifierSpec",
    "TextPreprocessorSpec",
    "count_parameters",
    "make_spec",
    "rnn_prefixes",
    "tensor_shapes",
]

# Half a billion float32 parameters are 2 GB: far above any entry, far below a machine's memory.
MAX_PARAMETERS = 500_000_000

CELL_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}

Rate = Annotated[float, Meta(ge=0.0, lt=1.0)]


class _Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the specifications: immutable, and unknown arguments are refused."""


class RecurrentBackboneSpec(_Spec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.architectures.recurrent.RecurrentBackbone`.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        cell: kind of recurrent cell.
        units: size of the hidden state, per direction.
        num_layers: number of recurrent layers on top of each other.
        bidirectional: whether every layer also reads from the end to the start.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of a layer's output dropped per text, between layers, in training.
    """

    vocabulary_size: Annotated[int, Meta(ge=4, le=1_000_000)]
    embedding_dim: Annotated[int, Meta(ge=1, le=4096)]
    cell: Literal["simple_rnn", "lstm", "gru"]
    units: Annotated[int, Meta(ge=1, le=8192)]
    num_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    bidirectional: bool = False
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0


class TextClassifierSpec(_Spec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.text_classifier.RecurrentTextClassifier`.

    Args:
        num_classes: number of classes.
        pooling: how the states over time become one vector; several are concatenated.
        dropout: share of the pooled vector dropped in training.
    """

    num_classes: Annotated[int, Meta(ge=2, le=100_000)]
    pooling: Annotated[tuple[Literal["mean", "max", "last"], ...], Meta(min_length=1, max_length=3)]
    dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if len(set(self.pooling)) < len(self.pooling):
            raise ValueError(f"Expected different kinds of pooling, got {list(self.pooling)}")


class TextPreprocessorSpec(_Spec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.tasks.text_classifier.RecurrentTextClassifierPreprocessor`.

    Args:
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.
    """

    head_length: Annotated[int, Meta(ge=1, le=100_000)]
    tail_length: Annotated[int, Meta(ge=0, le=100_000)]


Spec = TypeVar("Spec", bound=_Spec)


def make_spec(kind: type[Spec], **arguments: Any) -> Spec:
    """Return a specification, its arguments checked against their bounds.

    Args:
        kind: the specification's class.
        **arguments: its fields.

    Raises:
        InputError: an argument is unknown, of another type, or out of bounds.

    Example:
        >>> make_spec(TextPreprocessorSpec, head_length=200, tail_length=0).head_length
        200
    """
    try:
        return msgspec.convert(arguments, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{kind.__name__.removesuffix('Spec')}: {error}") from None


def rnn_prefixes(spec: RecurrentBackboneSpec) -> list[list[str]]:
    """Return the name prefix of every recurrent layer's tensors, a list of directions a layer.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="gru", units=3)
        >>> rnn_prefixes(spec)
        [['recurrent_0/gru_cell']]
    """
    cell = f"{spec.cell}_cell"
    if not spec.bidirectional:
        return [[f"recurrent_{i}/{cell}"] for i in range(spec.num_layers)]
    return [
        [f"recurrent_{i}/{side}_recurrent_{i}/{cell}" for side in ("forward", "backward")]
        for i in range(spec.num_layers)
    ]


def tensor_shapes(
    backbone: RecurrentBackboneSpec, head: TextClassifierSpec
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a recurrent text classifier.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the classifier.

    Example:
        >>> spec = RecurrentBackboneSpec(vocabulary_size=9, embedding_dim=2, cell="lstm", units=3)
        >>> tensor_shapes(spec, TextClassifierSpec(num_classes=2, pooling=("max",)))["logits/bias"]
        (2,)
    """
    gates, units = CELL_GATES[backbone.cell], backbone.units
    shapes: dict[str, tuple[int, ...]] = {
        "token_embedding/embeddings": (backbone.vocabulary_size, backbone.embedding_dim)
    }
    features = backbone.embedding_dim
    for layer in rnn_prefixes(backbone):
        for prefix in layer:
            shapes[f"{prefix}/kernel"] = (features, gates * units)
            shapes[f"{prefix}/recurrent_kernel"] = (units, gates * units)
            # Keras' GRU keeps an input bias and a recurrent bias (reset_after=True).
            bias = (2, gates * units) if backbone.cell == "gru" else (gates * units,)
            shapes[f"{prefix}/bias"] = bias
        features = units * len(layer)
    shapes["logits/kernel"] = (features * len(head.pooling), head.num_classes)
    shapes["logits/bias"] = (head.num_classes,)
    return shapes


def count_parameters(shapes: dict[str, tuple[int, ...]]) -> int:
    """Return the number of parameters that tensors of these shapes hold.

    Example:
        >>> count_parameters({"a": (2, 3), "b": (4,)})
        10
    """
    return sum(math.prod(shape) for shape in shapes.values())
