"""Parts of a file computed with Ray Data: one process reads, workers answer, the caller merges.

A part is written by the worker that computes it, and counts once it is whole: a worker that is
killed is started anew, and its part is computed again. What passes between the processes are the
rows of one part at a time, and word that it is there.
"""

from __future__ import annotations

import logging
import os
import pickle
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zoo.common.optional import need
from zoo.errors import InputError, OutputError, shown
from zoo.predicting.partial import Partial
from zoo.predicting.parts import compute_part
from zoo.predicting.plan import Plan
from zoo.predicting.sources import Source
from zoo.tables.chunks import Chunk

__all__ = ["Done", "check_address", "parts_on_ray"]

# How often a part is tried whose worker is killed; more often it is the part that kills it.
_RETRIES = 3
# Bytes of rows that wait for a worker, beside those that wait for any.
_WAITING = 64 << 20
_QUIET = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_USAGE_STATS_ENABLED": "0",
}
# Sockets lie below the folder of a session, whose paths have at most 107 characters.
_LONGEST_FOLDER = 30


@dataclass(frozen=True)
class Done:
    """What has become of a part, and of those before it that were there.

    Attributes:
        parts: how many parts the input has as far as it was read then.
        inputs: how many inputs they have, of which nothing was told before.
        amount: how much of what there is to read they are.
        error: why the part is not there.
    """

    parts: int
    inputs: int
    amount: int
    error: Exception | None = None


def check_address(address: str | None) -> None:
    """Refuse an address that no work can be given to.

    Args:
        address: where a cluster of Ray is.

    Raises:
        InputError: it is that of a client, which is on no machine of the cluster.
    """
    if address is not None and (not address or "://" in address):
        raise InputError(
            "Expected the address of a Ray cluster that this machine belongs to, such as "
            f"10.0.0.1:6379, or auto. Received: {shown(address)}. Run it on a machine of the "
            "cluster"
        )


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
    need("ray.data", "predictions with engine='ray'", install='"ray[data]"')
    import ray

    output = output.absolute()
    with _cluster(address, workers):
        cores = int(ray.cluster_resources().get("CPU", 1))
        count = workers or max(1, cores)
        with _made(plan, output, source, model, count) as blocks:
            while True:
                block = _next(blocks, stop)
                if block is None or stop:
                    return
                for item in block["item"].to_pylist():
                    yield pickle.loads(item)


class _InterruptError(BaseException):
    """What ends the wait for a part."""


def _next(blocks: Iterator[Any], stop: Any) -> Any:
    """Return what comes next, or None at the end or once something asks to stop."""
    import ray

    try:
        with _interrupted(stop):
            return None if stop else next(blocks, None)
    except _InterruptError:
        return None
    except ray.exceptions.RayError as error:
        raise OutputError(_killed(error)) from error


def _killed(error: Exception) -> str:
    words = str(error)
    if isinstance(
        error,
        _ray_errors(
            "ActorDiedError",
            "ActorUnavailableError",
            "OutOfMemoryError",
            "WorkerCrashedError",
            "NodeDiedError",
            "ObjectLostError",
        ),
    ):
        return (
            f"Expected workers that live. Received: one that was killed {_RETRIES + 1} times at "
            "the same part, as the system does when memory is short. Give fewer --workers, or a "
            "machine with more memory"
        )
    last = [line.strip() for line in words.splitlines() if line.strip()][-1:]
    kind = type(error).__name__
    return f"Expected Ray to compute the parts. Received: {kind}: {shown(' '.join(last))}"


def _ray_errors(*names: str) -> tuple[type[Exception], ...]:
    import ray

    return tuple(getattr(ray.exceptions, name) for name in names if hasattr(ray.exceptions, name))


