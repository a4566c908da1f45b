"""The encoder-decoder: a bidirectional GRU, and a GRU that attends to what it read."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from typing import Any, ClassVar

import keras
import keras_hub
from keras import ops

from zoo.layers.attention_decoder import AttentionDecoder
from zoo.layers.freezing import KeepsFrozen
from zoo.layers.initializers import GlorotUniform, Orthogonal, RandomUniform
from zoo.layers.word_dropout import WordDropout
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec, BahdanauSpellerBackboneSpec
from zoo.specs import make_spec
from zoo.text.encoding import PAD, UNKNOWN

__all__ = ["BahdanauBackbone", "BahdanauSpellerBackbone"]


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Token ids of two languages to the vectors from which the next target tokens are told.

    A bidirectional GRU reads the source; a GRU with additive attention and input feeding reads
    the target so far. The products of its outputs with the target's embeddings are the logits.

    Call with `{"encoder_token_ids", "encoder_padding_mask", "decoder_token_ids",
    "decoder_padding_mask"}`, the first two of shape (batch, steps), the last two of shape
    (batch, time). Returns `{"encoder_sequence_output", "decoder_sequence_output",
    "attention_weights"}`, of shapes (batch, steps, 2 * encoder_units),
    (batch, time, embedding_dim) and (batch, time, steps).

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
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = BahdanauBackbone(
        ...     source_vocabulary_size=90, vocabulary_size=100, embedding_dim=8,
        ...     encoder_units=6, decoder_units=7, attention_units=5,
        ... )
        >>> source, target = np.array([[2, 5, 3]]), np.array([[2, 9]])
        >>> backbone({
        ...     "encoder_token_ids": source, "encoder_padding_mask": source != 0,
        ...     "decoder_token_ids": target, "decoder_padding_mask": target != 0,
        ... })["decoder_sequence_output"].shape
        (1, 2, 8)

    Reference:
        [Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473),
        [Sutskever et al., 2014](https://arxiv.org/abs/1409.3215),
        [Press & Wolf, 2017](https://arxiv.org/abs/1608.05859) (tied embeddings)
    """

    spec_class: ClassVar[type[BahdanauBackboneSpec]] = BahdanauBackboneSpec

    def __init__(
        self,
        source_vocabulary_size: int,
        vocabulary_size: int,
        embedding_dim: int,
        encoder_units: int,
        decoder_units: int,
        attention_units: int,
        encoder_layers: int = 1,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        encoder_dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        output_dropout: float = 0.0,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            self.spec_class,
            source_vocabulary_size=source_vocabulary_size,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            encoder_units=encoder_units,
            decoder_units=decoder_units,
            attention_units=attention_units,
            encoder_layers=encoder_layers,
            word_dropout=word_dropout,
            embedding_dropout=embedding_dropout,
            encoder_dropout=encoder_dropout,
            recurrent_dropout=recurrent_dropout,
            output_dropout=output_dropout,
        )
        uniform = RandomUniform(-0.1, 0.1)
        layers = keras.layers
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())
        self.source_embedding = layers.Embedding(
            source_vocabulary_size, embedding_dim, uniform, dtype=dtype, name="source_embedding"
        )
        self.token_embedding = keras_hub.layers.ReversibleEmbedding(
            vocabulary_size,
            embedding_dim,
            embeddings_initializer=uniform,
            # Logits need more digits than bfloat16 has, or many words tie.
            reverse_dtype="float32" if policy.compute_dtype != policy.variable_dtype else None,
            dtype=policy,
            name="token_embedding",
        )
        self.encoder = [
            layers.Bidirectional(
                layers.GRU(
                    encoder_units,
                    return_sequences=True,
                    recurrent_initializer=Orthogonal(),
                    kernel_initializer=GlorotUniform(),
                    dtype=dtype,
                    name="encoder",
                ),
                dtype=dtype,
                name=f"encoder_{index}",
            )
            for index in range(encoder_layers)
        ]
        self.bridge = layers.Dense(
            decoder_units,
            activation="tanh",
            kernel_initializer=GlorotUniform(),
            dtype=dtype,
            name="bridge",
        )
        self.decoder = AttentionDecoder(
            decoder_units,
            attention_units,
            embedding_dim,
            recurrent_dropout,
            dtype=dtype,
            name="decoder",
        )
        dropout = layers.SpatialDropout1D(embedding_dropout, dtype=dtype, name="embedding_dropout")
        source_dropout = layers.SpatialDropout1D(
            embedding_dropout, dtype=dtype, name="source_dropout"
        )
        encoder_dropouts = [
            layers.Dropout(encoder_dropout, dtype=dtype, name=f"encoder_dropout_{index}")
            for index in range(encoder_layers)
        ]
        words = WordDropout(word_dropout, UNKNOWN, PAD, name="word_dropout", dtype=dtype)

        inputs = {
            f"{side}_{name}": keras.Input((None,), dtype=kind, name=f"{side}_{name}")
            for side in ("encoder", "decoder")
            for name, kind in (("token_ids", "int32"), ("padding_mask", "bool"))
        }
        mask = inputs["encoder_padding_mask"]
        x = source_dropout(self.source_embedding(words(inputs["encoder_token_ids"])))
        for layer, layer_dropout in zip(self.encoder, encoder_dropouts, strict=True):
            x = layer_dropout(layer(x, mask=mask))
        embedded = dropout(self.token_embedding(inputs["decoder_token_ids"]))
        output, weights = self.decoder(embedded, x, mask, self.bridge(_mean(x, mask)))
        output = layers.Dropout(output_dropout, dtype=dtype, name="output_dropout")(output)
        super().__init__(
            inputs=inputs,
            outputs={
                "encoder_sequence_output": x,
                "decoder_sequence_output": output,
                "attention_weights": weights,
            },
            dtype=dtype,
            **kwargs,
        )
        self.spec = spec

    def encode(self, token_ids: Any, padding_mask: Any) -> tuple[Any, Any]:
        """Return what the encoder read, (batch, steps, features), and the decoder's first state.

        Args:
            token_ids: integer tensor of shape (batch, steps).
            padding_mask: boolean tensor of shape (batch, steps).
        """
        x = self.source_embedding(token_ids)
        for layer in self.encoder:
            x = layer(x, mask=padding_mask, training=False)
        state = self.bridge(_mean(x, padding_mask))
        # Single steps of the decoder compute in the type of its weights, also with a mixed policy.
        kind = self.decoder.variable_dtype
        return ops.cast(x, kind), ops.cast(state, kind)

    def decode_step(
        self, token_ids: Any, state: Any, fed: Any, values: Any, keys: Any, mask: Any
    ) -> tuple[Any, Any, Any]:
        """Take one step of the decoder: return its state, its output and the weights.

        Args:
            token_ids: integer tensor of shape (batch,), the tokens before those to tell.
            state: tensor of shape (batch, decoder_units).
            fed: the output of the step before, (batch, embedding_dim).
            values: what `encode` returned, (batch, steps, features).
            keys: what `decoder.attention.keys(values)` returned.
            mask: boolean tensor of shape (batch, steps).
        """
        projected = self.decoder.project(self.token_embedding(token_ids))
        return self.decoder.step(projected, state, fed, values, keys, mask)

    def get_config(self) -> dict[str, Any]:
        fields = {name: getattr(self.spec, name) for name in self.spec.__struct_fields__}
        return {**super().get_config(), **fields}


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauSpellerBackbone(BahdanauBackbone):
    """The same network for letters and sounds; see `BahdanauBackbone` for its arguments.

    A class of its own, since KerasHub finds the task of a backbone by the backbone's class, and
    those that translate are another.

    Example:
        >>> backbone = BahdanauSpellerBackbone(
        ...     source_vocabulary_size=32, vocabulary_size=44, embedding_dim=8,
        ...     encoder_units=6, decoder_units=7, attention_units=5, encoder_layers=2,
        ... )
        >>> backbone.spec.features
        12

    Reference:
        [Toshniwal & Livescu, 2016](https://arxiv.org/abs/1610.06540)
    """

    spec_class: ClassVar[type[BahdanauBackboneSpec]] = BahdanauSpellerBackboneSpec


def _mean(values: Any, mask: Any) -> Any:
    """Return the mean of the steps inside the mask, (batch, features)."""
    inside = ops.cast(ops.expand_dims(mask, -1), values.dtype)
    return ops.sum(values * inside, axis=1) / ops.maximum(ops.sum(inside, axis=1), 1.0)
