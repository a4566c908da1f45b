"""Computing for many clients at once: what waits when a core is free is computed as one batch."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from zoo.serving.problems import ProblemError, busy

__all__ = ["Engine", "HungUpError"]

# Inputs of a batch: with four of them a step of a network takes nearly as little for each as with
# more, and what is shorter than the longest is padded. Of short ones, whose calls take longer than
# their steps, as many as all threads would share, but so many at least and at most; and characters
# or steps of all that are no longer short. Measured with reviews.
_FEW, _LEAST, _MOST, _LONG = 4, 8, 32, 4_000

Compute = Callable[[list[Any]], Sequence[Any]]


class HungUpError(Exception):
    """The client that asked has hung up."""


class _Job:
    """What one request wants computed."""

    __slots__ = (
        "compute",
        "future",
        "items",
        "key",
        "left",
        "number",
        "results",
        "untouched",
        "waiting",
    )

    def __init__(
        self,
        number: int,
        key: Hashable,
        compute: Compute,
        items: Sequence[Any],
        future: Any,
        untouched: Callable[[], None],
    ) -> None:
        self.number, self.key, self.compute = number, key, compute
        self.items, self.future, self.untouched = items, future, untouched
        self.results: list[Any] = [None] * len(items)
        self.waiting = self.left = len(items)


class Engine:
    """Computes in threads what coroutines ask for.

    No request waits for others to join it: the first one is computed at once, and those that come
    in the meantime are computed together as soon as a thread is free. A batch holds inputs of like
    length, and always the one that has waited longest.

    Args:
        threads: batches computed side by side.
        waiting: inputs that may wait; more are refused.
        told: called in the event loop with the number of inputs of every batch, and its seconds.

    Attributes:
        waiting: inputs that wait.
    """

    def __init__(
        self, threads: int, waiting: int, told: Callable[[int, float], None] = lambda *_: None
    ) -> None:
        self.waiting = 0
        self._most, self._told = waiting, told
        self._number = 0
        # What waits, in the order in which it came: items of jobs, by what is computed of them.
        self._queues: dict[Hashable, list[tuple[_Job, int]]] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        # Daemons: a computation that outlasts the time of grace does not keep the process.
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Start the threads, for the event loop that runs."""
        self._loop = asyncio.get_running_loop()
        for thread in self._threads:
            thread.start()

    def end(self, seconds: float = 0.0) -> bool:
        """Let the threads end with what they compute; return whether they did in so many seconds.

        Args:
            seconds: how long to wait for them.
        """
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    async def ask(
        self,
        key: Hashable,
        compute: Compute,
        items: Sequence[Any],
        seconds: float,
        gone: Callable[[], Any] | None = None,
        untouched: Callable[[], None] = lambda: None,
    ) -> list[Any]:
        """Return what is computed of items, which may share batches with those of others.

        Args:
            key: what is computed alike for all who give it.
            compute: takes a list of items, and returns as many results.
            items: the items.
            seconds: how long it may take.
            gone: returns a coroutine that ends when nobody waits any more.
            untouched: called when no thread is at the items any more, which may be later than the
                end of this.

        Raises:
            ProblemError: too much is waiting, or it takes too long.
            HungUpError: nobody waits any more.
            ZooError: an item cannot be computed.
        """
        if self.waiting and self.waiting + len(items) > self._most:
            untouched()
            raise busy(f"{self.waiting:,} inputs that wait already")
        assert self._loop is not None
        self._number += 1
        future = self._loop.create_future()
        job = _Job(self._number, key, compute, items, future, untouched)
        with self._changed:
            self._queues.setdefault(key, []).extend((job, index) for index in range(len(items)))
            self.waiting += len(items)
            self._changed.notify(len(items))
        try:
            return await self._answer(job, seconds, gone)
        finally:
            self._drop(job)

    async def _answer(self, job: _Job, seconds: float, gone: Any) -> list[Any]:
        # Most answers come before it is worth while to listen whether anybody still waits.
        soon = min(seconds, 0.05)
        await asyncio.wait({job.future}, timeout=soon)
        if not job.future.done():
            others = {asyncio.ensure_future(gone())} if gone is not None else set()
            try:
                await asyncio.wait(
                    {job.future, *others},
                    timeout=seconds - soon,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if not job.future.done() and any(other.done() for other in others):
                    raise HungUpError
            finally:
                for other in others:
                    other.cancel()
        if job.future.done():
            found: list[Any] = job.future.result()
            return found
        if job.waiting == len(job.items):
            raise busy(f"{self.waiting:,} inputs that wait already, for {seconds:g} seconds")
        raise ProblemError(
            504,
            f"Expected a request that takes at most {seconds:g} seconds. Received: one that takes "
            "longer. Send fewer or shorter inputs",
        )

    def _drop(self, job: _Job) -> None:
        """Compute nothing more of a job that has its answer, or that nobody waits for."""
        with self._changed:
            dropped, job.waiting = job.waiting, 0
            if dropped:
                self._keep(job.key, [one for one in self._queues[job.key] if one[0] is not job])
        job.left -= dropped
        if dropped and not job.left:
            job.untouched()

    def _keep(self, key: Hashable, queue: list[tuple[_Job, int]]) -> None:
        """Let so much of a queue remain."""
        self.waiting -= len(self._queues[key]) - len(queue)
        if queue:
            self._queues[key] = queue
        else:
            del self._queues[key]

    def _work(self) -> None:
        assert self._loop is not None
        while True:
            with self._changed:
                while not self._queues:
                    if self._ended:
                        return
                    self._changed.wait()
                batch = self._take()
            started = time.perf_counter()
            results = _computed(batch[0][0].compute, [job.items[index] for job, index in batch])
            seconds = time.perf_counter() - started
            try:
                self._loop.call_soon_threadsafe(self._deliver, batch, results, seconds)
            except RuntimeError:  # the loop has ended: nobody waits
                return

    def _take(self) -> list[tuple[_Job, int]]:
        """Take what is to be computed next out of what waits."""
        key = min(self._queues, key=lambda key: self._queues[key][0][0].number)
        queue = self._queues[key]
        lengths = [_length(job, index) for job, index in queue]
        order = sorted(range(len(queue)), key=lengths.__getitem__)
        # The one that has waited longest, and those of the next lengths.
        low = order.index(0)
        high, total = low + 1, lengths[0]
        # A part for every thread, unless a part is too small.
        most = min(max(_LEAST, -(-len(queue) // len(self._threads))), _MOST, len(queue))
        while high - low < most and (high - low < _FEW or total < _LONG):
            shorter = lengths[0] - lengths[order[low - 1]] if low else None
            longer = lengths[order[high]] - lengths[0] if high < len(order) else None
            if longer is None or (shorter is not None and shorter < longer):
                low -= 1
                total += lengths[order[low]]
            else:
                total += lengths[order[high]]
                high += 1
        chosen = set(order[low:high])
        batch = [queue[at] for at in sorted(chosen)]
        for job, _ in batch:
            job.waiting -= 1
        self._keep(key, [one for at, one in enumerate(queue) if at not in chosen])
        return batch

    def _deliver(self, batch: list[tuple[_Job, int]], results: list[Any], seconds: float) -> None:
        self._told(len(batch), seconds)
        for (job, index), result in zip(batch, results, strict=True):
            job.results[index] = result
            job.left -= 1
            if not job.future.done():
                if isinstance(result, BaseException):
                    job.future.set_exception(result)
                elif not job.left:
                    job.future.set_result(job.results)
            if not job.left:
                job.untouched()


def _length(job: _Job, index: int) -> int:
    """Return how long an item is, as far as it has a length."""
    item = job.items[index]
    return len(item) if hasattr(item, "__len__") else 0


def _computed(compute: Compute, items: list[Any]) -> list[Any]:
    """Return the results of items; where they fail together, each has its own result or error."""
    try:
        results = list(compute(items))
        if len(results) != len(items):
            raise RuntimeError(f"{len(results)} results for {len(items)} inputs")
    except Exception as error:
        if len(items) == 1:
            return [error]
        return [result for item in items for result in _computed(compute, [item])]
    return results
