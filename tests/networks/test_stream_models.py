"""Streams read in pieces, with the state in and out."""

from __future__ import annotations

import threading
from itertools import pairwise

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from helpers import small_backbone, to_numpy
from streams import BATCH, LENGTHS, MASK, TIME, WORDS, cut, draw_ids, features, make_head
from zoo.fitting.truncated_bptt import TruncatedBPTT
from zoo.layers.recurrent import CarriedState
from zoo.networks.convolutional.backbone import ConvolutionalBackbone
from zoo.networks.recurrent.backbone import NgramRecurrentBackbone
from zoo.networks.recurrent.stream import StreamModel
from zoo.tasks.text_classification.testing import OTHER_BACKBONES

KINDS = [
    ("simple_rnn", 1, True),
    ("lstm", 2, True),
    ("gru", 2, True),
    ("lstm", 1, False),
    ("gru", 1, False),
]
_streams: dict = {}


def make_stream(cell, layers, masked):
    """One for all the draws of a property, for building is what takes time."""
    key = (cell, layers, masked)
    if key not in _streams:
        backbone = small_backbone(cell, layers, skip=layers == 2)
        _streams[key] = StreamModel(backbone, masked=masked)
    return _streams[key]


@pytest.mark.parametrize(("cell", "layers", "masked"), KINDS)
@given(splits=st.sets(st.integers(1, TIME - 1), max_size=3))
@settings(deadline=None, max_examples=3)
def test_pieces_of_any_split_give_the_outputs_of_the_whole(cell, layers, masked, splits):
    stream = make_stream(cell, layers, masked)
    given_mask = MASK if masked else None
    ids, outputs = draw_ids(), []
    state = stream.initial_state(BATCH)
    bounds = [0, *sorted(splits), TIME]
    for start, end in pairwise(bounds):
        piece, state = stream((cut(features(ids, given_mask), start, end), state))
        outputs.append(to_numpy(piece))
    inside = MASK if masked else np.ones_like(MASK)
    whole = to_numpy(stream.backbone(features(ids, inside)))
    np.testing.assert_allclose(np.concatenate(outputs, 1)[inside], whole[inside], atol=1e-6)
    # The state is that after the last word of each row: its hidden part is the last output.
    hidden = to_numpy(state[-2 if cell == "lstm" else -1])
    last = np.where(masked, LENGTHS, TIME) - 1
    np.testing.assert_allclose(hidden, whole[np.arange(BATCH), last, :4], atol=1e-6)


def test_a_stream_has_the_weights_of_its_backbone_and_a_state_that_can_be_forked():
    backbone = small_backbone("lstm", 2)
    stream = StreamModel(backbone, masked=False)
    assert {id(v) for v in stream.weights} == {id(v) for v in backbone.weights}
    ids = draw_ids()
    _, state = stream((features(ids[:, :4]), stream.initial_state(BATCH)))
    one, _ = stream((features(ids[:, 4:]), state))
    other, _ = stream((features(ids[::-1, 4:]), state))
    again, _ = stream((features(ids[:, 4:]), state))
    np.testing.assert_array_equal(to_numpy(one), to_numpy(again))
    assert np.abs(to_numpy(one) - to_numpy(other)).max() > 1e-3
    copy = StreamModel.from_config(StreamModel(backbone, make_head()).get_config())
    assert [part.shape for part in copy.output[1]] == [(None, 4)] * 4
    assert copy.output[0].shape == (None, None, WORDS)


def test_a_call_leaves_the_backbone_as_it_was_also_in_threads_and_exports(tmp_path):
    backbone = small_backbone("lstm", 2)
    stream = StreamModel(backbone, make_head(), masked=False)
    config, ids = backbone.get_config(), draw_ids()
    whole = to_numpy(backbone(features(ids, np.ones_like(MASK))))
    seen = []

    class Watched(type(backbone.get_layer("recurrent_0"))):
        def inner_loop(self, *args, **kwargs):
            # While a stream reads, another thread asks the backbone for its states.
            if not seen:
                seen.append(None)
                thread = threading.Thread(
                    target=lambda: seen.append(
                        to_numpy(backbone(features(ids, np.ones_like(MASK))))
                    )
                )
                thread.start()
                thread.join()
            return super().inner_loop(*args, **kwargs)

    layer = backbone.get_layer("recurrent_0")
    original, layer.__class__ = type(layer), Watched
    stream((features(ids), stream.initial_state(BATCH)))
    layer.__class__ = original
    np.testing.assert_allclose(seen[1], whole, atol=1e-6)
    assert backbone.get_config() == config and not layer.return_state
    carried = stream.get_layer("carried_0")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(carried))
    assert copy.layer.get_config() == layer.get_config()
    for wrong in (keras.layers.Dense(3), keras.layers.GRU(3), keras.layers.LSTM(3, dropout=0.1)):
        with pytest.raises(zoo.InputError, match="recurrent layer that returns sequences"):
            CarriedState(wrong)
    stream.save(tmp_path / "stream.keras")
    again = keras.saving.load_model(tmp_path / "stream.keras")
    state = stream.initial_state(BATCH)
    expected, _ = stream((features(ids), state))
    received, _ = again((features(ids), state))
    np.testing.assert_allclose(to_numpy(received), to_numpy(expected), atol=1e-6)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        stream.export(tmp_path / "exported", verbose=False)
        served = tf.saved_model.load(tmp_path / "exported")
        names = [f"state_{layer}_{part}" for layer in (0, 1) for part in (0, 1)]
        given = dict(zip(names, state, strict=True))
        result = served.serve({"token_ids": tf.constant(ids, tf.int32), **given})
        np.testing.assert_allclose(result["outputs"].numpy(), to_numpy(expected), atol=1e-5)
        assert result.keys() == {"outputs", *(f"next_{name}" for name in names)}


def test_what_reads_ahead_or_has_no_state_is_refused():
    with pytest.raises(zoo.InputError, match=r"one direction.*a bidirectional RecurrentBackbone"):
        StreamModel(small_backbone(bidirectional=True))
    for kind, name in ((ConvolutionalBackbone, "widths"), (NgramRecurrentBackbone, "bigrams")):
        spec = OTHER_BACKBONES[name]
        backbone = kind(**{field: getattr(spec, field) for field in spec.__struct_fields__})
        with pytest.raises(zoo.InputError, match=f"Received: {kind.__name__}"):
            StreamModel(backbone)
    with pytest.raises(zoo.InputError, match="steps of at least 1"):
        TruncatedBPTT(StreamModel(small_backbone()), keras.optimizers.SGD(), "mse", 0)
