"""Try what a light installation does: `python tests/light_installation.py`, with its own Python.

Not a test of the suite, whose environment has everything. It fails with an AssertionError.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from pathlib import Path

MOST_MEGABYTES = 350
# Runs commands, given as JSON, one after another; none may bring in what is absent.
MANY = """
import json, sys
from zoo.cli.main import main
for arguments in json.loads(sys.argv[1]):
    sys.argv[1:] = arguments
    try:
        main()
    except SystemExit as end:
        assert not end.code, arguments
"""
ABSENT = ("keras", "keras_hub", "tensorflow", "pyarrow", "sklearn", "scipy", "matplotlib", "onnx")
# What needs the whole, and what its one line says.
REFUSED = {
    "finetune lstm-imdb --train {reviews} --output {folder}/tuned": "pip install",
    "explain lstm-imdb good": "pip install",
    "export lstm-imdb --format keras --output {folder}/keras": "pip install",
    "inspect lstm-imdb good --output {folder}/states": "pip install",
    "tensorboard lstm-imdb --logdir {folder}/logs --write-only": "pip install",
}


def zoo(*arguments: str, code: int = 0) -> tuple[str, str]:
    command = [str(Path(sysconfig.get_path("scripts")) / "zoo"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert (done.returncode == 0) == (code == 0), (arguments, done.returncode, done.stderr)
    return done.stdout, done.stderr


def python(code: str) -> tuple[str, str]:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    return done.stdout, done.stderr


def served(name: str, asked: dict[str, object]) -> str:
    """Return what a server answers, which then ends well."""
    command = [str(Path(sysconfig.get_path("scripts")) / "zoo"), "serve", name, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split(" at ")[1].split()[0]
        request = urllib.request.Request(
            f"{address}v1/models/{name}/predict",
            json.dumps(asked).encode(),
            {"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=600) as answer:
            content: str = answer.read().decode()
    finally:
        server.terminate()
        assert server.wait(600) == 0
    return content


def megabytes() -> float:
    """Return the size of all files that are installed, but those of pip and setuptools."""
    total = 0
    for distribution in importlib.metadata.distributions():
        if distribution.metadata["Name"].lower() in ("pip", "setuptools"):
            continue
        for file in distribution.files or ():
            place = Path(distribution.locate_file(file))
            total += place.stat().st_size if place.is_file() else 0
    return total / 1e6


def main() -> None:
    for name in ABSENT:
        assert importlib.util.find_spec(name) is None, f"{name} is installed here"
    size = megabytes()
    assert size <= MOST_MEGABYTES, f"{size:.0f} MB"
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        reviews = folder / "reviews.csv"
        reviews.write_text("text,label\n" + "A moving film,positive\nDull,negative\n" * 20)
        entries = [line.split("\t") for line in zoo("list")[0].splitlines()]
        assert len(entries) >= 15, entries
        numeric = [name for name, task, *_ in entries if task.startswith("time-series")]
        asking = f"{{name: zoo.pipeline(name).model.channels for name in {numeric}}}"
        channels = json.loads(python(f"import json, zoo; print(json.dumps({asking}))")[0])
        commands, tried = [], set()
        for name, task, *_ in entries:
            if name in channels:
                row = ",".join(["0.5"] * channels[name])
                series = folder / f"{channels[name]}.csv"
                series.write_text("\n".join([row] * 30) + "\n")
                options = ["--horizon", "3"] if task.endswith("forecasting") else []
                given = [str(series), *options]
            elif task.startswith("irregular"):
                patient = folder / "series.json"
                patient.write_text('{"times": [], "values": {}}', encoding="utf-8")
                given = [str(patient)]
            else:
                given = ["A moving film."]
            if task not in tried:  # a process of its own, as users have it, for one of each task
                out, _ = zoo("predict", name, *given)
                print(f"{name}: {out.splitlines()[0]}")
            else:
                commands.append(["predict", name, *given])
            tried.add(task)
        done = subprocess.run(
            [sys.executable, "-c", MANY, json.dumps(commands)], stdout=subprocess.PIPE, text=True
        )
        assert done.returncode == 0 and len(done.stdout.splitlines()) >= len(commands), done.stdout
        wave = folder / "wave.csv"
        wave.write_text("\n".join(str(step * 7 % 24 / 10) for step in range(2_000)) + "\n")
        walks = folder / "walks"
        for label in ("walking", "running"):
            (walks / label).mkdir(parents=True)
            (walks / label / "a.csv").write_text("0.5,0.25,0.125\n" * 60)
        for name, data, metric in (
            ("gru-imdb", reviews, "accuracy"),
            ("gru-nab", wave, "nll"),
            ("esn-mackey-glass", wave, "rmse"),
            ("bigru-epilepsy", walks, "accuracy"),
        ):
            out, _ = zoo("evaluate", name, "--data", str(data))
            assert metric in out, (name, out)
        for name in ("lstm-imdb", "esn-lorenz", "bahdanau-multi30k-de-en"):
            out, _ = zoo("export", name, "--output", str(folder / "exported" / name))
            assert "Largest difference from the pipeline" in out, out
        out, _ = zoo("export", "esn-lorenz", "--format", "web", "--output", str(folder / "page"))
        assert "Largest difference from the pipeline" in out, out
        for command, words in REFUSED.items():
            filled = command.format(folder=folder, reviews=reviews)
            _, told = zoo(*filled.split(), code=1)
            assert words in told and told.count("\n") == 1, told
            print(told.strip())
        _, told = python("import zoo; zoo.load('lstm-imdb')")
        last = told.strip().splitlines()[-1]
        assert "MissingPackageError" in last and "pip install" in last, told
        print(last)
    print(served("lstm-imdb", {"input": "A moving film."}))
    print(f"{size:.0f} MB are installed, of at most {MOST_MEGABYTES}")


if __name__ == "__main__":
    main()
