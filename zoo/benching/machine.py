"""What the machine can do at most: products of matrices, and reading memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import numpy as np

from zoo.common.cores import cores

__all__ = ["Limits", "limits"]


class Limits(msgspec.Struct, frozen=True):
    """What a machine can do at most.

    Attributes:
        cores: cores that this process may use.
        gflops: single-precision products of large matrices on all cores, 10^9 operations a second.
        cache: reading weights of 256 kB again and again on one core, as a recurrent step does, 10^9
            bytes a second.
        memory: reading 256 MB on all cores, 10^9 bytes a second.
    """

    cores: int
    gflops: float
    cache: float
    memory: float


def _best(call: Callable[[], Any], runs: int) -> float:
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def limits() -> Limits:
    """Measure the machine; it takes a second.

    Example:
        >>> limits().cores > 0
        True
    """
    count, draw = cores(), np.random.default_rng(0)
    large = draw.normal(size=(2, 1536, 1536)).astype(np.float32)
    gflops = 2 * 1536**3 / _best(lambda: large[0] @ large[1], 5) / 1e9
    blocks = [np.ones(256 * 2**20 // 4 // count, np.float32) for _ in range(count)]
    with ThreadPoolExecutor(count) as pool:
        memory = sum(block.nbytes for block in blocks) / 1e9
        memory /= _best(lambda: list(pool.map(np.max, blocks)), 3)
    weights = draw.normal(size=(128, 512)).astype(np.float32)
    vector = np.ones(128, np.float32)

    def steps() -> None:
        for _ in range(200):
            vector @ weights

    return Limits(count, gflops, 200 * weights.nbytes / _best(steps, 5) / 1e9, memory)
