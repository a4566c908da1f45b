"""Tags of words in their schemes, and files of columns."""

from __future__ import annotations

import itertools

import pytest

from zoo.errors import DataError, InputError
from zoo.text.tagged import TaggedDataset, as_iob2, parse_conll
from zoo.text.tags import (
    iobes_names,
    repair,
    scheme_of,
    spans,
    split_tag,
    tags_of,
    to_iob2,
    to_iobes,
)

FOUND = [("PER", 0, 2), ("PER", 2, 3), ("LOC", 4, 7)]
IOB2 = ["B-PER", "I-PER", "B-PER", "O", "B-LOC", "I-LOC", "I-LOC"]
IOB1 = ["I-PER", "I-PER", "B-PER", "O", "I-LOC", "I-LOC", "I-LOC"]
IOBES = ["B-PER", "E-PER", "S-PER", "O", "B-LOC", "I-LOC", "E-LOC"]
BILOU = ["B-PER", "L-PER", "U-PER", "O", "B-LOC", "I-LOC", "L-LOC"]
BMES = ["B-PER", "E-PER", "S-PER", "O", "B-LOC", "M-LOC", "E-LOC"]


@pytest.mark.parametrize("tags", [IOB2, IOB1, IOBES, BILOU, BMES])
def test_every_scheme_comes_to_the_same_iob2(tags):
    scheme = scheme_of([tags])
    assert repair(tags, scheme) == (IOB2, 0)
    assert spans(to_iob2(tags, scheme)) == FOUND


def test_schemes_are_told_apart():
    assert [scheme_of([tags]) for tags in (IOB2, IOB1, IOBES, BILOU)] == [
        "IOB2",
        "IOB1",
        "IOBES",
        "IOBES",
    ]
    # A single slip makes no other scheme of it.
    assert scheme_of([IOB2, IOB2, ["I-LOC"]]) == "IOB2"
    assert scheme_of([["O"], []]) == "IOB2"


def test_all_short_sequences_go_to_iobes_and_back():
    kinds = [f"{letter}-{kind}" for letter in "BI" for kind in "XY"]
    for length in range(5):
        for tags in itertools.product(["O", *kinds], repeat=length):
            mended, wrong = repair(tags)
            assert (wrong == 0) == (mended == list(tags))
            assert repair(mended) == (mended, 0)
            inside = to_iobes(mended)
            assert to_iob2(inside) == mended
            assert repair(inside, "IOBES")[1] == 0
            assert tags_of(spans(mended), length) == mended


def test_broken_sequences_are_counted_and_mended():
    assert repair(["O", "I-PER", "I-LOC", "I-LOC"]) == (["O", "B-PER", "B-LOC", "I-LOC"], 2)
    # Begun and never ended, ended and never begun, gone on with and never begun.
    assert repair(["B-PER", "O", "E-LOC", "O", "I-LOC", "E-LOC"], "IOBES") == (
        ["B-PER", "O", "B-LOC", "O", "B-LOC", "I-LOC"],
        3,
    )
    assert repair(["B-PER"], "IOBES") == (["B-PER"], 1)


@pytest.mark.parametrize("scheme", ["IOB2", "IOBES"])
def test_a_tag_that_breaks_two_rules_is_counted_once(scheme):
    for tags in (["I-PER"], ["O", "I-PER", "O"], ["I-PER", "I-LOC", "I-PER"], ["I-A", "B-B"]):
        mended, wrong = repair(tags, scheme)
        assert mended == [f"B{tag[1:]}" if tag != "O" else tag for tag in tags]
        assert wrong == sum(tag[0] == "I" or (scheme == "IOBES" and tag[0] == "B") for tag in tags)


def test_strict_iob2_knows_only_what_begins():
    assert spans(["I-PER", "B-PER", "I-LOC", "I-PER"]) == [("PER", 1, 2)]


def test_what_is_no_tag_is_refused():
    assert split_tag("S-a-b") == ("S", "a-b")
    for wrong in ("", "PER", "B-", "b-PER", "X-PER", "o"):
        with pytest.raises(InputError, match="B-PER, I-PER or O"):
            split_tag(wrong)
    with pytest.raises(InputError, match="IOB2"):
        repair(["S-PER"], "IOB2")
    assert iobes_names(["A"]) == ["O", "B-A", "I-A", "E-A", "S-A"]


