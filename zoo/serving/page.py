"""The page on which a person tries the models: one file, which asks for nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources

__all__ = ["Page"]

_PART = re.compile(rb"<(script|style)>(.*?)</\1>", re.DOTALL)


class Page:
    """The page, and the policy that lets a browser run its own script and style and no other.

    Attributes:
        content: the page.
        headers: of the answer.

    Example:
        >>> "default-src 'none'" in Page().headers["content-security-policy"]
        True
    """

    def __init__(self) -> None:
        self.content = resources.files("zoo.serving").joinpath("page.html").read_bytes()
        hashes: dict[str, list[str]] = {"script": [], "style": []}
        for kind, part in _PART.findall(self.content):
            digest = base64.b64encode(hashlib.sha256(part).digest()).decode()
            hashes[kind.decode()].append(f"'sha256-{digest}'")
        policy = (
            "default-src 'none'",
            *(f"{kind}-src {' '.join(found)}" for kind, found in hashes.items()),
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
        self.headers = {"content-security-policy": "; ".join(policy)}
