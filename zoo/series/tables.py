"""Series out of tables: which rows are data, which columns are channels, which are dates."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from zoo.common.counts import counted
from zoo.errors import DataError, InputError, shown
from zoo.series.chosen import by_name, in_known_order
from zoo.series.dates import DATE_PARTS, find_columns, find_date_columns, joined
from zoo.series.numberless import without_numbers
from zoo.series.order import ROW_NAMES, check_one_series, counts_on, find_order
from zoo.tables.dates import DateForm, find_forms
from zoo.tables.numbers import MISSING, decimal_mark, is_missing, to_number
from zoo.tables.text_tables import TextTable, plain

__all__ = ["Layout", "Row", "find_layout"]

SAMPLE = 2_000
_HEADER_LINES = 200

Row = tuple[int, list[str]]


@dataclass
class Layout:
    """What the parts of a table are.

    Attributes:
        names: of all columns; the number, from 1, where one has no name.
        channels: numbers of the columns that are channels.
        dates: numbers of the columns that together are the date; none where there is none.
        form: how the dates are written.
        order: number of the column of numbers that puts the steps in order; None for the lines'.
        mark: the decimal mark.
        markers: what says that a value is missing, in lower case.
        rows: the rows of data.
        said: what was guessed.
        warned: what was left out, or may be meant otherwise.
    """

    names: list[str]
    channels: list[int] = field(default_factory=list)
    dates: list[int] = field(default_factory=list)
    form: DateForm | None = None
    order: int | None = None
    mark: str = "."
    markers: frozenset[str] = MISSING
    rows: Iterator[Row] = field(default_factory=lambda: iter(()))
    said: list[str] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)

    def date_of(self, cells: Sequence[str]) -> str:
        """Return the date of a row as one text."""
        return joined([cells[column] for column in self.dates])


def find_layout(
    table: TextTable,
    channels: int | None = None,
    columns: Sequence[str] | None = None,
    date_column: str | None = None,
    missing: Sequence[str] = (),
    known: Sequence[str] = (),
) -> Layout:
    """Return what the parts of a table are.

    Args:
        table: the table.
        channels: how many channels there must be; None takes all columns of numbers.
        columns: the channels, by name or by number from 1; None takes the columns of numbers.
        date_column: the column of dates, by name or number; `"none"` for none, None to guess.
        missing: what else says that a value is missing.
        known: names of the channels that a model was tuned on.

    Raises:
        DataError: there are no numbers.
        InputError: there is no such column, or another number of channels.
    """
    rows = _clean(table)
    sample = list(itertools.islice(rows, SAMPLE))
    width = _width(sample)
    if not width:
        raise DataError(without_numbers(table.name, [row for row in sample if any(row[1])]))
    sample = [(line, _trimmed(cells, width)) for line, cells in sample]
    body = [cells for _, cells in sample if len(cells) == width]
    layout = Layout([str(number + 1) for number in range(width)])
    layout.markers = MISSING | {marker.lower() for marker in missing}
    layout.mark = decimal_mark((cell for cells in body for cell in cells), table.delimiter)
    layout.said += table.detected
    if layout.mark == ",":
        layout.said.append("with decimal commas")
    kinds = [
        _is_numeric([cells[i] for cells in body[len(body) // 2 :]], layout) for i in range(width)
    ]
    start = _find_start(table, sample, width, kinds, layout)
    data = [cells for _, cells in sample[start:] if len(cells) == width]
    if not data or not any(kinds):
        raise DataError(
            f"Expected at least one line of numbers in {table.name}. Received: "
            + (_no_number(table, sample, layout) if body else "none below the names of columns")
        )
    kinds = [_is_numeric([cells[i] for cells in data], layout) for i in range(width)]
    wanted = by_name(known, layout.names, channels) if columns is None else columns
    as_they_stand = plain(date_column or "-") in ("none", "")
    layout.order = _order_named(table, data, kinds, layout, date_column)
    if layout.order is None:
        layout.dates, layout.form = find_date_columns(
            data, layout.names, kinds, layout.markers, date_column
        )
    if not as_they_stand:
        chosen = find_columns(wanted, layout.names, table.name) if wanted is not None else []
        doubt = check_one_series(
            table.name, layout.names, data, chosen, layout.dates, layout.date_of
        )
        layout.warned += [doubt] * bool(doubt)
    _choose(table, data, kinds, layout, channels, wanted)
    asked, apart = columns is not None, (*layout.dates, layout.order)
    found = in_known_order(layout.channels, layout.names, known, apart=apart, asked=asked)
    layout.channels, layout.warned = found[0], [*layout.warned, *found[1]]
    if as_they_stand:
        layout.order = None
    layout.rows = itertools.chain(sample[start:], rows)
    return layout


def _no_number(table: TextTable, sample: Sequence[Row], layout: Layout) -> str:
    """Say what there is where most should be numbers."""
    lines = [
        (line, cell)
        for line, cells in sample[1:] or sample
        for cell in cells
        if cell and to_number(cell, layout.mark) is None
    ]
    found = f"{shown(lines[0][1])} in line {lines[0][0]}" if lines else "none"
    if not table.delimiter:
        return f"{found}. All of a line was taken for one column"
    return f"{found}. What separates its columns was taken for {table.delimiter!r}"


def _clean(table: TextTable) -> Iterator[Row]:
    """Yield the rows without spaces around their cells; blank ones only between others."""
    blank: list[Row] = []
    for line, cells in table.rows(blank=True):
        cells = [cell.strip() for cell in cells]
        if any(cells):
            yield from blank
            blank.clear()
            yield line, cells
        elif len(cells) > 1 and len(blank) < SAMPLE:
            blank.append((line, cells))


def _trimmed(cells: list[str], width: int) -> list[str]:
    """Return a row without empty cells beyond the width of the others."""
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    return cells


def _width(sample: Sequence[Row]) -> int:
    """Return the number of columns of most rows that hold a number."""
    counts = Counter(
        len(cells)
        for _, cells in sample
        if any(to_number(cell, mark) is not None for cell in cells for mark in ".,")
    )
    return max(counts, key=counts.__getitem__) if counts else 0


def _is_numeric(cells: Sequence[str], layout: Layout) -> bool:
    """Return whether most of the cells that hold anything are numbers."""
    present = [cell for cell in cells if not is_missing(cell, layout.markers)]
    numbers = sum(to_number(cell, layout.mark) is not None for cell in present)
    return bool(present) and 2 * numbers >= len(present)


def _find_start(
    table: TextTable, sample: list[Row], width: int, kinds: list[bool], layout: Layout
) -> int:
    """Return the index of the first row of data; what stands before it is header or not read.

    A header is a line without any number. Lines with fewer cells may stand before it.
    """
    above: list[Row] = []
    start = 0
    for start, (_, cells) in enumerate(sample):
        if start >= _HEADER_LINES or _is_data(cells, width, kinds, layout):
            break
        above.append(sample[start])
    header = _header([cells for _, cells in above], width)
    first = sample[start][1] if start < len(sample) else []
    if header is None and _counts(first):
        decimals = all(
            any("." in cells[i] or "," in cells[i] for _, cells in sample[1:] if i < len(cells))
            for i, kind in enumerate(kinds)
            if kind and first[i]
        )
        if not first[0] or decimals:
            layout.warned.append(
                f"line {sample[start][0]}, {shown(table.delimiter.join(first))}, counts the "
                "columns: it is taken for their names, and no step"
            )
            return start + 1
        layout.warned.append(
            f"line {sample[start][0]}, {shown(table.delimiter.join(first))}, may be the names of "
            "columns; it is taken for the first step. Remove it if it is none"
        )
    if header is not None:
        layout.names = [name or str(i + 1) for i, name in enumerate(header)]
    unread = [cells for _, cells in above if header is None or _uncommented(cells) != header]
    if unread:
        lines = "a line" if len(unread) == 1 else f"{len(unread)} lines"
        layout.warned.append(
            f"{lines} above the first step left unread, such as "
            f"{shown(table.delimiter.join(unread[0]))}"
        )
        if table.delimiter == "," and header is None and 1 < len(unread[-1]) < width:
            layout.warned.append(
                f"its last one names {len(unread[-1])} columns where the rows have {width}: if "
                "some commas are decimal marks, they cannot separate columns as well"
            )
    return start


def _header(above: Sequence[list[str]], width: int) -> list[str] | None:
    """Return the names of the columns out of the lines above the first step, or None."""
    comments = [_uncommented(cells) for cells in above if cells[0].startswith("#")]
    fitting = [cells for cells in comments if len(cells) == width and all(cells)]
    if fitting:
        return fitting[-1]
    fitting = [_uncommented(cells) for cells in above if len(_uncommented(cells)) == width]
    if width == 1:
        return fitting[-1] if fitting else None
    return max(fitting, key=lambda cells: sum(map(bool, cells)), default=None)


def _uncommented(cells: list[str]) -> list[str]:
    if cells[0] == "#" and len(cells) > 1 and all(cells):
        return cells[1:]
    return [cells[0].removeprefix("# "), *cells[1:]]


def _counts(cells: Sequence[str]) -> bool:
    """Return whether cells are 0, 1, 2 and so on, as pandas names columns."""
    own = cells[1:] if len(cells) > 1 and not cells[0] else cells
    alone = len(cells) == 1
    return bool(own) and list(own) == [str(i) for i in range(len(own))] and not alone


def _is_data(cells: Sequence[str], width: int, kinds: list[bool], layout: Layout) -> bool:
    numbers = [to_number(cell, layout.mark) is not None for cell in cells]
    if len(cells) != width:  # no line of text: it has to be looked at
        return all(numbers) and bool(cells)
    own = [cell for cell, kind in zip(cells, kinds, strict=True) if kind]
    if any(number for number, kind in zip(numbers, kinds, strict=True) if kind):
        return True
    if all(is_missing(cell, layout.markers) for cell in own):
        # Nothing but holes, beside a date perhaps; a title in a table of titles is no data.
        others = [cell for cell, kind in zip(cells, kinds, strict=True) if not kind and cell]
        return any(own) or any(find_forms([cell]) for cell in others)
    return False


def _choose(
    table: TextTable,
    data: list[list[str]],
    kinds: list[bool],
    layout: Layout,
    channels: int | None,
    columns: Sequence[str] | None,
) -> None:
    """Choose the columns that are channels."""
    numeric = [i for i, kind in enumerate(kinds) if kind and i not in layout.dates]
    if columns is not None:
        layout.channels = find_columns(columns, layout.names, table.name)
        others = [index for index in numeric if index not in layout.channels]
        if layout.order is None and layout.form is None:
            layout.order = find_order(layout.names, [data], others, layout.mark)
        for index in layout.channels:
            if not kinds[index]:
                example = next((row[index] for row in data if row[index]), "")
                raise InputError(
                    f"Expected columns of numbers. Received: {layout.names[index]}, which holds "
                    f"{shown(example)}, in {table.name}"
                )
    else:
        if layout.order is None and layout.form is None and len(numeric) > 1:
            layout.order = find_order(layout.names, [data], numeric, layout.mark)
        counting = layout.order
        if counting is None and len(numeric) > 1:
            counting = _row_numbers(data, numeric, layout)
        rows = counting is not None and plain(layout.names[counting]) in ROW_NAMES
        rows = rows or counting != layout.order
        does = "counts the rows" if rows else "puts the steps in order"
        if counting is not None and counting in numeric and len(numeric) not in (1, channels):
            numeric.remove(counting)
            layout.warned.append(
                f"the column {layout.names[counting]} {does} and is left out; name all that you "
                "want with --columns if it belongs to the series"
            )
        elif counting is not None and counting in numeric:
            layout.warned.append(f"the column {layout.names[counting]} {does}")
        if layout.form is not None:
            again = [index for index in numeric if _repeats_date(data, index, layout)]
            if again and len(numeric) != channels:
                numeric = [index for index in numeric if index not in again]
                names = ", ".join(layout.names[index] for index in again)
                layout.warned.append(f"left out, for they repeat the date: {names}")
        layout.channels = numeric
        text = [
            f"{layout.names[i]} ({shown(next(row[i] for row in data if row[i]), 30)})"
            for i, kind in enumerate(kinds)
            if not kind and i not in layout.dates and any(row[i] for row in data)
        ]
        empty = [
            layout.names[i]
            for i, kind in enumerate(kinds)
            if not kind and not any(row[i] for row in data) and layout.names[i] != str(i + 1)
        ]
        if text:
            layout.warned.append(f"left out, for they hold no numbers: {', '.join(text)}")
        if empty:
            layout.warned.append(f"left out, for they are empty: {', '.join(empty)}")
    if not layout.channels:
        raise DataError(
            f"Expected a column of numbers beside the dates in {table.name}. Received: the "
            f"columns {shown(', '.join(layout.names), 200)}"
        )
    if channels is not None and len(layout.channels) != channels:
        names = ", ".join(layout.names[i] for i in layout.channels)
        kind = "channel" if channels == 1 else "channels"
        raise InputError(
            f"Expected {channels} {kind}. Received: {counted(len(layout.channels), 'column')} of "
            f"numbers, {shown(names, 200)}, in {table.name}. Choose {channels} with "
            "--columns, by name or by number from 1"
        )


def _order_named(
    table: TextTable,
    data: list[list[str]],
    kinds: list[bool],
    layout: Layout,
    date_column: str | None,
) -> int | None:
    """Return the column of numbers that are no dates, but were named for them; or None."""
    if date_column is None or plain(date_column) in ("none", ""):
        return None
    index, *more = find_columns([date_column], layout.names, table.name)
    if more or not kinds[index]:
        return None
    cells = [row[index] for row in data]
    if find_forms(cells) or re.fullmatch(r"\d{4}", cells[0]):
        return None
    if not counts_on(cells, layout.mark):
        raise InputError(
            "Expected dates in one form, such as 2020-01-31 or 31.01.2020 18:00, or numbers that "
            f"grow from step to step, in the column {date_column} of {table.name}. Received: "
            f"{shown(cells[:3])}, of which some are the same or far apart. Choose another column, "
            "or --date-column none"
        )
    return index


def _repeats_date(data: list[list[str]], index: int, layout: Layout) -> bool:
    """Return whether a column holds the year, month, day, hour or minute of the date."""
    name = plain(layout.names[index])
    part = next((part for part, names in DATE_PARTS.items() if name in names), None)
    form = layout.form
    if part is None or form is None:
        return False
    for cells in data:
        number = to_number(cells[index], layout.mark)
        try:
            if number != getattr(form.parse(layout.date_of(cells)), part):
                return False
        except ValueError:
            continue
    return True


def _row_numbers(data: list[list[str]], numeric: list[int], layout: Layout) -> int | None:
    """Return the column that counts the rows, or None."""
    for index in numeric:
        name = plain(layout.names[index])
        unnamed = name == str(index + 1) and index == 0
        if len(data) < 3 or not all(row[index].isdecimal() for row in data):
            continue
        values = [int(row[index]) for row in data]
        steps = {b - a for a, b in itertools.pairwise(values)}
        # Where rows were taken out, their numbers have gaps.
        named = name in ROW_NAMES and min(steps) > 0
        if named or (steps == {1} and (unnamed or (index == 0 and values[0] in (0, 1)))):
            return index
    return None
