"""Plain texts have the ids that the tokenizers library gives them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo import registry
from zoo.text.encoding import TextEncoder, parse_tokenizer
from zoo.text.plain_words import PlainWords

SOURCE = registry.read("lstm-imdb")
TOKENIZER = parse_tokenizer(SOURCE.tokenizer, SOURCE.backbone.vocabulary_size)
PLAIN = PlainWords(TOKENIZER)
# Every plain character, the letters and what words are made of more often.
CHARACTERS = st.sampled_from(
    [chr(number) for number in range(0x180)]
    + list("\u2013\u2014\u2018\u2019\u201c\u201d'`'`  ''aeBR<br/>_\u0301\u200b\ufb01\u2026\u0130")
)
PIECES = st.one_of(
    CHARACTERS, st.sampled_from(["<br />", "<BR />", "don't", "'quoted'", "[START]", "caf\u00e9"])
)


@settings(deadline=None, max_examples=300)
@given(st.lists(PIECES, max_size=30).map("".join))
def test_a_plain_text_has_the_ids_of_the_library(text):
    ids = PLAIN(text)
    if ids is None:
        assert not text.isascii()
    else:
        assert ids.tolist() == TOKENIZER.encode(text).ids


def test_every_character_alone_and_within_a_word_has_the_ids_of_the_library():
    read = 0
    for number in range(0x3000):
        if 0xD800 <= number < 0xE000:
            continue
        for text in (chr(number), f"a{chr(number)}b good{chr(number)} {chr(number)}film"):
            ids = PLAIN(text)
            if ids is not None:
                read += 1
                assert ids.tolist() == TOKENIZER.encode(text).ids, hex(number)
    assert read > 2 * 128


@pytest.mark.parametrize("truncate", [True, False])
def test_many_texts_are_read_as_few_are(truncate):
    encoder = TextEncoder(TOKENIZER, 10, 5)
    texts = [
        "A film. ",
        "caf\u00e9 \u2019s",
        "\u2165 \ufb01lm",
        "word " * 40,
        "",
        "x" * 20_000,
    ] * 20
    alone = [encoder([text], truncate)[0] for text in texts]
    for one, other in zip(encoder(texts, truncate), alone, strict=True):
        np.testing.assert_array_equal(one, other)
