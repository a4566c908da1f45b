"""Reading what clients send, with a limit on its size and on its time."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from zoo.errors import shown
from zoo.serving.engine import HungUpError
from zoo.serving.limits import Limits
from zoo.serving.problems import ProblemError

__all__ = ["body_of", "hung_up"]


async def body_of(request: Request, limits: Limits, most: int = 0) -> bytes:
    """Return the JSON that a request brings, or nothing where it brings nothing.

    Args:
        request: the request.
        limits: how much it may be, and how long it may take.
        most: bytes that it may have where that is more than those of any request.

    Raises:
        ProblemError: it is too much, too slow, packed, or something else than JSON.
        HungUpError: the client has hung up.
    """
    most = max(limits.body, most)
    packed = request.headers.get("content-encoding", "").strip().lower()
    if packed not in ("", "identity"):
        raise ProblemError(
            415,
            "Expected JSON as it is, without the header Content-Encoding. "
            f"Received: {shown(packed)}. Send it unpacked",
            {"Accept-Encoding": "identity"},
        )
    said = request.headers.get("content-length", "0")
    if len(said) > 18 or int(said) > most:
        raise _too_large(most, f"{said[:30]} bytes")
    body = bytearray()
    try:
        async with asyncio.timeout(limits.slow):
            while True:
                message = await request.receive()
                if message["type"] == "http.disconnect":
                    raise HungUpError
                body += message.get("body", b"")
                if len(body) > most:
                    raise _too_large(most, "more")
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise ProblemError(
            408,
            f"Expected the whole request within {limits.slow:g} seconds. Received: "
            f"{len(body):,} bytes of it",
        ) from None
    kind = request.headers.get("content-type", "")
    if body and kind.partition(";")[0].strip().lower() != "application/json":
        raise ProblemError(
            415,
            "Expected JSON, with the header Content-Type: application/json. "
            f"Received: {shown(kind) if kind else 'no Content-Type'}",
        )
    return bytes(body)


def _too_large(most: int, received: str) -> ProblemError:
    return ProblemError(
        413,
        f"Expected a request of at most {most:,} bytes. Received: {received}. Send fewer "
        "inputs at a time",
    )


async def hung_up(request: Request) -> None:
    """Wait until the client hangs up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
