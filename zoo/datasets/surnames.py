"""Surnames of 18 languages, as the PyTorch tutorial of Sean Robertson distributes them."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import defaultdict
from functools import cache

import numpy as np

from zoo.datasets.common import DataSet, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.examples import TextDataset

__all__ = ["DATASETS", "LABELS", "SHARES", "load_surnames", "parts_of"]

_URL = "https://raw.githubusercontent.com/spro/practical-pytorch/master/data/names/{label}.txt"
_SHA256 = {
    "Arabic": "6f424a8dbe51cbbbabab7a57d38b617210125e4e3991f3c657cb79b8f104bafc",
    "Chinese": "09ba8f1f7e38dbc99372d461b26ad4433b811fc6bfa6a3ecca6fe11a9a777465",
    "Czech": "e17ab0ec47616a72c39cb85c783f70c3663ab64488721e5d8378f146d2226be7",
    "Dutch": "924f32b635170eae561f84538632138fc07d4c8bbd70ba3fb980de1ecc4d2af3",
    "English": "9cca037066d3d5989e24bc01801416162de506b5e28e15b7c092a47905d29bf2",
    "French": "81e65b36c60ed5b89a17422f6edcadbb89546f38ad69e960e64e7ba682012a95",
    "German": "7449cd590b97a733e18d613a4155decd77ec35dc5f8aadd7a82204dce4f051db",
    "Greek": "3555b5186de7f401e6d991b088e9e644ca3099116477818c25ab5793801389e6",
    "Irish": "cf8c7013256252a88d2503127b87282a11f21b2ff6db1bded68834c19a1ec058",
    "Italian": "f88414c27d0606a11a678b4859277828c2565d6cc4d9ee932deef6e94f3b35e4",
    "Japanese": "e0e717e114fec3e7eade4d9dabe0067c475f43147e36a22b47902ee76ad9e67f",
    "Korean": "cd54221ccb362a6cba4c78828838cf3268a0e59744767a37cf6ec4b74036b136",
    "Polish": "45bab898af2f60ed3a728bbf6980e28821011a7caa53227553b5785903a40826",
    "Portuguese": "50a8735f41f4f73757c8ce5b16cb0275cd86b2b214bcbc8c9805f508cb131c53",
    "Russian": "0cfe53ac18041e8f63666aa77313e0a3ff378facb132abee052d8ebdc8c3d62c",
    "Scottish": "78d0252711d87d948ea86fe34826c51d2d794a8e52d15b5d6f7b6244d45d62dd",
    "Spanish": "1bcb462ed3316756a85781d68232bddae04498fdddd5d9219c53fd1fbdeba7a7",
    "Vietnamese": "f3f9e4164ab47601178a6e45b216464a64122f49d05541f24bf18a757253281d",
}
LABELS = tuple(sorted(_SHA256))
# The codes of the languages, in the order of the labels.
_CODES = "ar zh cs nl en fr de el ga it ja ko pl pt ru gd es vi"
# Of every language, as nearly as names that stand in several allow.
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2}


def load_surnames(split: str, download: bool = True) -> TextDataset:
    """Load a split of the surnames; the class is the language.

    The files are read from the folder `names` of the directory `ZOO_DATA_DIR`, where that is set,
    or from `~/.cache/rnn-zoo`, and fetched into the latter the first time. They come without
    splits, and say many a name several times. Here a name stands once a language, and in one
    split alone: one that stands in several languages is there with each of them, so that at most
    one of its rows can be answered rightly. See `parts_of`.

    Args:
        split: `"train"`, `"validation"` or `"test"`: 70, 10 and 20 % of the names of every
            language.
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> data = load_surnames("test")  # doctest: +SKIP
        >>> data.texts[0], LABELS[data.labels[0]]  # doctest: +SKIP
        ('Abadi', 'Arabic')
    """
    if split not in SHARES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    rows = _whole(
        os.environ.get("ZOO_DATA_DIR", ""), os.environ.get("XDG_CACHE_HOME", ""), download
    )[split]
    return TextDataset(
        [name for name, _ in rows], np.array([LABELS.index(label) for _, label in rows], np.int32)
    )


@cache
def _whole(local: str, cached: str, download: bool) -> dict[str, list[tuple[str, str]]]:
    """Return the parts; the arguments are where the files are looked for."""
    return parts_of({label: _names(label, download) for label in LABELS})


def _names(label: str, download: bool) -> list[str]:
    return pinned_file(
        "names",
        f"{label}.txt",
        _URL.format(label=label),
        lambda raw, place: _verified(raw, label, place),
        download=download,
    )


def _verified(raw: bytes, label: str, source: str) -> list[str]:
    digest = hashlib.sha256(raw).hexdigest()
    if digest != _SHA256[label]:
        raise DataError(
            f"Expected the names of practical-pytorch with the SHA-256 {_SHA256[label]} in "
            f"{source}. Received: {digest}. Fetch the file anew"
        )
    return raw.decode("utf-8").split("\n")


def parts_of(found: dict[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """Cut names into a training, a validation and a test part that share no name.

    Names that differ only in case, in spaces or in how accents are written go to one part. The
    rarest language is cut first. Its names go, in the order of their SHA-256, each to the part
    that is farthest from its share of the language; so the cut is always the same.

    Args:
        found: names by language, in any number of copies.

    Returns:
        The parts by name: pairs of a name and its language, in alphabetical order, each once.

    Example:
        >>> parts = parts_of({"Dutch": [*"abcdefghij"], "Welsh": [*"jklmnopqrstu"]})
        >>> [len(rows) for rows in parts.values()], sum(("j" in dict(p)) for p in parts.values())
        ([15, 2, 5], 1)
    """
    rows = {
        (unicodedata.normalize("NFC", " ".join(name.split())), label)
        for label, names in found.items()
        for name in names
        if name.strip()
    }
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, label in rows:
        groups[name.casefold()].append((name, label))
    sizes = {label: sum(1 for _, other in rows if other == label) for label in found}
    parts: dict[str, list[tuple[str, str]]] = {part: [] for part in SHARES}
    for label in sorted(sizes, key=lambda label: (sizes[label], label)):
        keys = [key for key, group in groups.items() if label in {one for _, one in group}]
        counts = {part: sum(1 for _, one in parts[part] if one == label) for part in SHARES}
        for key in sorted(keys, key=lambda key: hashlib.sha256(key.encode()).digest()):
            part = max(SHARES, key=lambda part: SHARES[part] * sizes[label] - counts[part])
            group = groups.pop(key)
            parts[part] += group
            counts[part] += sum(1 for _, one in group if one == label)
    return {part: sorted(rows, key=lambda row: (row[1], row[0])) for part, rows in parts.items()}


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="surnames",
            title="Surnames of 18 languages",
            url="https://github.com/spro/practical-pytorch/tree/master/data/names",
            splits={"train": 12_606, "validation": 1_802, "test": 3_604},
        ),
        terms="MIT",
        load=load_surnames,
        languages=tuple(_CODES.split()),
        labels=LABELS,
        digests={
            "train": "00d94dd42a1a4161be68e626e838455a43a9a9fb5d6070d31e64f0697085ba76",
            "validation": "efd4a33721f65b526184a28f1e4c4a5a0d365b173444b9790747d827feb8f565",
            "test": "409167b7df6af6b6446dc25fbd93e75ba8717d1313baab2a8fff6876c389fe76",
        },
        # Measured by benchmarks/surnames.py.
        baselines={
            "logistic regression on up to five characters in a row": {
                "accuracy": 0.838,
                "f1": 0.470,
            },
            "the same with all languages counting alike": {"accuracy": 0.836, "f1": 0.532},
        },
        limits=(
            "It knows surnames as 18 files list them, in Latin letters: of Arabic, Chinese, Greek, "
            "Japanese, Korean and Russian names the spelling is that of English. Whom they were "
            "taken from is not said.",
            "A name says little of who bears it: do not use it to tell where people come from, "
            "what they speak or what they are.",
            "The files list many a name several times; here it stands once a language. 469 of "
            "17,450 names stand in several languages, 99 of the 100 Scottish ones among them. "
            "Each has a row a language, of which one at most can be answered rightly: no model "
            "gets more than 97.0 % of the test rows right. No name stands in two of the splits, "
            "so figures of splits that share names are not comparable.",
            "More than half of the names are Russian and a fifth are English, and of each of seven "
            "languages there are fewer than 200: how well these are told is known roughly only.",
        ),
        examples=("Xanthopoulos", "Nakashima", "Featherstonehaugh", "Wawrzyniak"),
    ),
)
