"""Labelled texts as people publish them: one small file of every kind, and what is in it."""

from __future__ import annotations

import gzip

TEXTS = ["A moving film, truly.", 'He said "no" to it', "The café was très bon", "So so"]
LABELS = ["good", "bad", "good", "bad"]
ROWS = list(zip(TEXTS, LABELS, strict=True))


def table(delimiter=",", header="text{0}label", row='"{text}"{0}{label}', end="\n", double=True):
    """Return the rows as a table in text."""
    lines = [header.format(delimiter)] if header else []
    for text, label in ROWS:
        written = text.replace('"', '""') if double else text
        lines.append(row.format(delimiter, text=written, label=label))
    return end.join(lines) + end


BARE = "{text}{0}{label}"
CSV, TSV = table(), table("\t", row=BARE, double=False)
WEIGHTS = {"good": '{""good"": 1.0, ""bad"": 0.0}', "bad": '{""good"": 0.0, ""bad"": 1.0}'}

# By kind: the file's name, its content, the options it needs, and words of what is told, if any.
KINDS = {
    "plain": ("a.csv", CSV.encode(), {}, None),
    "Latin-1": ("a.csv", CSV.encode("latin-1"), {}, "cp1252.*--encoding"),
    "cp1252": (
        "a.csv",
        CSV.replace("truly.", "truly\u2026").encode("cp1252"),
        {},
        "cp1252.*--encoding",
    ),
    "UTF-16": ("a.csv", CSV.encode("utf-16"), {}, "utf-16"),
    "UTF-16 without a mark": ("a.csv", CSV.encode("utf-16-le"), {}, "utf-16"),
    "byte-order mark": ("a.csv", CSV.encode("utf-8-sig"), {}, None),
    "gzip": ("a.csv.gz", gzip.compress(CSV.encode()), {}, None),
    "gzip of TSV": ("a.tsv.gz", gzip.compress(TSV.encode()), {}, None),
    "carriage returns": ("a.csv", table(end="\r").encode(), {}, None),
    "semicolons": ("a.csv", table(";").encode(), {}, "separator ';'.*--delimiter"),
    "tabs in .csv": ("a.csv", TSV.encode(), {}, "separator tab"),
    "tabs in .txt": ("a.txt", TSV.encode(), {}, "separator tab"),
    "quotes for no reason in TSV": (
        "a.tsv",
        table("\t", row='"{text}"{0}"{label}"').encode(),
        {},
        None,
    ),
    "@ and no header": (
        "a.txt",
        table("@", header="", row=BARE, double=False).encode("latin-1"),
        {},
        "cp1252.*'@'.*column 1 .*texts and column 2 .*no header",
    ),
    "tabs, label first, no header, no suffix": (
        "Collection",
        table("\t", header="", row="{label}{0}{text}", double=False).encode(),
        {},
        "column 2 for the texts and column 1 for the labels, no header",
    ),
    "no header, by number": (
        "a.csv",
        table(header="", row='7,"{text}"{0}{label}').encode(),
        {"first": "2", "second": "3", "header": False},
        None,  # what was asked for is not told
    ),
    "other names": (
        "a.csv",
        table(header="v1{0}v2", row='{label}{0}"{text}"').encode(),
        {},
        r"column 2 \('v2'\) for the texts and column 1 \('v1'\) for the labels",
    ),
    "spaces around names, another case": (
        "a.csv",
        table(header=" Text {0} LABEL ").encode(),
        {},
        None,
    ),
    "trailing empty columns and rows": (
        "a.csv",
        table(header="text{0}label,,,", row='"{text}"{0}{label},,,').encode() + b",,,,\n\n \n",
        {},
        None,
    ),
    "metadata before the header": (
        "a.csv",
        b"# Reviews; 2020\n# CC-BY\n\n"
        + table(";", header="id{0}text{0}label", row="1{0}" + '"{text}"{0}{label}').encode(),
        {},
        "separator ';', the 2 lines before its header left out",
    ),
    "weights of classes": (
        "a.csv",
        "\n".join(
            ["text,label"]
            + ['"{}","{}"'.format(text.replace('"', '""'), WEIGHTS[label]) for text, label in ROWS]
        ).encode(),
        {},
        "4 labels .*weights of classes",
    ),
    "a label before a colon": (
        "train.label",
        "".join(f"{label}:fine {text}\n" for text, label in ROWS).encode("latin-1"),
        {},
        "cp1252.*lines with a label before the text.*'good:fine'.*--label-column fine_label",
    ),
    "fastText": (
        "a.txt",
        "".join(f"__label__{label} {text}\n" for text, label in ROWS).encode(),
        {},
        "lines with a label before the text, such as 'good'",
    ),
    "escaped quotes": (
        "a.csv",
        table(double=False).replace('"no"', '\\"no\\"').encode(),
        {},
        None,
    ),
    "pipes": ("a.txt", table("|").encode(), {}, "separator '|'"),
    "named encoding and separator": (
        "a.csv",
        table("#", row=BARE, double=False).encode("cp850"),
        {"encoding": "cp850", "delimiter": "#"},
        None,
    ),
    "JSON lines in UTF-16, other case": (
        "a.jsonl",
        "".join(
            '{{"Text": "{}", "LABEL": "{}"}}\n'.format(text.replace('"', '\\"'), label)
            for text, label in ROWS
        ).encode("utf-16"),
        {},
        "encoding utf-16",
    ),
}
