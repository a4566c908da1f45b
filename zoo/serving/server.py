"""A server on a port: who may connect, how long they may take, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable
from typing import Any

import prometheus_client
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from zoo.errors import InputError, shown
from zoo.serving.app import Service
from zoo.serving.guard import Guard, is_loopback
from zoo.serving.problems import ProblemError, problem_response

__all__ = ["HttpProtocol", "address_of", "listen", "serve"]

_BACKLOG = 1_024


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address.

    Args:
        host: a name or an address of this machine.
        port: its port; 0 takes one that is free.

    Raises:
        InputError: the port is taken, or there is no such host here.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # Of TCP by name: only then does asyncio send at once what is written, and not when what was
        # sent before has been acknowledged, 40 ms later.
        bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            bound.bind(address)
            # Another program that listens here is told of only now.
            bound.listen(_BACKLOG)
        except BaseException:
            bound.close()
            raise
    except (OSError, UnicodeError) as error:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise InputError(
                f"Expected a free port. Received: {port}, which another program uses. Choose "
                "another with --port, or 0 for any that is free"
            ) from None
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            "Expected a host of this machine and a port to listen on, such as localhost and 8000. "
            f"Received: {shown(host)} and {port} ({reason})"
        ) from None
    return bound


def address_of(bound: socket.socket) -> str:
    """Return the address of a page, of a socket that is bound.

    Args:
        bound: the socket.
    """
    host, port, *_ = bound.getsockname()
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


class HttpProtocol(HttpToolsProtocol):
    """HTTP of uvicorn, which waits only so long for the head of a request, and for who does not
    take in an answer.

    Attributes:
        seconds: how long.
    """

    seconds = 10.0
    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        self._took()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        idle = self.cycle is None or self.cycle.response_complete
        # uvicorn itself waits no longer than a while for the first byte of the next request.
        told = self.timeout_keep_alive_task is not None or self.transport.is_closing()
        if idle and not told and self._timer is None:
            self._wait()

    def on_headers_complete(self) -> None:
        self._wait_no_more()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled = self.loop.call_later(self.seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._took()
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        # To close it would wait until all is taken in.
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        super().timeout_keep_alive_handler()

    def _took(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def send_400_response(self, msg: str) -> None:
        self._tell(400, "Expected a request of HTTP/1.1. Received: something else")

    def _wait(self) -> None:
        self._timer = self.loop.call_later(self.seconds, self._too_slow)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        self._timer = None
        self._tell(
            408,
            f"Expected the head of a request within {self.seconds:g} seconds. Received: none",
        )

    def _tell(self, status: int, detail: str) -> None:
        if self.transport.is_closing():
            return
        response = problem_response(ProblemError(status, detail))
        response.headers["connection"] = "close"
        head = b"".join(b"%s: %s\r\n" % header for header in response.raw_headers)
        title = b"Bad Request" if status == 400 else b"Request Timeout"
        self.transport.write(b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, title, head, response.body))
        self.transport.close()


class _Server(uvicorn.Server):
    """A server of uvicorn that tells why it ends, and ends well."""

    def __init__(self, config: uvicorn.Config, ends: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ends = ends

    def handle_exit(self, sig: int, frame: Any) -> None:
        if not self.should_exit:
            self._ends(signal.Signals(sig).name)
        super().handle_exit(sig, frame)


def serve(
    service: Service,
    bound: socket.socket,
    *,
    say: Callable[[str], None],
    log: Callable[[str], None] | None = None,
    fault: Callable[[str], None] = lambda _: None,
) -> bool:
    """Answer on a socket until SIGTERM or Ctrl-C, then finish what is under way.

    Args:
        service: what answers.
        bound: the socket.
        say: called with a line on why it ends.
        log: called with a line for every request; None writes none.
        fault: called with what is wrong with the server itself.

    Returns:
        Whether everything was finished within the time of grace.
    """
    limits = service.limits
    server: _Server

    def ends(reason: str) -> None:
        service.draining = True
        say(f"Ends because of {reason}: finishes what is under way, for {limits.grace:g} s at most")

    guard = Guard(
        service.router,
        service.figures,
        limits,
        loopback=is_loopback(bound.getsockname()[0]),
        log=log,
        fault=fault,
        connections=lambda: len(server.server_state.connections),
    )
    protocol = type("Protocol", (HttpProtocol,), {"seconds": limits.slow})
    config = uvicorn.Config(
        guard,
        http=protocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=_BACKLOG,
        timeout_keep_alive=max(1, round(limits.slow)),
        timeout_graceful_shutdown=max(1, round(limits.grace)),
    )
    server = _Server(config, ends)
    service.figures.gauge(
        "zoo_connections", "Open connections.", lambda: len(server.server_state.connections)
    )
    prometheus_client.disable_created_metrics()  # twice as much to read, for nothing
    # uvicorn raises the signal again when it has ended, for whoever waits for that.
    before = {sig: signal.signal(sig, lambda *_: None) for sig in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[bound])
    finally:
        for sig, handler in before.items():
            signal.signal(sig, handler)
    return service.engine.end(seconds=0.5)
