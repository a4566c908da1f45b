"""The classifiers of reviews, asked in every way that a user could ask them, in one run.

    python -m benchmarks.compare [--entries lstm-imdb gru-imdb] [--texts 2000] [--rounds 5] [--step]

Writes docs/performance.json, from which `python -m benchmarks.performance_page` makes the page and
its pictures. Every way is a process of its own; they take turns, one measurement each, so that what
else the machine does meets all of them. Ways whose package is not installed are left out and told.
It takes some ten minutes an entry.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import importlib.util
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

import zoo
from benchmarks.budget import budget
from benchmarks.peers import WAYS
from zoo import registry
from zoo.benching.machine import limits
from zoo.benching.ways import Way, measured, python
from zoo.common.costs import matrices
from zoo.datasets import load_dataset
from zoo.fitting.machine import hardware
from zoo.hub.onnx_files import onnx_files

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "performance.json"
# What each way needs beside the zoo.
NEEDS = {
    "zoo, OpenVINO": "openvino",
    "Keras predict, JAX": "jax",
    "jax.jit": "jax",
    "torch": "torch",
    "OpenVINO": "openvino",
}
CASES = ("one", "texts", "step")
# Those that can be asked for a token of a stream.
STEPPING = ("zoo", "tf.function", "jax.jit", "torch")
PACKAGES = ("keras", "tensorflow", "jax", "torch", "onnxruntime", "openvino", "numpy", "tokenizers")


def prepare(entry: str, texts: list[str], folder: Path) -> None:
    """Write what the ways read: texts, the ONNX file, and weights as torch has them."""
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    source = registry.read(entry)
    (folder / f"{entry}.onnx").write_bytes(onnx_files(source)[0].content)
    if hasattr(source.backbone, "cell") and not source.backbone.skip:
        arrays = zoo.to_torch_state_dict(zoo.load(entry))
        np.savez(folder / f"{entry}.npz", **{key: np.asarray(a) for key, a in arrays.items()})


def rounded(entry: str, folder: Path) -> dict[str, float] | None:
    """Export an entry rounded to 8 bits for the way that asks it, if it may be.

    Returns:
        Its accuracy on the whole test part before and after, and the bytes of both files; None
        where rounding costs more than it may.
    """
    try:
        exported = zoo.export(entry, folder / f"{entry}.int8", quantize="int8")
    except zoo.InputError as error:
        print(f"  zoo, int8: left out, {error}")
        return None
    assert exported.rounded is not None
    content = (exported.path / "model.onnx").read_bytes()
    (folder / f"{entry}.int8.onnx").write_bytes(content)
    before, after = exported.rounded.pairs[0]
    size = (folder / f"{entry}.onnx").stat().st_size
    return {
        "before": before.value,
        "after": after.value,
        "bytes_before": size,
        "bytes_after": len(content),
    }


def compare(
    entry: str, texts: list[str], rounds: int, chosen: Sequence[str] = CASES
) -> tuple[dict[str, Any], dict[str, float] | None]:
    """Measure an entry in every way; return the figures by way, and what rounding costs."""
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(entry, texts, folder)
        whole = set(chosen) == set(CASES)
        cost = rounded(entry, folder) if whole else None
        ways = []
        for name in WAYS if whole else STEPPING:
            if name in NEEDS and importlib.util.find_spec(NEEDS[name]) is None:
                print(f"  {name}: left out, {NEEDS[name]} is not installed")
                continue
            if name == "torch" and not (folder / f"{entry}.npz").is_file():
                continue  # torch has no layer that computes the same
            if name == "zoo, int8" and cost is None:
                continue
            backend = WAYS[name][1]
            way = Way(
                name,
                python("benchmarks.peers", name, entry, str(folder)),
                {"KERAS_BACKEND": backend} if backend else None,
            )
            if "error" in way.ready:
                print(f"  {name}: left out, {way.ready['error']}")
                continue
            size = way.ask("tune", min(512, len(texts)))["size"] if whole else None
            ways.append(way)
            found[name] = {"first": way.ready["first"], "batch_size": size, "cases": {}}
        cases = [("one", 40), ("texts", 32), ("texts", 256), ("texts", len(texts)), ("step", 2000)]
        for case, count in cases:
            if case not in chosen:
                continue
            key = {"one": "one", "step": "step"}.get(case, str(count))
            able = [way for way in ways if case != "step" or way.ready["step"]]
            figures = measured(able, case, count, rounds)
            for way in able:
                if way.name not in figures:
                    raise SystemExit(f"error: {way.name}: {way.ask(case, count)['error']}")
            for name, seconds in figures.items():
                found[name]["cases"][key] = msgspec.to_builtins(seconds)
            shown = {name: f"{one.median * 1e3:.3g} ms" for name, one in figures.items()}
            print(f"  {key}: {shown}", flush=True)
        expected = np.array(ways[0].ask("answers", 256)["answers"])
        for way in ways:
            received = np.array(way.ask("answers", 256)["answers"])
            found[way.name]["difference"] = float(np.abs(received - expected).max())
            found[way.name]["memory"] = way.ask("memory")["memory"]
            way.close()
    return found, cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", nargs="*", default=zoo.list_models(dataset="imdb_reviews"))
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--step", action="store_true", help="measure a token of a stream alone, and keep the rest"
    )
    parser.add_argument("--output", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    texts = load_dataset("imdb_reviews", "test").texts
    chosen = np.random.default_rng(0).choice(len(texts), arguments.texts, replace=False)
    texts = [str(texts[index]) for index in chosen]
    if arguments.step:
        _steps(arguments.output, arguments.entries, texts, arguments.rounds)
        return
    versions = {}
    for package in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    results: dict[str, Any] = {
        "hardware": hardware(),
        "versions": versions,
        "texts": len(texts),
        "rounds": arguments.rounds,
        "limits": msgspec.to_builtins(limits()),
        "entries": {},
        "budgets": {},
    }
    for entry in arguments.entries:
        print(entry, flush=True)
        spec = registry.read(entry).backbone
        tokens = _tokens(entry, texts)
        ways, cost = compare(entry, texts, arguments.rounds)
        results["entries"][entry] = {
            "tokens": tokens,
            "operations": 2 * matrices(spec.layer_shapes()) * tokens if spec.recurrent else None,
            "ways": ways,
            "int8": cost,
        }
        results["budgets"][entry] = budget(entry, texts)
        arguments.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {arguments.output}")


def _steps(path: Path, entries: Sequence[str], texts: list[str], rounds: int) -> None:
    """Measure a token of a stream alone, and keep all else that was measured before."""
    results = json.loads(path.read_text(encoding="utf-8"))
    for entry in entries:
        print(entry, flush=True)
        ways, _ = compare(entry, texts, rounds, ["step"])
        known = results["entries"][entry]["ways"]
        for name in known.keys() & ways.keys():
            known[name]["cases"].update(ways[name]["cases"])
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {path}")


def _tokens(entry: str, texts: list[str]) -> int:
    pipeline = zoo.pipeline(entry)
    return sum(map(len, pipeline._encode(texts)))


if __name__ == "__main__":
    main()
