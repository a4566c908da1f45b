"""Texts with a label before each, in a line: `DESC:manner How did ...` or `__label__good ...`."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from itertools import islice

from zoo.errors import DataError, shown
from zoo.tables.budget import Budget
from zoo.tables.columns import Columns, Places, tell
from zoo.tables.text_tables import TextTable

__all__ = ["read_labelled_lines"]

# fastText's lines, and those of the TREC questions, whose label may have a finer one behind it.
_LINE = re.compile(r"(?:__label__(?P<mark>\S+)|(?P<label>[A-Za-z][\w-]*):(?P<finer>\w*))\s+(?=\S)")
_SAMPLE = 1_000
_CELL = 200  # bytes that the parts of a short line take
_NAMES = ("text", "label", "fine_label")


def read_labelled_lines(table: TextTable, wanted: Sequence[str], name: str) -> Columns | None:
    """Return the labels and texts of lines that begin with a label; None if these lines do not.

    The columns are `text`, `label`, and `fine_label`, which is all before the white space.

    Args:
        table: the lines.
        wanted: names of the columns looked for.
        name: of the file, for the record.

    Raises:
        DataError: the first thousand lines begin with a label, and a later one does not.
    """
    if not set(wanted) <= set(_NAMES) or len(wanted) < 2:
        return None
    lines = (
        (number, line)
        for number, line in enumerate(re.split(r"\r\n|\r|\n", table.text), 1)
        if line.strip()
    )
    first = list(islice(lines, _SAMPLE))
    matches = [_LINE.match(line) for _, line in first]
    labels = {match["mark"] or match["label"] for match in matches if match}
    if not first or not all(matches) or not 2 <= len(labels) <= max(2, len(first) // 2):
        return None
    cells: dict[str, list[str]] = {column: [] for column in _NAMES}
    places = array("Q")
    budget = Budget(table.name, table.size)
    for rows in (first, lines):
        for number, line in rows:
            match = _LINE.match(line)
            if match is None:
                raise DataError(
                    f"{table.name}, line {number}: expected a label before the text, as in the "
                    f"lines before. Received: {shown(line, 60)}"
                )
            label = match["mark"] or match["label"]
            cells["label"].append(label)
            cells["fine_label"].append(f"{label}:{match['finer']}" if match["finer"] else label)
            cells["text"].append(line[match.end() :])
            places.append(number)
            budget.spend(_CELL + len(line))
    found = [part for part in table.detected if not part.startswith("separator")]
    finer = next((fine for fine in cells["fine_label"] if ":" in fine), None)
    more = (
        f"; for labels such as {shown(finer, 40)} give --label-column fine_label" if finer else ""
    )
    tell(
        f"{name} is read as: {''.join(part + ', ' for part in found)}lines with a label before the "
        f"text, such as {shown(cells['label'][0], 40)}{more}. If that is wrong, give --delimiter."
    )
    return Columns(name, table.sha256, cells[wanted[0]], cells[wanted[1]], Places("line", places))
