"""Multi30k, task 1: image descriptions in English, German and French, translated by hand."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from zoo.common.quiet import import_quietly
from zoo.datasets.common import DataSet
from zoo.errors import DataError, InputError, shown
from zoo.fetching.urls import prepare
from zoo.pairs.examples import PairDataset
from zoo.schema import DatasetInfo

__all__ = ["DATASETS", "load_multi30k", "make_builder"]

URL = "https://raw.githubusercontent.com/multi30k/dataset/master/data/task1/raw"
DATA_DIR = "ZOO_DATA_DIR"
LANGUAGES = ("de", "en", "fr")
# The file of every split, and the number of its lines.
FILES = {
    "train": ("train", 29_000),
    "validation": ("val", 1_014),
    "test": ("test_2016_flickr", 1_000),
}
# SHA-256 of the texts, unpacked: two archives of one text may differ.
SHA256 = {
    "train.de": "2c2b73fd2b548fbcde3a875e0a78d6ee94d498bfdee6bd3eae3945779e9ddf72",
    "train.en": "460a15fbd157e34a7a9957ee388c1ca247fe47af3ef25fb50442af6c274e0fc6",
    "train.fr": "5925a3c18f1587b6b54b87743106e6e8ab93618edb6f65d19eac0621f853a10d",
    "val.de": "660e09eb7e1da2f856ea13ee5ad3cf6d36b3d5b0b733c857e94c5747a3dfc660",
    "val.en": "1f2a23d992769b5b3d209b0a10dd0b77c08cceb1f20dfb97ed0aafa49d107227",
    "val.fr": "5304e444d842e962b2dda4d816b70b22a1765b15401642b7ca37a67477e708dc",
    "test_2016_flickr.de": "4be6b5b3236b79c25475c6bb829800a7ce559e9ba7a1f6c2394fe4d40be46d16",
    "test_2016_flickr.en": "399a4382932c1aadd3ceb9bef1008d388a64c76d4ae4e9d4728c6f4301cac182",
    "test_2016_flickr.fr": "cb3160d69b002bb638e66cc7612fcd56cb0af82eadc9c142dedc438afb885ef6",
}


def _read(path: Path, name: str) -> list[str]:
    """Return the lines of a packed file, having compared its text with what is expected."""
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    received = hashlib.sha256(content).hexdigest()
    if received != SHA256[name]:
        raise DataError(
            f"Expected the text of Multi30k's {name} with the SHA-256 {SHA256[name]} in {path}. "
            f"Received: {received}. Remove the file and fetch it again"
        )
    # Other marks than the line feed occur within sentences.
    return [line.strip() for line in content.decode("utf-8").removesuffix("\n").split("\n")]


@cache
def _builder_class() -> Any:
    import_quietly("tensorflow_datasets")
    import tensorflow_datasets as tfds

    class Multi30k(tfds.core.GeneratorBasedBuilder):
        """Multi30k, task 1, as aligned sentences in three languages."""

        VERSION = tfds.core.Version("1.0.0")

        def _info(self) -> Any:
            return tfds.core.DatasetInfo(
                builder=self,
                features=tfds.features.FeaturesDict(dict.fromkeys(LANGUAGES, tfds.features.Text())),
                homepage="https://github.com/multi30k/dataset",
                disable_shuffling=True,  # in the order of the files, as local ones are read
            )

        def _split_generators(self, manager: Any) -> dict[str, Any]:
            names = [f"{file}.{code}" for file, _ in FILES.values() for code in LANGUAGES]
            paths = manager.download({name: f"{URL}/{name}.gz" for name in names})
            return {split: self._generate_examples(paths, FILES[split][0]) for split in FILES}

        def _generate_examples(self, paths: Any, file: str) -> Iterator[tuple[int, Any]]:
            columns = [_read(Path(paths[f"{file}.{code}"]), f"{file}.{code}") for code in LANGUAGES]
            for index, row in enumerate(zip(*columns, strict=True)):
                yield index, dict(zip(LANGUAGES, row, strict=True))

    return Multi30k


def make_builder(data_dir: str | Path | None = None) -> Any:
    """Return the builder of TensorFlow Datasets that fetches and prepares Multi30k.

    Args:
        data_dir: where prepared data sets lie; by default `TFDS_DATA_DIR` or TFDS' own place.

    Example:
        >>> make_builder("./tfds").name  # doctest: +SKIP
        'multi30k'
    """
    return _builder_class()(data_dir=data_dir)


def _fetch(split: str, codes: tuple[str, str], download: bool) -> list[list[str]]:
    try:
        builder = make_builder()
        if download:
            prepare(builder, [f"{URL}/{FILES['train'][0]}.en.gz"])
        import tensorflow_datasets as tfds

        rows = list(tfds.as_numpy(builder.as_dataset(split=split, shuffle_files=False)))
    except DataError:
        raise
    except Exception as error:  # every transport and every parser below raises its own kind
        raise DataError(
            f"The data set multi30k could not be loaded. Expected: the files of {URL} in the "
            f"directory multi30k of {DATA_DIR} (now: {os.environ.get(DATA_DIR, 'not set')}), or "
            f"the network to fetch them. Received: {type(error).__name__}: {shown(str(error), 200)}"
        ) from error
    return [[row[code].decode("utf-8") for row in rows] for code in codes]


def load_multi30k(
    split: str, source: str = "de", target: str = "en", download: bool = True
) -> PairDataset:
    """Load a split of Multi30k: sentences in one language and their translations.

    The packed files of the data set (`train.de.gz` and so on) are read from the directory
    `multi30k` of the directory that the environment variable `ZOO_DATA_DIR` names, if they are
    there; otherwise TensorFlow Datasets fetches them. Blanks around a sentence are no part of it.

    Args:
        split: `"train"` (29,000 pairs), `"validation"` (1,014) or `"test"` (the 1,000 of
            test_2016_flickr).
        source: language to translate from: `"de"`, `"en"` or `"fr"`.
        target: language to translate to.
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split or language.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_multi30k("test").targets[0]  # doctest: +SKIP
        'A man in an orange hat starring at something.'

    Reference:
        [Elliott et al., 2016](https://aclanthology.org/W16-3210/)
    """
    if split not in FILES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    if source not in LANGUAGES or target not in LANGUAGES or source == target:
        raise InputError(
            "Expected two different languages out of 'de', 'en' and 'fr'. "
            f"Received: {shown(source)} and {shown(target)}"
        )
    file, count = FILES[split]
    codes = (source, target)
    local = Path(os.environ.get(DATA_DIR, ""), "multi30k")
    paths = [local / f"{file}.{code}.gz" for code in codes]
    if os.environ.get(DATA_DIR) and all(path.is_file() for path in paths):
        columns = [_read(path, f"{file}.{code}") for path, code in zip(paths, codes, strict=True)]
    else:
        columns = _fetch(split, codes, download)
    if any(len(column) != count for column in columns):
        raise DataError(f"Expected {count} pairs in {split}. Received: {len(columns[0])}")
    return PairDataset(*columns)


EXAMPLES = {
    "de": (
        "Ein Mann fährt Rad.",
        "Zwei Hunde spielen im Schnee.",
        "Eine Frau in einem roten Kleid steht vor einem großen Haus.",
    ),
    "en": (
        "A man is riding a bike.",
        "Two dogs are playing in the snow.",
        "A woman in a red dress is standing in front of a large house.",
    ),
}


def _pair(source: str, target: str) -> DataSet:
    names = {"de": "German", "en": "English"}
    return DataSet(
        info=DatasetInfo(
            name=f"multi30k/{source}-{target}",
            title=f"Multi30k, task 1, {names[source]} to {names[target]}",
            url="https://github.com/multi30k/dataset",
            splits={split: count for split, (_, count) in FILES.items()},
        ),
        terms="No licence file in the data's repository; for research, citing Elliott et al. "
        "(2016)",
        load=lambda split, download: load_multi30k(split, source, target, download),
        languages=(source, target),
        meanings={"test": "test_2016_flickr, the 1,000 sentences of 2016"},
        limits=(
            "It knows descriptions of photographs of people, animals and sports, one sentence "
            "each. On other kinds of text it writes such descriptions all the same, fluent and "
            "wrong.",
            "Words that the training sentences lack are spelled from pieces and often come out "
            "wrong; names, numbers and rare things are replaced by common ones.",
            "A sentence longer than it reads loses its end; long sentences lose parts.",
            "The descriptions were written by a few paid workers; who is called a man, a woman "
            "or a child, and what they are said to do, is what those workers saw. Where the "
            "source does not say a gender, the translation picks the commoner one.",
        ),
        examples=EXAMPLES[source],
    )


DATASETS = (_pair("de", "en"), _pair("en", "de"))
