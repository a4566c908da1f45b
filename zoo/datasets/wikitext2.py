"""WikiText-2: articles of the English Wikipedia, for language models."""

from __future__ import annotations

import hashlib
import re

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.corpora import TextCorpus

__all__ = ["DATASETS", "load_wikitext2"]

_URL = (
    "https://raw.githubusercontent.com/pytorch/examples/main/word_language_model/data/"
    "wikitext-2/{file}"
)
# The file of every split, what it is called where it is fetched, and the SHA-256 of its text.
_FILES = {
    "train": (
        "wiki.train.tokens",
        "train.txt",
        "68a3a0ba6aeea8fef37e345ec36792edb6297e28ccd05bb5683afaa088e97668",
    ),
    "validation": (
        "wiki.valid.tokens",
        "valid.txt",
        "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
    ),
    "test": (
        "wiki.test.tokens",
        "test.txt",
        "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
    ),
}
# SHA-256 of the articles for training in alphabetical order: the order in which the zoo's models
# read the last of them is not that of the file as it is distributed.
_TRAINING_ARTICLES = "51dbd895aaeff9ab9e6482c93feff05ca161353cd56ee53c8fbd87389f494345"
# Where an article begins, or anything else with a title between single signs of equality.
_TITLE = re.compile(r"(?m)^(?= = [^=\n]+ = $)")


def _any_order(text: str) -> str | None:
    """Return a text that holds the articles for training in another order, else None."""
    joined = "".join(sorted(_TITLE.split(text)))
    same = hashlib.sha256(joined.encode("utf-8")).hexdigest() == _TRAINING_ARTICLES
    return text if same else None


def load_wikitext2(split: str, download: bool = True) -> TextCorpus:
    """Load a split of WikiText-2, the version whose rare words are `<unk>`: one text.

    The three files are read from the folder `wikitext2` of the directory `ZOO_DATA_DIR`, where
    that is set, or from `~/.cache/rnn-zoo`; where they are not at hand, they are fetched from the
    examples of PyTorch. Of the training part the order of the articles does not matter: the zoo's
    models were trained with the last 60 in another than the official one.

    Args:
        split: `"train"` (2,088,628 tokens, the end of every line counted as one),
            `"validation"` (217,646) or `"test"` (245,569).
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_wikitext2("test").texts[0][:21]  # doctest: +SKIP
        ' \\n = Robert <unk> = \\n'

    Reference:
        [Merity et al., 2017](https://arxiv.org/abs/1609.07843)
    """
    if split not in _FILES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    file, distant, sha256 = _FILES[split]
    text = pinned_text(
        "wikitext2",
        file,
        _URL.format(file=distant),
        sha256,
        download=download,
        other=_any_order if split == "train" else lambda text: None,
    )
    return TextCorpus([text])


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="wikitext2",
            title="WikiText-2, in tokens",
            url="https://huggingface.co/datasets/Salesforce/wikitext",
            hub_id="Salesforce/wikitext",
            splits={"train": 2_088_628, "validation": 217_646, "test": 245_569},
        ),
        terms="CC BY-SA 3.0",
        load=load_wikitext2,
        languages=("en",),
        meanings={
            "test": "the 245,569 tokens of `wiki.test.tokens`, the end of every line counted as "
            "one",
            "perplexity": "that of every token of the test text, the ends of lines and `<unk>` "
            "included, as papers report it on this data",
        },
        # Measured by benchmarks/language_baselines.py.
        baselines={
            "a 5-gram of words with modified Kneser-Ney smoothing": {"perplexity": 220.14},
        },
        limits=(
            "It knows 600 articles of the English Wikipedia that were good or featured ones before "
            "2016: wars, games, songs, birds, roads and people that Wikipedia's authors had "
            "written much about.",
            "It knows 33,277 words and signs and the end of a line. Any other word is `<unk>`: 2.6 "
            "of 100 in training and 6.2 in the test. Words stand between spaces, signs too, and "
            "what joins the parts of a word or a number is written `@-@`, `@,@` or `@.@`.",
            "The articles are all of them those of the official training part, but the last 60 "
            "were read in another order than the official file has them.",
            "What it writes is fluent for some words and true by chance only: it is a yardstick of "
            "networks, not an encyclopaedia.",
        ),
        examples=("The game was", "In 2006 , he", "The species is"),
    ),
)
