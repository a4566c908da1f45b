"""Small files that ask for much: memory, time, or both; see `hostile`."""

from __future__ import annotations

import functools
import hashlib
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from helpers import edit_json, edit_record, rewrite
from hostile_files import Damage
from zoo import checkpoint
from zoo.checkpoint.configuration import parse_config
from zoo.schema import FileInfo

__all__ = ["damages", "enlarge", "large_weights"]

WEIGHTS = "model.safetensors"
TOKENIZER = "assets/tokenizer/tokenizer.json"


def enlarge(path: Path, **parts: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    """Change arguments of a checkpoint's parts, and its number of parameters with them.

    Returns:
        The shape of every weight that the model has then.
    """

    def edit(content: dict[str, Any]) -> None:
        for part, arguments in parts.items():
            place = content if part == "task" else content["config"][part]
            place["config"].update(arguments)

    edit_json(path, "config.json", edit)
    info = checkpoint.read_info(path)
    form = checkpoint.format_of(info, path)
    backbone, head, _ = parse_config((path / "config.json").read_bytes(), path, info.task, form)
    shapes: dict[str, tuple[int, ...]] = form.shapes(backbone, head)
    count = sum(map(math.prod, shapes.values()))
    edit_record(path, lambda record: record.update(parameters=count))
    return shapes


def large_weights(path: Path, shapes: dict[str, tuple[int, ...]], last: bytes = b"\0\0") -> None:
    """Write zeros for weights, as a hole in a file that takes no space, with the right hash."""
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 2 * math.prod(shape)
        header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [begin, end]}
    start = json.dumps(header).encode()
    with open(path / WEIGHTS, "w+b") as file:
        file.write(len(start).to_bytes(8, "little") + start)
        file.truncate(8 + len(start) + end)
        file.seek(-len(last), 2)
        file.write(last)
        size = file.tell()
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    print_ = msgspec.to_builtins(FileInfo(sha256=digest, size=size))
    edit_record(path, lambda record: record["files"].update({WEIGHTS: print_}))


_WIDE = {"backbone": {"vocabulary_size": 1_000_000, "embedding_dim": 120}}
_LONG = {"head_length": 100_000, "tail_length": 100_000}
_ARGUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "a billion parameters": (
        "text",
        {"backbone": {"vocabulary_size": 1_000_000, "embedding_dim": 1024}},
    ),
    "sixteen layers of 1,024 units both ways": (
        "text",
        {"backbone": {"cell": "gru", "units": 1024, "num_layers": 16, "bidirectional": True}},
    ),
    "sixteen small layers of the longest texts": (
        "text",
        {"backbone": {"units": 1, "num_layers": 16, "bidirectional": True}, "preprocessor": _LONG},
    ),
    "wide layers of the longest texts": (
        "text",
        {"backbone": {"units": 512}, "preprocessor": _LONG},
    ),
    "the square of the longest texts": (
        "transformer",
        {
            "backbone": {"embedding_dim": 1, "num_heads": 1, "num_layers": 1},
            "preprocessor": _LONG,
        },
    ),
    "long sentences of many units": (
        "translation",
        {
            "backbone": {"encoder_units": 1024, "attention_units": 8192},
            "preprocessor": {"source_length": 10_000, "target_length": 10_000},
        },
    ),
    "every unit hears every other": (
        "forecasting",
        {"backbone": {"units": 100_000, "density": 1.0}},
    ),
    "ten thousand points of ten thousand units": (
        "classification",
        {"backbone": {"units": 10_000, "density": 0.001}, "task": {"points": 10_000}},
    ),
}


def _ask_for(path: Path, arguments: dict[str, Any]) -> None:
    enlarge(path, **arguments)


def _not_a_number_at_the_end(path: Path) -> None:
    large_weights(path, enlarge(path, **_WIDE), last=b"\xff\xff")


def _another_hash(path: Path) -> None:
    large_weights(path, enlarge(path, **_WIDE))
    with open(path / WEIGHTS, "r+b") as file:
        file.seek(-2, 2)
        file.write(b"\0\1")


def _another_header(path: Path) -> None:
    shapes = enlarge(path, **_WIDE)
    name = next(iter(shapes))
    large_weights(path, shapes | {name: shapes[name][::-1]})


def _many(path: Path, piece: str, most: int = 1 << 30) -> None:
    """Fill a vocabulary's file with as many small things as may stand in one."""
    enlarge(path, **_WIDE)
    count = min(most, ((16 << 20) - 4) // len(piece))
    rewrite(path, TOKENIZER, f"[{piece * count}0]".encode())


def _many_within(path: Path, part: str) -> None:
    """Put as many small things as may stand in a vocabulary's file into one of its parts."""
    enlarge(path, **_WIDE)
    text = (path / TOKENIZER).read_text(encoding="utf-8").rstrip()
    many = ",".join(['"ab"'] * 2_400_000)
    rewrite(path, TOKENIZER, f'{text[:-1]}, "{part}": [{many}]}}'.encode())


def _sparse_vocabulary(path: Path) -> None:
    enlarge(path, **_WIDE)
    size = 256 << 20
    with open(path / TOKENIZER, "r+b") as file:
        file.truncate(size)
    print_ = msgspec.to_builtins(FileInfo(sha256="0" * 64, size=size))
    edit_record(path, lambda record: record["files"].update({TOKENIZER: print_}))


def damages(source: str, path: Path) -> Iterator[Damage]:
    """Yield ways to ask for much: what, how, and whether it does no harm."""
    for what, (wanted, arguments) in _ARGUMENTS.items():
        if wanted == source:
            damage = functools.partial(_ask_for, arguments=arguments)
            yield f"config.json: {what}", damage, False
    if source != "text":
        return
    yield f"{WEIGHTS}: 240 MB with NaN at the end", _not_a_number_at_the_end, False
    yield f"{WEIGHTS}: 240 MB of another hash", _another_hash, False
    yield f"{WEIGHTS}: 240 MB of other shapes", _another_header, False
    yield f"{TOKENIZER}: a sparse one of 256 MB", _sparse_vocabulary, False
    for what, piece in {
        "empty objects": "{},",
        "empty lists": "[],",
        "numbers": "1,",
        "fractions": "0.1,",
        "texts": '"ab",',
        "objects": '{"a":[]},',
    }.items():
        damage = functools.partial(_many, piece=piece)
        yield f"{TOKENIZER}: 16 MB of {what}", damage, False
    damage = functools.partial(_many_within, part="more")
    yield f"{TOKENIZER}: a part as large as may be", damage, False
    # No more than a million tokens have: these are parsed.
    for what, piece, most in (("texts", '"ab",', 2_400_000), ("lists", "[0],", 1_900_000)):
        damage = functools.partial(_many, piece=piece, most=most)
        yield f"{TOKENIZER}: as many {what} as may be", damage, False
