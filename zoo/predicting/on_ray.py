"""Parts of a file computed with Ray Data: one process reads, workers answer, the caller merges.

A part is written by the worker that computes it, and counts once it is whole: a worker that is
killed is started anew, and its part is computed again. What passes between the processes are the
rows of one part at a time, and word that it is there.
"""

from __future__ import annotations

import functools
import pickle
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.common.counts import whole
from zoo.common.optional import need
from zoo.errors import InputError, OutputError, shown
from zoo.predicting.partial import Partial
from zoo.predicting.parts import compute_part
from zoo.predicting.plan import Plan
from zoo.predicting.ray_cluster import WAITING, check_address, cluster, interrupted, quiet_log
from zoo.predicting.sources import Source
from zoo.tables.chunks import Chunk

__all__ = ["Done", "OnRay", "parts_on_ray", "workers_of"]

# How often a part is begun whose worker is killed; more often it is the part that kills it.
_ATTEMPTS = 4
_MEMORY = "Give fewer --workers, or a machine with more memory"


@dataclass(frozen=True)
class Done:
    """What has become of a part, or that some were there.

    Attributes:
        parts: how many parts the input has as far as it was read with it.
        amount: how much of what there is to read it is.
        error: why the part is not there.
        killed: how many workers were killed at it.
    """

    parts: int
    amount: int
    error: Exception | None = None
    killed: int = 0


OnRay = Callable[..., Iterator[Done]]


def workers_of(engine: str | None, workers: int | None, address: str | None) -> OnRay | None:
    """Return what computes parts with Ray; None where another engine is asked for.

    Args:
        engine: what computes.
        workers: how many; None takes one for every core of the cluster.
        address: where a cluster is; None begins one on this machine.

    Raises:
        InputError: the others are given without Ray, or it is not installed.
    """
    if engine != "ray":
        if (workers, address) != (None, None):
            name = "ray_address" if workers is None else "workers"
            raise InputError(
                f"Expected {name} with the engine that has workers, such as engine='ray'. "
                f"Received: {name}={shown(address if workers is None else workers)} and "
                f"engine={shown(engine)}"
            )
        return None
    count = whole(workers)
    if workers is not None and (count is None or count < 1):
        raise InputError(f"Expected workers=None, or at least 1. Received: {shown(workers)}")
    check_address(address)
    need("ray.data", "predictions with engine='ray'", install='"ray[data]"')
    return functools.partial(parts_on_ray, workers=count, address=address)


def parts_on_ray(
    plan: Plan,
    output: Path,
    source: Source,
    model: Any,
    stop: Any,
    workers: int | None = None,
    address: str | None = None,
) -> Iterator[Done]:
    """Compute the parts of a file that are not there, and yield what became of each, in any order.

    Args:
        plan: how; it knows the columns of the answers.
        output: the file that they are parts of.
        source: what is answered.
        model: the pipeline that answers.
        stop: true once something asks to stop; nothing more is yielded then.
        workers: how many; None takes one for every core of the cluster.
        address: where a cluster is; None begins one on this machine.

    Raises:
        InputError: Ray is not installed, or there is no such cluster.
        ZooError: workers are killed again and again.
    """
    import ray

    output = output.absolute()
    try:
        with cluster(address, workers, stop) as begun:
            if not begun:
                return
            cores = int(ray.cluster_resources().get("CPU", 1))
            count = workers or max(1, cores)
            with _made(plan, output, source, model, count) as blocks:
                while True:
                    block = _next(blocks, stop)
                    if block is None or stop:
                        return
                    for item in block["item"].to_pylist():
                        yield pickle.loads(item)
    except Exception:
        # What asks to stop may have been sent to Ray's own processes too, which are gone then.
        if not stop:
            raise


def _next(blocks: Iterator[Any], stop: Any) -> Any:
    """Return what comes next, or None at the end or once something asks to stop."""
    import ray

    try:
        with interrupted(stop) as wait:
            return wait(lambda: next(blocks, None))
    except ray.exceptions.RayError as error:
        words = " ".join(str(error).split())
        raise OutputError(
            f"Expected Ray to compute the parts. Received: {type(error).__name__}: {shown(words)}"
        ) from error


