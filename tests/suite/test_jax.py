"""On jax everything is what it is on tensorflow: one process for all, for its start is slow."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import zoo
from helpers import dataset_or_skip
from suite.cases import TASKS, cases_of, one_entry_of, same, tiny
from suite.on_jax import TEXT, one_of_a_family, reservoir
from zoo import checkpoint

ROOT = Path(__file__).parent.parent.parent
# Half of the time would go into optimising what is computed once.
JAX = {
    "KERAS_BACKEND": "jax",
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
}
# Without a search for garbage, which would go through all that was imported again and again.
RUN = "import gc, runpy; gc.disable(); runpy.run_module('suite.on_jax', run_name='__main__')"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def jax(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    paths = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    subprocess.run(
        [sys.executable, "-c", RUN, folder],
        check=True,
        env={**os.environ, **JAX, "PYTHONPATH": paths},
        timeout=900,
    )
    return pickle.loads((folder / "jax.pickle").read_bytes())


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.filterwarnings("ignore:.*(longer than|unknown to):UserWarning")
def test_a_model_of_every_family_answers_as_its_pipeline(task, jax):
    cases = cases_of(task)
    for variant in one_of_a_family(task):
        pipeline = zoo.pipeline(tiny(task, variant))
        expected = cases.ask_pipeline(pipeline, [*cases.inputs, *cases.odd])
        same(jax["answers"][task, variant], expected, cases.tolerance)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.filterwarnings("ignore:.*(longer than|unknown to):UserWarning")
def test_what_was_fitted_is_answered_by_the_pipeline(task, jax):
    cases, before = cases_of(task), checkpoint.read(tiny(task)).tensors
    path, answers = jax["fitted"][task]
    after = checkpoint.read(path).tensors
    assert any((before[name] != after[name]).any() for name in before)
    expected = cases.ask_pipeline(zoo.pipeline(path), [*cases.inputs, *cases.odd])
    same(answers, expected, cases.tolerance)


def test_the_gradient_flow_is_the_same(jax):
    expected = zoo.gradient_flow(zoo.load(tiny("text-classification")), TEXT, distance=9)
    np.testing.assert_allclose(jax["flow"], expected, rtol=1e-3)


def test_a_reservoir_has_the_same_weights_and_states(jax):
    expected = reservoir()
    received = jax["reservoir"]
    np.testing.assert_allclose(received.pop("states"), expected.pop("states"), atol=1e-6)
    assert received.keys() == expected.keys() and received
    for name, value in expected.items():
        np.testing.assert_array_equal(received[name], value)


def test_devices_that_share_every_batch_come_to_what_one_does(jax):
    one, two = jax["devices"]
    assert (one["on"], two["on"], two["split"]) == ({1}, {2}, ["batch", None])
    np.testing.assert_allclose(two["losses"], one["losses"], rtol=1e-5)
    for received, expected in zip(two["weights"], one["weights"], strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-5)
    many, unknown = jax["refused"]
    assert many.startswith("Expected at most 2 devices, as there are here: cpu:0, cpu:1. Rec")
    assert "out of the 2 here: cpu:0, cpu:1. Received: 'gpu:0'" in unknown


def test_the_greedy_translations_of_the_test_set_are_those_of_the_pipeline(jax):
    name = one_entry_of("translation")
    dataset_or_skip(zoo.info(name).dataset.name, "test")
    sources, received = jax["translations"]
    expected = [answer["translation_text"] for answer in zoo.pipeline(name)(sources, num_beams=1)]
    assert received == expected
