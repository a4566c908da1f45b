"""The CMU Pronouncing Dictionary without stress, cut as in papers on grapheme-to-phoneme."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.pairs.examples import VariantDataset
from zoo.schema import DatasetInfo

__all__ = ["DATASETS", "load_cmudict", "load_spelling"]

_URL = (
    "https://raw.githubusercontent.com/microsoft/CNTK/{}"
    "/Examples/SequenceToSequence/CMUDict/Data/cmudict-0.7b.{}"
)
# By split: the local name, the commit and the name at the source, and the SHA-256 with line feeds.
_FILES = {
    "train": (
        "cmudict-0.7b.train",
        ("9bb7e86bb11d57a8c8eb6bba329a134b75f10fb3", "train-dev-20-21"),
        "61faa823e4a4bc64401522eb68db9543d33ee6f10dcacf5be65b1ef5fe08b6f3",
    ),
    "validation": (
        "cmudict-0.7b.valid",
        ("9bb7e86bb11d57a8c8eb6bba329a134b75f10fb3", "train-dev-1-21"),
        "c8bbfb8d57d8e0c1d2ce6fbc8891325fc4570ac2b9ae068088bc59e804a9c295",
    ),
    "test": (
        "cmudict-0.7b.test",
        ("0ba41da07b9cef9e25c80777f48dbf0c041bbeee", "test"),
        "ece787fd3d88c7b130d43e7c2307ac11e6dfb4c052d661c37808ec7ed1df8574",
    ),
}


def load_cmudict(split: str, download: bool = True) -> VariantDataset:
    """Load words with their pronunciations, all that the dictionary gives, without stress.

    The files are read from the folder `cmudict` of the directory `ZOO_DATA_DIR`, where that is
    set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time. Their lines are cut
    into parts, so that 721 words of the validation file are in the training file too, with another
    pronunciation: these are left out of the validation part. Words stand in lower case.

    Args:
        split: `"train"`, `"validation"` or `"test"`.
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> data = load_cmudict("test")  # doctest: +SKIP
        >>> data.targets[data.sources.index("zhang")]  # doctest: +SKIP
        ('ZH AA NG', 'ZH AE NG')

    Reference:
        [Yao & Zweig, 2015](https://arxiv.org/abs/1506.00196)
    """
    rows = _rows(split, download)
    if split == "validation":
        known = {word for word, _ in _rows("train", download)}
        rows = [row for row in rows if row[0] not in known]
    return VariantDataset.of([word for word, _ in rows], [phones for _, phones in rows])


def load_spelling(split: str, download: bool = True) -> VariantDataset:
    """Load pronunciations with all words of a part that have them; see `load_cmudict`.

    Pronunciations of the validation part that words of the training part have are left out, as
    their words are learnt from; those of the test part are not.

    Args:
        split: `"train"`, `"validation"` or `"test"`.
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.
    """
    rows = load_cmudict(split, download).pairs()
    pairs = list(zip(rows.targets, rows.sources, strict=True))
    if split == "validation":
        known = {phones for _, phones in _rows("train", download)}
        pairs = [pair for pair in pairs if pair[0] not in known]
    return VariantDataset.of([phones for phones, _ in pairs], [word for _, word in pairs])


def _rows(split: str, download: bool) -> list[tuple[str, str]]:
    """Return the lines of a file: a word, and one of its pronunciations."""
    if split not in _FILES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    name, source, sha256 = _FILES[split]
    url = _URL.format(*source)
    text = pinned_text(
        "cmudict", name, url, sha256, download=download, other=partial(_line_feeds, sha256)
    )
    rows = (line.split("  ") for line in text.split("\n") if line)
    return [(word.lower(), phones) for word, phones in rows]


def _line_feeds(sha256: str, text: str) -> str | None:
    """Return a text with other line ends as the one of a digest, or None if it is another."""
    text = text.replace("\r\n", "\n")
    return text if hashlib.sha256(text.encode("utf-8")).hexdigest() == sha256 else None


_LIMITS = (
    "The parts are those of CNTK's example, where they come without a description. They have "
    "nearly the sizes of those that papers report on since Yao & Zweig (2015): 106,794 words to "
    "learn and choose from and 11,994 in the test, published 106,837 and 12,000. That they are the "
    "same is likely, not proven. Figures of the latest dictionary, or with stress, are not "
    "comparable.",
    "It knows American English words and names in the 26 letters and the apostrophe, one word at a "
    "time.",
)
_NAMES = "Many words are names of people and places, "
_UNSURE = "and the dictionary's own pronunciations are not all consistent."


def _dataset(
    name: str,
    title: str,
    splits: dict[str, int],
    load: Callable[[str, bool], VariantDataset],
    tag: str,
    **of: Any,
) -> DataSet:
    return DataSet(
        info=DatasetInfo(
            name=name,
            title=title,
            url="https://github.com/microsoft/CNTK/tree/master/Examples/SequenceToSequence/CMUDict",
            splits=splits,
        ),
        terms="BSD-2-Clause",
        load=load,
        languages=("en",),
        tags=(tag,),
        **of,
    )


DATASETS = (
    _dataset(
        "cmudict",
        "CMUdict 0.7b without stress",
        {"train": 102_068, "validation": 4_726, "test": 11_994},
        load_cmudict,
        "g2p",
        meanings={
            "test": "the 11,994 words of the test file; any pronunciation that the file gives for "
            "a word counts as right"
        },
        limits=(
            "On what is most likely the same test part better figures are published, of a plain "
            "method too: 24.4 % of the words wrong for Phonetisaurus, a transducer of pairs of "
            "letters and sounds, and 21.7 % of the words and 5.0 % of the phones for a larger "
            "network of this kind (Toshniwal & Livescu, 2016).",
            *_LIMITS,
            "It reads no digits and no abbreviations, and does not know which of two readings of "
            "a word a sentence asks for.",
            f"{_NAMES}whose sounds the letters alone do not tell, {_UNSURE}",
        ),
        examples=("zoology", "rough", "through", "keras", "mnemonic"),
    ),
    _dataset(
        "cmudict/spelling",
        "CMUdict 0.7b without stress, from sounds to letters",
        {"train": 94_524, "validation": 3_680, "test": 12_562},
        load_spelling,
        "p2g",
        meanings={
            "test": "the 12,562 different pronunciations of the test file; any word that the file "
            "gives for one counts as right"
        },
        limits=(
            *_LIMITS,
            "It does not know which of several words that sound alike, such as read and red, a "
            "sentence asks for.",
            f"{_NAMES}whose letters the sounds alone do not tell, {_UNSURE}",
            "Of the 12,562 pronunciations of the test part 2,723 are those of words of the "
            "training part, too, which sound alike: only the test part's own spellings count as "
            "right.",
        ),
        examples=("Z OW AA L AH JH IY", "R AH F", "N IH M AA N IH K"),
    ),
)
