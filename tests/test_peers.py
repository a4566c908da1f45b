"""The test cases that KerasHub brings in its wheel, run on the layers, backbones and tasks here."""

from __future__ import annotations

import importlib
import pkgutil

import keras
import numpy as np
import pytest

import zoo.layers
from helpers import edit_config
from zoo import loading
from zoo.networks.bahdanau.backbone import BahdanauBackbone
from zoo.networks.convolutional.backbone import ConvolutionalBackbone
from zoo.networks.echo_state.backbone import EchoStateBackbone
from zoo.networks.recurrent.backbone import NgramRecurrentBackbone, RecurrentBackbone
from zoo.networks.transformer.backbone import TransformerBackbone
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.tasks.translation.testing import make_translator

test_case = pytest.importorskip(
    "keras_hub.src.tests.test_case", reason="KerasHub's test cases need the package grain"
)


@pytest.fixture
def case():
    made = test_case.TestCase()
    made.setUp()
    yield made
    made.doCleanups()


# Rows whose mask Keras itself would make of them: KerasHub's cases pass tensors, never NumPy's.
SERIES, MASK = np.ones((2, 4, 3), "float32"), np.arange(4) < np.array([[4], [2]])
IDS = np.array([[2, 5, 6, 0], [2, 7, 0, 0]], "int32")

# Of every layer: arguments, what it is called with, the shape of what it returns.
LAYERS = {
    "AttentionDecoder": (
        {"units": 6, "attention_units": 4, "output_dim": 3},
        {
            "inputs": SERIES,
            "values": np.ones((2, 5, 8), "float32"),
            "mask": np.ones((2, 5), bool),
            "state": np.zeros((2, 6), "float32"),
        },
        ((2, 4, 3), (2, 4, 5)),
    ),
    "AttentionPooling": ({"units": 4}, {"inputs": SERIES, "padding_mask": MASK}, (2, 3)),
    "BahdanauAttention": (
        {"units": 8},
        {"query": np.ones((2, 3), "float32"), "values": SERIES},
        ((2, 3), (2, 4)),
    ),
    "EchoState": ({"units": 20}, SERIES, (2, 4, 20)),
    "GRU": ({"units": 5, "return_sequences": True}, SERIES, (2, 4, 5)),
    "LSTM": ({"units": 5}, SERIES, (2, 5)),
    "SimpleRNN": ({"units": 5}, SERIES, (2, 5)),
    "NgramEmbedding": ({"vocabulary_size": 9, "sizes": [4], "dims": [2]}, IDS, (2, 4, 2)),
    "SequencePooling": (
        {"modes": ["mean", "max", "last", "sqrtn"]},
        {"inputs": SERIES, "padding_mask": MASK},
        (2, 12),
    ),
    "SeriesFeatures": ({"lags": [1]}, SERIES, (2, 4, 6)),
    "SeriesFrames": ({"frame": 2}, {"inputs": SERIES, "padding_mask": MASK}, (2, 2, 6)),
    "SeriesSampling": ({"points": 3}, {"inputs": SERIES, "padding_mask": MASK}, (2, 9)),
    "SeriesScaling": ({}, SERIES, (2, 4, 3)),
    "WithSquares": ({}, SERIES, (2, 4, 6)),
    "ZeroPadding": ({}, {"inputs": SERIES, "padding_mask": MASK}, (2, 4, 3)),
}
OTHERWISE = {
    "FrameMask": "takes and gives booleans: see tests/tasks/time_series_classification",
    "CarriedState": "takes a list of tensors beside a tensor: see tests/test_truncated_bptt.py",
    "WordDropout": "gives back integers, whatever its dtype policy: see tests/test_text_models.py",
    "CRF": "gives back what it is given, whose chains it scores: see tests/networks/test_crf.py",
    "EchoStateCell": "a cell returns its state beside its output: see tests/test_reservoir.py",
}


def layers():
    """Every layer that the zoo defines, by name."""
    names = [f"zoo.layers.{m.name}" for m in pkgutil.iter_modules(zoo.layers.__path__)]
    found = {}
    others = ("zoo.networks.echo_state.layers", "zoo.tasks.time_series_forecasting.model")
    for name in [*names, *others]:
        module = importlib.import_module(name)
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, keras.layers.Layer)
                and not issubclass(value, keras.Model)
                and value.__module__ == name
            ):
                found[value.__name__] = value
    return found


