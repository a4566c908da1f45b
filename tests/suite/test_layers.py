"""Imports run one way, and nothing but its own folder names a task, a network or a data set."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from docs.architecture import (
    LAYERS,
    PICTURE,
    ROOT,
    draw,
    imports_of,
    layer_of,
    module_names,
    place_of,
)
from zoo.task import task_named, task_names

MODULES = module_names()
FOLDERS = ("zoo.tasks.", "zoo.networks.", "zoo.datasets.")
# What every data set shares is no data set.
SHARED = ("zoo.datasets.common",)


def own(module):
    """Whether a module is one of those that may name what it is about."""
    return module.startswith(FOLDERS) and module not in SHARED


FRAME = sorted(name for name in MODULES if not own(name))


@pytest.fixture(scope="module")
def imports():
    """What every module imports: read by the process that runs these tests, by no other."""
    return {name: imports_of(path, MODULES) for name, path in MODULES.items()}


def test_imports_go_to_the_same_layer_or_a_lower_one(imports):
    wrong = [
        f"{name} -> {other}"
        for name, others in imports.items()
        for other in others
        if place_of(name)
        and place_of(other)
        and layer_of(place_of(other)) > layer_of(place_of(name))
    ]
    assert wrong == []


def test_no_modules_import_each_other(imports):
    """By imports that run when a module is imported, or later."""
    seen, done, circles = [], set(), []

    def visit(name):
        if name in seen:
            circles.append(" -> ".join([*seen[seen.index(name) :], name]))
        if name in seen or name in done:
            return
        seen.append(name)
        # A package imports nothing of what it holds, and is imported before it.
        for other in sorted(imports[name]):
            if not name.startswith(f"{other}.") and place_of(other):
                visit(other)
        seen.pop()
        done.add(name)

    for name in sorted(MODULES):
        if place_of(name):
            visit(name)
    assert circles == []


def test_a_task_imports_no_other_and_a_family_no_other(imports):
    wrong = [
        f"{name} -> {other}"
        for kind in ("zoo.tasks.", "zoo.networks.")
        for name in MODULES
        if name.startswith(kind)
        for other in imports[name]
        if other.startswith(kind) and name.split(".")[2] != other.split(".")[2]
    ]
    assert wrong == []


def test_a_name_that_keras_knows_a_class_by_is_that_of_one_class():
    """By what is registered: of two classes of a name Keras finds the one imported last."""
    found = [
        node.name
        for path in MODULES.values()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and any("register_keras_serializable" in ast.unparse(one) for one in node.decorator_list)
    ]
    assert len(found) > 50 and sorted(found) == sorted(set(found))


def names_and_classes():
    """Return the names of tasks, families and data sets, and of the classes of the first two."""
    families = [p.name for p in (ROOT / "zoo/networks").iterdir() if (p / "spec.py").is_file()]
    datasets = [
        p.stem for p in (ROOT / "zoo/datasets").glob("*.py") if p.stem not in ("__init__", "common")
    ]
    tasks = [*task_names(), *(name.replace("-", "_") for name in task_names())]
    classes = {
        node.name
        for module, path in MODULES.items()
        if module.startswith(("zoo.tasks.", "zoo.networks."))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    }
    return {*tasks, *families, *datasets}, classes


@pytest.fixture(scope="module")
def peculiar():
    """Names, classes, and names that are to stand within no longer text: no words of English."""
    names, classes = names_and_classes()
    within = "|".join(sorted(name for name in names if re.search(r"[-_\d]", name)))
    return names, classes, re.compile(rf"(?<![\w-])({within})(?![\w])")


def of_scores():
    """Return what tasks call their scores and the pictures of them."""
    tasks = [task_named(name) for name in task_names()]
    metrics = {
        name for task in tasks for name in (*task.noise, *task.figures, *task.hub_metrics)
    } | {"accuracy"}
    return metrics | {name for task in tasks for name in task.drawn}


# What several tasks share may name the scores of their kind.
GROUND = ("zoo.text", "zoo.series", "zoo.classes", "zoo.pairs")
# Names of scores that stand for something else there, or for what an engine computes itself.
HOMONYMS = {
    "precision": "of the arithmetic, float32 or mixed: an argument of loading and of learning",
    "recall": "what a memory does: a function of `zoo.hub.memory`",
    "log_loss": "what `lower_loss` compares, by which an engine chooses unless a task says how",
}
# The layers of tasks' heads are theirs too: what asks a model asks for what a layer is.
HEADS = {"logits", "readout"}
SCORES = (of_scores() - set(HOMONYMS)) | HEADS


def scores_named_in(path):
    """Return the names of scores, pictures and heads that stand in a file, with their lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spared = docstrings(tree)
    return [
        f"{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in spared
        and node.value.removesuffix(".png") in SCORES
    ]


def docstrings(tree):
    """Return the nodes that are docstrings, or stand alone as one does."""
    return {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def named_in(path, names, classes, within):
    """Return what a file names, with its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    spared = docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in spared
        ):
            text = node.value
            if text in names or text in classes or within.search(text):
                found.append(f"{node.lineno}: {text[:60]!r}")
        elif isinstance(node, ast.Name) and node.id in classes:
            found.append(f"{node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in classes:
            found.append(f"{node.lineno}: {node.attr}")
        elif isinstance(node, ast.ImportFrom):
            full = {f"{node.module}.{alias.name}" for alias in node.names} & set(MODULES)
            if any(map(own, full or {str(node.module)})):
                found.append(f"{node.lineno}: from {node.module}")
    return found


@pytest.mark.parametrize("module", FRAME)
def test_the_frame_names_no_task_no_network_and_no_data_set(module, peculiar):
    assert named_in(MODULES[module], *peculiar) == []


@pytest.mark.parametrize("module", [name for name in FRAME if not name.startswith(GROUND)])
def test_the_frame_names_no_score_of_a_task_no_picture_and_no_head(module):
    assert scores_named_in(MODULES[module]) == []


def test_nothing_asks_for_an_architecture_by_its_name():
    """A network is asked for its traits, such as `recurrent`: there will be more of a kind."""
    wrong = [
        f"{module}:{node.lineno}"
        for module, path in MODULES.items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        and any(isinstance(n, ast.Attribute) and n.attr == "architecture" for n in ast.walk(node))
        and any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(node))
    ]
    assert wrong == []


def test_few_modules_lie_flat_and_all_are_short():
    flat = [p.name for p in (ROOT / "zoo").glob("*.py")]
    assert len(flat) <= 16, sorted(flat)
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("zoo", "models", "training", "tests", "docs", "benchmarks")
        for path in (ROOT / folder).glob("**/*.py")
    }
    assert {name: count for name, count in lengths.items() if count > 400} == {}
    tasks = {
        name: count
        for name, count in lengths.items()
        if name.startswith("zoo/tasks/") and name.endswith("/task.py")
    }
    assert max(tasks.values()) <= 150, tasks


def test_every_place_stands_in_one_layer():
    places = [place for _, row in LAYERS for place in row]
    assert len(set(places)) == len(places)
    assert {place_of(name) for name in MODULES} - {None, "checkpoints"} <= set(places)


def test_the_picture_is_drawn_from_the_imports():
    assert PICTURE.read_text(encoding="utf-8") == draw(), "run: python docs/architecture.py"


def test_the_protocol_is_small():
    from zoo.task import Task

    methods = [name for name, value in vars(Task).items() if callable(value) and name[0] != "_"]
    assert len(methods) <= 15, methods
    assert Path(ROOT / "zoo/task.py").is_file()
