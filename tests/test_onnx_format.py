"""The ONNX files that the zoo writes, checked and read back by the onnx package."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import zoo
from zoo import checkpoint, registry
from zoo.graphs.onnx_edit import documented, parse_model
from zoo.graphs.onnx_format import FLOAT, INT32, Graph
from zoo.networks.bahdanau.graph import decoder_step_graph, encoder_graph
from zoo.tasks.text_classification.graph import text_classifier_graph
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint

ARRAYS = hnp.arrays(
    st.sampled_from([np.float16, np.float32, np.int32, np.int64]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0),
)


@given(ARRAYS)
def test_constants_are_read_back_bit_for_bit(value):
    graph = Graph("constant", opset=17)
    graph.add("Identity", [graph.constant("c", value)], "y")
    (tensor,) = onnx.load_from_string(graph.serialize()).graph.initializer
    received = onnx.numpy_helper.to_array(tensor)
    assert received.dtype == value.dtype and received.shape == value.shape
    assert received.tobytes() == value.tobytes()


def test_a_constant_that_nothing_reads_is_left_out():
    inner, graph = Graph("inner", opset=17), Graph("outer", opset=17)
    inner.add("Identity", ["within"], "y")
    for name in ("alone", "within", "answer"):
        graph.constant(name, np.zeros(1, np.float32))
    graph.add("Loop", ["", ""], "z", body=inner)
    graph.output("answer", FLOAT, [1])
    written = onnx.load_from_string(graph.serialize()).graph.initializer
    assert [tensor.name for tensor in written] == ["within", "answer"]


def test_a_view_is_written_in_its_own_order():
    graph = Graph("view", opset=17)
    value = np.arange(6, dtype=np.float32).reshape(2, 3).T
    graph.add("Identity", [graph.constant("c", value)], "y")
    (tensor,) = onnx.load_from_string(graph.serialize()).graph.initializer
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(tensor), value)


@given(
    st.integers(-(2**63), 2**63 - 1),
    st.text(max_size=300),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5),
    st.floats(width=32, allow_nan=False),
)
def test_attributes_are_read_back(number, text, numbers, real):
    graph = Graph("attributes", opset=17)
    graph.add("Anything", ["", "x"], "y", number=number, text=text, numbers=numbers, real=real)
    (node,) = onnx.load_from_string(graph.serialize()).graph.node
    assert (list(node.input), list(node.output), node.op_type) == (["", "x"], ["y"], "Anything")
    received = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    assert received == {"number": number, "text": text.encode(), "numbers": numbers, "real": real}


def test_inputs_and_outputs_are_declared():
    graph = Graph("negation", opset=17)
    graph.input("x", INT32, ["batch", 3])
    graph.output(graph.add("Neg", ["x"], "y"), INT32, ["batch", 3])
    data = graph.serialize()
    onnx.checker.check_model(data, full_check=True)
    (declared,) = onnx.load_from_string(data).graph.input
    sizes = [size.dim_param or size.dim_value for size in declared.type.tensor_type.shape.dim]
    assert declared.type.tensor_type.elem_type == INT32 == onnx.TensorProto.INT32
    assert sizes == ["batch", 3] and FLOAT == onnx.TensorProto.FLOAT
    session = onnxruntime.InferenceSession(data)
    np.testing.assert_array_equal(
        session.run(None, {"x": np.ones((2, 3), np.int32)})[0], -np.ones((2, 3))
    )


@pytest.mark.parametrize("name", zoo.list_models(task="text-classification"))
def test_every_graph_passes_the_checker(name):
    loaded = checkpoint.read(registry.resolve(name))
    writers = {
        "text-classification": (text_classifier_graph,),
        "translation": (encoder_graph, decoder_step_graph),
    }
    for write in writers[loaded.info.task]:
        onnx.checker.check_model(write(loaded), full_check=True)


@pytest.mark.parametrize("variant", VARIANTS)
def test_graphs_of_every_kind_pass_the_checker(tmp_path, variant):
    path = make_checkpoint(tmp_path / "tiny", pooling=("mean", "max", "last"), **VARIANTS[variant])
    content = text_classifier_graph(checkpoint.read(path))
    onnx.checker.check_model(content, full_check=True)
    assert parse_model(content).serialize() == content


def test_a_file_says_what_it_is():
    graph = Graph("negation", opset=17)
    graph.input("x", INT32, ["batch", 3])
    graph.output(graph.add("Neg", ["x"], "y"), INT32, ["batch", 3])
    told = {"x": "a number", "y": "its opposite \u2212"}
    content = documented(graph.serialize(), told, {"labels": "[]"}, "1.2")
    onnx.checker.check_model(content, full_check=True)
    model = onnx.load_from_string(content)
    assert (model.producer_name, model.producer_version) == ("rnn-zoo", "1.2")
    assert {entry.key: entry.value for entry in model.metadata_props} == {"labels": "[]"}
    values = (*model.graph.input, *model.graph.output)
    assert {value.name: value.doc_string for value in values} == told
    assert documented(content, told, {"labels": "[]"}, "1.2") == content