def test_no_layer_is_left_out():
    assert layers().keys() == LAYERS.keys() | OTHERWISE.keys()


@pytest.mark.parametrize("name", LAYERS)
def test_layers(case, name):
    arguments, inputs, shape = LAYERS[name]
    kind = layers()[name]
    made = kind(**arguments)
    made(**inputs) if isinstance(inputs, dict) else made(inputs)
    case.run_layer_test(
        kind,
        arguments,
        keras.tree.map_structure(keras.ops.convert_to_tensor, inputs),
        shape,
        expected_num_trainable_weights=len(made.trainable_weights),
        expected_num_non_trainable_weights=len(made.non_trainable_weights),
        expected_num_non_trainable_variables=len(made.non_trainable_variables),
        # The case compiles with XLA, which has no lists of tensors of an unknown length.
        run_training_check=name != "AttentionDecoder",
    )


def arguments_of(spec):
    return {name: getattr(spec, name) for name in spec.__struct_fields__}


TOKENS = {"token_ids": np.ones((2, 5), "int32"), "padding_mask": np.ones((2, 5), "int32")}
PAIRS = {
    f"{side}_{name}": value for side in ("encoder", "decoder") for name, value in TOKENS.items()
}
GRU = {"vocabulary_size": 20, "embedding_dim": 8, "cell": "gru", "units": 4}
BACKBONES = {
    "GRU": (RecurrentBackbone, GRU, TOKENS, (2, 5, 4)),
    "stacked bidirectional LSTM": (
        RecurrentBackbone,
        {**GRU, "cell": "lstm", "num_layers": 2, "bidirectional": True, "skip": True},
        TOKENS,
        (2, 5, 16),
    ),
    "bigrams": (
        NgramRecurrentBackbone,
        arguments_of(OTHER_BACKBONES["bigrams"]),
        TOKENS,
        (2, 5, 5),
    ),
    "widths": (ConvolutionalBackbone, arguments_of(OTHER_BACKBONES["widths"]), TOKENS, (2, 5, 12)),
    "blocks": (TransformerBackbone, arguments_of(OTHER_BACKBONES["blocks"]), TOKENS, (2, 5, 8)),
    "attention": (
        BahdanauBackbone,
        {
            "source_vocabulary_size": 20,
            "vocabulary_size": 30,
            "embedding_dim": 6,
            "encoder_units": 4,
            "decoder_units": 5,
            "attention_units": 3,
        },
        PAIRS,
        {"decoder_sequence_output": (2, 5, 6), "encoder_sequence_output": (2, 5, 8)},
    ),
    "reservoir": (
        EchoStateBackbone,
        {"channels": 3, "units": 20},
        {"series": np.ones((2, 5, 3), "float32"), "padding_mask": np.ones((2, 5), "int32")},
        (2, 5, 23),
    ),
}


# That they can be compiled is tested in suite/test_models.py.
@pytest.mark.at_once
@pytest.mark.parametrize("name", BACKBONES)
def test_backbones(case, name):
    kind, arguments, inputs, shape = BACKBONES[name]
    case.run_backbone_test(
        kind,
        arguments,
        keras.tree.map_structure(keras.ops.convert_to_tensor, inputs),
        shape,
    )


@pytest.mark.at_once
def test_text_classifiers(case, tmp_path):
    made = loading.load(make_checkpoint(tmp_path / "model", cell="gru"))
    arguments = {
        "backbone": made.backbone,
        "preprocessor": made.preprocessor,
        "num_classes": 3,
        "pooling": ("mean", "max", "last"),
    }
    case.run_task_test(
        type(made),
        arguments,
        (["A moving film.", "A waste of time."], [1, 0]),
        expected_output_shape=(2, 3),
    )


@pytest.mark.at_once
def test_translators(case, tmp_path):
    path = make_translator(tmp_path / "model")
    short = {"source_length": 8, "target_length": 6}
    edit_config(path, lambda config: config["config"].update(short), "preprocessor")
    made = loading.load(path)
    arguments = {"backbone": made.backbone, "preprocessor": made.preprocessor}
    pairs = {"encoder_text": ["Ein Mann.", "Zwei Hunde."], "decoder_text": ["A man.", "Two dogs."]}
    case.run_task_test(type(made), arguments, (pairs,))
