"""What the pipelines share: sessions of ONNX Runtime, and batches computed side by side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

# ONNX Runtime would send a device id and the path of the interpreter to its maker. Every import of
# it within the zoo comes through here; who sets the variable otherwise is respected.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["batches_by_length", "in_parallel", "make_session", "shared_rows", "side_by_side"]

# Rows that take a recurrent network hardly longer together than one of them does.
_SHARED = 8


def make_session(model: bytes, engine: str | None = None, threads: int = 1) -> Any:
    """Return what runs a graph: a session of ONNX Runtime that computes on one core, or the like.

    Args:
        model: content of an ONNX file.
        engine: one of `zoo.graphs.engines.ENGINES`; None for ONNX Runtime.
        threads: batches that are computed side by side.

    Raises:
        MissingPackageError: the engine is not installed.
    """
    if engine == "openvino":
        from zoo.graphs.engines import OpenVinoSession

        return OpenVinoSession(model, threads)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # A recurrent step is too small to share: whole batches are computed side by side instead.
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


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


def shared_rows(rows: int, most: int, threads: int) -> int:
    """Return how many rows a batch has where all threads are to get some of them.

    Args:
        rows: number of all.
        most: the most of a batch.
        threads: batches computed at the same time.

    Example:
        >>> shared_rows(64, 64, 2), shared_rows(9, 64, 2), shared_rows(1_000, 64, 2)
        (32, 8, 64)
    """
    return min(most, max(_SHARED, -(-rows // threads)))


@contextmanager
def side_by_side(threads: int) -> Iterator[Callable[..., None]]:
    """Compute batches side by side, while more of them are made ready.

    Args:
        threads: batches computed at the same time; with one, each when it is handed in.

    Yields:
        A function to call with a function and its arguments. At the end all have been computed,
        or the error of one is raised.
    """
    if threads == 1:

        def call(function: Callable[..., None], *arguments: Any) -> None:
            function(*arguments)

        yield call
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    running: list[Future[None]] = []
    with ThreadPoolExecutor(threads) as executor:

        def submit(function: Callable[..., None], *arguments: Any) -> None:
            running.append(executor.submit(function, *arguments))

        try:
            yield submit
            for future in running:
                future.result()
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise


def in_parallel(
    compute: Callable[[np.ndarray], None], batches: Sequence[np.ndarray], threads: int
) -> None:
    """Call a function for every batch, several of them side by side.

    Args:
        compute: takes the rows of a batch.
        batches: the batches; those that take longest first.
        threads: batches computed at the same time.
    """
    with side_by_side(1 if len(batches) <= 1 else threads) as submit:
        for rows in batches:
            submit(compute, rows)
