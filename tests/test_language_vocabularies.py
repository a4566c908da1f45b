"""The vocabularies of language models: words between white space, and characters as they are."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import zoo
from zoo.text import language
from zoo.text.forms import PLAIN_CHARACTERS, PLAIN_WORDS, PLAIN_WORDS_LOWERCASE
from zoo.text.language import (
    END,
    PAD,
    UNKNOWN,
    LanguageEncoder,
    language_form,
    parse_language_tokenizer,
    train_plain_characters,
    train_plain_words,
)

TEXT = " the cat saw the <unk> dog , N times . \n the Dog slept\n"
KINDS = {
    "words": (train_plain_words(TEXT, 50), PLAIN_WORDS),
    "words in lower case": (train_plain_words(TEXT, 50, lowercase=True), PLAIN_WORDS_LOWERCASE),
    "characters": (train_plain_characters(TEXT, 50), PLAIN_CHARACTERS),
}
kinds = pytest.mark.parametrize("kind", KINDS)
# What splits words, what spells special tokens out, and letters whose case is peculiar.
WORDS = ("[PAD]", "<unk>", "<eos>", "<UNK>", "the", "cat", "Dog", "\r\n", "e\u0301")
ODD = st.sampled_from([*WORDS, *"\n \x1c\x85\x00\u00a0\u200b\u2028\u03a3\u0130\ufeff\U0001f600"])
texts = st.lists(st.one_of(ODD, st.text(max_size=3)), max_size=12).map("".join)


def encoder_of(kind):
    """An encoder as one reads it of a file."""
    tokenizer, form = KINDS[kind]
    return LanguageEncoder(parse_language_tokenizer(tokenizer.to_str().encode(), form, 50))


@kinds
@given(text=texts)
@example(text="\u0391\u03a3 \u0391\u03a3\n[PAD]a b[PAD] \x1f\x1d x")
def test_ids_are_those_of_the_library(kind, text):
    encoder = encoder_of(kind)
    ids = encoder.encode(text)
    assert ids.dtype == np.int32 and ids.tolist() == encoder.tokenizer.encode(text).ids
    assert PAD not in ids


@kinds
@given(data=st.data())
def test_what_is_known_comes_back(kind, data):
    encoder = encoder_of(kind)
    tokens = encoder.tokenizer.get_vocab()
    if encoder.unit == "characters":
        known = [token for token in tokens if token not in ("[PAD]", "<unk>")]
        text = "".join(data.draw(st.lists(st.sampled_from(known))))
    else:
        known = [token for token in tokens if token not in ("[PAD]", "<eos>")]
        lines = st.lists(st.lists(st.sampled_from(known), max_size=4).map(" ".join))
        text = "\n".join(data.draw(lines))
    assert encoder.decode(encoder.encode(text)) == text
    assert encoder.unknown(text).count == 0


@kinds
@given(text=texts)
def test_the_length_of_a_text_changes_no_id(kind, text, monkeypatch_module):
    encoder = encoder_of(kind)
    expected = encoder.encode(text), encoder.unknown(text)
    monkeypatch_module.setattr(language, "_AT_ONCE", 3)
    found = encoder.encode(text), encoder.unknown(text)
    monkeypatch_module.undo()
    np.testing.assert_array_equal(found[0], expected[0])
    assert found[1] == expected[1]


@pytest.fixture(scope="module")
def monkeypatch_module():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


def test_words_as_the_files_of_the_benchmarks_have_them():
    encoder = encoder_of("words")
    assert encoder.unit == "words" and not encoder.lowercase
    assert (
        encoder.decode(encoder.encode(TEXT))
        == "the cat saw the <unk> dog , N times .\nthe Dog slept\n"
    )
    ids = encoder.encode("<unk> horse <eos> dog\n").tolist()
    assert ids[:3] == [UNKNOWN, UNKNOWN, END] and ids[4:] == [END] and ids[3] > END
    lower = encoder_of("words in lower case")
    assert lower.lowercase and lower.encode("THE dOg").tolist() == lower.encode("the dog").tolist()
    assert encoder.encode("THE").tolist() == [UNKNOWN]


def test_characters_as_they_are():
    encoder = encoder_of("characters")
    assert encoder.unit == "characters" and encoder.encode("\n").tolist() == [END]
    # As characters, nothing that is written out is a special token.
    assert encoder.encode("<unk>").tolist().count(UNKNOWN) == 0
    assert encoder.decode(encoder.encode("cat \u2603")) == "cat \ufffd"


def test_what_is_unknown_is_counted_and_shown():
    found = encoder_of("words").unknown("the zebra saw <unk> zebra\nKuh")
    assert (found.count, found.total, found.examples) == (3, 7, ("zebra", "Kuh"))
    found = encoder_of("characters").unknown("the \u0416\u0416\u0417")
    assert (found.count, found.total, found.examples) == (3, 7, ("\u0416", "\u0417"))


@kinds
def test_ids_without_a_token_are_unknown(kind):
    encoder = encoder_of(kind)
    unknown = "\ufffd" if encoder.unit == "characters" else "<unk>"
    for ids in ([49], [-1], [UNKNOWN], np.array([10**6], np.int64)):
        assert encoder.decode(ids) == unknown
    assert encoder.decode([PAD, PAD]) == encoder.decode([]) == ""


@kinds
def test_texts_that_are_none_are_refused(kind):
    for wrong in (7, None, ["a"], "\ud800", b"\xff"):
        with pytest.raises(zoo.InputError, match=r"Expected .* Received: "):
            encoder_of(kind).encode(wrong)


@pytest.mark.parametrize("train", [train_plain_words, train_plain_characters])
def test_a_vocabulary_of_nothing_is_refused(train):
    for nothing in ("", [], ["\n"]):
        with pytest.raises(zoo.InputError, match="at least one"):
            train(nothing, 9)


def test_the_most_frequent_come_first_and_endless_words_are_not_learnt():
    tokenizer = train_plain_words(["b a b", "c" * 1000 + " a b d"], 5)
    assert tokenizer.get_vocab() == {"[PAD]": 0, "<unk>": 1, "<eos>": 2, "b": 3, "a": 4}
    assert train_plain_words("b a", 9).get_vocab_size() == 5
    assert train_plain_characters(["ba", "b"], 4).get_vocab() == {
        "[PAD]": 0,
        "<unk>": 1,
        "\n": 2,
        "b": 3,
    }


@kinds
def test_what_is_read_is_what_is_written(kind):
    tokenizer, form = KINDS[kind]
    content = json.loads(tokenizer.to_str())
    content["model"].pop("vocab")
    assert json.dumps(content, sort_keys=True) == json.dumps(form, sort_keys=True)
    assert language_form(encoder_of(kind).unit, encoder_of(kind).lowercase) == form


def _edited(kind, change):
    content = json.loads(KINDS[kind][0].to_str())
    change(content)
    return json.dumps(content).encode()


@kinds
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content["model"]["vocab"].update({"[PAD]": 1, "<unk>": 0}),
        lambda content: content["model"]["vocab"].update(q=50),
        lambda content: content["model"]["vocab"].update(q=3),
        lambda content: content["model"]["vocab"].pop("[PAD]"),
        lambda content: content["model"].update(unk_token="the"),
        lambda content: content["added_tokens"].pop(),
        lambda content: content.update(normalizer={"type": "Lowercase"}),
        lambda content: content.update(pre_tokenizer={"type": "Whitespace"}),
        lambda content: content["pre_tokenizer"].update(pattern={"Regex": "(a+)+$"}),
    ],
)
def test_other_files_are_refused(kind, change):
    with pytest.raises(zoo.CheckpointError, match=r"Expected .* Received: "):
        parse_language_tokenizer(_edited(kind, change), KINDS[kind][1], 50)


def test_a_file_of_another_kind_is_refused():
    for kind, (tokenizer, _) in KINDS.items():
        for other in KINDS.keys() - {kind}:
            with pytest.raises(zoo.CheckpointError, match="as the zoo writes it"):
                parse_language_tokenizer(tokenizer.to_str().encode(), KINDS[other][1], 50)
    long = _edited("characters", lambda content: content["model"]["vocab"].update(qu=40))
    with pytest.raises(zoo.CheckpointError, match="single characters"):
        parse_language_tokenizer(long, PLAIN_CHARACTERS, 50)
