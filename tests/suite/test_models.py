"""The Keras model of every kind of tiny checkpoint, and its pipeline, answer the same."""

from __future__ import annotations

import functools

import keras
import pytest

import zoo
from helpers import checkpoint_files
from suite.cases import TASKS, at_once_of, cases_of, same, tiny, variants
from zoo import checkpoint

every_task = pytest.mark.parametrize("task", TASKS)
every_variant = pytest.mark.parametrize(("task", "variant"), variants())


@functools.cache
def model_of(task, variant=None):
    return zoo.load(tiny(task, variant))


@functools.cache
def pipeline_of(task, variant=None):
    return zoo.pipeline(tiny(task, variant))


def usual_and_odd(cases):
    return [*cases.inputs, *cases.odd]


@functools.cache
def answers_of(task, variant):
    """Return what the model answers, which was compiled for just so many inputs."""
    cases = cases_of(task)
    return cases.ask_model(model_of(task, variant), usual_and_odd(cases))


@every_variant
@pytest.mark.filterwarnings("ignore:.*longer than:UserWarning")
def test_keras_answers_as_the_pipeline(task, variant):
    cases = cases_of(task)
    given = usual_and_odd(cases)
    expected = cases.ask_pipeline(pipeline_of(task, variant), given)
    same(answers_of(task, variant), expected, cases.tolerance)


@every_variant
@pytest.mark.filterwarnings("ignore:.*longer than:UserWarning")
def test_the_answer_does_not_depend_on_what_else_is_asked(task, variant):
    cases = cases_of(task)
    given, pipeline = usual_and_odd(cases), pipeline_of(task, variant)
    whole = cases.ask_pipeline(pipeline, given)[: len(given)]
    alone = [cases.ask_pipeline(pipeline, [item])[0] for item in given]
    same(whole, alone, 1e-5)


@every_variant
def test_what_was_loaded_is_saved_byte_for_byte(task, variant, tmp_path):
    zoo.save(model_of(task, variant), tmp_path / "copy")
    assert checkpoint_files(tmp_path / "copy") == checkpoint_files(tiny(task, variant))


@pytest.mark.parametrize(("task", "variant"), variants(at_once_of))
@pytest.mark.filterwarnings("ignore:.*longer than:UserWarning")
def test_keras_writes_and_reads_it_in_a_file_of_its_own(task, variant, tmp_path):
    cases, expected = cases_of(task), answers_of(task, variant)
    model_of(task, variant).save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    same(cases.ask_model(loaded, usual_and_odd(cases)), expected, cases.tolerance)


@every_task
def test_what_is_no_input_is_refused_by_both(task):
    cases = cases_of(task)
    for given, words in cases.refused:
        for ask, predictor in (
            (cases.ask_model, model_of(task)),
            (cases.ask_pipeline, pipeline_of(task)),
        ):
            with pytest.raises(zoo.InputError, match=words):
                ask(predictor, given)


@every_task
def test_what_was_fitted_is_saved_and_answered_by_the_pipeline(task, tmp_path, monkeypatch):
    cases, before = cases_of(task), checkpoint.read(tiny(task)).tensors
    model, traced = zoo.load(tiny(task)), []
    step = type(model).train_step

    def counting(self, data):
        traced.append(data)
        return step(self, data)

    monkeypatch.setattr(type(model), "train_step", counting)
    cases.fit(model, cases.data())
    # What a step makes of variables, TensorFlow traces it twice for.
    assert len(traced) <= 1
    path = zoo.save(model, tmp_path / "Mine_2")
    loaded = checkpoint.read(path)
    assert loaded.info.name == "mine-2" and loaded.info.metrics == ()
    assert loaded.info.training is None
    assert loaded.info.base_model.name == zoo.info(tiny(task)).name
    assert any((before[name] != loaded.tensors[name]).any() for name in before)
    expected = cases.ask_pipeline(zoo.pipeline(path), cases.inputs)
    same(cases.ask_model(model, cases.inputs), expected, cases.tolerance)
