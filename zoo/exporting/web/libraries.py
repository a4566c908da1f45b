"""The JavaScript libraries of a page: their versions and hashes are pinned."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path, PurePosixPath

import msgspec

from zoo.common.strict_json import parse_json
from zoo.errors import CheckpointError, InputError, shown
from zoo.files import read_regular

__all__ = ["CDN", "LICENCES", "RUNTIME", "TOKENIZERS", "WASM", "Library", "vendored"]

CDN = "https://cdn.jsdelivr.net"
_MOST_RECORD = 1 << 20


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a package of the npm registry.

    Attributes:
        role: what it is to the page; empty for what the page does not ask for.
        package: its package.
        version: the package's version.
        file: its place in the package.
        size: in bytes.
        integrity: its hash, as browsers compare it (Subresource Integrity).
        licence: terms of the package.
    """

    role: str = ""
    package: str
    version: str
    file: str
    size: int
    integrity: str
    licence: str

    @property
    def name(self) -> str:
        """Its name without folders."""
        return PurePosixPath(self.file).name

    @property
    def address(self) -> str:
        """Where the CDN has it: the registry's own file, byte for byte."""
        return f"{CDN}/npm/{self.package}@{self.version}/{self.file}"


_ORT = {"package": "onnxruntime-web", "version": "1.30.0", "licence": "MIT"}
_HF = {"package": "@huggingface/tokenizers", "version": "0.2.0", "licence": "Apache-2.0"}

# The build for WebAssembly alone, the smallest, with its glue in one module.
RUNTIME = Library(
    role="runtime",
    **_ORT,
    file="dist/ort.wasm.bundle.min.mjs",
    size=73_054,
    integrity="sha384-PLWz+nHEVHpjwBsO0YVdvQj6n5814Iv8E3b8FG0Rp/uIAtjFMCKOpP66iPzedrIG",
)
WASM = Library(
    role="binary",
    **_ORT,
    file="dist/ort-wasm-simd-threaded.wasm",
    size=14_239_897,
    integrity="sha384-vjBJ1z7qrhkTyYsNqKeF6c7N+nOJSU94czEo+tvZcu8G75JparGq9kB+kTnEUNVM",
)
TOKENIZERS = Library(
    role="tokenizers",
    **_HF,
    file="dist/tokenizers.min.mjs",
    size=36_601,
    integrity="sha384-Tl2lMbeE3RCGFLOUGQ7LhvaagysxiOw/9dulz2sD6jxNa1MckRJQBbYdVHhOoqEs",
)
# What must go with a copy.
LICENCES = {
    TOKENIZERS.package: Library(
        **_HF,
        file="LICENSE",
        size=11_357,
        integrity="sha384-FpFtzV8m58dpDyvTpZ8htCgBPTjkNp1plYQuZckY7SU0rnDgCYZJgZrAs69bWKU+",
    )
}


def vendored(folder: Path, libraries: list[Library]) -> dict[str, bytes]:
    """Read libraries from an npm install, each compared with what is pinned.

    Args:
        folder: its folder `node_modules`.
        libraries: which.

    Returns:
        The content of each by its name.

    Raises:
        InputError: one is missing, of another version, or of other bytes.
    """
    wanted = " ".join(sorted({f"{one.package}@{one.version}" for one in libraries}))
    expected = f"Expected the folder node_modules of `npm install {wanted}`. Received: "
    found = {}
    for one in libraries:
        place = folder / one.package
        try:
            record = parse_json(_read(place / "package.json", _MOST_RECORD, expected), place)
        except CheckpointError:
            raise InputError(f"{expected}no JSON in {place / 'package.json'}") from None
        version = record.get("version") if isinstance(record, dict) else None
        if version != one.version:
            raise InputError(f"{expected}version {shown(version)} of {one.package} in {folder}")
        data = _read(place / one.file, one.size, expected)
        digest = base64.b64encode(hashlib.sha384(data).digest()).decode()
        if f"sha384-{digest}" != one.integrity:
            raise InputError(f"{expected}other bytes in {place / one.file}")
        found[one.name] = data
    return found


def _read(path: Path, most: int, expected: str) -> bytes:
    if not path.is_file():
        raise InputError(f"{expected}no {path}")
    return read_regular(path, most, InputError)
