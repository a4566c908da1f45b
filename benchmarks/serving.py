"""Requests a second of `zoo serve`: one client that waits for each answer, and many at once.

Starts a server on this machine and loads it from this process: rounds of both sides take turns, and
what is told is the median of the rounds, their spread, and the ratio. Every answer is compared with
what the pipeline says of that text alone.

    python benchmarks/serving.py lstm-imdb --clients 32
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

import zoo
from zoo.datasets import load_dataset
from zoo.errors import DataError

# Of a length as reviews have, where there are none.
_WORDS = "the film is a moving and beautifully acted story of two friends but it is far too long"


class Client(asyncio.Protocol):
    """One connection: a request after the other, as little of HTTP as that takes."""

    def __init__(self) -> None:
        self._data, self._answer = b"", None

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._data += data
        head, found, body = self._data.partition(b"\r\n\r\n")
        if found:
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            if len(body) >= length:
                self._data = body[length:]
                self._answer.set_result((int(head[9:12]), body[:length]))

    def connection_lost(self, error):
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error or ConnectionError("the server hung up"))

    async def ask(self, request):
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


def texts(count, words=None):
    """Return texts of the test reviews, or made-up ones of the same length, or their beginnings."""
    if words:
        return [" ".join(text.split()[:words]) for text in texts(count)]
    try:
        reviews = load_dataset("imdb_reviews", "test", download=False).texts
        return list(reviews[:: max(1, len(reviews) // count)][:count])
    except DataError:
        words = _WORDS.split()
        return [
            " ".join(words[(at * at + n) % len(words)] for n in range(20 + 37 * at % 500))
            for at in range(count)
        ]


def request(name, text):
    body = json.dumps({"input": text}).encode()
    head = (
        f"POST /v1/models/{name}/predict HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def load(port, requests, clients):
    """Send all requests over so many connections; return the answers, seconds and latencies."""
    loop = asyncio.get_running_loop()
    found, taken, waiting = {}, [], list(enumerate(requests))[::-1]

    async def work():
        transport, client = await loop.create_connection(Client, "127.0.0.1", port)
        while waiting:
            number, content = waiting.pop()
            started = time.perf_counter()
            found[number] = await client.ask(content)
            taken.append(time.perf_counter() - started)
        transport.close()

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(clients)))
    return found, time.perf_counter() - started, taken


def start(name, more=()):
    """Start a server and return its process and port."""
    command = [sys.executable, "-m", "zoo.cli.main", "serve", name, "--port", "0", *more]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    return server, int(server.stdout.readline().split("http://")[1].split(":")[1].split("/")[0])


def resident(server):
    """Return the megabytes that a process holds in memory."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def largest_difference(name, asked, found):
    """Return how far the answers are from what the pipeline says of each text alone."""
    pipeline, largest = zoo.pipeline(name, threads=1), 0.0
    for number, text in enumerate(asked):
        status, body = found[number]
        assert status == 200, body
        served = {one["label"]: one["score"] for one in json.loads(body)["output"]}
        for one in pipeline.with_doubts(text, top_k=None)[0]:
            largest = max(largest, abs(served[one["label"]] - one["score"]))
    return largest


def compare(name, clients, count, rounds, words):
    server, port = start(name)
    try:
        asked = texts(count, words)
        requests = [request(name, text) for text in asked]
        asyncio.run(load(port, requests, clients))  # once, to warm up
        rates = {1: [], clients: []}
        latencies = {1: [], clients: []}
        for _ in range(rounds):
            for side in rates:
                found, seconds, taken = asyncio.run(load(port, requests, side))
                rates[side].append(len(found) / seconds)
                latencies[side] += taken
        for side, found_rates in rates.items():
            ms = sorted(1000 * seconds for seconds in latencies[side])
            print(
                f"{name} {side:3} client{'s' * (side > 1)}: "
                f"{statistics.median(found_rates):7.0f} requests/s "
                f"({min(found_rates):.0f} to {max(found_rates):.0f}), "
                f"median {ms[len(ms) // 2]:.1f} ms, 99 % below {ms[int(0.99 * len(ms))]:.1f} ms"
            )
        ratios = [many / one for one, many in zip(rates[1], rates[clients], strict=True)]
        print(
            f"{name} ratio {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}); largest difference from one by one "
            f"{largest_difference(name, asked, found):.1e}"
        )
    finally:
        server.terminate()
        server.wait(20)


def soak(name, clients, count):
    """Send many requests, and tell the memory of the server as they are answered."""
    server, port = start(name)
    try:
        requests = [request(name, text[:300]) for text in texts(1_000)]
        done = 0
        while done <= count:
            if done in (1_000, 10_000) or done % 25_000 == 0:
                print(f"{done:7,} requests: {resident(server):.1f} MB", flush=True)
            found, _, _ = asyncio.run(load(port, requests, clients))
            assert all(status == 200 for status, _ in found.values())
            done += len(found)
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("names", nargs="+")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--requests", type=int, default=640, help="a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--words", type=int, help="of each text alone; default: all")
    parser.add_argument("--soak", type=int, default=0, help="so many requests, for the memory")
    given = parser.parse_args()
    for entry in given.names:
        if given.soak:
            soak(entry, given.clients, given.soak)
        else:
            compare(entry, given.clients, given.requests, given.rounds, given.words)
