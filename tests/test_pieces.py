"""Long texts are read in pieces, with the ids and places of the whole; what shows nothing is not
read, and spaces are spaces."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from zoo.pieces import LONG, SubwordReader, WordReader
from zoo.subwords import SubwordEncoder, parse_subword_tokenizer, train_subword_tokenizer
from zoo.text import TextEncoder, parse_tokenizer, train_word_tokenizer
from zoo.vocabularies import _FORMER

# What may reach across a cut: marks that combine, syllables that are put together, ligatures that
# are taken apart, line breaks of HTML, apostrophes, and what shows nothing.
_BITS = [
    *("a", "bc", "Ünder", "don't", "rock ’n’ roll", "x" * 60, "'", "''", "`", "’", " ", "  ", "\n"),
    *("<", "<b", "<br />", "<BR />", "＜br", " />", "r />", "/>", ">", "!", "…", "\x07", "\x96"),
    *("e\u0301", "\u0301", "\u0323\u0301", "\u0344", "\u0338", "ﬁ", "\ufdfa", "\u00a8", "①", "½"),
    *(
        "\u1100",
        "\u1161",
        "\u11a8",
        "가",
        "\u09c7",
        "\u09be",
        "\u0e33",
        "映画",
        "。",
        "🎬",
        "❤\ufe0f",
    ),
    *(
        "\u00ad",
        "\u200b",
        "\u200d",
        "\ufeff",
        "\u034f",
        "\u00a0",
        "\u3000",
        "\u2028",
        "İ",
        "ς",
        "K",
    ),
]
texts = st.lists(st.sampled_from(_BITS) | st.characters(exclude_categories=["Cs"]), max_size=40)


def words_of(*samples):
    tokenizer = train_word_tokenizer(samples, 1_000)
    return parse_tokenizer(tokenizer.to_str().encode("utf-8"), 1_000)


@given(texts.map("".join), st.integers(1, 12), st.integers(1, 9), st.integers(0, 6), st.booleans())
@settings(deadline=None, max_examples=300)
def test_pieces_give_what_the_whole_gives(text, piece, head, tail, known):
    # Knowing every word, an id tells two words apart; knowing few, words are too long to be known.
    tokenizer = words_of(text if known else "a bc don't")
    whole = tokenizer.encode(text)
    assert WordReader(tokenizer, piece).read(text)[0] == whole.ids
    encode = TextEncoder(tokenizer, head, tail)
    kept = encode.truncate(np.arange(len(whole.ids)))
    ids, spans, cut = WordReader(tokenizer, piece).read(text, head, tail, spans=True)
    assert ids == np.array(whole.ids)[kept].tolist()
    assert spans == [whole.offsets[at] for at in kept if at]
    assert cut == (len(kept) < len(whole.ids))


@given(texts.map("".join), st.integers(1, 12), st.integers(0, 30))
@settings(deadline=None, max_examples=200)
def test_pieces_of_a_sentence_give_what_the_whole_gives(text, piece, most):
    tokenizer = train_subword_tokenizer(["a bc Ünder don't rock", text], 400)
    tokenizer = parse_subword_tokenizer(tokenizer.to_str().encode("utf-8"), 400)
    whole = tokenizer.encode(text).ids
    assert SubwordReader(tokenizer, piece).read(text) == (whole, False)
    assert SubwordReader(tokenizer, piece).read(text, most) == (whole[:most], len(whole) > most)
