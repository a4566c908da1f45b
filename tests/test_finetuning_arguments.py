"""Which arguments `zoo.finetune` takes is said by the task: the frame knows none of them."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from suite.cases import cases_of, tasks_with_entries, tiny
from zoo.finetuning.run import plan
from zoo.task import options_of, task_names

OPTIONS = {task: options_of(task, "finetune") for task in task_names()}
DATA = sorted({name for own in OPTIONS.values() for name, option in own.items() if option.data})


@pytest.mark.parametrize("task", tasks_with_entries())
def test_arguments_of_other_tasks_data_are_refused_in_one_line(task, tmp_path):
    entry = zoo.list_models(task=task)[0]
    others = [name for name in DATA if name not in OPTIONS[task]]
    assert others
    for name in others:
        with pytest.raises(zoo.InputError, match=f"Expected {name} with .* only.*{entry}") as error:
            plan(entry, "a.csv", output=tmp_path / "out", task=task, **{name: "odd"})
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("task", tasks_with_entries())
def test_arguments_reach_the_task_that_takes_them_and_no_other_that_has_the_default(
    task, tmp_path, monkeypatch
):
    entry, given = zoo.list_models(task=task)[0], {}

    def prepare(self, source, data, settings):
        given.update(data.options, seed=settings.seed)
        raise InterruptedError

    monkeypatch.setattr(type(zoo.task.task_named(task)), "prepare", prepare)
    defaults = {
        name: option.default
        for own in OPTIONS.values()
        for name, option in own.items()
        if option.data
    }
    own = {name: f"a {name}" for name in DATA if name in OPTIONS[task]}
    defaults["task"] = task  # what the data holds may choose another one, for which it is read
    with pytest.raises(InterruptedError):
        plan(entry, "a.csv", output=tmp_path / "out", seed=7, **{**defaults, **own})
    assert given == {**own, "seed": 7}


@pytest.mark.parametrize("setting", ["class_weights", "linear_probe"])
@pytest.mark.parametrize(
    "task", ["translation", "text-generation", "time-series-anomaly-detection"]
)
def test_what_classifiers_alone_use_is_refused_and_not_offered(task, setting, tmp_path):
    data, options = cases_of(task).own(tmp_path, 0)
    with pytest.raises(zoo.InputError, match=f"Expected {setting} for a classifier only"):
        zoo.finetune(tiny(task), data, output=tmp_path / "tuned", **options, **{setting: True})
    assert not (tmp_path / "tuned").exists() and setting not in options_of(task, "finetune")


@pytest.mark.parametrize("devices", [0, -1, True, 1.5, "", "gpu:0,", "gpu:0,gpu:0", [], ["a", 1]])
def test_devices_that_mean_nothing_are_refused_before_the_data_is_read(devices, tmp_path):
    with pytest.raises(zoo.InputError, match="Expected how many devices, such as 2, or"):
        plan("lstm-imdb", "none.csv", output=tmp_path / "out", devices=devices)


def test_what_is_fitted_at_once_takes_no_devices(tmp_path):
    series = np.random.default_rng(0).normal(size=(900, 1)).astype(np.float32)
    with pytest.raises(zoo.InputError, match=r"Expected no devices: esn-mackey-glass.*Received: 2"):
        plan("esn-mackey-glass", series, output=tmp_path / "out", devices=2)
