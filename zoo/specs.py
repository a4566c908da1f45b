"""What a checkpoint may ask for: constructor arguments with bounds, and the tensors they imply.

Nothing here imports Keras. The arguments in a checkpoint's `config.json` are checked against these
structures before anything is built or allocated, and the names and shapes of `model.safetensors`
are checked against `tensor_shapes`.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta

from zoo.common.counts import plain
from zoo.errors import InputError

__all__ = [
    "CELL_GATES",
    "ArgumentSpec",
    "BackboneSpec",
    "ConvolutionalBackboneSpec",
    "NgramRecurrentBackboneSpec",
    "RecurrentBackboneSpec",
    "TextBackboneSpec",
    "TextClassifierSpec",
    "TextPreprocessorSpec",
    "TransformerBackboneSpec",
    "count_parameters",
    "holds_keys",
    "key_limit",
    "make_spec",
    "rnn_prefixes",
    "tensor_shapes",
]

CELL_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}

Rate = Annotated[float, Meta(ge=0.0, lt=1.0)]
VocabularySize = Annotated[int, Meta(ge=4, le=1_000_000)]
EmbeddingDim = Annotated[int, Meta(ge=1, le=4096)]
Units = Annotated[int, Meta(ge=1, le=8192)]


class ArgumentSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the specifications: immutable, and unknown arguments are refused."""


class BackboneSpec(ArgumentSpec, frozen=True, kw_only=True):
    """What the backbones of texts have in common; see the one in question.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
    """

    vocabulary_size: VocabularySize
    embedding_dim: EmbeddingDim

    @property
    def features(self) -> int:
        """Size of the vector that comes out at every step."""
        raise NotImplementedError

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight above the embeddings."""
        raise NotImplementedError


class RecurrentBackboneSpec(BackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.recurrent.backbone.RecurrentBackbone`.

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
        skip: whether what the first layer reads stands beside the states in the output too.
    """

    cell: Literal["simple_rnn", "lstm", "gru"]
    units: Units
    num_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    bidirectional: bool = False
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0
    skip: bool = False

    @property
    def features(self) -> int:
        states = self.units * (2 if self.bidirectional else 1)
        return states + (self.embedded_features if self.skip else 0)

    @property
    def embedded_features(self) -> int:
        """Size of the vector that the first layer reads at every step."""
        return self.embedding_dim

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        gates, units = CELL_GATES[self.cell], self.units
        shapes: dict[str, tuple[int, ...]] = {}
        features = self.embedded_features
        for layer in rnn_prefixes(self):
            for prefix in layer:
                shapes[f"{prefix}/kernel"] = (features, gates * units)
                shapes[f"{prefix}/recurrent_kernel"] = (units, gates * units)
                # Keras' GRU keeps an input bias and a recurrent bias (reset_after=True).
                bias = (2, gates * units) if self.cell == "gru" else (gates * units,)
                shapes[f"{prefix}/bias"] = bias
            features = self.units * (2 if self.bidirectional else 1)
        return shapes


