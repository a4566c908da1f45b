"""A stream of a detector: a million rows, one at a time, and the memory that it takes.

    python benchmarks/stream.py [--entry gru-nab] [--rows 1000000]

Prints, ten times on the way, the time of a row and the peak memory of the process so far.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time

import numpy as np

import zoo


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="gru-nab")
    parser.add_argument("--rows", type=int, default=1_000_000)
    arguments = parser.parse_args()
    session = zoo.pipeline(arguments.entry).session()
    generator = np.random.default_rng(0)
    part = max(1, arguments.rows // 10)
    print(f"{'rows':>10} {'us a row':>9} {'peak MB':>8} {'state bytes':>12}")
    for start in range(0, arguments.rows, part):
        rows = np.arange(start, min(start + part, arguments.rows))
        values = (20 + np.sin(0.05 * rows) + generator.normal(0, 0.1, len(rows))).tolist()
        began = time.perf_counter()
        for value in values:
            session.step(value)
        seconds = time.perf_counter() - began
        unit = 1024 if sys.platform == "linux" else 1024**2
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        print(
            f"{start + len(rows):>10,} {1e6 * seconds / len(rows):>9.1f} {peak:>8.1f} "
            f"{len(session.to_bytes()):>12,}",
            flush=True,
        )


if __name__ == "__main__":
    main()
