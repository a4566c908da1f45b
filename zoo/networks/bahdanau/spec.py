"""What an encoder-decoder with additive attention may be, and its tensors; no Keras here."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta

from zoo.specs import EmbeddingDim, NetworkSpec, Rate, Units, VocabularySize

__all__ = [
    "BahdanauBackboneSpec",
    "BahdanauSpellerBackboneSpec",
    "encoder_prefixes",
]


class BahdanauBackboneSpec(NetworkSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.bahdanau.backbone.BahdanauBackbone`.

    Args:
        source_vocabulary_size: number of token ids of the source.
        vocabulary_size: number of token ids of the target.
        embedding_dim: size of a token's vector, on both sides.
        encoder_units: size of the encoder's state, per direction.
        decoder_units: size of the decoder's state.
        attention_units: size of the space in which both are compared.
        encoder_layers: number of bidirectional layers on top of each other.
        word_dropout: share of source tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per sentence in training.
        encoder_dropout: share of the encoder's output dropped in training.
        recurrent_dropout: share of the decoder's state that its gates do not see in training.
        output_dropout: share of the output dropped in training.
    """

    recurrent: ClassVar[bool] = True
    hub_tags: ClassVar[tuple[str, ...]] = ("attention",)

    source_vocabulary_size: VocabularySize
    vocabulary_size: VocabularySize
    embedding_dim: EmbeddingDim
    encoder_units: Units
    decoder_units: Units
    attention_units: Units
    encoder_layers: Annotated[int, Meta(ge=1, le=16)] = 1
    word_dropout: Rate = 0.0
    embedding_dropout: Rate = 0.0
    encoder_dropout: Rate = 0.0
    recurrent_dropout: Rate = 0.0
    output_dropout: Rate = 0.0

    @property
    def features(self) -> int:
        """Size of what the encoder gives at every step."""
        return 2 * self.encoder_units

    def layer_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the name and shape of every weight but the embeddings."""
        shapes: dict[str, tuple[int, ...]] = {}
        features, units, output = self.embedding_dim, self.encoder_units, self.embedding_dim
        for layer in encoder_prefixes(self):
            for prefix in layer:
                shapes[f"{prefix}/kernel"] = (features, 3 * units)
                shapes[f"{prefix}/recurrent_kernel"] = (units, 3 * units)
                shapes[f"{prefix}/bias"] = (2, 3 * units)
            features = self.features
        units = self.decoder_units
        return shapes | {
            "bridge/kernel": (features, units),
            "bridge/bias": (units,),
            "decoder/kernel": (self.embedding_dim, 3 * units),
            "decoder/feed_kernel": (output, 3 * units),
            "decoder/recurrent_kernel": (units, 3 * units),
            "decoder/bias": (2, 3 * units),
            "decoder/state_output_kernel": (units, output),
            "decoder/context_output_kernel": (features, output),
            "decoder/token_output_kernel": (self.embedding_dim, output),
            "decoder/output_bias": (output,),
            "decoder/attention/query_kernel": (units, self.attention_units),
            "decoder/attention/key_kernel": (features, self.attention_units),
            "decoder/attention/bias": (self.attention_units,),
            "decoder/attention/scale": (self.attention_units, 1),
        }


class BahdanauSpellerBackboneSpec(BahdanauBackboneSpec, frozen=True, kw_only=True):
    """Constructor arguments of `zoo.networks.bahdanau.backbone.BahdanauSpellerBackbone`."""


def encoder_prefixes(spec: BahdanauBackboneSpec) -> list[list[str]]:
    """Return the name prefix of every encoder layer's tensors, forwards and backwards.

    Example:
        >>> spec = BahdanauBackboneSpec(
        ...     source_vocabulary_size=9, vocabulary_size=9, embedding_dim=2,
        ...     encoder_units=3, decoder_units=3, attention_units=2,
        ... )
        >>> encoder_prefixes(spec)
        [['encoder_0/forward_encoder/gru_cell', 'encoder_0/backward_encoder/gru_cell']]
    """
    return [
        [f"encoder_{index}/{side}_encoder/gru_cell" for side in ("forward", "backward")]
        for index in range(spec.encoder_layers)
    ]
