"""A Hub over loopback for the tests, which the unmodified `huggingface_hub` client talks to."""

from __future__ import annotations

from hub_server.faults import Fault
from hub_server.repositories import Repository
from hub_server.server import HubServer, Request

__all__ = ["Fault", "HubServer", "Repository", "Request"]
