"""Cut a validation part from the IMDB training reviews that shares no film with the rest.

    python -m training.split_films --output FILE

The official training and test splits share no film. A validation part drawn at random shares
its films with the training part, and a network that remembers a film's name and the names of
its cast looks better on it than on the test split. The films are not named in the data, so
reviews are put together by the proper names that they have in common. The part that the zoo reads,
`zoo/datasets/imdb_reviews_validation.json`, was written by this; it is fixed, for checkpoints were
chosen by it, and replaced only with `--overwrite`.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from zoo.datasets.imdb_reviews import VALIDATION_FILE, digest, read_official
from zoo.files import write_atomically

__all__ = ["choose_groups", "film_groups"]

VALIDATION_SIZE = 2_500
SEED = 20_110_619
SIMILARITY = 0.15
LARGEST_GROUP = 60  # a film has at most 30 reviews; one chain of likeness would join nearly all

# Runs of capitalised words that do not start a sentence.
_NAMES = re.compile(r"(?<![.!?>\"(] )(?<![.!?>\"(])(?<!^)\b[A-Z][a-z]+(?:[ -][A-Z][a-z]+)*")


def _names(text: str) -> list[str]:
    found = _NAMES.findall(text.replace("<br />", " . "))
    return [*found, *(word for name in found if " " in name for word in name.split())]


def film_groups(texts: Sequence[str]) -> np.ndarray:
    """Put reviews that are likely of one film, or of films with the same people, together.

    Args:
        texts: the reviews.

    Returns:
        Array of shape (texts,): a number for each that those of its group have in common.

    Example:
        >>> kane = "I saw Orson Welles and Joseph Cotten in it."
        >>> film_groups([kane, "Here Orson Welles beats Joseph Cotten.", "A dull one."]).tolist()
        [0, 0, 2]
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=_names, min_df=2, max_df=60, binary=True, sublinear_tf=True
    )
    vectors = vectorizer.fit_transform(texts)
    likeness = (vectors @ vectors.T).tocoo()
    kept = (likeness.data > SIMILARITY) & (likeness.row < likeness.col)
    order = np.argsort(-likeness.data[kept], kind="stable")
    first_of: dict[str, int] = {}  # some reviews occur twice
    group = np.array([first_of.setdefault(text, index) for index, text in enumerate(texts)])
    size = np.bincount(group, minlength=len(texts))

    def root(index: int) -> int:
        while group[index] != index:
            group[index] = group[group[index]]
            index = int(group[index])
        return index

    for row, column in zip(likeness.row[kept][order], likeness.col[kept][order], strict=True):
        first, second = sorted((root(int(row)), root(int(column))))
        if first != second and size[first] + size[second] <= LARGEST_GROUP:
            group[second] = first
            size[first] += size[second]
    return np.array([root(index) for index in range(len(texts))])


def choose_groups(groups: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Draw whole groups until half of `size` reviews of either label are chosen, if there are.

    Args:
        groups: the group of every review.
        labels: 0 or 1 for each.
        size: reviews to choose, even.

    Returns:
        Ascending indices of the chosen reviews.

    Example:
        >>> choose_groups(np.array([0, 0, 2, 3]), np.array([0, 1, 1, 1]), 2).tolist()
        [0, 1]
    """
    names = np.random.default_rng(SEED).permutation(np.unique(groups))
    chosen = np.zeros(len(labels), bool)
    room = np.array([size // 2, size // 2])
    for name in names:
        rows = np.flatnonzero(groups == name)
        counts = np.bincount(labels[rows], minlength=2)
        if (counts <= room).all():
            chosen[rows] = True
            room = room - counts
    return np.flatnonzero(chosen)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", type=Path, default=Path(VALIDATION_FILE))
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    arguments = parser.parse_args()
    if arguments.output.exists() and not arguments.overwrite:
        parser.error(
            f"expected an --output that does not exist yet. Received: {arguments.output}. Choose "
            "another, or give --overwrite; the zoo's checkpoints were chosen by the part in "
            f"{Path(VALIDATION_FILE).name}"
        )
    texts, labels = read_official("train")
    validation = choose_groups(film_groups(texts), labels, VALIDATION_SIZE)
    record = {
        "sha256": digest([texts[row] for row in validation]),
        "indices": validation.tolist(),
    }
    write_atomically(arguments.output, (json.dumps(record) + "\n").encode())
    print(f"Wrote {len(validation)} of {len(texts)} reviews to {arguments.output}.")


if __name__ == "__main__":
    main()
