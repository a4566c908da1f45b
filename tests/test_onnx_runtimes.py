"""The published ONNX files answer a padded batch alike in every runtime."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator
from onnxruntime.quantization import quantize_dynamic

import zoo
from zoo import checkpoint, registry
from zoo.graphs.rounding import ROUNDED_LSTM, round_graph, rounded_matrix
from zoo.graphs.session import make_session
from zoo.hub.onnx_files import onnx_files
from zoo.networks.recurrent.graph import state_size
from zoo.series.arrays import pad_series
from zoo.series.irregular_examples import irregular_around
from zoo.tasks.irregular_time_series_classification.pipeline import graph_inputs
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.tasks.text_generation.testing import make_language_model
from zoo.tasks.token_classification.emissions import features_of
from zoo.tasks.translation.testing import make_translator
from zoo.text.word_features import padded_rows

LENGTHS = (5, 1, 9)
TINY = [*VARIANTS, "last state", "translator of 2", "language model"]


def run_onnx_runtime(content: bytes, feed: dict) -> list[np.ndarray]:
    return make_session(content).run(None, feed)


def run_reference(content: bytes, feed: dict) -> list[np.ndarray]:
    return ReferenceEvaluator(onnx.load_from_string(content)).run(None, feed)


def run_openvino(content: bytes, feed: dict) -> list[np.ndarray]:
    import openvino

    core = openvino.Core()
    # Some processors are given bfloat16 otherwise, and weights of 8 bits inputs of 8 bits.
    exact = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}
    model = core.compile_model(core.read_model(content, b""), "CPU", exact)
    answer = model(feed)
    return [answer[index] for index in range(len(model.outputs))]


OTHERS = [run_reference]
if importlib.util.find_spec("openvino"):
    OTHERS.append(run_openvino)


def first_feed(loaded: checkpoint.Checkpoint, draw: np.random.Generator) -> dict[str, np.ndarray]:
    """Return a padded batch for a checkpoint's first file."""
    lengths = np.array(LENGTHS, np.int32)
    if loaded.info.task.startswith("time-series-"):
        mean, scale = loaded.tensors["scaling/mean"], loaded.tensors["scaling/scale"]
        series = [draw.normal(mean, scale, (length, len(mean))) for length in LENGTHS]
        feed = {"series": pad_series(series)[0].astype(np.float32)}
        if loaded.info.task.endswith(("classification", "detection")):
            return {**feed, "lengths": lengths}
        if not loaded.backbone.closed_form:
            return feed
        return {**feed, "state": np.zeros((len(LENGTHS), loaded.backbone.units), np.float32)}
    if loaded.info.task.startswith("irregular-"):
        return graph_inputs(irregular_around(loaded))
    # Tokens of every rank: n-grams that are known, and ones that are not.
    backbone = loaded.backbone
    known = getattr(backbone, "source_vocabulary_size", backbone.vocabulary_size)
    ids = (known ** draw.uniform(0, 1, (len(LENGTHS), max(LENGTHS)))).astype(np.int32)
    ids[:, 0] = 2
    if loaded.info.task == "text-generation":  # pieces of texts, none of which is padded
        size = state_size(backbone)
        return {"token_ids": ids, "state": np.zeros((len(LENGTHS), size), np.float32)}
    ids[np.arange(max(LENGTHS)) >= lengths[:, None]] = 0
    if loaded.info.task == "token-classification":
        features = features_of(loaded)
        documents = [
            [[f"Word{number}" for number in row[:length]]]
            for row, length in zip(ids, LENGTHS, strict=True)
        ]
        rows = [features.document(document) for document in documents]
        lengths = np.array([len(row["token_ids"]) for row in rows], np.int32)
        feed = padded_rows(rows, int(lengths.max()))
        del feed["padding_mask"]
        return {**feed, "lengths": lengths}
    return {"token_ids": ids, "lengths": lengths}


