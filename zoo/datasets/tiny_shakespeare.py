"""40,000 lines of Shakespeare in one file, as Andrej Karpathy put them together."""

from __future__ import annotations

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.corpora import TextCorpus

__all__ = ["DATASETS", "load_tiny_shakespeare"]

_URL = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt"
_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
# Which characters each part is: what is customarily learnt from, its last tenth held back, and
# the last tenth of all.
_PARTS = {
    "train": slice(0, 903_469),
    "validation": slice(903_469, 1_003_854),
    "test": slice(1_003_854, 1_115_394),
}


def load_tiny_shakespeare(split: str, download: bool = True) -> TextCorpus:
    """Load a part of 1,115,394 characters of Shakespeare's plays: one text.

    The file is read from the folder `tiny_shakespeare` of the directory `ZOO_DATA_DIR`, where
    that is set, or from `~/.cache/rnn-zoo`, and fetched into the latter the first time. It comes
    without splits; customarily the first nine tenths are learnt from and the rest is scored.

    Args:
        split: `"train"`, the first nine tenths without their own last tenth; `"validation"`, that
            last tenth; or `"test"`, the last tenth of all.
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
    if split not in _PARTS:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    text = pinned_text("tiny_shakespeare", "input.txt", _URL, _SHA256, download=download)
    return TextCorpus([text[_PARTS[split]]])


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="tiny_shakespeare",
            title="Tiny Shakespeare, in characters",
            url="https://github.com/karpathy/char-rnn/tree/master/data/tinyshakespeare",
            hub_id="karpathy/tiny_shakespeare",
            splits={split: part.stop - part.start for split, part in _PARTS.items()},
        ),
        terms="No licence stated; the plays are in the public domain",
        load=load_tiny_shakespeare,
        languages=("en",),
        meanings={
            "test": "the last 111,540 of the 1,115,394 characters, on which others often choose "
            "their model too; here that was done on the tenth before",
            "nats_per_character": "the mean of -ln p over every character of the test text but the "
            "first",
            "bits_per_character": "the mean of -log2 p over the same",
        },
        limits=(
            "It knows parts of Shakespeare's plays, a million characters of them, and no other "
            "English: it spells early modern words, and many that there never were.",
            "It knows 65 characters: the letters without accents, the line feed, the space and 10 "
            "signs; of all digits it knows the 3 alone.",
            "The test part is most of The Taming of the Shrew and some of The Tempest, and of "
            "neither play there is a line in the training part: names of speakers come new to it.",
            "It keeps up the form of a play, a name and then what is said, and the sound of it; "
            "there is no plot, and sentences seldom make sense.",
        ),
        examples=("ROMEO:\n", "KING RICHARD III:\nNow", "To be, or not"),
    ),
)
