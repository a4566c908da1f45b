"""CoNLL-2003: the names of people, places, organizations and others in English news."""

from __future__ import annotations

from zoo.datasets.common import DataSet, pinned_text
from zoo.errors import InputError, shown
from zoo.schema import DatasetInfo
from zoo.text.tagged import TaggedDataset, parse_conll

__all__ = ["DATASETS", "load_conll2003"]

_URL = "https://raw.githubusercontent.com/glample/tagger/master/dataset/{file}"
# The file of every split, and the SHA-256 of its text.
_FILES = {
    "train": ("eng.train", "1f829db7620be0f4a5fff90203eeef27580a75546fdbf180e36ff542b92e6a92"),
    "validation": ("eng.testa", "426445b024120cfbd770fb4c0dafb6710f35afc08056b82837aa166a8cd6aef7"),
    "test": ("eng.testb", "ae78c673d851c4308090fed5fb4412474c8b1fc91fe20728fdf62fdbfa1a5b2c"),
}


def load_conll2003(split: str, download: bool = True) -> TaggedDataset:
    """Load a split of the English part of CoNLL-2003, as its shared task has it.

    The three files are read from the folder `conll2003` of the directory `ZOO_DATA_DIR`, where that
    is set, or from `~/.cache/rnn-zoo`; where they are not at hand, they are fetched from the
    repository of Lample et al. 2016. The texts are of the Reuters Corpus (RCV1), which its owner
    gives for research: who fetches them needs to be allowed to use them, and none may pass them on.

    Args:
        split: `"train"` (14,041 sentences of 946 documents), `"validation"` (testa, 3,250 of 216)
            or `"test"` (testb, 3,453 of 231).
        download: whether the data is fetched where it is not at hand.

    Raises:
        InputError: there is no such split.
        DataError: the data is neither at hand nor reachable, or not the one expected.

    Example:
        >>> load_conll2003("train").sentences[0][:3]  # doctest: +SKIP
        ['EU', 'rejects', 'German']

    Reference:
        [Tjong Kim Sang & De Meulder, 2003](https://aclanthology.org/W03-0419/)
    """
    if split not in _FILES:
        raise InputError(f"Expected 'train', 'validation' or 'test'. Received: {shown(split)}")
    file, sha256 = _FILES[split]
    text = pinned_text("conll2003", file, _URL.format(file=file), sha256, download=download)
    return parse_conll(text, file, scheme="IOB1").data


DATASETS = (
    DataSet(
        info=DatasetInfo(
            name="conll2003",
            title="CoNLL-2003, English",
            url="https://www.clips.uantwerpen.be/conll2003/ner/",
            splits={"train": 946, "validation": 216, "test": 231},
        ),
        terms="Reuters Corpus (RCV1): for research, and not to be redistributed",
        load=load_conll2003,
        languages=("en",),
        labels=("LOC", "MISC", "ORG", "PER"),
        meanings={
            "test": "the 231 documents of testb: 3,453 sentences, 46,435 words, 5,648 names",
            "f1": "of whole names of the right type, as conlleval counts them, and seqeval in "
            "strict IOB2",
        },
        limits=(
            "It knows English news of Reuters of 1996: politics, business and much sport, in the "
            "spelling of its editors. The test part is of later months than what it learnt from "
            "and was chosen on, and is harder. Who has become known since is as strange to it as "
            "any other name.",
            "It tells people, places, organizations and, under one heading, all other names, such "
            "as nationalities, languages and events. It finds no dates, numbers, sums or "
            "addresses, and does not tell which Washington is meant.",
            "In sports results a town is the team that plays for it, an organization; elsewhere it "
            "is a place. Lists and tables are where it errs most.",
            "How well it finds a name differs by where the name comes from: names that English "
            "news seldom has are missed more often. Do not use it alone to take names out of texts "
            "that must not hold any.",
        ),
        examples=(
            "Angela Merkel met Tim Cook of Apple in Berlin on Friday.",
            "EU rejects German call to boycott British lamb.",
            "Germany's representative to the European Union, Werner Zwingmann, spoke in Brussels.",
        ),
    ),
)
