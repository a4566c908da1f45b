"""What a recurrent network over words may be, and the tensors that it implies; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Protocol

from msgspec import Meta

from zoo.common.costs import LEAST_STEP, matrices
from zoo.specs import Rate, Units
from zoo.text.specs import TextBackboneSpec

__all__ = [
    "CELL_GATES",
    "NgramRecurrentBackboneSpec",
    "RecurrentBackboneSpec",
    "RecurrentLayers",
    "rnn_prefixes",
    "stacked_shapes",
]

CELL_GATES = {"simple_rnn": 1, "lstm": 4, "gru": 3}


class RecurrentLayers(Protocol):
    """Arguments of recurrent layers on top of each other, whatever they read."""

    @property
    def cell(self) -> Literal["simple_rnn", "lstm", "gru"]: ...

    @property
    def units(self) -> int: ...

    @property
    def num_layers(self) -> int: ...

    @property
    def bidirectional(self) -> bool: ...


class RecurrentBackboneSpec(TextBackboneSpec, frozen=True, kw_only=True):
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

    recurrent: ClassVar[bool] = True

    cell: Literal["simple_rnn", "lstm", "gru"]
    units: Units
    num_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    bidirectional: bool = False
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    layer_dropout: Rate = 0.0
    skip: bool = False

    @property
    def ahead(self) -> str:
        return "every layer reads from the end to the start too" if self.bidirectional else ""

    @property
    def features(self) -> int:
        states = self.units * (2 if self.bidirectional else 1)
        return states + (self.embedded_features if self.skip else 0)

    @property
    def embedded_features(self) -> int:
        """Size of the vector that the first layer reads at every step."""
        return self.embedding_dim

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        return stacked_shapes(self, self.embedded_features)

    def activations(self, steps: int) -> int:
        directions = 2 if self.bidirectional else 1
        outputs = directions * self.units
        inputs = max(self.embedded_features, outputs if self.num_layers > 1 else 0)
        gates = CELL_GATES[self.cell] * outputs
        return steps * (inputs + gates + outputs + self.features)

    def multiply_adds(self, steps: int) -> int:
        directions = 2 if self.bidirectional else 1
        step = max(matrices(self.layer_shapes()), LEAST_STEP * self.num_layers * directions)
        return steps * step


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


def stacked_shapes(spec: RecurrentLayers, features: int) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of every weight of recurrent layers on top of each other.

    Args:
        spec: arguments of the layers.
        features: size of the vector that the first layer reads at every step.
    """
    gates, units = CELL_GATES[spec.cell], spec.units
    shapes: dict[str, tuple[int, ...]] = {}
    for layer in rnn_prefixes(spec):
        for prefix in layer:
            shapes[f"{prefix}/kernel"] = (features, gates * units)
            shapes[f"{prefix}/recurrent_kernel"] = (units, gates * units)
            # Keras' GRU keeps an input bias and a recurrent bias (reset_after=True).
            bias = (2, gates * units) if spec.cell == "gru" else (gates * units,)
            shapes[f"{prefix}/bias"] = bias
        features = units * (2 if spec.bidirectional else 1)
    return shapes


def rnn_prefixes(spec: RecurrentLayers) -> list[list[str]]:
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
