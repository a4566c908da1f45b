"""What the machine can do at most: products of matrices, and reading memory."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from zoo.graphs.session import cores

__all__ = ["limits"]


def _best(call, runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def limits() -> dict[str, float]:
    """Measure the machine.

    Returns:
        `gflops`: single-precision products of large matrices on all cores, in 10^9 operations a
        second; `cache_gbs`: reading weights of 256 kB again and again on one core, as a recurrent
        step does, in 10^9 bytes a second; `memory_gbs`: reading 256 MB on all cores.
    """
    count = cores()
    draw = np.random.default_rng(0)
    with threadpool_limits(1):
        # One product a core side by side, as the pipelines compute batches.
        sides = [draw.normal(size=(2, 1024, 1024)).astype(np.float32) for _ in range(count)]

        def products() -> None:
            list(pool.map(lambda side: side[0] @ side[1], sides))

        with ThreadPoolExecutor(count) as pool:
            seconds = _best(products, 15)
            gflops = count * 2 * 1024**3 / seconds / 1e9
            blocks = [np.ones(256 * 2**20 // 4 // count, np.float32) for _ in range(count)]
            read = _best(lambda: list(pool.map(np.sum, blocks)), 7)
        weights = draw.normal(size=(128, 512)).astype(np.float32)
        vector = np.ones(128, np.float32)

        def steps() -> None:
            for _ in range(200):
                vector @ weights

        cache = 200 * weights.nbytes / _best(steps, 15) / 1e9
    return {
        "cores": count,
        "gflops": gflops,
        "cache_gbs": cache,
        "memory_gbs": sum(block.nbytes for block in blocks) / read / 1e9,
    }
