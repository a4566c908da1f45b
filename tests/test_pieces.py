"""Long texts are read in pieces: with the ids and places of the whole, and in little memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.text.encoding import TextEncoder, parse_tokenizer, train_word_tokenizer
from zoo.text.pieces import LONG, Pieces, WordReader
from zoo.text.subwords import (
    END,
    SubwordEncoder,
    SubwordReader,
    parse_subword_tokenizer,
    train_subword_tokenizer,
)

# What may reach across a cut: marks that combine, syllables that are put together, ligatures that
# are taken apart, line breaks of HTML, apostrophes, and what shows nothing.
_BITS = [
    *("a", "bc", "Ünder", "don't", "rock \u2019n\u2019 roll", "x" * 60),
    *("'", "''", "`", "\u2019", " ", "  ", "\n", "!", "…", "\x07", "\x96"),
    *("<", "<b", "<br />", "<BR />", "\uff1cbr", " />", "r />", "/>", ">"),
    *("e\u0301", "\u0301", "\u0323\u0301", "\u0344", "\u0338", "ﬁ", "\ufdfa", "\u00a8", "①", "½"),
    *("\u1100", "\u1161", "\u11a8", "가", "\u09c7", "\u09be", "\u0e33", "映画", "。", "🎬"),
    *("❤\ufe0f", "\u00ad", "\u200b", "\u200d", "\ufeff", "\u034f", "\u00a0", "\u3000", "\u2028"),
    *("İ", "ς", "\u212a"),
]
texts = st.lists(st.sampled_from(_BITS) | st.characters(exclude_categories=["Cs"]), max_size=40)


def words_of(*samples):
    tokenizer = train_word_tokenizer(samples, 1_000)
    return parse_tokenizer(tokenizer.to_str().encode("utf-8"), 1_000)


@given(texts.map("".join), st.integers(1, 12), st.integers(1, 9), st.integers(0, 6), st.booleans())
@settings(deadline=None, max_examples=150)
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
@settings(deadline=None, max_examples=80)
def test_pieces_of_a_sentence_give_what_the_whole_gives(text, piece, most):
    tokenizer = train_subword_tokenizer(["a bc Ünder don't rock", text], 400)
    tokenizer = parse_subword_tokenizer(tokenizer.to_str().encode("utf-8"), 400)
    whole = tokenizer.encode(text).ids
    assert SubwordReader(tokenizer, piece).read(text) == (whole, False)
    assert SubwordReader(tokenizer, piece).read(text, most) == (whole[:most], len(whole) > most)


def test_long_texts_are_read_in_pieces_by_the_encoders():
    text = "It is so. " + "Plot, words! " * 3_000 + "don't waste"
    encode = TextEncoder(words_of("it is so . plot , words ! don't waste"), 5, 4)
    whole = np.array(encode.tokenizer.encode(text).ids)
    (received,) = encode([text])
    assert len(text) > LONG and received.tolist() == encode.truncate(whole).tolist()
    assert encode([text], truncate=False)[0].tolist() == whole.tolist()
    ids, spans, omitted = encode.with_spans(text)
    assert ids.tolist() == received.tolist()
    read = " ".join(text[slice(*span)] for span in spans)
    assert read == "It is so . words ! don't waste"
    assert omitted == (text.index(".") + 1, text.rindex("words"))
    tokenizer = train_subword_tokenizer(["It is so.", "Plot, words!"], 300)
    tokenizer = parse_subword_tokenizer(tokenizer.to_str().encode("utf-8"), 300)
    (received,), cut = SubwordEncoder(tokenizer, 30).with_cuts([text])
    assert received.tolist() == [*tokenizer.encode(text).ids[:29], END] and cut.all()


def test_a_word_without_end_is_cut_with_a_warning():
    tokenizer = train_subword_tokenizer(["aaaa"], 300)
    tokenizer = parse_subword_tokenizer(tokenizer.to_str().encode("utf-8"), 300)
    with pytest.warns(UserWarning, match="A word of more than 100,000 characters"):
        (ids,) = SubwordEncoder(tokenizer, 9)(["a" * 150_000])
    assert len(ids) == 9


_GROWTH = """
import sys
from tokenizers import Tokenizer
from zoo.text.subwords import SubwordEncoder
from zoo.text.encoding import TextEncoder

def used():
    # ru_maxrss would start from that of the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

words, subwords = map(Tokenizer.from_file, sys.argv[1:])
texts = ["The film moved. " * 1_000_000, chr(0xFDFA) * 1_000_000, "a" * 500_000, " " * 500_000]
start = used()
for text in texts:
    TextEncoder(words, 300, 100)([text])
    TextEncoder(words, 300, 100)([text[:10_000]] * 100)
    SubwordEncoder(subwords, 64)([text])
print(used() - start)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_long_texts_take_little_memory(tmp_path):
    """The text of 16 MB took 1.2 GB before, and that of 3 MB, of which 18 are made, 1.8."""
    files = [tmp_path / "words.json", tmp_path / "subwords.json"]
    train_word_tokenizer(["The film moved."], 100).save(str(files[0]))
    train_subword_tokenizer(["The film moved."], 300).save(str(files[1]))
    command = [sys.executable, "-W", "ignore", "-c", _GROWTH, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200_000  # kB


def test_a_line_break_that_cannot_go_on_holds_nothing_back():
    """Else signs that begin one would be normalized again and again, at every place of a piece."""
    pieces = Pieces(words_of("a").normalizer, 50)
    assert pieces.cut("<" * 50)[0] == 49
    assert pieces.cut("a < b <x")[0] == 7
    assert pieces.cut("a <br")[0] == pieces.cut("a <b")[0] == 2
