"""The HTTP side of the Hub: two origins, the Hub itself and the one that serves large files."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from hub_server.answers import Answer, HubError
from hub_server.api import Api
from hub_server.faults import Fault, Faults
from hub_server.repositories import Repository


@dataclass(frozen=True)
class Request:
    """A request that was answered: for the tests to look at."""

    origin: str
    method: str
    path: str
    status: int
    headers: dict[str, str] = field(repr=False)
    sent: int = 0  # bytes of the body

    @property
    def authorized(self) -> bool:
        return "authorization" in self.headers


class HubServer:
    """A Hub on 127.0.0.1, with a second origin for large files on another port.

    Users and their tokens are `users`; `repositories` can be filled directly with `add`.

    Attributes:
        repositories: repositories by their id.
        users: who a token belongs to, and its role: `"read"` or `"write"`.
        requests: what was asked for, in the order in which it was answered.
        faults: the faults in force.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self._servers: dict[str, ThreadingHTTPServer] = {}
        self._ports: dict[str, int] = {"hub": 0, "cdn": 0}
        self.reset()
        self.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['hub']}"

    @property
    def cdn(self) -> str:
        return f"http://127.0.0.1:{self._ports['cdn']}"

    def reset(self) -> None:
        """Forget all repositories, requests and faults."""
        self.faults.clear()
        self.repositories: dict[str, Repository] = {}
        self.large: dict[str, bytes] = {}
        self.requests: list[Request] = []
        self.users: dict[str, tuple[str, str]] = {
            "hf_writer": ("user", "write"),
            "hf_reader": ("user", "read"),
            "hf_stranger": ("stranger", "write"),
        }

    def start(self) -> None:
        """Listen; after `stop`, on the same ports as before."""
        for origin, port in self._ports.items():
            if origin in self._servers:
                continue
            server = _Server(("127.0.0.1", port), _handler(self, origin))
            self._ports[origin] = server.server_address[1]
            self._servers[origin] = server
            threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
            ).start()

    def stop(self) -> None:
        """Be dead: connections are refused."""
        self.faults.released.set()
        for server in self._servers.values():
            server.shutdown()
            server.server_close()
        self._servers.clear()

    def add(
        self,
        name: str,
        files: dict[str, bytes] | None = None,
        *,
        private: bool = False,
        gated: bool = False,
    ) -> Repository:
        """Make a repository, with a first commit of `files` on `main`."""
        repository = Repository(name, private=private, gated=gated)
        self.repositories[name] = repository
        repository.commit(files or {}, "Initial commit")
        return repository

    def fault(self, path: str = "", **options: Any) -> Fault:
        """Make the requests whose path matches go wrong; see `Fault`."""
        return self.faults.add(Fault(path, **options))

    def count(self, method: str = ".*", path: str = "", origin: str | None = None) -> int:
        """Return how many requests of a method and a path were answered."""
        return sum(
            re.fullmatch(method, request.method) is not None
            and re.search(path, request.path) is not None
            and origin in (None, request.origin)
            for request in self.requests
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away in the middle are what the tests make."""


def _handler(hub: HubServer, origin: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                parts = []
                while size := int(self.rfile.readline().split(b";")[0], 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _serve(self) -> None:
            self.close_connection = True  # a dead server must not go on answering on an old one
            body = self._body()
            fault = hub.faults.find(origin, self.command, self.path) or Fault()
            released = hub.faults.released
            if fault.stall and fault.stall_after is None:
                released.wait(fault.stall)
            if fault.drop:
                self._log(0, 0)
                return
            split = urlsplit(self.path)
            headers = {key.lower(): value for key, value in self.headers.items()}
            if fault.whole:
                headers.pop("range", None)
            try:
                if fault.status is not None:
                    raise HubError(fault.status, "", "the fault that the test asked for")
                answer = Api(hub, headers).answer(
                    origin, self.command, unquote(split.path), split.path, split.query, body
                )
            except HubError as error:
                answer = error.answer()
            self._send(answer, fault, released)

        def _send(self, answer: Answer, fault: Fault, released: threading.Event) -> None:
            data = answer.data
            if fault.body is not None:
                data = fault.body
            if fault.flip and data:
                middle = len(data) // 2
                data = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
            if fault.short is not None:
                data = data[: fault.short]
            headers = {"Content-Length": str(len(data)), "Connection": "close", **answer.headers}
            if fault.commit is not None:
                headers["X-Repo-Commit"] = fault.commit
            headers |= fault.headers
            self.send_response(answer.status)
            for name, value in headers.items():
                if value is not None:
                    self.send_header(name, value)
            data = b"" if self.command == "HEAD" else data[: fault.truncate]
            # Logged before the answer goes out, so that the log is complete once a client has it.
            self._log(answer.status, len(data))
            self.end_headers()
            if fault.stall_after is not None:
                self.wfile.write(data[: fault.stall_after])
                self.wfile.flush()
                released.wait(fault.stall)
                data = data[fault.stall_after :]
            for byte in data if fault.drip else ():
                if released.wait(fault.drip):
                    return
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
            self.wfile.write(b"" if fault.drip else data)

        def _log(self, status: int, sent: int) -> None:
            headers = {key.lower(): value for key, value in self.headers.items()}
            hub.requests.append(Request(origin, self.command, self.path, status, headers, sent))

    serve: Callable[[Any], None] = Handler._serve
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", serve)
    return Handler