CONLL = """-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER
-DOCSTART- -X- O O

# NN I-NP O
1 CD I-NP O
"""


def test_columns_are_read_with_their_documents():
    found = parse_conll(CONLL)
    assert found.data == TaggedDataset(
        [[["EU", "rejects"], ["Peter", "Blackburn"]], [["#", "1"]]],
        [[["B-ORG", "O"], ["B-PER", "I-PER"]], [["O", "O"]]],
    )
    assert found.notes == ()
    assert found.places == ("line 3", "line 6", "line 10")
    assert found.data.labels == ("ORG", "PER")
    assert len(found.data) == 2
    assert len(found.data.sentences) == 3
    # Windows' ends of lines, a mark of the byte order, and tabs with words that hold blanks.
    text = "\ufeff# a comment\r\nNew York\tB-LOC\r\n\t\r\n10\u00a0000\tO\r\n"
    assert parse_conll(text).data.words == [[["New York"]], [["10\u00a0000"]]]
    assert parse_conll("10\u00a0000 O").data.words == [[["10\u00a0000"]]]
    # Comments of CoNLL-U, and the tag first.
    text = "# newdoc id = 1\n# text = A b\nB-PER A\nO b\n\nO c\n# newdoc\nO d\n"
    found = parse_conll(text, word_column=2, tag_column=1)
    assert found.data.words == [[["A", "b"], ["c"]], [["d"]]]


def test_broken_columns_are_mended_with_a_note_or_refused():
    text = "A B-PER\nB I-PER\n\nC O\nD I-LOC\n\nE B-LOC\n"
    found = parse_conll(text, "mine.conll")
    assert found.data.tags[1] == [["O", "B-LOC"]]
    (note,) = found.notes
    assert "1 of 5 tags" in note
    assert "mine.conll, line 4" in note
    with pytest.raises(DataError, match="line 4: expected IOB2 tags that break no rule"):
        parse_conll(text, "mine.conll", strict=True)
    # As IOB1 the same file is whole.
    assert parse_conll(text, scheme="IOB1").notes == ()


def test_tags_without_letters_are_types():
    found = parse_conll("New LOC\nYork LOC\nMary PER\nis O\n")
    assert found.data.tags == [[["B-LOC", "I-LOC", "B-PER", "O"]]]
    assert "begins with B- or I-" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no word"),
        ("\n \n\t\n", "no word"),
        ("-DOCSTART- -X- O O\n", "no word"),
        ("London\n", "line 1: expected a word and its tag"),
        ("A O\nLondon\n", "line 2: expected a word and its tag"),
        ("A NN O\nLondon NN\n", "line 2: expected 3 columns, as in line 1. Received: 2"),
        ("A\tO\n\tB-LOC\n", "line 2: expected a word and its tag"),
        ("A\tO\nB\t\n", "line 2: expected a word and its tag"),
        ("A B-PER\nB x\n", "line 1: .*B-PER, I-PER or O. Received: 'x'"),
        ("1 A NN\n2 B VB\n", "Received: 'NN'"),
        ("A b-per\n\nB O\n\nC B-LOC\n", "Received: 'b-per'"),
    ],
)
def test_what_is_no_column_of_tags_is_refused_with_its_place(text, words):
    with pytest.raises(DataError, match=words):
        parse_conll(text)


def test_a_column_that_is_not_there_is_refused():
    with pytest.raises(DataError, match=r"column of tags to be one of 2\. Received: 3"):
        parse_conll("A O\n", tag_column=3)
    with pytest.raises(InputError, match="IOB2, IOB1, IOBES"):
        parse_conll("A O\n", scheme="BIO")


@pytest.mark.parametrize("rest", ["", "Ann B-PER\n"])
def test_a_tag_without_a_type_is_refused_with_its_line(rest):
    for tag in ("B-", "I-", "S-"):
        with pytest.raises(DataError, match=rf"mine, line 3: expected a type.*Received: '{tag}'"):
            parse_conll(f"it O\n\nRome {tag}\n{rest}", "mine")
    with pytest.raises(DataError, match=r"mine, line 2: expected a type"):
        parse_conll("it O\n# B-\n", "mine")
    with pytest.raises(DataError, match=r"row 1: .*Received: 'B-'"):
        as_iob2([[["O", "B-"]]], lambda sentence: f"row {sentence + 1}")
