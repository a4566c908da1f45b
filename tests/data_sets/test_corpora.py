"""Running text for language models: the parts that papers report on, and no other bytes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

import pytest

import zoo
from helpers import dataset_or_skip
from zoo.datasets import dataset_named, load_dataset
from zoo.text.corpora import TextCorpus

NAMES = ("ptb", "wikitext2", "tiny_shakespeare")
SPLITS = ("train", "validation", "test")
every_corpus = pytest.mark.parametrize("name", NAMES)


def tokens_of(text):
    """Return the words of a text, the end of every line one of them, as papers count them."""
    return [word for line in text.split("\n")[:-1] for word in [*line.split(), "<eos>"]]


@every_corpus
@pytest.mark.parametrize("split", SPLITS)
def test_a_split_has_as_many_tokens_as_are_published(name, split):
    data = dataset_or_skip(name, split)
    assert isinstance(data, TextCorpus)
    text = "".join(data.texts)
    assert len(data) == len(text) and "\r" not in text
    count = len(text) if name == "tiny_shakespeare" else len(tokens_of(text))
    assert count == dataset_named(name).info.splits[split]


@pytest.mark.parametrize(
    ("name", "size", "unknown"),
    # The unknown words of 100 that cards tell: in training and in the test.
    [("ptb", 10_000, (4.8, 5.8)), ("wikitext2", 33_278, (2.6, 6.2))],
)
def test_the_words_of_the_training_part_are_all_there_are(name, size, unknown):
    counts = [Counter(tokens_of(dataset_or_skip(name, split).texts[0])) for split in SPLITS]
    train, validation, test = counts
    assert len(train) == size and "<eos>" in train
    assert validation.keys() | test.keys() <= train.keys()
    shares = [100 * part["<unk>"] / part.total() for part in (train, test)]
    assert [round(share, 1) for share in shares] == list(unknown)


def test_the_parts_of_shakespeare_are_one_text_cut_between_speeches():
    train, validation, test = (dataset_or_skip("tiny_shakespeare", split) for split in SPLITS)
    assert (len(train.texts), len(validation.texts), len(test.texts)) == (11, 10, 1)
    pieces = [piece for pair in zip(train.texts, validation.texts, strict=False) for piece in pair]
    whole = "".join([*pieces, train.texts[-1], *test.texts])
    assert hashlib.sha256(whole.encode()).hexdigest().startswith("86c4e6aa")
    # Customary: what is learnt from is nine tenths, of which a tenth is held back here.
    assert len(train) + len(validation) == int(0.9 * len(whole))
    assert len(validation) == pytest.approx(0.1 * int(0.9 * len(whole)), rel=1e-3)
    for piece in [*validation.texts, *train.texts[1:]]:
        assert re.match(r"[A-Z][A-Za-z ']+:\n", piece), piece[:40]
    for piece in [*validation.texts, *train.texts[:-1]]:
        assert piece.endswith("\n\n")
    # What its card says of its characters, and of the plays.
    assert len(set("".join(train.texts))) == 65 and set("".join(train.texts)) == set(whole)
    assert re.findall(r"\d", "".join(sorted(set(whole)))) == ["3"]
    signs = [one for one in set(whole) if not one.isalnum() and not one.isspace()]
    assert len(signs) == 10
    speakers = [
        set(re.findall("PROSPERO|PETRUCHIO", "".join(part.texts))) for part in (train, test)
    ]
    assert speakers == [{"PETRUCHIO"}, {"PROSPERO", "PETRUCHIO"}]


def test_the_articles_for_training_are_known_in_any_order_and_no_others(tmp_path, monkeypatch):
    given = dataset_or_skip("wikitext2", "train").texts[0]
    articles = re.split(r"(?m)^(?= = [^=\n]+ = $)", given)
    file = tmp_path / "wikitext2" / "wiki.train.tokens"
    file.parent.mkdir()
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    turned = "".join([articles[0], *articles[300:], *articles[1:300]])
    file.write_bytes(turned.encode())
    assert turned != given
    assert load_dataset("wikitext2", "train", download=False).texts == [turned]
    file.write_bytes("".join(articles[:-1]).encode())
    with pytest.raises(zoo.DataError, match=r"wiki\.train\.tokens.*SHA-256.*Received"):
        load_dataset("wikitext2", "train", download=False)


@every_corpus
def test_other_splits_and_other_texts_are_refused(name, tmp_path, monkeypatch):
    with pytest.raises(zoo.InputError, match="'train', 'validation' or 'test'"):
        load_dataset(name, "all")
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(zoo.DataError, match=rf"{name}.*ZOO_DATA_DIR"):
        load_dataset(name, "test", download=False)
    files = {"ptb": "ptb.test.txt", "wikitext2": "wiki.test.tokens"}
    (tmp_path / name).mkdir()
    for content in (b"once upon a time\n", b"", b"\xff\xfe"):
        (tmp_path / name / files.get(name, "input.txt")).write_bytes(content)
        with pytest.raises(zoo.DataError, match=r"SHA-256.*Received"):
            load_dataset(name, "test", download=False)
