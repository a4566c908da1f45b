"""Bad weights; see `hostile`."""

from __future__ import annotations

import base64
import functools
import io
import json
import marshal
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import msgspec
import numpy as np
import safetensors.numpy

from helpers import edit_record, edit_tensors, rewrite
from hostile_files import PICKLE, Damage
from zoo.schema import FileInfo

__all__ = ["damages"]

NAME = "model.safetensors"


def _parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def _join(header: bytes, body: bytes, length: int | None = None) -> bytes:
    return (len(header) if length is None else length).to_bytes(8, "little") + header + body


def _edit_header(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    header, body = _parts((path / NAME).read_bytes())
    change(header)
    rewrite(path, NAME, _join(json.dumps(header).encode(), body))


def _edit_bytes(path: Path, change: Callable[[bytes], bytes]) -> None:
    rewrite(path, NAME, change((path / NAME).read_bytes()))


def _first(header: dict[str, Any]) -> dict[str, Any]:
    return header[next(name for name in header if name != "__metadata__")]


def _offsets(begin: int, end: int) -> Callable[[dict[str, Any]], object]:
    return lambda header: _first(header).update(data_offsets=[begin, end])


def _overlap(header: dict[str, Any]) -> None:
    entries = [entry for entry in header.values() if "data_offsets" in entry]
    entries.sort(key=lambda entry: entry["data_offsets"])
    entries[1]["data_offsets"] = entries[0]["data_offsets"]


_HEADERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "offsets beyond the end": _offsets(0, 2**40),
    "offsets beyond 64 bits": _offsets(0, 2**70),
    "negative offsets": _offsets(-8, 0),
    "offsets the wrong way": _offsets(64, 0),
    "tensors over each other": _overlap,
    "a hole": lambda header: _first(header).update(shape=[0], data_offsets=[0, 0]),
    "a shape that overflows": lambda header: _first(header).update(shape=[2**40, 2**40]),
    "a negative shape": lambda header: _first(header).update(shape=[-1, -1]),
    "a shape that is none": lambda header: _first(header).update(shape="big"),
    "a shape of many dimensions": lambda header: _first(header).update(shape=[1] * 10_000),
    "no shape": lambda header: _first(header).pop("shape"),
    "an unknown dtype": lambda header: _first(header).update(dtype="PICKLE"),
    "a dtype that is none": lambda header: _first(header).update(dtype=7),
    "bfloat16": lambda header: _first(header).update(dtype="BF16"),
    "8-bit floats": lambda header: _first(header).update(dtype="F8_E4M3"),
    "truth values": lambda header: _first(header).update(dtype="BOOL"),
    "16-bit integers": lambda header: _first(header).update(dtype="I16"),
    "complex numbers": lambda header: _first(header).update(dtype="C64"),
    "metadata that are none": lambda header: header.update(__metadata__=[7]),
    "a tensor called like a path": lambda header: header.update(
        {"../../evil": header.pop(next(iter(header)))}
    ),
    "a tensor without a name": lambda header: header.update({"": header.pop(next(iter(header)))}),
    "a hundred thousand more": lambda header: header.update(
        {f"t{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(50_000)}
    ),
}


def _hdf5() -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.create_dataset("layers/lambda/vars/0", shape=(2**20, 2**10), chunks=(64, 64))
    return buffer.getvalue()


def _npz() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{"a": 1}], object))
    return buffer.getvalue()


def _keras_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", _LAMBDA)
        archive.writestr("model.weights.h5", b"")
    return buffer.getvalue()


_BYTES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "seven bytes": lambda data: data[:7],
    "a header alone": lambda data: data[: 8 + int.from_bytes(data[:8], "little")],
    "cut off by a byte": lambda data: data[:-1],
    "a byte too many": lambda data: data + b"\0",
    "a second file behind it": lambda data: data + data,
    "a header of 2^63 bytes": lambda data: (2**63).to_bytes(8, "little") + data[8:],
    "a header of 2^64 - 1 bytes": lambda data: b"\xff" * 8 + data[8:],
    "a header of 90 MB": lambda data: (90 << 20).to_bytes(8, "little") + data[8:],
    "a header of none": lambda data: bytes(8) + data[8:],
    "a header that is no JSON": lambda data: _join(b"\xff" * 64, data),
    "a header that is a list": lambda data: _join(b"[]", b""),
    "a deep header": lambda data: _join(b'{"a":' * 20_000, b""),
    "an empty header": lambda data: _join(b"{}", b""),
    "half a character in the header": lambda data: _join(
        b'{"\\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', bytes(4)
    ),
    "a tensor twice": lambda data: _join(
        b'{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, '
        b'"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}',
        bytes(4),
    ),
    "a pickle": lambda data: PICKLE,
    "a pickle of torch": lambda data: b"PK\x03\x04" + PICKLE,
    "an HDF5 file": lambda data: _hdf5(),
    "an archive of NumPy with objects": lambda data: _npz(),
    "a Keras file with a Lambda": lambda data: _keras_file(),
    "zeros": lambda data: bytes(len(data)),
}


def _tensors(change: Callable[[np.ndarray], np.ndarray | None], key: bool = False) -> Any:
    """Change one tensor, of weights or of keys; None removes it."""

    def damage(path: Path) -> None:
        def edit(tensors: dict[str, np.ndarray]) -> None:
            name = next(n for n in sorted(tensors) if (tensors[n].dtype == np.int32) == key)
            value = change(tensors[name].copy())
            tensors.pop(name)
            if value is not None:
                tensors[name] = np.ascontiguousarray(value)

        edit_tensors(path, edit)

    return damage