@contextmanager
def _made(
    plan: Plan, output: Path, source: Source, model: Any, workers: int
) -> Iterator[Iterator[Any]]:
    """Begin to read and to compute; yields what comes of it."""
    import ray
    import ray.data
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask

    def read() -> Iterator[Any]:
        return map(_block, _read(plan, output, source))

    class Parts(Datasource):
        def get_read_tasks(self, *_: Any, **__: Any) -> list[Any]:
            unknown = BlockMetadata(
                num_rows=None, size_bytes=None, exec_stats=None, input_files=None
            )
            return [ReadTask(read, unknown)]

        def estimate_inmemory_data_size(self) -> int | None:
            return None

    context = ray.data.DataContext.get_current().copy()
    context.enable_progress_bars = context.print_on_execution_start = False
    context.target_max_block_size = 1  # a part is a block
    context.memory_usage_poll_interval_s = None
    limits = context.execution_options.resource_limits
    context.execution_options.resource_limits = limits.copy(
        object_store_memory=WAITING * (workers + 1)
    )
    here = {"ray.io/node-id": ray.get_runtime_context().get_node_id()}
    with quiet_log(), ray.data.DataContext.current(context):
        parts = ray.data.read_datasource(
            Parts(), num_cpus=0, override_num_blocks=1, label_selector=here
        ).map_batches(
            _Worker,
            fn_constructor_args=[plan, output, ray.cloudpickle.dumps(model)],
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        blocks = iter(
            parts.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
        )
        try:
            yield blocks
        finally:
            with suppress(Exception):
                blocks.close()


def _block(item: Any) -> Any:
    import pyarrow

    return pyarrow.table({"item": pyarrow.array([pickle.dumps(item)], pyarrow.large_binary())})


def _read(plan: Plan, output: Path, source: Source) -> Iterator[tuple[Done, Chunk | None]]:
    """Yield the parts that are not there; and without rows how much was passed over, or failed."""
    partial = Partial(output)
    parts = told = done = 0
    error = None
    try:
        for chunk in source.chunks(plan.rows):
            if partial.holds(parts, plan, chunk):
                parts, done = parts + 1, chunk.done
                continue
            if done > told:
                yield Done(parts, done - told), None
            yield Done(parts + 1, chunk.done - done), chunk
            parts, told, done = parts + 1, chunk.done, chunk.done
    except Exception as failed:
        error = failed
    yield Done(parts, done - told, _sendable(error)), None


def _sendable(error: Exception | None) -> Exception | None:
    """Return an error that another process can be told of."""
    if isinstance(error, MemoryError):
        return OutputError(
            f"Expected enough memory for a worker. Received: less than it needs. {_MEMORY}"
        )
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


class _Worker:
    """Computes parts, one after another, with a pipeline of its own.

    Args:
        plan: how.
        output: the file that they are parts of.
        model: the pipeline, pickled.
    """

    def __init__(self, plan: Plan, output: Path, model: bytes) -> None:
        self.plan, self.output, self.pickled = plan, output, model
        self.model: Any = None

    def __call__(self, block: Any) -> Any:
        done, chunk = pickle.loads(block["item"][0].as_py())
        if chunk is None:
            return _block(done)
        try:
            with _attempt(self.plan, self.output, done.parts - 1, chunk) as before:
                if self.model is None:
                    self.model = _opened(self.pickled)
                compute_part(self.plan, self.output, self.model, done.parts - 1, chunk)
            return _block(replace(done, killed=before))
        except Exception as error:
            return _block(replace(done, error=_sendable(error)))


def _opened(pickled: bytes) -> Any:
    model = pickle.loads(pickled)
    if getattr(model, "threads", 1) != 1:  # the other cores have workers of their own
        model.threads = 1
    return model


@contextmanager
def _attempt(plan: Plan, output: Path, number: int, chunk: Chunk) -> Iterator[int]:
    """Leave a mark while a part is computed; yields how many workers were killed at it before.

    Raises:
        InputError: this worker cannot work here.
        OutputError: they were too many.
    """
    from zoo import __version__

    partial, here = Partial(output), platform.node()
    if plan.version != __version__:
        raise InputError(
            f"Expected workers with rnn-zoo {plan.version}. Received: {__version__} on {here}"
        )
    if not partial.is_begun(plan):
        raise InputError(
            f"Expected an output that every worker reaches. Received: {output}, which {here} has "
            "not. Choose one on storage that all machines share"
        )
    marks = [partial.path / f"{number:08}.{attempt}.tmp" for attempt in range(_ATTEMPTS)]
    for before in range(_ATTEMPTS):
        with suppress(FileExistsError):
            marks[before].touch(exist_ok=False)
            break
    else:
        raise OutputError(
            f"Expected a worker that lives. Received: {_ATTEMPTS} that were killed at the rows "
            f"from {chunk.start + 1:,} to {chunk.start + len(chunk.inputs):,}, as a system does "
            f"when memory is short. {_MEMORY}"
        )
    try:
        yield before
    finally:
        for mark in marks[: before + 1]:
            mark.unlink(missing_ok=True)
