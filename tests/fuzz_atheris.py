"""Fuzz the parser of checkpoints with coverage as the guide, for as long as one likes.

Needs `pip install atheris` (CPython on Linux); no part of the test suite. The inputs are a byte
that picks the file, and the file's content:

    PYTHONPATH=. python tests/fuzz_atheris.py -max_total_time=60
    PYTHONPATH=. python tests/fuzz_atheris.py crash-0123...  # one input again
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["zoo"]):
    from fuzzing import contents_of, inputs, parse

INPUTS = inputs()


def one_input(data: bytes) -> None:
    if data:
        parse(*INPUTS[data[0] % len(INPUTS)], data[1:])


def main() -> None:
    arguments = sys.argv
    if not any(not argument.startswith("-") for argument in arguments[1:]):
        # Without inputs of the user's the good files are what mutation starts from.
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        for index, (source, name) in enumerate(INPUTS):
            (folder / str(index)).write_bytes(bytes([index]) + contents_of(source)[name])
        arguments = [*arguments, str(folder)]
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
