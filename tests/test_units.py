"""Characters and words as units: what is known, what is left out, and that it is told."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import CheckpointError
from zoo.text.forms import LETTERS, PLAIN_LETTERS, SUBWORDS, SYMBOLS
from zoo.text.subwords import END
from zoo.text.units import (
    UnitEncoder,
    decode_units,
    parse_units,
    train_units,
    unit_doubts,
    unit_form,
)

WORDS = ["naive", "cat", "fix"]


def letters(*more, form=LETTERS):
    data = train_units([*WORDS, *more], form, 90).to_str().encode("utf-8")
    return parse_units(data, form, 90)


def symbols():
    return parse_units(train_units(["K AE T", "[PAD]"], SYMBOLS, 90).to_str().encode(), SYMBOLS, 90)


@pytest.mark.parametrize(
    ("text", "read", "unknown", "plain"),
    [
        ("CAT", "cat", (), ()),
        (" \tca\u00adt\n", "cat", (), ()),
        ("Nai\u0308ve", "naive", (), ("\u00ef",)),
        ("\ufb01x", "fix", (), ("\ufb01",)),
        ("c4t", "ct", ("4",), ()),
        ("cat fix", "catfix", (" ",), ()),
        ("\u65e5\u672c", "", ("\u65e5", "\u672c"), ()),
        ("[PAD]", "a", ("[", "p", "d", "]"), ()),
        ("0123456789cat", "cat", ("0", "1", "2", "3", "4"), ()),
        ("", "", (), ()),
    ],
)
def test_what_is_unknown_is_left_out_and_told(text, read, unknown, plain):
    tokenizer = letters()
    found = UnitEncoder(tokenizer).read([text])
    assert decode_units(tokenizer, found.ids) == [read]
    assert found.ids[0][-1] == END and found.ids[0].dtype == np.int32
    assert (found.unknown, found.plain) == ([unknown], [plain])


@pytest.mark.parametrize(
    ("known", "read"), [("K AE AE1 T2 T", "K AE1 T2"), ("K AE1 T2", "K AE1 T2"), ("k ae", "k ae")]
)
def test_a_symbol_in_the_other_case_keeps_a_number_that_is_known(known, read):
    tokenizer = train_units([known], SYMBOLS, 90)
    assert decode_units(tokenizer, UnitEncoder(tokenizer)(["k Ae1 t2"])) == [read]


@pytest.mark.parametrize(
    ("text", "read", "unknown", "plain"),
    [
        ("K AE1 T", "K AE T", (), ("AE1",)),
        ("k ae0 t2", "K AE T", (), ("k", "ae0", "t2")),
        ("K AE1x 1 T", "K T", ("AE1x", "1"), ()),
        ("KAET", "", ("KAET",), ()),
    ],
)
def test_a_symbol_is_read_without_its_number_or_in_the_other_case(text, read, unknown, plain):
    found = UnitEncoder(symbols()).read([text])
    assert decode_units(symbols(), found.ids) == [read]
    assert (found.unknown, found.plain) == ([unknown], [plain])
    # What a model is to be scored by stands as it is.
    kept = UnitEncoder(symbols(), keep=True).read([text])
    assert set(kept.unknown[0]) == {*unknown, *plain} and kept.plain == [()]


def test_what_is_written_keeps_its_case_and_a_space_that_is_known():
    tokenizer = letters("New York", form=PLAIN_LETTERS)
    ids = UnitEncoder(tokenizer)(["New York"])
    assert decode_units(tokenizer, ids) == ["New York"]
    # As the library itself decodes, for those who ask the ONNX files.
    assert tokenizer.decode(ids[0].tolist()) == "New York"
    assert unit_form("characters", "target") is PLAIN_LETTERS
    assert unit_form("characters", "source") is LETTERS


def test_words_are_what_stands_between_white_space():
    tokenizer = symbols()
    read = UnitEncoder(tokenizer).read([" K  AE\tOW0 T [PAD]"])
    assert decode_units(tokenizer, read.ids) == ["K AE T"]
    assert read.unknown == [("OW0", "[PAD]")]
    kept = UnitEncoder(tokenizer, keep=True)(["K OW0 T"])
    assert kept[0].tolist()[1] == 1 and len(kept[0]) == 4


@pytest.mark.parametrize(
    "text", ["cat" * 9_000, " " * 20_000 + "cat" * 9, "\u65e5" * 20_000 + "cat\u00ef" * 9]
)
def test_long_texts_are_read_as_short_ones_are(text):
    tokenizer = letters()
    short = text.strip(" \u65e5")[:60]
    expected = UnitEncoder(tokenizer, 12).read([short])
    found = UnitEncoder(tokenizer, 12).read([text])
    np.testing.assert_array_equal(found.ids[0], expected.ids[0])
    assert found.cut.tolist() == [True] and expected.cut.tolist() == [True]


def test_a_word_without_end_is_one_unknown_word():
    read = UnitEncoder(symbols(), keep=True).read(["Q" * 100_000 + " T", " K  " * 9_000])
    assert read.ids[0].tolist()[0] == 1 and len(read.ids[0]) == 3
    assert len(read.ids[1]) == 9_001
    assert len(read.unknown[0][0]) < 60


def test_doubts_name_what_is_unknown():
    read = UnitEncoder(letters(), 6).read(["c4t{", "Na\u00efve", "", "catcatcat"])
    doubts = unit_doubts(read, 6)
    told = doubts.messages()
    assert 'index 0: "4", "{"' in "".join(told) and "longer than the 6 symbols" in "".join(told)
    alone = doubts.alone()
    assert alone[0] == [
        'The text holds symbols that the model does not know and leaves out: "4", "{".'
    ]
    assert "without their marks" in alone[1][0] and "answer is empty" in alone[2][0]
    assert len(alone) == 4 and "end is left out" in alone[3][0]


@pytest.mark.parametrize(
    ("data", "form", "words"),
    [
        (lambda: train_units(["cat"], LETTERS, 9).to_str(), SYMBOLS, "normalizer"),
        (lambda: train_units(["cat"], LETTERS, 9).to_str(), PLAIN_LETTERS, "normalizer"),
        (lambda: train_units(["cat"], LETTERS, 9).to_str(), SUBWORDS, "normalizer"),
        (lambda: train_units(["cat"], LETTERS, 9).to_str().replace('"c"', '"cc"'), LETTERS, "cc"),
        (lambda: train_units(["cats"], LETTERS, 9).to_str(), LETTERS, "at most 7 ids"),
        (lambda: "{}", LETTERS, "vocabulary"),
    ],
)
def test_other_vocabularies_are_refused(data, form, words):
    with pytest.raises(CheckpointError, match=words):
        parse_units(data().encode("utf-8"), form, 7)
