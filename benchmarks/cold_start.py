"""Cold start: one prediction from a new process, through `zoo predict` and through `zoo.load`.

    python benchmarks/cold_start.py [--entry lstm-imdb] [--runs 7]

Prints the median wall time and the peak memory of both, and their ratio. The two take turns,
after one uncounted run of each. Both run compiled modules, as an installed package does, even
where PYTHONDONTWRITEBYTECODE is set.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

TEXT = "A moving, beautifully acted film."
KERAS = (
    "import os; os.environ['TF_CPP_MIN_LOG_LEVEL'] = '3'\n"
    "import zoo; print(zoo.load({entry!r}).predict([{text!r}], verbose=0))"
)


def measure(command: list[str]) -> tuple[float, float]:
    """Return the wall seconds and the peak memory in MB of a command."""
    environment = {**os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return seconds, usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="lstm-imdb")
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    commands = {
        "zoo predict": [
            str(Path(sys.executable).with_name("zoo")),
            "predict",
            arguments.entry,
            TEXT,
        ],
        "zoo.load + predict": [
            sys.executable,
            "-c",
            KERAS.format(entry=arguments.entry, text=TEXT),
        ],
    }
    results: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for run in range(arguments.runs + 1):
        for name, command in commands.items():
            result = measure(command)
            if run:
                results[name].append(result)
    medians = {}
    for name, figures in results.items():
        medians[name] = statistics.median(seconds for seconds, _ in figures)
        memory = max(megabytes for _, megabytes in figures)
        print(f"{name:20s} median {medians[name]:.3f} s   peak {memory:.0f} MB")
    ratio = medians["zoo.load + predict"] / medians["zoo predict"]
    print(f"ratio {ratio:.1f}")


if __name__ == "__main__":
    main()