def step_feed(loaded: checkpoint.Checkpoint, read: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return what the first step of a translator's decoder takes, after its encoder."""
    return {
        "token_ids": np.full(len(LENGTHS), 2, np.int32),
        "fed": np.zeros((len(LENGTHS), loaded.backbone.embedding_dim), np.float32),
        "mask": np.arange(max(LENGTHS)) < np.array(LENGTHS)[:, None],
        **read,
    }


def stream_feeds(content: bytes, whole: dict[str, np.ndarray]) -> list[dict[str, np.ndarray]]:
    """Return two pieces of the longest two texts, as a stream takes them."""
    ids = whole["token_ids"][[0, 2], :5]
    (state,) = [put for put in make_session(content).get_inputs() if put.name == "state"]
    first = {"token_ids": ids[:, :3], "state": np.zeros((2, state.shape[1]), np.float32)}
    _, after = run_onnx_runtime(content, first)
    return [first, {"token_ids": ids[:, 3:], "state": after}]


@pytest.fixture
def loaded(request, tmp_path):
    name = request.param
    if name in VARIANTS:
        return checkpoint.read(make_checkpoint(tmp_path / "tiny", **VARIANTS[name]))
    if name == "last state":
        pooling = {"bidirectional": True, "num_layers": 2, "pooling": ("last", "sqrtn")}
        return checkpoint.read(make_checkpoint(tmp_path / "tiny", **pooling))
    if name == "translator of 2":
        return checkpoint.read(make_translator(tmp_path / "tiny", encoder_layers=2))
    if name == "language model":
        kind = {"cell": "gru", "num_layers": 2, "projected": True}
        return checkpoint.read(make_language_model(tmp_path / "tiny", **kind))
    return registry.read(name)


def told(content: bytes, found: list[np.ndarray]) -> list[np.ndarray]:
    """Return the outputs of a graph; what it holds for impossible is as unlikely everywhere.

    The reference evaluator takes the logarithm of a probability that is 0 in single precision.
    """
    names = [output.name for output in make_session(content).get_outputs()]
    return [
        np.maximum(one, -80.0) if name == "log_probabilities" else one
        for name, one in zip(names, found, strict=True)
    ]


@pytest.mark.parametrize("loaded", [*zoo.list_models(), *TINY], indirect=True)
def test_a_padded_batch_is_answered_alike_by_every_runtime(loaded):
    feed = first_feed(loaded, np.random.default_rng(0))
    unit = 1.0
    if loaded.info.task == "time-series-forecasting":
        unit = float(loaded.tensors["scaling/scale"].max())
    for file in onnx_files(loaded):
        stream = file.name == "onnx/stream.onnx"
        for given in stream_feeds(file.content, feed) if stream else [feed]:
            expected = run_onnx_runtime(file.content, given)
            for run in OTHERS:
                for tensor, one, other in zip(
                    file.outputs,
                    told(file.content, expected),
                    told(file.content, run(file.content, given)),
                    strict=True,
                ):
                    # Of a sum of hundreds of terms that comes to -20 the last digits that single
                    # precision holds count.
                    message = f"{file.name}: {tensor.name} by {run.__name__}"
                    np.testing.assert_allclose(
                        other / unit, one / unit, rtol=3e-6, atol=1e-5, err_msg=message
                    )
        if file.name == "onnx/encoder.onnx":
            names = [tensor.name for tensor in file.outputs]
            feed = step_feed(loaded, dict(zip(names, expected, strict=True)))


def rounded_by_onnx_runtime(content: bytes, folder: Path) -> bytes:
    """Return what ONNX Runtime's own tool makes of a graph."""
    (folder / "model.onnx").write_bytes(content)
    quantize_dynamic(folder / "model.onnx", folder / "rounded.onnx")
    return (folder / "rounded.onnx").read_bytes()


@pytest.mark.parametrize("loaded", [*TINY, "esn-japanese-vowels", "lstm-imdb"], indirect=True)
def test_weights_of_8_bits_answer_nearly_alike(loaded, tmp_path):
    """Those that ONNX Runtime's tool rounds, and those that the zoo rounds."""
    feed = first_feed(loaded, np.random.default_rng(0))
    for file in onnx_files(loaded)[:1]:
        expected = run_onnx_runtime(file.content, feed)
        own = round_graph(file.content, least=8)
        assert own != file.content and own == round_graph(file.content, least=8)
        for content in (rounded_by_onnx_runtime(file.content, tmp_path), own):
            onnx.checker.check_model(content, full_check=True)
            for one, other in zip(expected, run_onnx_runtime(content, feed), strict=True):
                np.testing.assert_allclose(other, one, rtol=0, atol=0.2)
        if ROUNDED_LSTM.encode() in own:  # which no other program knows
            assert loaded.info.name == "lstm-imdb"
            continue
        for run in OTHERS:
            ours, others = told(own, run_onnx_runtime(own, feed)), told(own, run(own, feed))
            for one, other in zip(ours, others, strict=True):
                np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)


def test_matrices_are_rounded_to_the_nearest_and_zeros_stay():
    value = np.array([[1.0, -0.5, 0.0], [0.0, 0.0, 0.0]])
    whole, scale = rounded_matrix(value, (1,))
    assert whole.tolist() == [[127, -64, 0], [0, 0, 0]]
    assert np.abs(whole * scale - value).max() <= scale.max() / 2
