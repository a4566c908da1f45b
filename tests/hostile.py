"""A corpus of bad checkpoint directories, made from small good ones of all tasks.

Nothing here knows which fields a file has: whatever JSON is there is walked, and every place in
it is spoilt in every way. Fingerprints are made right again, as a forger would, so that the check
behind the hash is what fires.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import hostile_costs
import hostile_files
import hostile_tokenizers
import hostile_weights
from helpers import edit_record, rewrite
from zoo import checkpoint
from zoo.networks.echo_state.reservoir import draw_reservoir
from zoo.networks.echo_state.spec import EchoStateBackboneSpec, series_tensor_shapes
from zoo.schema import (
    BaseModel,
    DatasetInfo,
    FileInfo,
    Licenses,
    Metric,
    ModelInfo,
    Paper,
    SeedSpread,
    TrainingRecord,
)
from zoo.specs import make_spec
from zoo.tasks.text_classification.testing import OTHER_BACKBONES, make_checkpoint
from zoo.tasks.text_generation.testing import make_language_model
from zoo.tasks.time_series_classification.specs import SequenceClassifierSpec
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec
from zoo.tasks.translation.testing import make_translator

__all__ = ["Case", "build", "make_cases", "make_series", "make_sources", "mutations", "places"]

_HOLE = "\ue000hole\ue000"


@dataclass(frozen=True)
class Case:
    """A way to spoil a checkpoint.

    Attributes:
        name: what is wrong, for the reader of a failed test.
        source: which good checkpoint is spoilt.
        damage: spoils a copy of it.
        harmless: whether the checkpoint is read all the same, for nothing of it was spoilt.
    """

    name: str
    source: str
    damage: Callable[[Path], Any]
    harmless: bool = False


def make_sources(root: Path) -> dict[str, Path]:
    """Write a good checkpoint of every task, and of the kinds of networks that have more files."""
    root.mkdir()
    sources = {
        "text": make_checkpoint(root / "text"),
        "characters": make_checkpoint(root / "characters", unit="characters"),
        "language": make_language_model(root / "language"),
        "language of characters": make_language_model(root / "letters", unit="characters"),
        "ngrams": make_checkpoint(root / "ngrams", backbone=OTHER_BACKBONES["n-grams"]),
        "transformer": make_checkpoint(root / "transformer", backbone=OTHER_BACKBONES["blocks"]),
        "translation": make_translator(root / "translation"),
        "forecasting": make_series(root / "forecasting"),
        "classification": make_series(root / "classification", ("slow", "middle", "fast")),
    }
    _fill_record(sources["text"])
    return sources


def make_series(path: Path, labels: tuple[str, ...] = ()) -> Path:
    spec = make_spec(EchoStateBackboneSpec, channels=2, units=20, density=0.2)
    head = (
        make_spec(SequenceClassifierSpec, num_classes=len(labels), points=2)
        if labels
        else make_spec(ForecasterSpec, squares=True, washout=5)
    )
    generator = np.random.default_rng(0)
    tensors = {
        name: generator.normal(1, 0.1, shape)
        for name, shape in series_tensor_shapes(spec, head).items()
    }
    for name, value in draw_reservoir(spec, spec.channels).items():
        tensors[f"echo_state/echo_state_cell/{name}"] = value
    task = f"time-series-{'classification' if labels else 'forecasting'}"
    checkpoint.write(
        path,
        info=ModelInfo(name="tiny", task=task, architecture="esn", labels=labels, parameters=0),
        backbone=spec,
        head=head,
        assets={},
        weights=checkpoint.serialize_tensors(tensors),
    )
    return path


def _fill_record(path: Path) -> None:
    """Give a record something in every field, so that there is something to spoil in each."""
    seeds = SeedSpread(values={"1": 0.5, "2": 0.25}, mean=0.375, std=0.2)
    info = checkpoint.read_info(path)
    checkpoint.replace_info(
        path,
        msgspec.structs.replace(
            info,
            description="A tiny one.",
            dataset=DatasetInfo(
                name="mine", title="Mine", url="x", hub_id="me/mine", splits={"test": 4}
            ),
            metrics=(
                Metric(
                    name="accuracy",
                    split="test",
                    value=0.5,
                    confidence_interval=(0.1, 0.9),
                    confidence_level=0.95,
                    num_examples=4,
                    seeds=seeds,
                    signature="way",
                ),
            ),
            training=TrainingRecord(
                recipe="models/tiny.py",
                command="train",
                commit="0" * 40,
                packages={"keras": "3"},
                backend="jax",
                hardware="one core",
                minutes=0.5,
                seed=1,
                epochs=2,
                best_epoch=1,
                method="None.",
                validation={"log_loss": 0.5},
            ),
            licenses=Licenses(weights="apache-2.0", data="none"),
            papers=(Paper(title="A", authors="B", year=1990, venue="C", url="x"),),
            base_model=BaseModel(name="other", sha256="0" * 64),
        ),
    )


def build(case: Case, sources: dict[str, Path], target: Path) -> Path:
    """Copy a case's good checkpoint to `target` and spoil the copy."""
    shutil.copytree(sources[case.source], target, copy_function=shutil.copyfile)
    case.damage(target)
    return target


