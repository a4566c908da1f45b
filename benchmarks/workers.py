"""A file of short texts answered by workers of Ray on all cores, beside one core: time and memory.

    python benchmarks/workers.py [--entry lstm-imdb] [--rows 100000] [--words 20] [--repeat 1]

Writes a table of texts in a temporary folder and has `zoo predict --data` answer it as a process of
its own: on one core without Ray; on every core at once a part of the table, also without Ray, which
is as fast as this machine can be, for cores that share memory and a clock are slower together; and
by workers of Ray, one for every core. Prints how long each took from its start to its end, which
with Ray counts to begin and to end it; how many texts a second passed from its second part to its
last; and the most memory that all its processes held in the second and in the last quarter of the
time. Refuses to compare what are not the same bytes.
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
from contextlib import ExitStack
from pathlib import Path

from zoo.predicting.partial import Partial

WORDS = (
    *("the", "a", "film", "good", "bad", "plot", "was", "is", "never", "boring", "dull", "story"),
    *("and", "of", "it", "in", "this", "that", "movie", "with", "for", "as", "but", "on", "are"),
    *("his", "have", "brilliant", "acting", "scene", "watch", "time", "great", "poor"),
)


def write(folder: Path, rows: int, words: int, pieces: int) -> None:
    """Write a table of texts of about so many words, whole and in pieces."""
    chosen = random.Random(1)
    header = ["id", "text", "stars"]
    with ExitStack() as stack:
        names = ["texts.csv", *(f"piece{piece}.csv" for piece in range(pieces))]
        files = [
            stack.enter_context(open(folder / name, "w", newline="", encoding="utf-8"))
            for name in names
        ]
        whole, *parts = [csv.writer(file) for file in files]
        for table in (whole, *parts):
            table.writerow(header)
        for number in range(rows):
            length = chosen.randint(words // 2, words * 3 // 2)
            row = [number, " ".join(chosen.choices(WORDS, k=length)), number % 5]
            whole.writerow(row)
            parts[number * pieces // rows].writerow(row)


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
        with os.scandir(Partial(output).path) as places:
            return sum(place.name[:8].isdecimal() and place.name[8:] == ".json" for place in places)
    except OSError:
        return 0


def command(
    entry: str, data: Path, output: Path, *options: str, core: int | None = None
) -> list[str]:
    """Return the command that answers a table, on one core where one is given."""
    pinned = [] if core is None else ["taskset", "--cpu-list", str(core)]
    called = [*pinned, sys.executable, "-c", "from zoo.cli.main import main; main()", "predict"]
    return [*called, entry, "--data", str(data), "--output", str(output), *options]


def run(rows: int, pairs: list[tuple[list[str], Path]]) -> dict[str, float]:
    """Run commands side by side, each of which writes an output."""
    begun = time.monotonic()
    processes = [subprocess.Popen(words, stdout=subprocess.DEVNULL) for words, _ in pairs]
    held: list[tuple[float, float]] = []
    seen: list[tuple[float, int]] = []
    while any(process.poll() is None for process in processes):
        now = time.monotonic() - begun
        count = sum(answered(output) for _, output in pairs)
        if count and (not seen or count > seen[-1][1]):
            seen.append((now, count))
        if not held or now - held[-1][0] >= 5:
            held.append((now, sum(memory(process.pid) for process in processes)))
        time.sleep(0.2)
    for process in processes:
        if process.returncode:
            raise SystemExit(f"exit code {process.returncode}: {process.args}")
    seconds = time.monotonic() - begun
    # The first part is computed before workers begin.
    (first, before), (last, parts) = seen[min(1, len(seen) - 1)], seen[-1]
    quarters = [
        max((mb for at, mb in held if low * seconds <= at < high * seconds), default=0)
        for low, high in ((0.25, 0.5), (0.75, 1.01))
    ]
    return {
        "seconds": seconds,
        "rate": (parts - before) / parts * rows / max(last - first, 1e-9),
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
    available = sorted(os.sched_getaffinity(0))
    cores = len(available)
    alone, apart, many = "one core", f"{cores} cores, a piece each", f"{cores} workers of Ray"
    found: dict[str, list[dict[str, float]]] = {alone: [], apart: [], many: []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, arguments.rows, arguments.words, cores)
        data = folder / "texts.csv"
        ray = ["--engine", "ray", "--workers", str(cores)]
        for _ in range(arguments.repeat):
            outputs = [folder / f"{side}.csv" for side in ("alone", "many", *map(str, available))]
            for output in outputs:
                output.unlink(missing_ok=True)
            whole, by_ray, *pieces = outputs
            sides = {
                alone: [(command(arguments.entry, data, whole, core=available[0]), whole)],
                apart: [
                    (command(arguments.entry, folder / f"piece{at}.csv", piece, core=core), piece)
                    for at, (core, piece) in enumerate(zip(available, pieces, strict=True))
                ],
                many: [(command(arguments.entry, data, by_ray, *ray), by_ray)],
            }
            for side, pairs in sides.items():
                found[side].append(run(arguments.rows, pairs))
            if not filecmp.cmp(whole, by_ray, shallow=False):
                raise SystemExit(f"{many}: other bytes than without Ray")
    middle = {
        side: {key: statistics.median(one[key] for one in runs) for key in runs[0]}
        for side, runs in found.items()
    }
    print(f"{arguments.entry}, {arguments.rows:,} texts of about {arguments.words} words")
    for side, one in middle.items():
        print(
            f"{side:22} {one['seconds']:7.1f} s in all, "
            f"{one['rate']:7,.0f} texts/s, {one['early']:6,.0f} MB early, {one['late']:6,.0f} late"
        )
    for side in (apart, many):
        ratios = [
            a["seconds"] / b["seconds"] for a, b in zip(found[alone], found[side], strict=True)
        ]
        print(
            f"{side}: {statistics.median(ratios):.2f} times one core in all "
            f"({min(ratios):.2f} to {max(ratios):.2f}), "
            f"{middle[side]['rate'] / middle[alone]['rate']:.2f} from second to last part"
        )
    print("Ray wrote the same bytes.")


if __name__ == "__main__":
    main()
