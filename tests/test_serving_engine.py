"""Batches of what waits, and sessions, without a server around them."""

from __future__ import annotations

import asyncio
import threading
import types

import pytest

from zoo.errors import InputError
from zoo.serving.engine import Engine, HungUpError
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemError
from zoo.serving.sessions import Held, Sessions


def in_loop(ask, **settings):
    """Run a coroutine that is given an engine and a gate, behind which its one thread waits."""

    async def run():
        engine = Engine(**{"threads": 1, "waiting": 100, **settings})
        engine.start()
        gate = Gate()
        try:
            return await ask(engine, gate)
        finally:
            gate.open.set()
            assert engine.end(seconds=600)

    return asyncio.run(run())


class Gate:
    """Computes when it is opened, and says when somebody is at it; notes what it is given."""

    def __init__(self):
        self.open, self.reached, self.batches = threading.Event(), threading.Event(), []

    def __call__(self, items):
        self.batches.append(items)
        self.reached.set()
        self.open.wait(600)
        if "odd" in items:
            raise InputError("Expected an even one. Received: odd")
        return [2 * item for item in items]

    async def first(self, engine, item=0, **how):
        """Have the thread wait at the gate, with an item of its own."""
        task = asyncio.create_task(engine.ask("all", self, [item], **{"seconds": 60, **how}))
        await asyncio.to_thread(self.reached.wait, 60)
        return task


def test_what_waits_is_computed_together_and_each_gets_its_own():
    async def ask(engine, gate):
        first = await gate.first(engine)
        others = [asyncio.create_task(engine.ask("all", gate, [n], 60)) for n in range(1, 21)]
        await asyncio.sleep(0)
        gate.open.set()
        return await asyncio.gather(first, *others), gate.batches

    found, batches = in_loop(ask)
    assert found == [[2 * n] for n in range(21)]
    assert batches == [[0], list(range(1, 21))]


def test_those_of_like_length_share_a_batch_with_the_one_that_waited_longest():
    async def ask(engine, gate):
        first = await gate.first(engine, "")
        texts = ["a" * (100 if n % 2 else 1) for n in range(1, 81)]
        others = [asyncio.create_task(engine.ask("all", gate, [text], 60)) for text in texts]
        await asyncio.sleep(0)
        gate.open.set()
        await asyncio.gather(first, *others)
        return gate.batches[1:]

    batches = in_loop(ask)
    assert sum(map(len, batches)) == 80 and batches[0] == ["a" * 100] * 32


def test_one_that_fails_leaves_its_batch_to_the_others():
    async def ask(engine, gate):
        first = await gate.first(engine)
        others = [
            asyncio.create_task(engine.ask("all", gate, [item], 60)) for item in ("a", "odd", "c")
        ]
        await asyncio.sleep(0)
        gate.open.set()
        return await asyncio.gather(first, *others, return_exceptions=True)

    found = in_loop(ask)
    assert [found[1], found[3]] == [["aa"], ["cc"]] and isinstance(found[2], InputError)


def test_too_much_is_refused_at_once_and_too_slow_in_time():
    async def ask(engine, gate):
        first = await gate.first(engine, seconds=2.0)
        second = asyncio.create_task(engine.ask("all", gate, [1, 2], seconds=0.1))
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as third:
            await engine.ask("all", gate, [3], seconds=60)
        found = await asyncio.gather(first, second, return_exceptions=True)
        return [*(error.status for error in found), third.value.status, engine.waiting]

    # Computed too long; waited too long; no room to wait.
    assert in_loop(ask, waiting=2) == [504, 503, 503, 0]


def test_what_nobody_waits_for_is_not_computed():
    untouched = []

    async def ask(engine, gate):
        async def gone():
            return

        first = await gate.first(engine)
        with pytest.raises(HungUpError):
            await engine.ask("all", gate, [1], 60, gone, lambda: untouched.append(1))
        gate.open.set()
        return await first, engine.waiting, gate.batches

    assert in_loop(ask) == ([0], 0, [[0]])
    assert untouched == [1]


def test_a_session_ends_that_nobody_asks_or_that_grows_too_large():
    now = [0.0]
    sessions = Sessions(Limits(idle=10), clock=lambda: now[0])
    name = sessions.add("tiny", object())
    now[0] = 9.0
    with sessions.at("tiny", name):
        now[0] = 30.0
        sessions.sweep()
        assert len(sessions) == 1  # asked, if slowly
    with pytest.raises(ProblemError, match="of other that is open"), sessions.at("other", name):
        pass
    now[0] = 41.0
    with pytest.raises(ProblemError, match="may have ended"):
        sessions.take("tiny", name)
    assert len(sessions) == 0
    held = Held("tiny", types.SimpleNamespace(to_bytes=lambda: b"a" * 20_000))
    with pytest.raises(ProblemError, match=r"at most 10,000 bytes. Received: one of 20,000"):
        held.grow("a" * 100, Limits(state=10_000))
