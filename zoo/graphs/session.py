"""What the pipelines share: sessions of ONNX Runtime, and batches computed side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import numpy as np

# ONNX Runtime would send a device id and the path of the interpreter to its maker. Every import of
# it within the zoo comes through here; who sets the variable otherwise is respected.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["batches_by_length", "cores", "in_parallel", "make_session"]


def make_session(model: bytes) -> onnxruntime.InferenceSession:
    """Return a session of ONNX Runtime that computes on one core.

    Args:
        model: content of an ONNX file.
    """
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # A recurrent step is too small to share: whole batches are computed side by side instead.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def batches_by_length(lengths: Sequence[int] | np.ndarray, batch_size: int) -> list[np.ndarray]:
    """Return the rows of batches of like length, for padding costs as much as steps do.

    The longest come first, so that batches computed side by side end together.

    Args:
        lengths: number of steps of every row.
        batch_size: rows of a batch.

    Example:
        >>> [rows.tolist() for rows in batches_by_length([5, 1, 4], 2)]
        [[0], [1, 2]]
    """
    order = np.argsort(lengths, kind="stable")
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)][::-1]


def in_parallel(
    compute: Callable[[np.ndarray], None], batches: Sequence[np.ndarray], threads: int
) -> None:
    """Call a function for every batch, several of them side by side.

    Args:
        compute: takes the rows of a batch.
        batches: the batches; those that take longest first.
        threads: batches computed at the same time.
    """
    if len(batches) <= 1 or threads == 1:
        for rows in batches:
            compute(rows)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(threads) as executor:
        list(executor.map(compute, batches))  # reading the results raises any error
