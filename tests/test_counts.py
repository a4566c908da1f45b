"""NumPy's numbers are taken wherever Python's are."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo.common.counts import plain, real, whole
from zoo.learning.settings import FineTuningSettings
from zoo.networks.echo_state.closed_form import list_ridges
from zoo.specs import make_spec
from zoo.tasks.text_classification.specs import TextPreprocessorSpec


@pytest.mark.parametrize(
    ("value", "count", "number"),
    [
        (3, 3, 3.0),
        (np.int64(3), 3, 3.0),
        (np.uint8(3), 3, 3.0),
        (np.array(3), 3, 3.0),
        (np.float32(0.5), None, 0.5),
        (3.0, None, 3.0),
        (True, None, None),
        (np.True_, None, None),
        ("3", None, None),
        (None, None, None),
        (np.array([3]), None, None),
        (10**400, 10**400, None),
    ],
)
def test_what_is_a_number(value, count, number):
    assert whole(value) == count and real(value) == number


def test_records_hold_pythons_numbers():
    for given in (plain(np.int64(3)), FineTuningSettings(epochs=np.int32(3)).epochs):
        assert given == 3 and type(given) is int
    chosen = FineTuningSettings(learning_rate=np.float32(0.5), seed=np.int64(7))
    chosen.check()
    assert type(chosen.learning_rate) is float and type(chosen.seed) is int
    spec = make_spec(TextPreprocessorSpec, head_length=np.int64(200), tail_length=np.uint8(3))
    assert (spec.head_length, spec.tail_length) == (200, 3)


@pytest.mark.parametrize("ridge", [np.float32(0.5), [np.float64(0.5), 1], np.array([0.5, 1.0])])
def test_ridges(ridge):
    assert list_ridges(ridge)[0] == 0.5
    for wrong in (-1, [], "0.5", [True], np.nan, [0.1, np.inf], None):
        with pytest.raises(zoo.InputError, match="Expected a ridge"):
            list_ridges(wrong)


def test_pipelines_of_texts(tiny):
    classify = zoo.pipeline(tiny, threads=np.int64(1))
    expected = classify(["a film", "so so"], top_k=2)
    assert classify(["a film", "so so"], top_k=np.int64(2), batch_size=np.int32(1)) == expected
    for wrong in (np.float64(2), np.True_, np.int64(0)):
        with pytest.raises(zoo.InputError, match="top_k=None"):
            classify("a film", top_k=wrong)
