"""Gradient flow: against finite differences, and what it shows of known networks."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.image import imread

import zoo
from helpers import edit_tensors
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.text.backbone import TextBackbone

TEXT = "a moving film , a waste of time , so so"


def jacobian_norms(backbone: TextBackbone, ids: np.ndarray) -> np.ndarray:
    """Return the norms of the derivatives of the last state, by central differences."""
    table = backbone.get_layer("token_embedding").embeddings
    original, size = np.array(table), 1e-2
    norms = []
    for position in range(len(ids)):
        # A token id of its own for this position, so that only its vector is moved.
        probe = ids.copy()
        probe[position] = 59
        columns = []
        for dimension in range(original.shape[1]):
            ends = []
            for sign in (1, -1):
                moved = original.copy()
                moved[59] = original[ids[position]]
                moved[59, dimension] += sign * size
                table.assign(moved)
                features = {
                    "token_ids": probe[None],
                    "padding_mask": np.ones((1, len(ids)), bool),
                }
                ends.append(np.array(backbone.predict_on_batch(features))[0, -1])
            columns.append((ends[0] - ends[1]) / (2 * size))
        norms.append(np.linalg.norm(columns))
    table.assign(original)
    return np.array(norms[::-1])


@pytest.mark.parametrize("variant", ["simple_rnn of 1", "lstm of 1", "gru of 1", "one block"])
def test_the_norms_are_those_of_finite_differences(tmp_path, variant):
    model = zoo.load(make_checkpoint(tmp_path / "m", **VARIANTS[variant]))
    ids = np.array(model.preprocessor.tokenizer(TEXT))
    assert 59 not in ids
    received = zoo.gradient_flow(model, TEXT, distance=len(ids) + 2, probes=8)
    assert received.shape == (1, len(ids) + 3)
    assert np.isnan(received[0, len(ids) :]).all()
    expected = jacobian_norms(model.backbone, ids)
    np.testing.assert_allclose(received[0, : len(ids)], expected, rtol=0.02, atol=1e-4)


def test_a_network_that_forgets_and_one_that_remembers(tmp_path):
    """With recurrent weights of half a rotation the gradient halves at least with every step."""

    def recurrent(scale):
        def change(tensors):
            tensors["recurrent_0/simple_rnn_cell/recurrent_kernel"] = (
                scale * np.eye(5, dtype=np.float16)[::-1]
            ).astype(np.float16)
            for name in ("kernel", "bias"):  # small inputs: the tanh stays linear
                tensors[f"recurrent_0/simple_rnn_cell/{name}"] *= np.float16(0.01)

        return change

    flows = []
    for name, scale in (("forgets", 0.5), ("remembers", 1.0)):
        path = make_checkpoint(tmp_path / name, cell="simple_rnn")
        edit_tensors(path, recurrent(scale))
        flows.append(zoo.gradient_flow(zoo.load(path), TEXT, distance=10, probes=5)[0])
    forgets, remembers = (flow / flow[0] for flow in flows)
    np.testing.assert_allclose(forgets, 0.5 ** np.arange(11), rtol=0.02)
    np.testing.assert_allclose(remembers, 1, rtol=0.02)


def test_a_convolution_sees_its_width_and_no_further(tmp_path):
    model = zoo.load(make_checkpoint(tmp_path / "m", **VARIANTS["one width"]))
    flow = zoo.gradient_flow(model, [TEXT, "so"], distance=5)
    assert flow[0, 0] > 0 and (flow[0, 2:] == 0).all()
    assert np.isnan(flow[1, 2:]).all()


def test_the_picture_is_written_and_the_same_each_time(tiny, tmp_path):
    flow = zoo.gradient_flow(zoo.load(tiny), [TEXT, "so"], distance=8)
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    for path in (first, second):
        assert zoo.plot_gradient_flow({"tiny": flow, "other": flow * 0}, path) == path
    assert first.read_bytes() == second.read_bytes()
    assert imread(first).std() > 0.05
    with pytest.raises(zoo.OutputError):
        zoo.plot_gradient_flow({"tiny": flow}, first / "below.png")


@pytest.mark.parametrize("options", [{"distance": 0}, {"probes": 0}, {"distance": 2.5}])
def test_wrong_arguments_are_refused(tiny, options):
    model = zoo.load(tiny)
    with pytest.raises(zoo.InputError, match="Received"):
        zoo.gradient_flow(model, "a film", **options)
    with pytest.raises(zoo.InputError, match="Received"):
        zoo.gradient_flow(model, [])
    with pytest.raises(zoo.InputError, match=r"zoo\.load.*Received: TextClassificationPipeline"):
        zoo.gradient_flow(zoo.pipeline(tiny), "a film")
    with pytest.raises(zoo.InputError, match="Received"):
        zoo.draw_gradient_flow({})
