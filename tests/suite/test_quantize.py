"""What `model.quantize` does to a model of every task: it works, or changes nothing."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import zoo
from helpers import at_once
from suite.cases import TASKS, cases_of, tiny
from zoo.task import exporting_of


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_weights_are_rounded_or_nothing_changes(task, tmp_path):
    model, answers = zoo.load(tiny(task)), exporting_of(task).answers
    inputs = list(cases_of(task).inputs)[:2]
    before, weights = answers(model, inputs), [(v.path, v.dtype) for v in model.weights]
    try:
        model.quantize("int8")
    except zoo.InputError as error:
        assert "rounded" in str(error) and model.preprocessor is None
        assert [(v.path, v.dtype) for v in model.weights] == weights
        for one, other in zip(answers(model, inputs), before, strict=True):
            np.testing.assert_array_equal(one, other)
        return
    assert {"int8"} <= {v.dtype for v in model.weights}
    after = answers(model, inputs)
    difference = max(np.abs(one - other).max() for one, other in zip(after, before, strict=True))
    assert 0 < difference < 0.1  # no compiled function answers with the weights as they were
    model.save(tmp_path / "model.keras")
    with at_once():
        again = answers(keras.saving.load_model(tmp_path / "model.keras"), inputs)
    for one, other in zip(again, after, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)
    with pytest.raises(zoo.InputError, match="quantized to int8"):
        model.quantize("int8")
    with pytest.raises(zoo.InputError, match="floating-point weights"):
        zoo.save(model, tmp_path / "saved")
