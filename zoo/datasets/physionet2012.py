"""Intensive-care stays of the PhysioNet/Computing in Cardiology Challenge 2012."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zlib

import numpy as np

from zoo.datasets.common import DataSet, pinned_file
from zoo.errors import DataError, InputError, shown
from zoo.schema import DatasetInfo
from zoo.series.irregular import IrregularDataset

__all__ = ["DATASETS", "LABELS", "STATICS", "VARIABLES", "load_physionet2012"]

LABELS = ("survived", "died")
VARIABLES = (
    *("ALP", "ALT", "AST", "Albumin", "BUN", "Bilirubin", "Cholesterol", "Creatinine"),
    *("DiasABP", "FiO2", "GCS", "Glucose", "HCO3", "HCT", "HR", "K", "Lactate", "MAP"),
    *("MechVent", "Mg", "NIDiasABP", "NIMAP", "NISysABP", "Na", "PaCO2", "PaO2", "Platelets"),
    *("RespRate", "SaO2", "SysABP", "Temp", "TroponinI", "TroponinT", "Urine", "WBC", "Weight"),
    "pH",
)
# The type of the unit, numbered in the files, is one feature a type here: 1 where it is that one.
_UNITS = ("CoronaryCare", "CardiacSurgery", "MedicalICU", "SurgicalICU")
STATICS = ("Age", "Gender", "Height", "Weight", *_UNITS)
_COLUMNS = {name: index for index, name in enumerate(VARIABLES)}
_DESCRIPTORS = ("Age", "Gender", "Height", "ICUType", "Weight")

_URL = "https://physionet.org/files/challenge-2012/1.0.0/{name}?download"
_FILES = {
    "train": ("set-a.tar.gz", "Outcomes-a.txt"),
    "test": ("set-b.tar.gz", "Outcomes-b.txt"),
}
# Archives are packed in more than one way: what is pinned is the SHA-256 of the stays in the order
# of their numbers, each its file's name and content, lines ending in one newline.
_SHA256 = {
    "set-a.tar.gz": "dc1deb9244ed0caf0189f8e4e8c771ff2431cf1988569cc00aaba1fb203aac97",
    "set-b.tar.gz": "76c6685f4220e3ec380546cf02d54519d3674223ef70bf5b354c74a92f4b3d18",
    "Outcomes-a.txt": "2613ea60ccda29f87571a7d6b09ad130858a8ccd66325bd073365925026883c2",
    "Outcomes-b.txt": "1305f29734da374a809483229a99f33a9230aa8d4fa74b1a2d6ad788136423d5",
}
_MOST, _MOST_STAY, _MOST_STAYS = 128 << 20, 1 << 20, 5_000


def load_physionet2012(split: str, download: bool = True) -> IrregularDataset:
    """Load a split of the stays; the class is whether the patient died in hospital.

    The files are read from the folder `physionet2012` of the directory `ZOO_DATA_DIR`, where that
    is set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time.

    Values are as they stand in the files, artefacts too, but that a weight of 0 or less is none.
    What was measured more than once at one time is averaged. Of the descriptors at admission -1
    stands for unknown.

    Args:
        split: `"train"` (4,000 stays of set a, 554 deaths) or `"test"` (4,000 of set b, 568).
        download: whether the data is fetched where it is not at hand.

    Returns:
        Times in hours since admission, values of `VARIABLES`, static features `STATICS`, and
        class numbers of `LABELS`.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_physionet2012("test").static.shape  # doctest: +SKIP
        (4000, 8)

    Reference:
        [Silva et al., 2012](https://physionet.org/content/challenge-2012/1.0.0/)
    """
    if split not in _FILES:
        raise InputError(f"Expected 'train' or 'test'. Received: {shown(split)}")
    archive, outcomes = _FILES[split]
    lines = _content(outcomes, download)[outcomes].splitlines()
    died = {row[0]: int(row[5]) for row in (line.split(",") for line in lines[1:]) if len(row) > 5}
    times, values, static, labels = [], [], [], []
    for number, text in _content(archive, download).items():
        when, measured, facts = _read(text)
        times.append(when)
        values.append(measured)
        static.append(facts)
        labels.append(died[number])
    return IrregularDataset(times, values, np.array(static), np.array(labels, np.int32))


def _read(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the times, the values and the static features of one stay."""
    facts: dict[str, float] = {}
    minutes: list[int] = []  # of every measurement, as are the columns and the values
    columns: list[int] = []
    measured: list[float] = []
    for line in text.split("\n")[1:]:
        if not line:
            continue
        clock, name, number = line.split(",")
        value, minute = float(number), 60 * int(clock[:2]) + int(clock[3:])
        if minute == 0 and name in _DESCRIPTORS and name not in facts:
            facts[name] = value
        elif name in _COLUMNS and (name != "Weight" or value > 0):
            minutes.append(minute)
            columns.append(_COLUMNS[name])
            measured.append(value)
    times, rows = np.unique(np.array(minutes, np.int64), return_inverse=True)
    place = rows * len(VARIABLES) + np.array(columns, np.int64)
    size = len(times) * len(VARIABLES)
    count = np.bincount(place, minlength=size)
    total = np.bincount(place, np.array(measured), minlength=size)
    values = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    known = [
        value if (value := facts.get(name, -1.0)) > 0 or (name == "Gender" and value == 0) else None
        for name in STATICS[:4]
    ]
    unit = [float(facts.get("ICUType") == 1 + index) for index in range(len(_UNITS))]
    static = np.array([*known, *unit], np.float64)
    return times / 60, values.reshape(-1, len(VARIABLES)), static


def _texts(name: str, raw: bytes) -> dict[str, str]:
    """Return what a file holds: the text of every stay by its number, in order, or one text."""
    if not name.endswith(".tar.gz"):
        return {name: raw.replace(b"\r\n", b"\n").decode("ascii")}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for member in archive:
            opened = archive.extractfile(member) if member.isfile() else None
            if opened is not None and member.name.endswith(".txt"):
                text = opened.read(_MOST_STAY).replace(b"\r\n", b"\n")
                found[member.name.rpartition("/")[2].removesuffix(".txt")] = text.decode("ascii")
            if len(found) > _MOST_STAYS:
                break
    return dict(sorted(found.items()))


def _content(name: str, download: bool) -> dict[str, str]:
    """Return what one file holds: local, cached or fetched."""
    return pinned_file(
        "physionet2012",
        name,
        _URL.format(name=name),
        lambda raw, place: _verified(raw, name, place),
        download=download,
        most=_MOST,
    )


def _verified(raw: bytes, name: str, place: str) -> dict[str, str]:
    try:
        content = _texts(name, raw)
    except (tarfile.TarError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise DataError(f"{place} cannot be read: {error}") from error
    digest = hashlib.sha256()
    for part, text in content.items():
        digest.update(f"{part}.txt\0{text}".encode() if part != name else text.encode())
    if digest.hexdigest() != _SHA256[name]:
        raise DataError(
            f"{place} is not the data expected. Expected: the SHA-256 {_SHA256[name]} of what it "
            f"holds. Received: {digest.hexdigest()}"
        )
    return content


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="physionet2012",
            title="PhysioNet/CinC Challenge 2012",
            url="https://physionet.org/content/challenge-2012/1.0.0/",
            splits={"train": 4000, "test": 4000},
        ),
        terms="Open Data Commons Attribution License 1.0, citing Silva et al. (2012)",
        load=load_physionet2012,
        labels=LABELS,
        # Measured by benchmarks/irregular.py; neither reads the course of a stay.
        baselines={
            "logistic regression on figures of every variable": {
                "auc": 0.865,
                "average_precision": 0.556,
            },
            "boosted trees on the same figures": {"auc": 0.862, "average_precision": 0.525},
        },
        limits=(
            "It is no medical device and must not be used to treat, to triage or to decide "
            "anything about a patient.",
            "It learnt from stays of at least 48 hours in the intensive-care units of one hospital "
            "between 2001 and 2008, of patients of 16 years and more. Elsewhere, today, and for "
            "others it will err more often, and its probabilities will be off.",
            "It learnt from whole 48 hours alone. What a session answers before they are over is a "
            "running score that nobody has measured.",
            "How often something is measured is among what it learnt from: it learnt what the "
            "staff feared, and other habits of measuring mislead it.",
            "It does not say why. A high probability is no cause, and the groups in the data "
            "(by age, gender or unit) are not answered equally well.",
        ),
    ),
)