class NgramRecurrentBackboneSpec(RecurrentBackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.recurrent.backbone.NgramRecurrentBackbone`.

    Args:
        ngram_sizes: number of known bigrams, of known trigrams, and so on.
        ngram_dims: size of the vector of each.

    The others are those of `RecurrentBackboneSpec`.
    """

    ngram_sizes: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=10_000_000)], ...], Meta(min_length=1, max_length=8)
    ]
    ngram_dims: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=4096)], ...], Meta(min_length=1, max_length=8)
    ]

    def __post_init__(self) -> None:
        if len(self.ngram_sizes) != len(self.ngram_dims):
            raise ValueError(
                f"Expected as many ngram_dims as ngram_sizes, {len(self.ngram_sizes)}, "
                f"got {len(self.ngram_dims)}"
            )
        # A key is the number of the n-gram without its last token, times the vocabulary's size,
        # plus that token.
        rows = max(self.vocabulary_size, *self.ngram_sizes)
        if rows * self.vocabulary_size > 2**31:
            raise ValueError(
                "Expected n-grams that 32 bits can number: a vocabulary_size whose product with "
                f"itself and with every one of ngram_sizes is at most {2**31}, "
                f"got {self.vocabulary_size} and {list(self.ngram_sizes)}"
            )

    @property
    def embedded_features(self) -> int:
        return self.embedding_dim + sum(self.ngram_dims)

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        tables = zip(self.ngram_sizes, self.ngram_dims, strict=True)
        for length, (size, dim) in enumerate(tables, start=2):
            shapes[f"ngram_embedding/keys_{length}"] = (size,)
            shapes[f"ngram_embedding/embeddings_{length}"] = (size, dim)
        return shapes | super().layer_shapes()


class ConvolutionalBackboneSpec(BackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.convolutional.backbone.ConvolutionalBackbone`.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        filters: number of filters of every width.
        kernel_sizes: the widths, in tokens.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
    """

    filters: Annotated[int, Meta(ge=1, le=8192)]
    kernel_sizes: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=99)], ...], Meta(min_length=1, max_length=16)
    ]
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if len(set(self.kernel_sizes)) < len(self.kernel_sizes):
            raise ValueError(f"Expected different kernel sizes, got {list(self.kernel_sizes)}")

    @property
    def features(self) -> int:
        return self.filters * len(self.kernel_sizes)

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {}
        for size in self.kernel_sizes:
            shapes[f"convolution_{size}/kernel"] = (size, self.embedding_dim, self.filters)
            shapes[f"convolution_{size}/bias"] = (self.filters,)
        return shapes


class TransformerBackboneSpec(BackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.transformer.backbone.TransformerBackbone`.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector, and of the states; a multiple of `num_heads`.
        num_layers: number of encoder blocks.
        num_heads: number of attention heads of each.
        intermediate_dim: size of the hidden layer of each.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of every sublayer's output dropped in training.
    """

    num_layers: Annotated[int, Meta(ge=1, le=16)]
    num_heads: Annotated[int, Meta(ge=1, le=64)]
    intermediate_dim: Annotated[int, Meta(ge=1, le=32768)]
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0

    def __post_init__(self) -> None:
        if self.embedding_dim % self.num_heads:
            raise ValueError(
                f"Expected an embedding_dim that is a multiple of num_heads, {self.num_heads}, "
                f"got {self.embedding_dim}"
            )

    @property
    def features(self) -> int:
        return self.embedding_dim

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        size, heads, inner = self.embedding_dim, self.num_heads, self.intermediate_dim
        shapes: dict[str, tuple[int, ...]] = {}
        for index in range(self.num_layers):
            block = f"encoder_{index}"
            attention = f"{block}/self_attention_layer"
            for part in ("query", "key", "value"):
                shapes[f"{attention}/{part}/kernel"] = (size, heads, size // heads)
                shapes[f"{attention}/{part}/bias"] = (heads, size // heads)
            shapes[f"{attention}/attention_output/kernel"] = (heads, size // heads, size)
            shapes[f"{attention}/attention_output/bias"] = (size,)
            for norm in ("self_attention_layer_norm", "feedforward_layer_norm"):
                shapes[f"{block}/{norm}/gamma"] = shapes[f"{block}/{norm}/beta"] = (size,)
            shapes[f"{block}/feedforward_intermediate_dense/kernel"] = (size, inner)
            shapes[f"{block}/feedforward_intermediate_dense/bias"] = (inner,)
            shapes[f"{block}/feedforward_output_dense/kernel"] = (inner, size)
            shapes[f"{block}/feedforward_output_dense/bias"] = (size,)
        shapes["layer_norm/gamma"] = shapes["layer_norm/beta"] = (size,)
        return shapes


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


class TextPreprocessorSpec(ArgumentSpec, frozen=True, kw_only=True):
    """Constructor arguments of `SequenceTextClassifierPreprocessor`.

    Args:
        head_length: tokens kept from the start of a text, the start token included.
        tail_length: tokens kept from the end of a text longer than both together.
    """

    head_length: Annotated[int, Meta(ge=1, le=100_000)]
    tail_length: Annotated[int, Meta(ge=0, le=100_000)]


TextBackboneSpec = RecurrentBackboneSpec | ConvolutionalBackboneSpec | TransformerBackboneSpec
Spec = TypeVar("Spec", bound=ArgumentSpec)


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
        return msgspec.convert({name: plain(value) for name, value in arguments.items()}, kind)
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


def tensor_shapes(backbone: BackboneSpec, head: TextClassifierSpec) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of a text classifier.

    Args:
        backbone: arguments of the backbone.
        head: arguments of the classifier.

    Example:
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


def holds_keys(name: str) -> bool:
    """Return whether a tensor of this name holds integers in ascending order along its last axis.

    These are the keys of a table, and the columns of the entries of a sparse matrix.

    Example:
        >>> holds_keys("ngram_embedding/keys_2"), holds_keys("ngram_embedding/embeddings_2")
        (True, False)
    """
    return name.rpartition("/")[2].startswith(("keys_", "recurrent_columns"))


def key_limit(name: str, shape: tuple[int, ...]) -> int:
    """Return what the integers of a tensor must be below.

    Args:
        name: name of a tensor that `holds_keys`.
        shape: its shape; a square matrix has as many columns as it has rows.

    Example:
        >>> key_limit("echo_state/echo_state_cell/recurrent_columns", (50, 5))
        50
    """
    return shape[0] if name.endswith("recurrent_columns") else 2**31


def count_parameters(shapes: dict[str, tuple[int, ...]]) -> int:
    """Return the number of parameters that tensors of these shapes hold.

    Example:
        >>> count_parameters({"a": (2, 3), "b": (4,)})
        10
    """
    return sum(math.prod(shape) for shape in shapes.values())
