"""Bad names, links and special files; see `hostile`."""

from __future__ import annotations

import functools
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from helpers import edit_record

__all__ = ["damages"]

Damage = tuple[str, Callable[[Path], object], bool]


class _Touch:
    """A pickle of this writes the canary when it is loaded."""

    def __reduce__(self) -> tuple[object, ...]:
        return (os.system, ("touch canary",))


PICKLE = pickle.dumps(_Touch())

# What a record may list in the place of a file of its own.
_NAMES = (
    "../other/{}",
    "../{}",
    "/etc/passwd",
    "/{}",
    "./{}",
    "assets/../{}",
    "assets//{}",
    "{}/",
    "{} ",
    "{}.",
    "{}\0",
    "\0{}",
    "..\\{}",
    "\\\\server\\{}",
    "C:\\{}",
    "file:///etc/passwd",
    "hf://someone/else/{}",
    "~/{}",
    "$HOME/{}",
    "\u202e{}",
    "",
    ".",
    "..",
)


def _upper(name: str) -> str:
    return name.upper()


def _list_as(path: Path, name: str, other: str, keep: bool) -> None:
    def change(record: dict) -> None:
        files = record["files"]
        files[other] = files[name] if keep else files.pop(name)

    edit_record(path, change)


def _outside(path: Path, name: str) -> Path:
    """Move a file or folder out of the checkpoint, to a place beside it."""
    other = path.with_name(f"{path.name}-outside") / name
    other.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(path / name, other)
    return other


def _link(path: Path, name: str, absolute: bool) -> None:
    other = _outside(path, name)
    target = other.resolve() if absolute else os.path.relpath(other, (path / name).parent)
    (path / name).symlink_to(target)


def _link_to(path: Path, name: str, target: str) -> None:
    (path / name).unlink()
    (path / name).symlink_to(target)


def _hard_special(path: Path, name: str, make: Callable[[Path], object]) -> None:
    (path / name).unlink()
    make(path / name)


def _folder_with_file(place: Path) -> None:
    place.mkdir()
    (place / "inside.json").write_text("{}")


def _add(path: Path, name: str, data: bytes) -> None:
    (path / name).parent.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(data)


def _add_link(path: Path, name: str, target: str) -> None:
    (path / name).symlink_to(target)


def _add_fifo(path: Path, name: str) -> None:
    os.mkfifo(path / name)


def _add_zip(path: Path, name: str) -> None:
    (path / name).parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path / name, "w") as archive:
        archive.writestr("../../escaped", "x")


def damages(source: str, path: Path) -> Iterator[Damage]:
    """Yield ways to spoil names and files: what, how, and whether it does no harm."""
    if source not in ("text", "translation"):
        return  # names are names, whatever the task
    files = sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file())
    for name in files:
        specials: dict[str, Callable[[Path], object]] = {
            "missing": lambda place: None,
            "a FIFO": os.mkfifo,
            "a folder": _folder_with_file,
            "an empty folder": Path.mkdir,
        }
        for what, make in specials.items():
            yield f"{name}: {what}", functools.partial(_hard_special, name=name, make=make), False
        for absolute in (False, True):
            what = f"{name}: a{'n absolute' if absolute else ' relative'} link to outside"
            yield what, functools.partial(_link, name=name, absolute=absolute), False
        for target in ("/etc/passwd", "/dev/zero", "nowhere", Path(name).name, "/proc/self/mem"):
            what = f"{name}: a link to {target}"
            yield what, functools.partial(_link_to, name=name, target=target), False
        if name == "zoo.json":
            continue
        for pattern in _NAMES:
            other = pattern.format(name) if "{}" in pattern else pattern
            for keep in (False, True):
                what = f"{name}: listed {'also ' * keep}as {other!r}"
                yield what, functools.partial(_list_as, name=name, other=other, keep=keep), False
        what = f"{name}: listed as {_upper(name)!r}"
        yield what, functools.partial(_list_as, name=name, other=_upper(name), keep=True), False
    if any(name.startswith("assets/") for name in files):
        yield (
            "assets: a link to outside",
            functools.partial(_link, name="assets", absolute=True),
            False,
        )
    if source != "text":
        return
    for name in ("model.pkl", "code.py", "__init__.py", "model.onnx", "model.keras", "a/b/c.bin"):
        yield f"{name}: not listed", functools.partial(_add, name=name, data=PICKLE), False
    yield "CONFIG.JSON: not listed", functools.partial(_add, name="CONFIG.JSON", data=b"{}"), False
    yield "more: a link to /", functools.partial(_add_link, name="more", target="/"), False
    yield "more: a FIFO", functools.partial(_add_fifo, name="more"), False
    # What others read may stand beside a checkpoint. The zoo must not look at it.
    beside = {
        "onnx/model.onnx": b"\x08\x07not a graph",
        "model.weights.h5": PICKLE,
        "task.json": b'{"class_name": "Lambda", "config": ',
        "metadata.json": b"[" * 100_000,
        "README.md": b"---\nx: !!python/object/apply:os.system ['touch canary']\n---\n",
        "runs/events.out.tfevents.1": b"\xff" * 64,
    }
    for name, data in beside.items():
        yield f"{name}: not what it should be", functools.partial(_add, name=name, data=data), True
    yield "runs: a link to /", functools.partial(_add_link, name="runs", target="/"), True
    yield "README.md: a FIFO", functools.partial(_add_fifo, name="README.md"), True
    yield "onnx/x.zip: leads out", functools.partial(_add_zip, name="onnx/x.zip"), True
