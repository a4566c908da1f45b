"""The recurrent backbones: SimpleRNN, LSTM and GRU, stacked and bidirectional."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras
import keras_hub
import msgspec

from zoo.layers.freezing import KeepsFrozen
from zoo.layers.ngram_embedding import NgramEmbedding
from zoo.layers.recurrent import GRU, LSTM, SimpleRNN, both_ways
from zoo.layers.series import SeriesScaling
from zoo.layers.series_features import FrameMask, SeriesFeatures, SeriesFrames
from zoo.networks.recurrent.series_spec import SeriesRecurrentBackboneSpec, point_pairs
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.specs import make_spec
from zoo.text.backbone import TextBackbone

_LAYERS = {"simple_rnn": SimpleRNN, "lstm": LSTM, "gru": GRU}


@keras.saving.register_keras_serializable(package="zoo")
class RecurrentBackbone(TextBackbone):
    """Token ids to the hidden states of a recurrent network.

    Call with `{"token_ids", "padding_mask"}`, both of shape (batch, time); returns the states of
    the last layer, of shape (batch, time, units), twice the units when bidirectional, with a skip
    connection `embedding_dim` more.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: size of the hidden state, per direction.
        num_layers: number of recurrent layers on top of each other.
        bidirectional: whether every layer also reads from the end to the start.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of a layer's output dimensions dropped per text, between layers,
            in training.
        skip: whether what the first layer reads stands beside the states in the output too.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = RecurrentBackbone(vocabulary_size=100, embedding_dim=8, cell="lstm", units=4)
        >>> tokens = np.array([[2, 5, 0]])
        >>> backbone({"token_ids": tokens, "padding_mask": tokens != 0}).shape
        (1, 3, 4)

    Reference:
        [Hochreiter & Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735),
        [Cho et al., 2014](https://arxiv.org/abs/1406.1078),
        [Schuster & Paliwal, 1997](https://doi.org/10.1109/78.650093)
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        cell: str,
        units: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        skip: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            RecurrentBackboneSpec,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            cell=cell,
            units=units,
            num_layers=num_layers,
            bidirectional=bidirectional,
            word_dropout=word_dropout,
            embedding_dropout=embedding_dropout,
            layer_dropout=layer_dropout,
            skip=skip,
        )
        super().__init__(spec, dtype=dtype, **kwargs)

    @staticmethod
    def states(spec: RecurrentBackboneSpec, embedded: Any, padding_mask: Any, dtype: Any) -> Any:
        x = embedded
        for index in range(spec.num_layers):
            if index and spec.layer_dropout:
                x = keras.layers.SpatialDropout1D(
                    spec.layer_dropout, dtype=dtype, name=f"layer_dropout_{index}"
                )(x)
            layer = _recurrent_layer(
                spec.cell, spec.units, spec.bidirectional, f"recurrent_{index}", dtype
            )
            x = layer(x, mask=padding_mask)
        if spec.skip:
            x = keras.layers.Concatenate(dtype=dtype, name="states_and_embeddings")([x, embedded])
        return x


@keras.saving.register_keras_serializable(package="zoo")
class NgramRecurrentBackbone(TextBackbone):
    """Token ids to the hidden states of a recurrent network that reads words and n-grams.

    At every step the network reads the vector of the token beside those of the known bigram,
    trigram and so on that end there. Otherwise as `RecurrentBackbone`; a skip connection adds
    `embedding_dim + sum(ngram_dims)` to the output's features.

    Args:
        vocabulary_size: number of token ids.
        embedding_dim: size of a token's vector.
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: size of the hidden state, per direction.
        ngram_sizes: number of known bigrams, of known trigrams, and so on.
        ngram_dims: size of the vector of each.
        num_layers: number of recurrent layers on top of each other.
        bidirectional: whether every layer also reads from the end to the start.
        word_dropout: share of tokens replaced by the unknown token in training.
        embedding_dropout: share of embedding dimensions dropped per text in training.
        layer_dropout: share of a layer's output dimensions dropped per text, between layers,
            in training.
        skip: whether what the first layer reads stands beside the states in the output too.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = NgramRecurrentBackbone(
        ...     vocabulary_size=100, embedding_dim=8, cell="gru", units=4,
        ...     ngram_sizes=[30, 20], ngram_dims=[2, 2],
        ... )
        >>> tokens = np.array([[2, 5, 0]])
        >>> backbone({"token_ids": tokens, "padding_mask": tokens != 0}).shape
        (1, 3, 4)

    Reference:
        [Johnson & Zhang, 2016](https://arxiv.org/abs/1602.02373)
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        cell: str,
        units: int,
        ngram_sizes: Sequence[int],
        ngram_dims: Sequence[int],
        num_layers: int = 1,
        bidirectional: bool = False,
        word_dropout: float = 0.0,
        embedding_dropout: float = 0.0,
        layer_dropout: float = 0.0,
        skip: bool = False,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        spec = make_spec(
            NgramRecurrentBackboneSpec,
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            cell=cell,
            units=units,
            ngram_sizes=tuple(ngram_sizes),
            ngram_dims=tuple(ngram_dims),
            num_layers=num_layers,
            bidirectional=bidirectional,
            word_dropout=word_dropout,
            embedding_dropout=embedding_dropout,
            layer_dropout=layer_dropout,
            skip=skip,
        )
        super().__init__(spec, dtype=dtype, **kwargs)
        self.ngram_embedding = self.get_layer("ngram_embedding")

    @staticmethod
    def embed(spec: NgramRecurrentBackboneSpec, token_ids: Any, embedded: Any, dtype: Any) -> Any:
        ngrams = NgramEmbedding(
            spec.vocabulary_size,
            spec.ngram_sizes,
            spec.ngram_dims,
            dtype=dtype,
            name="ngram_embedding",
        )(token_ids)
        return keras.layers.Concatenate(dtype=dtype, name="embeddings")([embedded, ngrams])

    states = staticmethod(RecurrentBackbone.states)


@keras.saving.register_keras_serializable(package="zoo")
class SeriesRecurrentBackbone(KeepsFrozen, keras_hub.models.Backbone):
    """Numeric series to the hidden states of a recurrent network.

    Call with `{"series", "padding_mask"}`, of shape (batch, time, channels) and (batch, time), the
    mask True first and then False; returns the states of the last layer, of shape (batch, frames,
    units), twice the units when bidirectional. There are as many frames as steps, or as many as
    `frame` steps each make, rounded up.

    A tensor is float32, which cannot tell small changes of large numbers apart: the tasks'
    `predict` scales in float64 before.

    Args:
        channels: number of channels of the series.
        cell: `"simple_rnn"`, `"lstm"` or `"gru"`.
        units: size of the hidden state, per direction.
        num_layers: number of recurrent layers on top of each other.
        bidirectional: whether every layer also reads from the end to the start.
        layer_dropout: share of a layer's output dropped per series, between layers, in training.
        lags: in steps: how the channels differ from so many steps earlier is read beside them.
        point_dims: coordinates of a point, where the channels are those of points, whose distances
            are then read too; 0 where they are none.
        frame: consecutive steps that the network reads as one.
        dtype: dtype policy of computations and weights.

    Raises:
        InputError: an argument is out of bounds.

    Example:
        >>> backbone = SeriesRecurrentBackbone(channels=2, cell="gru", units=8, lags=[1])
        >>> mask = np.ones((1, 7), bool)
        >>> backbone({"series": np.zeros((1, 7, 2)), "padding_mask": mask}).shape
        (1, 7, 8)

    Reference:
        [Hochreiter & Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735),
        [Cho et al., 2014](https://arxiv.org/abs/1406.1078),
        [Schuster & Paliwal, 1997](https://doi.org/10.1109/78.650093)
    """

    def __init__(
        self,
        channels: int,
        cell: str,
        units: int,
        num_layers: int = 1,
        bidirectional: bool = False,
        layer_dropout: float = 0.0,
        lags: Sequence[int] = (),
        point_dims: int = 0,
        frame: int = 1,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        self.spec = spec = make_spec(
            SeriesRecurrentBackboneSpec,
            channels=channels,
            cell=cell,
            units=units,
            num_layers=num_layers,
            bidirectional=bidirectional,
            layer_dropout=layer_dropout,
            lags=tuple(lags),
            point_dims=point_dims,
            frame=frame,
        )
        series = keras.Input((None, channels), name="series")
        padding_mask = keras.Input((None,), dtype="bool", name="padding_mask")
        self.scaling = SeriesScaling(dtype=dtype, name="scaling")
        self.feature_scaling = None
        if spec.scaled_twice:
            pairs = point_pairs(spec) if point_dims else ((), ())
            self.feature_layer = SeriesFeatures(
                lags, pairs, point_dims, dtype=dtype, name="step_features"
            )
            self.feature_scaling = SeriesScaling(dtype=dtype, name="feature_scaling")
        self.frames = SeriesFrames(frame, dtype=dtype, name="frames") if frame > 1 else None
        self.frame_mask = FrameMask(frame, name="frame_mask") if frame > 1 else None
        self.recurrent_layers = [
            _recurrent_layer(cell, units, bidirectional, f"recurrent_{index}", dtype)
            for index in range(num_layers)
        ]
        self.dropouts = [
            keras.layers.SpatialDropout1D(layer_dropout, dtype=dtype, name=f"layer_dropout_{index}")
            for index in range(1, num_layers)
            if layer_dropout
        ]
        states = self.from_scaled(self.scaling(series), padding_mask)
        super().__init__(
            inputs={"series": series, "padding_mask": padding_mask},
            outputs=states,
            dtype=dtype,
            **kwargs,
        )

    def from_scaled(self, series: Any, padding_mask: Any) -> Any:
        """Return what a call returns, for a series whose channels are scaled already.

        Args:
            series: tensor of shape (batch, time, channels).
            padding_mask: boolean tensor of shape (batch, time).
        """
        x = series
        if self.feature_scaling is not None:
            x = self.feature_scaling(self.feature_layer(x))
        if self.frames is not None:
            x = self.frames(x, padding_mask)
        inside = self.inside(padding_mask)
        for index, layer in enumerate(self.recurrent_layers):
            if index and self.dropouts:
                x = self.dropouts[index - 1](x)
            x = layer(x, mask=inside)
        return x

    def inside(self, padding_mask: Any) -> Any:
        """Return which frames hold a step of their series.

        Args:
            padding_mask: boolean tensor of shape (batch, time).
        """
        return padding_mask if self.frame_mask is None else self.frame_mask(padding_mask)

    def get_config(self) -> dict[str, Any]:
        config = msgspec.structs.asdict(self.spec)
        return {**super().get_config(), **config, "lags": list(self.spec.lags)}


def _recurrent_layer(
    cell: str, units: int, bidirectional: bool, name: str, dtype: Any
) -> keras.layers.Layer:
    layer = _LAYERS[cell](units, return_sequences=True, dtype=dtype, name=name)
    if bidirectional:
        layer = both_ways(layer, dtype=dtype, name=name)
    return layer
