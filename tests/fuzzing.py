"""Spoils the files of small checkpoints in memory and parses them; what `test_fuzz` and
`fuzz_atheris` share."""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import zoo
from hostile import make_sources, places
from zoo import checkpoint
from zoo.pipelines import make_pipeline

__all__ = ["RECORD", "contents_of", "enlarged", "inputs", "parse", "spoil_bytes", "spoil_json"]

RECORD = "zoo.json"
# Numbers that come out of a generator: whole ones from 0 to the one given, without it.
Draw = Callable[[int], int]


@functools.cache
def contents_of(source: str) -> dict[str, bytes]:
    """Return the files of a good checkpoint: `"text"`, `"translation"` and so on."""
    with tempfile.TemporaryDirectory() as folder:
        path = make_sources(Path(folder) / "good")[source]
        return {
            file.relative_to(path).as_posix(): file.read_bytes()
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }


def inputs() -> list[tuple[str, str]]:
    """Return every file of every kind of checkpoint, as the kind and the file's name."""
    sources = ("text", "ngrams", "transformer", "translation", "forecasting", "classification")
    return [(source, name) for source in sources for name in contents_of(source)]


def parse(source: str, name: str, data: bytes) -> zoo.ZooError | None:
    """Read a checkpoint of which one file is `data`, as far as its first answer.

    Returns:
        The error of the zoo's that refused it, or None where it was read.
    """
    contents = {**contents_of(source), name: data}
    try:
        info = checkpoint.parse_info(contents.pop(RECORD), Path(RECORD))
        checkpoint.check_listing(info, Path(source))
        make_pipeline(checkpoint.parse(Path(source), info, contents), threads=1)
    except zoo.ZooError as error:
        assert str(error)
        return error
    return None


def spoil_bytes(data: bytes, draw: Draw) -> bytes:
    """Change, remove, repeat or insert some bytes."""
    spoilt = bytearray(data)
    for _ in range(1 + draw(4)):
        place = draw(len(spoilt) + 1)
        length = 1 + draw(16)
        kind = draw(4)
        if kind == 0 and spoilt:
            spoilt[place % len(spoilt)] = draw(256)
        elif kind == 1:
            del spoilt[place : place + length]
        elif kind == 2:
            spoilt[place:place] = spoilt[place : place + length]
        else:
            spoilt[place:place] = bytes(draw(256) for _ in range(length))
    return bytes(spoilt)


def enlarged(data: bytes, draw: Callable[[], int]) -> bytes:
    """Replace some of the whole numbers of a configuration by others, up to large ones."""
    content = json.loads(data)
    for trail in list(places(content)):
        container = content
        for key in trail[:-1]:
            container = container[key]
        if type(container[trail[-1]]) is int and draw() % 3:
            container[trail[-1]] = draw()
    return json.dumps(content).encode()


def spoil_json(data: bytes, draw: Draw, value: Any) -> bytes:
    """Put a value into the place of any part of a JSON document, take one out, or swap two."""
    content = json.loads(data)
    trails = list(places(content))

    def at(trail: tuple[Any, ...]) -> tuple[Any, Any]:
        container = content
        for key in trail[:-1]:
            container = container[key]
        return container, trail[-1]

    one, other = at(trails[draw(len(trails))]), at(trails[draw(len(trails))])
    kind = draw(4)
    if kind == 0:
        del one[0][one[1]]
    elif kind == 1:
        one[0][one[1]] = other[0][other[1]]
    elif kind == 2 and isinstance(one[0], dict):
        one[0][f"{one[1]}{draw(10)}"] = value
    else:
        one[0][one[1]] = value
    try:
        return json.dumps(content).encode("utf-8")
    except (ValueError, RecursionError):  # a part that was put into itself
        return data
