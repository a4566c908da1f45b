"""A file of short texts answered by workers of Ray on all cores, beside one core: time and memory.

    python benchmarks/workers.py [--entry lstm-imdb] [--rows 100000] [--words 20] [--repeat 1]

Writes a table of texts in a temporary folder and has `zoo predict --data` answer it as a process of
its own: on one core without Ray, by one worker of Ray, and by one for every core. Prints how long
each took from its start to its end, which with Ray counts to begin and to end it; how many texts a
second passed from its second part to its last; and the most memory that all its processes held in
the second and in the last quarter of the time. Refuses to compare what are not the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import filecmp
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from zoo.predicting.partial import Partial

WORDS = (
    *("the", "a", "film", "good", "bad", "plot", "was", "is", "never", "boring", "dull", "story"),
    *("and", "of", "it", "in", "this", "that", "movie", "with", "for", "as", "but", "on", "are"),
    *("his", "have", "brilliant", "acting", "scene", "watch", "time", "great", "poor"),
)


def write(path: Path, rows: int, words: int) -> None:
    """Write a table of texts of about so many words."""
    chosen = random.Random(1)
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "text", "stars"])
        for number in range(rows):
            length = chosen.randint(words // 2, words * 3 // 2)
            table.writerow([number, " ".join(chosen.choices(WORDS, k=length)), number % 5])


def family(root: int) -> list[int]:
    """Return a process and all that came of it."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(place.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(place.parent.name))
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def memory(root: int) -> float:
    """Return the megabytes that a process and all that came of it hold, each page counted once."""
    kilobytes = 0
    for process in family(root):
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes += next(
            (int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0
        )
    return kilobytes / 1024


def answered(output: Path) -> int:
    """Return how many parts are there."""
    try:
        return sum(path.stem.isdecimal() for path in Partial(output).path.glob("*.json"))
    except OSError:
        return 0


def run(entry: str, data: Path, output: Path, rows: int, options: list[str]) -> dict[str, float]:
    """Answer the table by a process of its own."""
    command = [sys.executable, "-c", "from zoo.cli.main import main; main()", "predict", entry]
    command += ["--data", str(data), "--output", str(output)]
    if not options:
        command = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), *command]
    begun = time.monotonic()
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    held: list[tuple[float, float]] = []
    seen: list[tuple[float, int]] = []
    while process.poll() is None:
        now = time.monotonic() - begun
        count = answered(output)
        if count and (not seen or count > seen[-1][1]):
            seen.append((now, count))
        if not held or now - held[-1][0] >= 2:
            held.append((now, memory(process.pid)))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}")
    seconds = time.monotonic() - begun
    # The first part is computed before workers begin.
    (first, before), (last, after) = seen[1], seen[-1]
    share = (after - before) / after
    quarters = [
        max((mb for at, mb in held if low * seconds <= at < high * seconds), default=0)
        for low, high in ((0.25, 0.5), (0.75, 1.01))
    ]
    return {
        "seconds": seconds,
        "rate": share * rows / max(last - first, 1e-9),
        "early": quarters[0],
        "late": quarters[1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="lstm-imdb")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=1)
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    sides = {
        "one core, without Ray": [],
        "one worker of Ray": ["--engine", "ray", "--workers", "1"],
        f"{cores} workers of Ray": ["--engine", "ray", "--workers", str(cores)],
    }
    found: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "texts.csv", arguments.rows, arguments.words)
        for _ in range(arguments.repeat):
            for number, (side, options) in enumerate(sides.items()):
                output = folder / f"{number}.csv"
                output.unlink(missing_ok=True)
                data = folder / "texts.csv"
                found[side].append(run(arguments.entry, data, output, arguments.rows, options))
                if not filecmp.cmp(folder / "0.csv", output, shallow=False):
                    raise SystemExit(f"{side}: other bytes than without Ray")
    middle = {
        side: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for side, runs in found.items()
    }
    print(f"{arguments.entry}, {arguments.rows:,} texts of about {arguments.words} words")
    for side, one in middle.items():
        print(
            f"{side:24} {one['seconds']:7.1f} s in all, {one['rate']:9,.0f} texts/s, "
            f"{one['early']:6,.0f} MB early, {one['late']:6,.0f} MB late"
        )
    alone, single, many = middle.values()
    print(
        f"{cores} workers: {alone['seconds'] / many['seconds']:.2f} times one core without Ray in "
        f"all, {many['rate'] / alone['rate']:.2f} from second to last part; "
        f"{single['seconds'] / many['seconds']:.2f} and {many['rate'] / single['rate']:.2f} times "
        "one worker. The same bytes."
    )


if __name__ == "__main__":
    main()