def places(value: Any, trail: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every part of a JSON document, the document itself left out."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in pairs:
        yield (*trail, key)
        if isinstance(part, dict | list):
            yield from places(part, (*trail, key))


def mutations(part: Any) -> list[str]:
    """Return what no checkpoint has in the place of a part of a JSON document, as JSON text."""
    wrong = ["[" * 400 + "]" * 400]  # which Python reads and cannot show
    if isinstance(part, bool):
        return [*wrong, "1", '"true"']
    if isinstance(part, int):
        return [*wrong, "-1", "1" + "0" * 30, "1.5", '"7"', "true", "NaN", "9" * 5_000]
    if isinstance(part, float):
        return [*wrong, '"x"', "true", "NaN", "-Infinity", "1e999", "1" + "0" * 400]
    if isinstance(part, str):
        return [*wrong, "7", '"\\ud800"', '"\udcff"', "null" if part else "0"]
    if isinstance(part, list):
        return [*wrong, "7", "{}"]
    if isinstance(part, dict):
        # A dictionary with one thing too many, and one with a key that stands twice.
        inside = json.dumps(part)[1:-1]
        more = [f'{{"x": [[]], {inside}}}'] if inside else []
        twice = [f"{{{json.dumps(key)}: 1, {inside}}}" for key in list(part)[:1]]
        return [*wrong, "7", "[]", *more, *twice]
    return [*wrong, "[]"]


def put(path: Path, name: str, data: bytes) -> None:
    """Replace a file, and its fingerprint in the record if it is not the record itself."""
    if name == "zoo.json":
        (path / name).write_bytes(data)
    else:
        rewrite(path, name, data)


def _replace(path: Path, name: str, trail: tuple[Any, ...], text: str) -> None:
    content = json.loads((path / name).read_text(encoding="utf-8"))
    container = content
    for key in trail[:-1]:
        container = container[key]
    container[trail[-1]] = _HOLE
    spoilt = json.dumps(content).replace(json.dumps(_HOLE), text)
    put(path, name, spoilt.encode("utf-8", "surrogateescape"))


def _optional(name: str, part: Any, text: str) -> bool:
    """Whether a record may hold nothing in the place of a text."""
    return name == "zoo.json" and text == "null" and isinstance(part, str)


def _json_cases(source: str, path: Path, names: list[str]) -> Iterator[Case]:
    for name in names:
        content = json.loads((path / name).read_text(encoding="utf-8"))
        for trail in places(content):
            part: Any = content
            for key in trail:
                part = part[key]
            shown = ".".join(map(str, trail))
            for number, text in enumerate(mutations(part)):
                if _optional(name, part, text):
                    continue
                damage = functools.partial(_replace, name=name, trail=trail, text=text)
                yield Case(f"{name}: {shown} is {text[:20]} ({number})", source, damage)


_MANY_KEYS = "{" + "".join(f'"{number}":0,' for number in range(300_000)) + '"299999":0}'
_RAW: dict[str, bytes] = {
    "empty": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "a number": b"7",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "tiny"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a null character": b'{"name": "a"}\0',
    "a comment": b'{"name": "a"} // mine',
    "two documents": b"{}{}",
    "an open list of a hundred thousand": b"[" * 100_000,
    "objects a hundred thousand deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of five thousand digits": b'{"parameters": ' + b"1" * 5_000 + b"}",
    "a million empty lists": b"[" + b"[]," * 1_300_000 + b"[]]",
    "a million empty objects": b"[" + b"{}," * 1_300_000 + b"{}]",
    "many keys of which the last stands twice": _MANY_KEYS.encode(),
}


def _raw_cases(source: str, names: list[str]) -> Iterator[Case]:
    for name in names:
        for what, data in _RAW.items():
            yield Case(f"{name}: {what}", source, functools.partial(put, name=name, data=data))
        yield Case(f"{name}: cut off", source, functools.partial(_cut, name=name))
        yield Case(f"{name}: 100 MB of text", source, functools.partial(_sparse, name=name))


def _cut(path: Path, name: str) -> None:
    data = (path / name).read_bytes()
    put(path, name, data[: len(data) // 2])


def _sparse(path: Path, name: str, size: int = 100 << 20) -> None:
    """Make a file of one long text, with a hole in it that takes no space."""
    with open(path / name, "wb") as file:
        file.write(b'"')
        file.truncate(size)
        file.seek(size - 1)
        file.write(b'"')
    if name != "zoo.json":
        print_ = msgspec.to_builtins(FileInfo(sha256="0" * 64, size=size))
        edit_record(path, lambda record: record["files"].update({name: print_}))


def _class_cases(source: str, path: Path) -> Iterator[Case]:
    """Classes from outside the allow-list in every place that names one."""
    content = json.loads((path / "config.json").read_text(encoding="utf-8"))
    evil = {
        "module": [
            "os",
            "builtins",
            "keras.layers",
            "subprocess",
            "zoo.files",
            "__main__",
        ],
        "class_name": ["system", "eval", "Lambda", "TFOpLambda", "Popen", "read", "__import__"],
        "registered_name": ["os>system", "builtins>eval", "Lambda", None, "zoo>Lambda"],
    }
    for trail in places(content):
        if trail[-1] not in evil:
            continue
        for value in evil[trail[-1]]:
            damage = functools.partial(
                _replace, name="config.json", trail=trail, text=json.dumps(value)
            )
            yield Case(f"config.json: {'.'.join(map(str, trail))} is {value}", source, damage)


def make_cases(sources: dict[str, Path]) -> list[Case]:
    """Return the corpus; every case has a name of its own."""
    cases: list[Case] = []
    for source, path in sources.items():
        if source in hostile_tokenizers.ALONE:
            spoilt = hostile_tokenizers.damages(source, path)
            cases += [Case(name, source, damage, harmless) for name, damage, harmless in spoilt]
            continue
        json_names = sorted(file.name for file in path.glob("*.json"))
        # One record has all there is to spoil; the others would only repeat it.
        walked = json_names if source == "text" else ["config.json"]
        cases += _json_cases(source, path, walked)
        cases += _class_cases(source, path)
        for module in (hostile_files, hostile_tokenizers, hostile_weights, hostile_costs):
            for name, damage, harmless in module.damages(source, path):
                cases.append(Case(name, source, damage, harmless))
    cases += _raw_cases("text", ["zoo.json", "config.json"])
    names = [(case.source, case.name) for case in cases]
    assert len(set(names)) == len(names), "two cases of one name"
    assert os.sep == "/", "the names below are those of POSIX"
    return cases
