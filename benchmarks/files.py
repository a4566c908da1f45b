"""Whole files through `zoo.predict_file`: rows a second beside the pipeline's own, and memory.

    python benchmarks/files.py [--entry lstm-imdb] [--rows 100000 1000000] [--forms csv parquet]

Writes tables of short texts, of ten words and three other columns, in a temporary folder, and
answers each in a fresh process, which prints its peak memory and how long it took; then the share
of the time that the pipeline itself took within, and what reading and writing cost a row.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import zoo

WORDS = ("the", "a", "film", "good", "bad", "plot", "was", "is", "never", "boring", "dull", "story")


def write(folder: Path, rows: int, form: str) -> Path:
    """Write a table of so many short texts."""
    chosen = random.Random(1)
    path = folder / f"{rows}.csv"
    with open(path, "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "text", "stars", "note"])
        for number in range(rows):
            text = " ".join(chosen.choices(WORDS, k=10))
            table.writerow([number, text, number % 7, "x, y"])
    if form == "csv":
        return path
    import pyarrow.csv
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.csv.read_csv(path), path.with_suffix(".parquet"))
    return path.with_suffix(".parquet")


def answer(entry: str, data: Path, output: Path) -> None:
    """Answer a file in this process, and print what that took as JSON."""
    pipeline = zoo.pipeline(entry)
    own, usual = [0.0, 0.0], pipeline.with_doubts

    def timed(*arguments: object, **options: object) -> object:
        wall, cpu = time.perf_counter(), time.process_time()
        answers = usual(*arguments, **options)
        own[0] += time.perf_counter() - wall
        own[1] += time.process_time() - cpu
        return answers

    pipeline.with_doubts = timed
    wall, cpu = time.perf_counter(), time.process_time()
    answered = zoo.predict_file(pipeline, data, output)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        json.dumps(
            {
                "rows": answered.rows,
                "seconds": wall,
                "pipeline": own[0],
                "file_cpu": cpu - own[1],
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="lstm-imdb")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--forms", nargs="+", default=["csv", "parquet"])
    parser.add_argument("--answer", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.answer:
        answer(arguments.entry, *arguments.answer)
        return
    with tempfile.TemporaryDirectory() as folder:
        for form in arguments.forms:
            for rows in arguments.rows:
                data = write(Path(folder), rows, form)
                output = data.with_name(f"answers-{rows}.{form}")
                command = [sys.executable, __file__, "--entry", arguments.entry, "--answer"]
                done = subprocess.run(
                    [*command, str(data), str(output)], check=True, capture_output=True, text=True
                )
                found = json.loads(done.stdout)
                print(
                    f"{form:8} {rows:10,} rows: {rows / found['seconds']:8,.0f} rows/s, "
                    f"{found['pipeline'] / found['seconds']:.0%} of it in the pipeline, "
                    f"{found['file_cpu'] / rows * 1e6:.1f} us of CPU a row outside it, "
                    f"peak memory {found['megabytes']:.0f} MB",
                    flush=True,
                )
                data.unlink()


if __name__ == "__main__":
    main()
