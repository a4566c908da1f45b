"""Small public sets of labelled texts, as `benchmarks/finetuning.py` reads them.

They are read from the directory `ZOO_DATA_DIR`, in the forms that their authors gave them.
"""

from __future__ import annotations

import gzip
import os
import re
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zoo.learning.rows import split_rows

__all__ = ["SETS", "TextSet"]


@dataclass(frozen=True)
class TextSet:
    """Labelled texts of a training and a test part.

    Attributes:
        title: what it is.
        train: texts and labels.
        test: texts and labels.
    """

    title: str
    train: tuple[list[str], list[str]]
    test: tuple[list[str], list[str]]


def _directory(name: str) -> Path:
    return Path(os.environ["ZOO_DATA_DIR"]) / name


def _sst(names: dict[int, str], title: str) -> TextSet:
    def part(split: str) -> tuple[list[str], list[str]]:
        texts, labels = [], []
        with gzip.open(_directory("sst") / f"{split}.txt.gz", "rt", encoding="utf-8") as file:
            for tree in filter(str.strip, file):
                score = int(tree[1])
                if score in names:
                    words = re.findall(r"\(\d ([^()]+)\)", tree)
                    text = " ".join(words).replace("-LRB-", "(").replace("-RRB-", ")")
                    texts.append(text)
                    labels.append(names[score])
        return texts, labels

    return TextSet(title, part("train"), part("test"))


def _sst_binary() -> TextSet:
    names = {0: "negative", 1: "negative", 3: "positive", 4: "positive"}
    return _sst(names, "SST, two classes: sentences of film reviews")


def _sst_fine() -> TextSet:
    names = dict(enumerate(("very negative", "negative", "neutral", "positive", "very positive")))
    return _sst(names, "SST, five classes: the same sentences, graded")


def _bbc() -> TextSet:
    texts, labels = [], []
    with tarfile.open(_directory("bbc_headlines") / "bbc.tar.gz") as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            file = archive.extractfile(member)
            folders = member.name.split("/")
            if file is None or len(folders) != 3:
                continue
            content = file.read()
            try:
                text = content.decode("utf-8")
            except UnicodeDecodeError:  # one article is in Latin-1
                text = content.decode("latin-1")
            texts.append(text.strip().splitlines()[0])
            labels.append(folders[1])
    return _cut("BBC: topics of news headlines", texts, labels, 0.25)


def _names() -> TextSet:
    pairs = [
        (name.strip(), file.stem)
        for file in sorted(_directory("names").glob("*.txt"))
        for name in file.read_text(encoding="utf-8").splitlines()
        if name.strip()
    ]
    texts, labels = zip(*pairs, strict=True)
    return _cut("Surnames of 18 languages", list(texts), list(labels), 0.2)


def _cut(title: str, texts: list[str], labels: list[str], share: float) -> TextSet:
    """Cut a test part off where the set has no official one; no text is in both."""
    keys = [" ".join(text.casefold().split()) for text in texts]
    first: dict[tuple[str, str], int] = {}
    for row, pair in enumerate(zip(keys, labels, strict=True)):
        first.setdefault(pair, row)
    rows = list(first.values())
    parts = split_rows([keys[r] for r in rows], [labels[r] for r in rows], share, seed=0)
    train, test = (
        ([texts[rows[r]] for r in part], [labels[rows[r]] for r in part]) for part in parts
    )
    return TextSet(title, train, test)


SETS: dict[str, Callable[[], TextSet]] = {
    "sst-binary": _sst_binary,
    "sst-fine": _sst_fine,
    "bbc": _bbc,
    "names": _names,
}