@contextmanager
def _interrupted(stop: Any) -> Iterator[None]:
    """Let a signal that asks to stop end what is waited for here, which may take long."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {}

    def handle(number: int, frame: Any) -> None:
        before[number](number, frame)
        if stop:
            raise _InterruptError

    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and callable(signal.getsignal(number)):
                before[number] = signal.getsignal(number)
                signal.signal(number, handle)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _cluster(address: str | None, workers: int | None) -> Iterator[None]:
    """Take the cluster that there is, or begin one on this machine and end it."""
    import ray

    if ray.is_initialized():  # the caller's own
        yield
        return
    address = address or os.environ.get("RAY_ADDRESS") or "local"
    check_address(address)
    how: dict[str, Any] = {"address": address}
    with ExitStack() as stack:
        if address == "local":
            from zoo.graphs.session import cores

            count = workers or cores()
            folder = tempfile.mkdtemp(prefix="zoo-ray-", dir=_short_folder())
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            how |= {
                "num_cpus": count,
                "num_gpus": 0,
                "include_dashboard": False,
                "object_store_memory": 2 * _WAITING * (count + 1),
                "_temp_dir": folder,
            }
        stack.callback(ray.shutdown)
        with _silent(), _kept_handlers():
            try:
                ray.init(log_to_driver=False, logging_level=logging.CRITICAL, **how)
            except (ConnectionError, RuntimeError, ValueError, OSError) as error:
                raise InputError(_no_cluster(address, error)) from error
        yield


def _no_cluster(address: str, error: Exception) -> str:
    words = " ".join(str(error).split())
    if address == "local":
        return f"Expected Ray to begin on this machine. Received: {shown(words)}"
    return (
        "Expected the address of a Ray cluster that this machine belongs to, with the same "
        f"versions of Ray and Python. Received: {shown(address)}, which answers: {shown(words)}. "
        "Run: ray start, or leave it out to compute on this machine alone"
    )


def _short_folder() -> str:
    folder = tempfile.gettempdir()
    return folder if len(folder) <= _LONGEST_FOLDER or not Path("/tmp").is_dir() else "/tmp"


@contextmanager
def _silent() -> Iterator[None]:
    """Keep Ray from talking when it begins, and from telling its makers of it."""
    wanted = {key: value for key, value in _QUIET.items() if key not in os.environ}
    sys.stderr.flush()
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.environ.update(wanted)
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
        for key in wanted:
            os.environ.pop(key, None)


@contextmanager
def _kept_handlers() -> Iterator[None]:
    """Keep what is done at SIGTERM, which Ray changes."""
    handler = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread() and handler is not None:
            signal.signal(signal.SIGTERM, handler)


@contextmanager
def _made(
    plan: Plan, output: Path, source: Source, model: Any, workers: int
) -> Iterator[Iterator[Any]]:
    """Begin to read and to compute; yields what comes of it."""
    import ray
    import ray.data
    from ray.data.block import BlockMetadata
    from ray.data.datasource import Datasource, ReadTask
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

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
    limits = context.execution_options.resource_limits
    context.execution_options.resource_limits = limits.copy(
        object_store_memory=_WAITING * (workers + 1)
    )
    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    with _quiet_log(), ray.data.DataContext.current(context):
        parts = ray.data.read_datasource(
            Parts(), num_cpus=0, override_num_blocks=1, scheduling_strategy=here
        ).map_batches(
            _Worker,
            fn_constructor_args=[plan, output, ray.cloudpickle.dumps(model)],
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            max_restarts=-1,
            max_task_retries=_RETRIES,
        )
        blocks = iter(
            parts.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)
        )
        try:
            yield blocks
        finally:
            with suppress(Exception):
                blocks.close()


@contextmanager
def _quiet_log() -> Iterator[None]:
    logger = logging.getLogger("ray.data")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _block(item: Any) -> Any:
    import pyarrow

    return pyarrow.table({"item": pyarrow.array([pickle.dumps(item)], pyarrow.large_binary())})


def _read(plan: Plan, output: Path, source: Source) -> Iterator[tuple[Done, Chunk | None]]:
    """Yield the parts that are not there; the last is none, and tells of those before it."""
    partial = Partial(output)
    parts = inputs = told = done = 0
    try:
        for number, chunk in enumerate(source.chunks(plan.rows)):
            parts, inputs, done = number + 1, inputs + len(chunk.inputs), chunk.done
            if not partial.holds(number, plan, chunk):
                yield Done(parts, inputs, done - told), chunk
                inputs, told = 0, done
        error = None
    except Exception as failed:
        error = failed
    yield Done(parts, inputs, done - told, _sendable(error)), None


def _sendable(error: Exception | None) -> Exception | None:
    """Return an error that another process can be told of."""
    if isinstance(error, MemoryError):
        return OutputError(
            "Expected enough memory for a worker. Received: less than it needs. Give fewer "
            "--workers, or a machine with more memory"
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
        self.plan, self.output = plan, output
        self.error: Exception | None = None
        try:
            _check_place(plan, output)
            self.model = pickle.loads(model)
            if getattr(self.model, "threads", 1) != 1:  # the other cores have workers of their own
                self.model.threads = 1
        except Exception as error:
            self.error = error

    def __call__(self, block: Any) -> Any:
        done, chunk = pickle.loads(block["item"][0].as_py())
        if chunk is not None and done.error is None:
            error = self.error
            try:
                if error is None:
                    compute_part(self.plan, self.output, self.model, done.parts - 1, chunk)
            except Exception as failed:
                error = failed
            done = replace(done, error=_sendable(error))
        return _block(done)


def _check_place(plan: Plan, output: Path) -> None:
    """Refuse to work where the output is not, or by another version."""
    from zoo import __version__

    if plan.version != __version__:
        raise InputError(
            f"Expected workers with rnn-zoo {plan.version}. Received: {__version__} on "
            f"{os.uname().nodename}"
        )
    if not Partial(output).is_begun(plan):
        raise InputError(
            f"Expected an output that every worker reaches. Received: {output}, which "
            f"{os.uname().nodename} has not. Choose one on storage that all machines share"
        )
