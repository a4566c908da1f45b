"""How a file is answered, part by part: what must stay the same for a run to go on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from zoo.common.answering import Field, Note
from zoo.errors import InputError, shown, shown_path
from zoo.tables.text_tables import plain

__all__ = ["Part", "Plan", "Renamed", "added_fields", "differences", "form_of"]

Form = Literal["csv", "tsv", "jsonl", "parquet"]
_FORMS: dict[str, Form] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is answered; it can be sent to another process, and kept as JSON.

    Attributes:
        version: of the zoo.
        model: name of the entry.
        weights: digest of the checkpoint's files.
        engine: what computes; empty where there is no choice.
        task: the task's name.
        options: those of the task.
        layout: digest of how the input is read.
        path: the table that is read; empty for files that are one input each.
        form: of the output.
        rows: inputs of a part at most.
        kept: columns of the input.
        added: columns of the answers, by the names that they have in the output.
        fields: the same by the names that the task gives them.
    """

    version: str
    model: str
    weights: str
    engine: str = ""
    task: str
    options: Mapping[str, Any]
    layout: str
    path: str
    form: Form
    rows: int
    kept: tuple[Field, ...]
    added: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()

    @property
    def names(self) -> list[str]:
        """Those of all columns of the output."""
        return [field.name for field in (*self.kept, *self.added)]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a part that is on disk.

    Attributes:
        number: of the part, from 0.
        start: the number of its first input.
        inputs: how many it has.
        empty: how many of these are texts in which nothing is to be read.
        rows: how many rows of answers.
        size: bytes of its file.
        digest: of its inputs.
        notes: what is to be said of its answers.
    """

    number: int
    start: int
    inputs: int
    empty: int = 0
    rows: int = 0
    size: int = 0
    digest: str
    notes: tuple[Note, ...] = ()


def form_of(path: Path) -> tuple[Form, bool]:
    """Return the form of a file of answers by its name, and whether it is packed with gzip.

    Args:
        path: the file.

    Raises:
        InputError: the name ends in something else.

    Example:
        >>> form_of(Path("answers.csv.gz"))
        ('csv', True)
    """
    name = path.name.lower()
    packed = name.endswith(".gz")
    form = _FORMS.get(Path(name.removesuffix(".gz")).suffix)
    if form is None or (packed and form == "parquet"):
        raise InputError(
            "Expected an output whose name ends in .csv, .tsv, .jsonl or .parquet, such as "
            f"answers.csv; but for Parquet also with .gz. Received: {shown_path(path)}"
        )
    return form, packed


Renamed = list[tuple[str, str]]


def added_fields(
    kept: Sequence[Field], fields: Sequence[Field]
) -> tuple[tuple[Field, ...], Renamed]:
    """Return the columns of answers under names that no other column has, and those renamed.

    Args:
        kept: the columns of the input.
        fields: those of the answers.

    Example:
        >>> added_fields([Field("Label")], [Field("label"), Field("score")])[1]
        [('label', 'predicted_label')]
    """
    taken = {plain(field.name) for field in kept}
    added: list[Field] = []
    renamed: Renamed = []
    for field in fields:
        name, number = field.name, 1
        while plain(name) in taken:
            name = f"predicted_{field.name}" + (f"_{number}" if number > 1 else "")
            number += 1
        taken.add(plain(name))
        added.append(Field(name, field.kind))
        if name != field.name:
            renamed.append((field.name, name))
    return tuple(added), renamed


def differences(begun: Plan, now: Plan) -> list[str]:
    """Return what differs between the plan of a run that was begun and that of one to go on.

    Args:
        begun: the one.
        now: the other, which may not know yet what the answers are.
    """
    found = []
    if begun.version != now.version:
        found.append(f"the zoo's version, {begun.version} there and {now.version} now")
    if begun.weights != now.weights:
        found.append(f"the model, {begun.model} there and {now.model} now")
    if begun.engine != now.engine:
        found.append(f"the engine, {begun.engine} there and {now.engine} now")
    typed = now.form == "parquet"  # others hold what they are given
    if begun.layout != now.layout or (typed and begun.kept != now.kept):
        found.append("the columns of the input, or how it is read")
    names = sorted({*begun.options, *now.options})
    found += [
        f"--{name.replace('_', '-')}, {shown(begun.options.get(name))} there and "
        f"{shown(now.options.get(name))} now"
        for name in names
        if begun.options.get(name) != now.options.get(name)
    ]
    return found
