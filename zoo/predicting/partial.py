"""The parts of an output that are on disk: a directory beside it, from which a run goes on.

It holds the plan, and of every part its file and a record of it. Each of these bears a temporary
name until it is whole, and a part counts once its record is there: whatever is killed leaves parts
that are whole or not there, in whatever order, and by how many processes, they were made.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from zoo.common.atomic import held, remove
from zoo.errors import InputError, OutputError
from zoo.files import is_full
from zoo.predicting.plan import Part, Plan
from zoo.tables.chunks import Chunk

__all__ = ["Partial", "cannot_write"]

_PLAN, _WHOLE = "plan.json", "whole.sha256"
_LIMIT = 16 << 20


def cannot_write(path: Path, error: OSError, kept: str = "") -> OutputError:
    """Return the error of a place that cannot be written, or is full.

    Args:
        path: the place.
        error: what the system says.
        kept: what is not lost.
    """
    advice = "Free some space or choose" if is_full(error) else "Choose"
    return OutputError(
        f"{path} could not be written: {error.strerror or error}. {advice} another place{kept}"
    )


def _sha256(path: Path) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode("ascii")


class Partial:
    """The parts of an output.

    Args:
        output: the file that they are of.

    Attributes:
        path: the directory.
    """

    def __init__(self, output: Path) -> None:
        self.output = output
        self.path = output.with_name(f"{output.name}.partial")

    @contextmanager
    def opened(self, resume: bool) -> Iterator[Plan | None]:
        """Make the directory, or take the one that is there, for this process alone.

        Args:
            resume: whether one that is there is gone on with.

        Yields:
            The plan of the run that was begun there; None where there was none.

        Raises:
            InputError: it is there and not to be gone on with, another process works on it, or it
                is none of the zoo's.
            OutputError: it cannot be made.
        """
        new = not os.path.lexists(self.path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with held(self.path) as own:
                if not own:
                    raise InputError(
                        f"Expected an output that no other run writes. Received: {self.output}, "
                        f"whose parts in {self.path} another process is making. Wait for it"
                    )
                plan = None if new else self._begun(resume)
                yield plan
        except OSError as error:
            if new:
                with suppress(OSError):
                    self.path.rmdir()
            raise cannot_write(self.output, error) from error

    def _begun(self, resume: bool) -> Plan | None:
        place = self.path / _PLAN
        inside = list(self.path.iterdir())
        unfinished = [path for path in inside if path.suffix == ".tmp"]
        if place in inside or len(inside) == len(unfinished):
            for path in unfinished:
                path.unlink(missing_ok=True)
        if len(inside) == len(unfinished):
            return None
        try:
            plan = msgspec.json.decode(place.read_bytes()[:_LIMIT], type=Plan)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            raise InputError(
                f"Expected parts of an output that was begun in {self.path}. Received: something "
                "else. Remove it, or choose another output"
            ) from None
        if not resume:
            raise InputError(
                f"Expected an output that was not begun before. Received: {self.output}, of which "
                f"{self.path} holds parts. Add --resume to go on, or remove that folder to begin "
                "anew"
            )
        return plan

    def begin(self, plan: Plan) -> None:
        """Keep the plan, and remove parts without one.

        Args:
            plan: the plan.
        """
        self._put(self.path / _PLAN, lambda place: place.write_bytes(msgspec.json.encode(plan)))

    def file(self, number: int, plan: Plan) -> Path:
        """Return the file of a part.

        Args:
            number: the part's, from 0.
            plan: how it is written.
        """
        return self.path / f"{number:08}.{plan.form}"

    def part(self, number: int, plan: Plan) -> Part | None:
        """Return a part that is there and whole.

        Args:
            number: the part's.
            plan: how it is written.
        """
        try:
            record = (self.path / f"{number:08}.json").read_bytes()[:_LIMIT]
            part = msgspec.json.decode(record, type=Part)
            whole = self.file(number, plan).stat().st_size == part.size
        except (OSError, msgspec.DecodeError):
            return None
        return part if whole else None

    def inputs(self, plan: Plan) -> int:
        """Return how many inputs the parts have that are there.

        Args:
            plan: how they are written.
        """
        numbers = [int(path.stem) for path in self.path.glob("*.json") if path.stem.isdecimal()]
        parts = [self.part(number, plan) for number in numbers]
        return sum(part.inputs for part in parts if part is not None)

    def holds(self, number: int, plan: Plan, chunk: Chunk) -> bool:
        """Return whether a part is there and whole.

        Args:
            number: the part's.
            plan: how it is written.
            chunk: its inputs.

        Raises:
            InputError: it is there, and of other inputs.
        """
        part = self.part(number, plan)
        if part is not None and part.digest != chunk.digest:
            raise InputError(
                f"Expected the input that {self.output} was begun with. Received: one that "
                f"differs, from row {chunk.start + 1:,} to {chunk.start + part.inputs:,}, which "
                f"were answered. Give that again, or remove {self.path}"
            )
        return part is not None

    def is_begun(self, plan: Plan) -> bool:
        """Return whether this is where the parts of a plan are.

        Args:
            plan: the plan.
        """
        try:
            return (self.path / _PLAN).read_bytes() == msgspec.json.encode(plan)
        except OSError:
            return False

    def put(self, part: Part, plan: Plan, write: Callable[[Path], int]) -> Part:
        """Write a part and then its record.

        Args:
            part: what is known of it before.
            plan: how it is written.
            write: writes its file, and returns how many rows it has.

        Returns:
            The part, with its size.
        """
        place = self.file(part.number, plan)
        rows = self._put(place, write)
        part = msgspec.structs.replace(part, rows=rows, size=place.stat().st_size)
        record = msgspec.json.encode(part)
        self._put(self.path / f"{part.number:08}.json", lambda path: path.write_bytes(record))
        return part

    def _put(self, place: Path, write: Callable[[Path], int]) -> int:
        temporary = place.with_name(f"{place.name}.{os.urandom(4).hex()}.tmp")
        try:
            result = write(temporary)
            os.replace(temporary, place)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        return result

    def note_whole(self, whole: Path) -> None:
        """Keep what tells the whole output from others.

        Args:
            whole: the output, before it is put in its place.
        """
        digest = _sha256(whole)
        self._put(self.path / _WHOLE, lambda place: place.write_bytes(digest))

    def is_of(self, output: Path) -> bool:
        """Return whether an output was put together from these parts, and they just did not go.

        Args:
            output: the file, which need not be there.
        """
        try:
            return (self.path / _WHOLE).read_bytes() == _sha256(output)
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the directory with all that is in it, in one step as far as anybody sees."""
        # A name that the next one who writes the output sweeps away, should this be cut off.
        doomed = self.output.with_name(f".{self.output.name}.{os.urandom(4).hex()}.zoo-tmp")
        with suppress(OSError):
            self.path.rename(doomed)
            remove(doomed)
