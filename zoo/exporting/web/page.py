"""A web page: ONNX graphs, vocabularies and scripts, in a folder that any static host serves."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

from zoo.common.escape import one_line
from zoo.errors import InputError
from zoo.exporting.formats import ExportFormat, Job
from zoo.exporting.onnx_graphs import session_function
from zoo.exporting.web.libraries import CDN, LICENCES, RUNTIME, TOKENIZERS, WASM, Library, vendored
from zoo.interfaces import WebPage

__all__ = ["FORMAT", "policy"]

# Of the frame; those of the task lie beside them.
_SCRIPTS = ("page.js", "parts.js", "style.css")
_VENDOR = "vendor"


def policy(addresses: Sequence[str]) -> str:
    """Return what a browser lets the page do: its own scripts, and no address but those named.

    Libraries run from `blob:`, for they are compared with their hashes first.

    Args:
        addresses: what is fetched from elsewhere.

    Example:
        >>> "connect-src 'self';" in policy([])
        True
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self' blob: 'wasm-unsafe-eval'",
            "style-src 'self'",
            "img-src data:",
            " ".join(["connect-src 'self'", *addresses]),
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


class _Page(ExportFormat):
    title = "a web page"
    runs: ClassVar[tuple[str, ...]] = ()
    keras = False
    template = "web.md.jinja"
    vendors = True

    def names(self, job: Job) -> list[str]:
        return list(_web(job).graphs)

    def write(self, job: Job, folder: Path) -> None:
        web, libraries = _web(job), self.libraries(job)
        if job.vendor is not None:
            licences = [LICENCES[one.package] for one in libraries if one.package in LICENCES]
            contents = {
                f"{_VENDOR}/{name}": data
                for name, data in vendored(job.vendor, [*libraries, *licences]).items()
            }
            addresses = [f"{_VENDOR}/{one.name}" for one in libraries]
        else:
            contents, addresses = {}, [one.address for one in libraries]
        own = {f"{name}.onnx": job.graphs[name].content for name in self.names(job)}
        frame = resources.files("zoo.exporting.web")
        own |= {name: frame.joinpath(name).read_bytes() for name in _SCRIPTS}
        package = resources.files("zoo")
        own |= {name: package.joinpath(place).read_bytes() for name, place in web.scripts.items()}
        own["index.html"] = _index(job, [] if job.vendor is not None else addresses)
        fetched = sum(map(len, own.values())) + sum(map(len, job.source.assets.values()))
        own["page.json"] = _settings(job, web, libraries, addresses, fetched)
        for name, data in {**contents, **own}.items():
            place = folder / name
            place.parent.mkdir(exist_ok=True)
            with open(place, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())

    def libraries(self, job: Job) -> list[Library]:
        """Return what the page needs of others.

        Args:
            job: what is exported.
        """
        return [RUNTIME, WASM, *([TOKENIZERS] if job.source.assets else [])]

    def load(self, job: Job, folder: Path) -> dict[str, Any]:
        return {
            name: session_function((folder / f"{name}.onnx").read_bytes())
            for name in self.names(job)
        }

    def loading(self, job: Job) -> str:
        return ""

    def front(self, job: Job) -> str:
        from zoo.cards.derived import front_matter

        info = job.source.info
        licence = info.licenses.weights if info.licenses else None
        data = front_matter(
            title=info.name, sdk="static", app_file="index.html", pinned=False, license=licence
        )
        return f"---\n{data.to_yaml()}\n---"


def _web(job: Job) -> WebPage:
    web = job.how.web
    if web is None:
        raise InputError(
            "Expected a task whose models have a page for browsers. Received: "
            f"{job.source.info.task}"
        )
    return web


def _index(job: Job, addresses: Sequence[str]) -> bytes:
    """Return the page: a record's texts are escaped, and scripts set them as text again."""
    info = job.source.info
    page = resources.files("zoo.exporting.web").joinpath("index.html").read_text("utf-8")
    values = {
        "POLICY": policy(addresses),
        "TITLE": one_line(info.name),
        "DESCRIPTION": one_line(info.description),
    }
    # At once: what stands for a value may stand in another.
    head, *parts = page.split("@@")
    found = [head]
    for key, rest in zip(parts[::2], parts[1::2], strict=True):
        found += [html.escape(values[key]), rest]
    return "".join(found).encode("utf-8")


def _settings(
    job: Job, web: WebPage, libraries: Sequence[Library], addresses: Sequence[str], own: int
) -> bytes:
    """Return what the page is told: JSON, which it never takes for anything but texts."""
    info = job.source.info
    settings = {
        "name": info.name,
        "description": info.description,
        "parameters": info.parameters,
        "labels": list(info.labels),
        "licence": info.licenses.weights if info.licenses else "",
        "graphs": list(web.graphs),
        "tokenizers": [Path(name).parent.name for name in job.source.assets],
        "libraries": {
            one.role: {"address": address, "integrity": one.integrity, "size": one.size}
            for one, address in zip(libraries, addresses, strict=True)
        },
        "host": "" if job.vendor is not None else CDN.removeprefix("https://"),
        "own": own,
        "task": web.settings(job.source, job.real[0]),
    }
    return json.dumps(settings, ensure_ascii=False, allow_nan=False).encode("utf-8")


FORMAT = _Page()
