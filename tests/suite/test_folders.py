"""A task's folder holds what the frame asks of it by the names of files alone."""

from __future__ import annotations

import importlib

import pytest

from zoo.interfaces import Exporting
from zoo.task import asked_of, exporting_of, options_of, task_named, task_names

COMMANDS = {"predict", "explain", "inspect", "evaluate", "finetune"}


@pytest.mark.parametrize("name", task_names())
def test_a_task_is_called_as_its_folder_and_declares_its_options(name):
    task, folder = task_named(name), f"zoo.tasks.{name.replace('-', '_')}"
    assert task.name == name and task.noun and task.own_data
    assert task.format.module.startswith(f"{folder}.")
    options = importlib.import_module(f"{folder}.options").OPTIONS
    assert {"predict", "evaluate"} <= set(options) <= COMMANDS
    assert options_of(name, "predict") == options["predict"]
    assert set(asked_of(name).options) <= set(options["predict"])
    assert isinstance(exporting_of(name), Exporting)


@pytest.mark.parametrize("name", task_names())
def test_what_a_format_names_is_there(name):
    form = task_named(name).format
    for family in form.backbones:
        module = importlib.import_module(form.module_of(family))
        assert hasattr(importlib.import_module(form.backbone_module(family)), f"{family}Backbone")
        assert getattr(module, f"{family}{form.suffix}").task == name
        if form.preprocessor is not None:
            assert hasattr(module, f"{family}{form.suffix}Preprocessor")
    assert set(form.modules) <= set(form.backbones) and set(form.heads) <= set(form.backbones)
    if form.tokenizer_class is not None:
        kind, place = form.tokenizer_class
        assert hasattr(importlib.import_module(place), kind)
