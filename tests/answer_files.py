"""Tables of texts that are answered into files, and what is read of those."""

from __future__ import annotations

import csv
import gzip
import json

from pyarrow import parquet

__all__ = ["HOSTILE", "left", "read", "written"]

HOSTILE = [
    ["id", "text", "label", "note"],
    ["1", "a film", "=1+1", 'he said "hi"'],
    ["2", "line\nbreak", "@x", "a\rb"],
    ["3", "", "-", "\u2028x\x0b\x1b[31m"],
    ["4", '"q', "  s ", "é,漢"],
    ["5", "\ttab", "x\r\ny", ""],
]


def written(path, rows, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def read(path):
    """Return the rows of a file of answers, as lists of what the form holds."""
    name = path.name.removesuffix(".gz")
    if name.endswith(".parquet"):
        table = parquet.read_table(path)
        return [table.column_names, *(list(row.values()) for row in table.to_pylist())]
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="", encoding="utf-8") as file:
        if name.endswith(".jsonl"):
            rows = [json.loads(line) for line in file.read().split("\n")[:-1]]
            return [list(rows[0]), *(list(row.values()) for row in rows)]
        return list(csv.reader(file, delimiter="\t" if name.endswith(".tsv") else ","))


def left(folder):
    """Return what lies in a folder beside data and checkpoints."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("reviews"))
