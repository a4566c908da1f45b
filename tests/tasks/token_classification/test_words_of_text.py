"""Raw text to words and sentences, with where each stands."""

from __future__ import annotations

from itertools import pairwise

import pytest

from zoo.tasks.token_classification.words import sentence_places, word_places


def words_of(text):
    return [text[start:end] for start, end in word_places(text)]


def sentences_of(text, whole=()):
    return [
        " ".join(text[start:end] for start, end in sentence)
        for sentence in sentence_places(text, whole)
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("EU rejects German call.", "EU rejects German call ."),
        ("Mr. Lee's U.S. firm didn't pay", "Mr. Lee 's U.S. firm did n't pay"),
        ("on 1996-08-22, 6-3 7-5 (3-1/2) at 10:30", "on 1996-08-22 , 6-3 7-5 ( 3-1/2 ) at 10:30"),
        ("$1,000 US$5 C$3.5 50%", "$ 1,000 US$ 5 C$ 3.5 50 %"),
        ("O'Brien and AT&T's d'affaires", "O'Brien and AT&T 's d'affaires"),
        ("J.P. Morgan, J. Smith and J.Smith", "J.P. Morgan , J. Smith and J. Smith"),
        ("a U.S.-led 30-year plan--again...", "a U.S.-led 30-year plan -- again ..."),
        ("www.x.com, http://x.org/a?b=1. me@x.com", "www.x.com , http://x.org/a?b=1 . me@x.com"),
        ("+44 171 .500 1996/97 and/or", "+44 171 .500 1996/97 and / or"),
        ("Apple Inc. won; Oct. 3", "Apple Inc. won ; Oct. 3"),
        (
            "They\u2019re \u201chere\u201d, don\u2019t",
            "They \u2019re \u201c here \u201d , do n\u2019t",
        ),
        ("end.The next", "end . The next"),
        ("2. Germany 3", "2. Germany 3"),
        ("@user #tag C++", "@user #tag C + +"),
    ],
)
def test_words_are_cut_as_in_conll(text, words):
    assert words_of(text) == words.split(" ")


@pytest.mark.parametrize(
    "whole",
    [
        "\U0001f469\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f1e9\U0001f1ea",  # a flag
        "\u2764\ufe0f",
        "\U0001f44d\U0001f3fd",  # a colour of skin
        "Cafe\u0301",
        "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u6771\u4eac",
        "\u0395\u03bb\u03bb\u03ac\u03b4\u03b1",
    ],
)
def test_what_belongs_together_is_not_cut(whole):
    assert words_of(f"in {whole} , {whole}.") == ["in", whole, ",", whole, "."]
    assert words_of(whole) == [whole]


@pytest.mark.parametrize("text", ["", " \t\r\n ", "\u200b\ufeff", "\x00\x01", "\u00a0\u3000"])
def test_what_holds_no_word_has_none(text):
    assert word_places(text) == []
    assert sentence_places(text) == []


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u00ad", "\u200c", "\u200d", "\u2060", "\ufeff", "\u200e"]
)
def test_what_shows_nothing_cuts_nothing(hidden):
    text = (
        "Mr. Lee's U.S. firm in London didn't pay $1,000. The rest (of 1996-08-22) is at x@y.org."
    )
    expected = [[text[a:b] for a, b in sentence] for sentence in sentence_places(text)]
    for every in (1, 2, 3):
        raw = "".join(sign + hidden * (at % every == 0) for at, sign in enumerate(hidden + text))
        places = sentence_places(raw)
        found = [[raw[a:b].replace(hidden, "") for a, b in sentence] for sentence in places]
        assert found == expected
        assert word_places(raw)[0][0] == raw.index("M")
        assert all(raw[a] != hidden for sentence in places for a, _ in sentence)
    assert word_places(f"in Lon{hidden}don.") == [(0, 2), (3, 10), (10, 11)]
    # What is known to be one thing is so by where it stands in the raw text.
    raw = f"It{hidden * 9} is Yahoo! Inc here"
    start = raw.index("Yahoo")
    assert len(sentence_places(raw)) == 2
    assert len(sentence_places(raw, [(start, start + 10)])) == 1


def test_all_that_is_written_lies_in_a_word():
    text = "\u00bfQu\u00e9? \u20ac \u00a7 1 \u2014 \x07a\u0301\u0301"
    text += " \u2013 \u0661 \uff21 \u2028 x\u00ad"
    covered = {at for start, end in word_places(text) for at in range(start, end)}
    missed = {text[at] for at in range(len(text)) if at not in covered}
    assert missed == {" ", "\x07", "\u2028"}
    places = word_places(text)
    assert all(a < b for a, b in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("He left. She did too!", ["He left .", "She did too !"]),
        ('He said "No." Then he left.', ['He said " No . "', "Then he left ."]),
        ("Mr. Lee of St. Louis left. Or not?", ["Mr. Lee of St. Louis left .", "Or not ?"]),
        ("It is in the U.S. The rest is not.", ["It is in the U.S .", "The rest is not ."]),
        ("Made in the U.S.", ["Made in the U.S ."]),
        ("The U.S. Senate of J. Lott met", ["The U.S. Senate of J. Lott met"]),
        ("It was ... odd. but so.", ["It was ... odd . but so ."]),
        ("First\n\nSecond", ["First", "Second"]),
        ("Peter Blackburn\nBRUSSELS 1996-08-22\nThe end.",
         ["Peter Blackburn", "BRUSSELS 1996-08-22", "The end ."]),
        ("The meeting of all of the ministers of Europe in New\nYork was short.",
         ["The meeting of all of the ministers of Europe in New York was short ."]),
        ("a line\nthat goes on", ["a line that goes on"]),
        ("a\ttab, a\r\nB", ["a tab , a", "B"]),
        ("\u6771\u4eac\u3002\u6b21\u3002", ["\u6771\u4eac \u3002", "\u6b21 \u3002"]),
        ("2. Germany\n3. France", ["2. Germany", "3. France"]),
    ],
)  # fmt: skip
def test_sentences_are_cut_by_their_marks_and_lines(text, sentences):
    assert sentences_of(text) == sentences


def test_a_sentence_holds_what_is_known_to_be_one_thing():
    text = "They saw Yahoo! Inc and left. So did we."
    assert sentences_of(text) == ["They saw Yahoo !", "Inc and left .", "So did we ."]
    start = text.index("Yahoo")
    assert sentences_of(text, [(start, start + 10)]) == [
        "They saw Yahoo ! Inc and left .",
        "So did we .",
    ]


@pytest.mark.parametrize(
    "piece", [".-", "a.", "w@", '(" ', "A.\n", "1,", "http://!", "e\u0301", "a\u200b "]
)
def test_a_long_text_of_anything_is_cut(piece):
    text = piece * 20_000
    places = word_places(text)
    assert places[0][0] == 0
    assert sum(map(len, sentence_places(text))) in (len(places), len(places) + 1)
