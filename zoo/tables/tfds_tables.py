"""Two features of a data set of TensorFlow Datasets."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zoo.common.quiet import import_quietly
from zoo.errors import DataError, shown
from zoo.fetching.urls import prepare
from zoo.tables.columns import Columns, Places
from zoo.tables.header import check_columns

__all__ = ["SCHEME", "is_name", "read_tfds", "tfds_names"]

SCHEME = "tfds:"
# No longer is the name of a folder.
_LONGEST = 255
# Name, configuration, version and split.
_NAME = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*(/[\w.-]+)?)(:(?P<version>\d+\.\d+\.\d+))?"
    r"(:(?P<split>[a-z_]+(\[[\d:%-]*\])?))?"
)


def is_name(source: str) -> bool:
    """Return whether a text can be the name of a data set.

    Args:
        source: the text.

    Example:
        >>> is_name("imdb_reviews:test[:20]"), is_name("Reviews.csv")
        (True, False)
    """
    return len(source) <= _LONGEST and _NAME.fullmatch(source) is not None


def read_tfds(source: str, wanted: Sequence[str], lists: Sequence[bool] = ()) -> Columns:
    """Read features of a data set that is prepared on this machine.

    Args:
        source: its name, such as `ag_news_subset:train`; after `tfds:` it is downloaded where it is
            not prepared.
        wanted: names of the features.
        lists: which of them may be sequences of texts, or of numbers of classes; none by default.

    Raises:
        DataError: it is not prepared, cannot be loaded, or lacks a feature.
    """
    features, data, name, split = _opened(source)
    import tensorflow_datasets as tfds

    names = list(features)
    keys = [names[at] for at in check_columns(f"the data set {name}", names, wanted)]
    cells: list[list[Any]] = [[] for _ in keys]
    digest = hashlib.sha256()
    many = {key for key, may in zip(keys, lists, strict=False) if may}
    for example in tfds.as_numpy(data):
        for column, key in zip(cells, keys, strict=True):
            feature, value = features[key], example[key]
            if isinstance(value, bytes):
                value = value.decode("utf-8", "replace")
            elif key in many and getattr(value, "ndim", 0) == 1:
                value = [
                    item.decode("utf-8", "replace") if isinstance(item, bytes) else item
                    for item in value.tolist()
                ]
            else:
                value = value.item() if getattr(value, "ndim", 1) == 0 else value
            column.append(value)
            shown_as = value
            if isinstance(feature, tfds.features.ClassLabel) and value >= 0:
                shown_as = feature.int2str(value)
            digest.update(f"{shown_as}\0".encode("utf-8", "replace"))
    last = features[keys[-1]]
    if keys[-1] in many:
        last = getattr(last, "feature", last)
    classes = getattr(last, "names", ()) if len(keys) > 1 else ()
    return Columns(
        f"{name}:{split}",
        digest.hexdigest(),
        cells[0],
        cells[1] if len(cells) > 1 else [],
        Places("example", range(1, len(cells[0]) + 1)),
        tuple(classes or ()),
    )


def tfds_names(source: str) -> list[str]:
    """Return the names of the features of a data set, of which no example is read.

    Args:
        source: its name, as for `read_tfds`.

    Raises:
        DataError: it is not prepared, or cannot be loaded.
    """
    return list(_opened(source)[0])


def _opened(source: str) -> tuple[Any, Any, str, str]:
    """Return the features and the examples of a data set, its name, and that of the split."""
    match = _NAME.fullmatch(source.removeprefix(SCHEME))
    if match is None:
        raise DataError(
            "Expected the name of a TensorFlow data set, such as tfds:ag_news_subset:train. "
            f"Received: {shown(source)}"
        )
    name, split = match["name"], match["split"] or "train"
    versioned = f"{name}:{match['version']}" if match["version"] else name
    place = os.environ.get("TFDS_DATA_DIR", "not set")
    allowed = source.startswith(SCHEME)
    absent = (
        "Expected a file, a folder, or the name of a TensorFlow data set that is prepared on this "
        f"machine. Received: {shown(source)}, which is none (TFDS_DATA_DIR: {place}). To let "
        f"TensorFlow Datasets download it: {SCHEME}{source}"
    )
    if not allowed and "tensorflow_datasets" not in sys.modules:
        # A typo is told at once: importing the library takes ten seconds.
        home = Path(os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets").expanduser()
        if not (home / name).is_dir():
            raise DataError(absent)
    import_quietly("tensorflow_datasets")
    import tensorflow_datasets as tfds
    from tensorflow_datasets.core.read_only_builder import builder_from_files
    from tensorflow_datasets.core.registered import DatasetNotFoundError

    try:
        try:
            builder = builder_from_files(versioned)  # asks no one for it
        except DatasetNotFoundError:
            if not allowed:
                raise DataError(absent) from None
            builder = tfds.builder(versioned)
            prepare(builder)
        data = builder.as_dataset(split=split, shuffle_files=False)
        return builder.info.features, data, name, split
    except DataError:
        raise
    except Exception as error:  # every transport and every parser below raises its own kind
        raise DataError(
            f"TensorFlow Datasets could not load {shown(source)}. Expected: a name such as "
            f"tfds:ag_news_subset:train. Received: {type(error).__name__}, "
            f"{shown(' '.join(str(error).split()), 200)} (TFDS_DATA_DIR: {place})"
        ) from error
