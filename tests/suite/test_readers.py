"""What is pushed of every task: the same bytes come back, and others read it as the zoo does."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import huggingface_hub
import keras
import keras_hub
import onnx
import pytest

import zoo
from helpers import checkpoint_files, one_of_a_kind
from suite.cases import TASKS, at_once_of, cases_of, same, tiny
from zoo import checkpoint, registry
from zoo.hub.onnx_files import onnx_files
from zoo.task import task_named

CARDS = registry.BUNDLED.parent.parent / "hub_cards"


def deepest_of_every_family():
    """Return of every family the variant with the most tensors, as parameters."""
    found = []
    for task in TASKS:
        deepest = {}
        for variant in cases_of(task).variants:
            loaded = checkpoint.read(tiny(task, variant))
            family, count = type(loaded.backbone), len(loaded.tensors)
            if count > deepest.get(family, (0, ""))[0]:
                deepest[family] = (count, variant)
        marks = at_once_of(task)
        found += [pytest.param(task, v, id=f"{task}-{v}", marks=marks) for _, v in deepest.values()]
    return found


def presets_of(task, model):
    """Return KerasHub's class of a task, or the model's own where KerasHub has none."""
    name = task_named(task).hub_class
    return getattr(keras_hub.models, name) if name else type(model)


def run_example(card):
    """Run what a card shows of ONNX Runtime; return the code and the value of its last line."""
    blocks = re.findall(r"```python\n(.*?)```", card.partition("## Other readers")[2], re.DOTALL)
    (code,) = [block for block in blocks if "onnxruntime" in block]
    tree, names = ast.parse(code), {}
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "card", "exec"), names)
    if last is None:
        return code, names
    return code, eval(compile(ast.Expression(last.value), "card", "eval"), names)


def check_example(task, folder, card):
    code, value = run_example(card)
    cases, loaded = cases_of(task), checkpoint.read(folder)
    received, expected = cases.example(value, zoo.pipeline(folder), loaded, code)
    same(received, expected, cases.tolerance)


def check_graphs(folder, card):
    """The card documents every input and output of the graphs that lie in a folder."""
    for file in onnx_files(checkpoint.read(folder)):
        assert (folder / file.name).read_bytes() == file.content
        model = onnx.load_from_string(file.content)
        onnx.checker.check_model(model, full_check=True)
        declared = [value.name for value in (*model.graph.input, *model.graph.output)]
        assert declared == [tensor.name for tensor in (*file.inputs, *file.outputs)]
        for tensor in (*file.inputs, *file.outputs):
            shape = ", ".join(map(str, tensor.shape))
            assert f"| `{tensor.name}` | {tensor.type} | ({shape}) | {tensor.meaning} |" in card


@pytest.mark.slow
@pytest.mark.parametrize(("task", "variant"), deepest_of_every_family())
@pytest.mark.filterwarnings("ignore:.*(longer than|unknown to):UserWarning")
def test_others_read_what_is_pushed_as_the_zoo_does(task, variant, hub, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_writer")
    source, cases, address = tiny(task, variant), cases_of(task), "hf://user/tiny"
    pushed = zoo.push(source, "user/tiny")
    pulled = zoo.pull(address, tmp_path / "pulled", revision=pushed.revision)
    assert checkpoint_files(pulled) == checkpoint_files(source)

    model = zoo.load(address, revision=pushed.revision)
    # That the model answers so is tested in `test_models.py`.
    expected = cases.ask_pipeline(zoo.pipeline(source), cases.inputs)
    readers = (keras.saving.load_model, presets_of(task, model).from_preset)
    for number, read in enumerate(readers):
        found = read(address)
        same(cases.ask_model(found, cases.inputs), expected, cases.tolerance)
        assert found.info == model.info
        saved = zoo.save(found, tmp_path / f"saved {number}")
        assert checkpoint_files(saved) == checkpoint_files(source)

    folder = Path(huggingface_hub.snapshot_download("user/tiny", revision=pushed.revision))
    card = (folder / "README.md").read_text("utf-8")
    check_graphs(folder, card)
    monkeypatch.chdir(folder)
    check_example(task, folder, card)


@pytest.mark.parametrize("name", one_of_a_kind())
def test_the_example_on_the_card_of_an_entry_answers_as_its_pipeline(name, tmp_path, monkeypatch):
    folder = Path(shutil.copytree(registry.resolve(name), tmp_path / name))
    for file in onnx_files(registry.read(name)):
        place = folder / file.name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(file.content)
    monkeypatch.chdir(folder)
    check_example(zoo.info(name).task, folder, (CARDS / f"{name}.md").read_text("utf-8"))
