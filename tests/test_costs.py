"""What models cost: ordinary ones are far within the bounds, and the estimate is none too low."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from zoo import checkpoint, registry
from zoo.common import costs
from zoo.graphs.session import make_session
from zoo.networks.bahdanau.costs import activations
from zoo.networks.bahdanau.graph import decoder_step_graph, encoder_graph
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.echo_state.spec import EchoStateBackboneSpec
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.segrnn.spec import SegRNNBackboneSpec
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.task import task_named
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.tasks.text_classification.specs import TextClassifierSpec, TextPreprocessorSpec
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec, TrainedForecasterSpec
from zoo.tasks.translation.specs import Seq2SeqLMSpec, Seq2SeqPreprocessorSpec
from zoo.tasks.translation.testing import make_translator

TEXT, TRANSLATION = "text-classification", "translation"
WORDS = {"vocabulary_size": 50_000, "embedding_dim": 512}
HEAD = TextClassifierSpec(num_classes=20, pooling=("mean", "max", "last"))
LONG = TextPreprocessorSpec(head_length=1_500, tail_length=500)


def cost_of(task, backbone, head, preprocessor=None):
    form = task_named(task).format
    return form.cost(form.shapes(backbone, head), backbone, head, preprocessor)


def shares(cost):
    """Return how much of every bound a model takes."""
    return (
        cost.parameters / costs.MAX_PARAMETERS,
        cost.activations / costs.MAX_ACTIVATIONS,
        cost.multiply_adds / costs.MAX_MULTIPLY_ADDS,
    )


@pytest.mark.parametrize("name", zoo.list_models())
def test_the_entries_take_a_small_part_of_what_they_may(name):
    entry = checkpoint.read(registry.resolve(name))
    cost = cost_of(entry.info.task, entry.backbone, entry.head, entry.preprocessor)
    assert max(shares(cost)) < 0.1


@pytest.mark.parametrize(
    ("task", "backbone", "head", "preprocessor"),
    [
        (
            TEXT,
            RecurrentBackboneSpec(
                **WORDS, cell="lstm", units=512, num_layers=4, bidirectional=True, skip=True
            ),
            HEAD,
            LONG,
        ),
        (
            TEXT,
            NgramRecurrentBackboneSpec(
                vocabulary_size=40_000,
                embedding_dim=256,
                cell="gru",
                units=512,
                ngram_sizes=(50_000, 50_000),
                ngram_dims=(256, 256),
            ),
            HEAD,
            LONG,
        ),
        (
            TEXT,
            ConvolutionalBackboneSpec(**WORDS, filters=1024, kernel_sizes=(1, 3, 5, 7)),
            HEAD,
            LONG,
        ),
        (
            TEXT,
            TransformerBackboneSpec(**WORDS, num_layers=6, num_heads=8, intermediate_dim=2048),
            HEAD,
            LONG,
        ),
        (
            TRANSLATION,
            BahdanauBackboneSpec(
                source_vocabulary_size=32_000,
                vocabulary_size=32_000,
                embedding_dim=512,
                encoder_units=512,
                decoder_units=1024,
                attention_units=512,
                encoder_layers=2,
            ),
            Seq2SeqLMSpec(),
            Seq2SeqPreprocessorSpec(source_length=500, target_length=500),
        ),
        (
            "time-series-forecasting",
            EchoStateBackboneSpec(channels=100, units=10_000, density=0.01),
            ForecasterSpec(squares=True),
            None,
        ),
        (
            "time-series-forecasting",
            SegRNNBackboneSpec(channels=321, look_back=720, horizon=720, segment=48, units=512),
            TrainedForecasterSpec(quantiles=(0.1, 0.5, 0.9)),
            None,
        ),
        (
            "time-series-classification",
            EchoStateBackboneSpec(channels=100, units=5_000, density=0.02),
            SequenceClassifierSpec(num_classes=100, points=20),
            None,
        ),
    ],
    ids=[
        "lstm",
        "n-grams",
        "cnn",
        "transformer",
        "translator",
        "reservoir",
        "segrnn",
        "classifier",
    ],
)
def test_what_people_train_is_within_the_bounds(task, backbone, head, preprocessor):
    assert max(shares(cost_of(task, backbone, head, preprocessor))) < 0.65


def largest(graph, **sizes):
    """Return how many numbers the largest array between the nodes of a graph holds.

    Tables that are widened when the graph is opened are weights, which are counted as such.
    """
    model = onnx.load_from_string(graph)
    weights = {constant.name for constant in model.graph.initializer}
    for node in model.graph.node:
        if set(node.input) <= weights and node.op_type == "Cast":
            weights.update(node.output)
    given = {output.name for output in model.graph.output} | weights
    names = [name for node in model.graph.node for name in node.output if name not in given]
    model.graph.output.extend(map(onnx.helper.make_empty_tensor_value_info, names))
    session = make_session(model.SerializeToString())
    feed = {}
    for put in session.get_inputs():
        shape = [sizes.get(size, size) for size in put.shape]
        kind = {"tensor(int32)": np.int32, "tensor(bool)": bool}.get(put.type, np.float32)
        feed[put.name] = np.full(shape, sizes["steps"] if put.name == "lengths" else 1, kind)
    return max(np.size(array) for array in session.run(None, feed))


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_array_of_a_graph_is_larger_than_what_is_counted(tmp_path, variant):
    source = checkpoint.read(make_checkpoint(tmp_path / "tiny", **VARIANTS[variant]))
    counted = source.backbone.activations(32)
    assert largest(text_classifier_graph(source), batch=1, time=32, steps=32) <= counted


def test_nor_of_a_translators(tmp_path):
    source = checkpoint.read(make_translator(tmp_path / "tiny"))
    counted = activations(source.backbone, 40, num_beams=1)
    sizes = {"batch": 1, "steps": 40}
    assert largest(encoder_graph(source), **sizes) <= counted
    assert largest(decoder_step_graph(source), **sizes) <= counted


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10_000), st.integers(1, 128), st.integers(1, 1 << 27))
def test_what_is_computed_at_once_is_bounded_and_at_least_one(batch_size, threads, activations):
    size, side_by_side = costs.rows_at_once(batch_size, threads, activations)
    assert 1 <= size <= batch_size and 1 <= side_by_side <= threads
    assert size * side_by_side * activations <= 4 * costs.MAX_ACTIVATIONS


def test_a_small_batch_for_want_of_memory_gives_the_same_answers(tiny, monkeypatch):
    texts = ["a moving film", "words", "so so plot and words " * 3] * 3
    expected = zoo.pipeline(tiny).predict_proba(texts)
    monkeypatch.setattr(costs, "_BUDGET", 1)
    found = zoo.pipeline(tiny, threads=3).predict_proba(texts)
    assert abs(found - expected).max() < 1e-6
