"""A server within this process: its application without a port, asked by httpx."""

from __future__ import annotations

import asyncio

import httpx

from zoo.serving.app import Service
from zoo.serving.guard import Guard
from zoo.serving.limits import Limits

__all__ = ["answered", "serving"]


def serving(pipelines, ask, threads=2, faults=None, **limits):
    """Return what a coroutine returns that is given a client and the service.

    Args:
        pipelines: what is served.
        ask: the coroutine.
        threads: of the engine.
        faults: a list that takes what is wrong with the server; None wants none.
        limits: as `Limits` has them.
    """
    told = [] if faults is None else faults

    async def run():
        service = Service(pipelines, Limits(**limits), threads)
        guard = Guard(service.router, service.figures, service.limits, fault=told.append)
        transport = httpx.ASGITransport(guard)
        async with (
            service.running(),
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
        ):
            client.guard = guard
            return await ask(client, service)

    found = asyncio.run(run())
    assert faults is not None or told == []
    return found


async def answered(client, entry, body):
    """Return the answer of an entry to a request that fits."""
    answer = await client.post(f"/v1/models/{entry.name}/predict", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()
