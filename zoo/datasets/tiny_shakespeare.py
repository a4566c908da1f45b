"""40,000 lines of Shakespeare in one file, as Andrej Karpathy put them together."""

from __future__ import annotations

import itertools

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.corpora import TextCorpus

__all__ = ["DATASETS", "load_tiny_shakespeare"]

_URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
# Where the test part begins, which is the customary one.
_TEST = 1_003_854
# What is before it is held back in so many pieces, spread evenly, about a tenth in all.
_PIECES = 10
_SPLITS = {"train": 903_428, "validation": 100_426, "test": 111_540}


def load_tiny_shakespeare(split: str, download: bool = True) -> TextCorpus:
    """Load a part of 1,115,394 characters of Shakespeare's plays.

    The file is read from the folder `tiny_shakespeare` of the directory `ZOO_DATA_DIR`, where
    that is set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time. It comes
    without splits; customarily the first nine tenths are learnt from and the rest is scored. Of
    those nine tenths a tenth is held back here, in pieces all over them: at their end stands half
    of a play of which the test part has the other half.

    Args:
        split: `"train"`, 11 texts; `"validation"`, the 10 between them; or `"test"`, the last tenth
            of all as one text.
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_tiny_shakespeare("train").texts[0][:14]  # doctest: +SKIP
        'First Citizen:'

    Reference:
        [Karpathy, 2015](https://karpathy.github.io/2015/05/21/rnn-effectiveness/)
    """
    if split not in _SPLITS:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    text = pinned_text("tiny_shakespeare", "input.txt", _URL, _SHA256, download=download)
    if split == "test":
        return TextCorpus([text[_TEST:]])
    ends = [*_ends(text), _TEST]
    texts = [text[start:end] for start, end in itertools.pairwise([0, *ends])]
    return TextCorpus(texts[0::2] if split == "train" else texts[1::2])


def _ends(text: str) -> list[int]:
    """Return where the pieces that are held back begin and end, each between two speeches."""
    stretch = _TEST // _PIECES
    middles = [stretch * piece + stretch // 2 for piece in range(_PIECES)]
    half = stretch // 20
    places = [place for middle in middles for place in (middle - half, middle + half)]
    return [text.index("\n\n", place) + 2 for place in places]


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="tiny_shakespeare",
            title="Tiny Shakespeare, in characters",
            url="https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare",
            hub_id="karpathy/tiny_shakespeare",
            splits=_SPLITS,
        ),
        terms="No licence stated; the plays are in the public domain",
        load=load_tiny_shakespeare,
        languages=("en",),
        meanings={
            "test": "the last 111,540 of the 1,115,394 characters, as is customary; but published "
            "models learn from all the characters before and often are chosen by the test part, "
            "where here a tenth of those was held back to choose by",
            "nats_per_character": "the mean of -ln p over every character of the test text but the "
            "first",
            "bits_per_character": "the mean of -log2 p over the same",
        },
        # Measured by benchmarks/language_baselines.py.
        baselines={
            "a 7-gram of characters with modified Kneser-Ney smoothing": {
                "nats_per_character": 1.5222
            },
            "a 5-gram of characters with Witten-Bell smoothing": {"nats_per_character": 1.6722},
        },
        limits=(
            "It knows parts of Shakespeare's plays, a million characters of them, and no other "
            "English: it spells early modern words, and many that there never were.",
            "It knows 65 characters: the letters without accents, the line feed, the space and 10 "
            "signs; of all digits it knows the 3 alone.",
            "The test part is most of The Taming of the Shrew, whose beginning is among what was "
            "learnt from, and some of The Tempest, of which nothing is.",
            "It keeps up the form of a play, a name and then what is said, and the sound of it; "
            "there is no plot, and sentences seldom make sense.",
        ),
        examples=("ROMEO:\n", "KING RICHARD III:\nNow", "To be, or not"),
    ),
)