def _with(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(tensor: np.ndarray) -> np.ndarray:
        tensor.flat[-1] = value
        return tensor

    return change


_TENSORS = {
    "NaN": _with(np.nan),
    "infinity": _with(np.inf),
    "negative infinity": _with(-np.inf),
    "missing": lambda tensor: None,
    "float64": lambda tensor: tensor.astype(np.float64),
    "int8": lambda tensor: tensor.astype(np.int8),
    "int32": lambda tensor: tensor.astype(np.int32),
    "turned": lambda tensor: tensor.T[None],
    "flat": lambda tensor: tensor.ravel()[None],
    "shorter": lambda tensor: tensor[:-1],
    "nothing": lambda tensor: tensor[:0],
}
_KEYS = {
    "of floats": lambda keys: keys.astype(np.float32),
    "of 64 bits": lambda keys: keys.astype(np.int64),
    "negative": _with(-1),
    "too large": _with(2**31 - 1),
    "in descending order": lambda keys: keys[..., ::-1],
    "all the same": lambda keys: np.zeros_like(keys) + keys.flat[0],
}


def _extra(path: Path) -> None:
    edit_tensors(path, lambda tensors: tensors.update(extra=np.zeros(3, np.float32)))


def _sparse(path: Path, size: int = 1_900_000_000) -> None:
    """Two gigabytes that take no space, of a model that needs a few kilobytes."""
    with open(path / NAME, "r+b") as file:
        file.truncate(size)
    print_ = msgspec.to_builtins(FileInfo(sha256="0" * 64, size=size))
    edit_record(path, lambda record: record["files"].update({NAME: print_}))


def _claims_more(path: Path) -> None:
    """The record's size is right and the file is not."""
    with open(path / NAME, "r+b") as file:
        file.truncate(1_900_000_000)


_CODE = base64.b64encode(marshal.dumps(compile("open('canary', 'w')", "x", "exec"))).decode()
_LAMBDA = json.dumps(
    {
        "module": "keras",
        "class_name": "Sequential",
        "config": {
            "name": "sequential",
            "layers": [
                {
                    "module": "keras.layers",
                    "class_name": "Lambda",
                    "config": {
                        "name": "lambda",
                        "function": {
                            "class_name": "__lambda__",
                            "config": {"code": _CODE, "defaults": None, "closure": None},
                        },
                    },
                    "registered_name": None,
                }
            ],
        },
        "registered_name": None,
    }
)
_FUNCTION = {"module": "builtins", "class_name": "function", "config": "exec"}


def _many_positions(path: Path) -> None:
    """A few kilobytes that would have the graph hold two hundred thousand vectors of 4,096."""
    content = json.loads((path / "config.json").read_text())

    def change(part: Any) -> None:
        for key, value in part.items():
            if isinstance(value, dict):
                change(value)
            elif key in ("head_length", "tail_length"):
                part[key] = 100_000
            elif key == "embedding_dim":
                part[key] = 4096

    change(content)
    rewrite(path, "config.json", json.dumps(content).encode())


def _config(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads((path / "config.json").read_text())
    change(content["config"])
    rewrite(path, "config.json", json.dumps(content).encode())


_CONFIGS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a Lambda layer beside": lambda config: config.update(layer=json.loads(_LAMBDA)),
    "an activation of code": lambda config: config.update(activation={"class_name": "__lambda__"}),
    "a function": lambda config: config.update(function=_FUNCTION),
    "a compiled loss": lambda config: config.update(compile_config={"loss": _FUNCTION}),
    "a build configuration": lambda config: config.update(build_config={"input_shape": [2**40]}),
    "a dtype policy": lambda config: config.update(dtype={"class_name": "Lambda"}),
}


def damages(source: str, path: Path) -> Iterator[Damage]:
    """Yield ways to spoil weights and configurations: what, how, and whether it does no harm."""
    for what, change in _TENSORS.items():
        yield f"{NAME}: a tensor {what}", _tensors(change), False
    yield f"{NAME}: a tensor more", _extra, False
    stored = safetensors.numpy.load((path / NAME).read_bytes())
    if any(value.dtype == np.int32 for value in stored.values()):
        for what, change in _KEYS.items():
            if source == "ngrams" and what == "too large":
                continue  # the number of an n-gram that never occurs: it is not looked up
            yield f"{NAME}: keys {what}", _tensors(change, key=True), False
    for what, change in _CONFIGS.items():
        yield f"config.json: {what}", functools.partial(_config, change=change), False
    if source == "transformer":
        yield "config.json: a table of positions of a gigabyte", _many_positions, False
    if source != "text":
        return
    for what, edit in _HEADERS.items():
        yield f"{NAME}: {what}", functools.partial(_edit_header, change=edit), False
    for what, replace in _BYTES.items():
        yield f"{NAME}: {what}", functools.partial(_edit_bytes, change=replace), False
    yield f"{NAME}: two gigabytes", _sparse, False
    yield f"{NAME}: longer than listed", _claims_more, False
    lambda_ = functools.partial(rewrite, name="config.json", data=_LAMBDA.encode())
    yield "config.json: a Keras model with a Lambda", lambda_, False
