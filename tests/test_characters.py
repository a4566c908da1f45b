"""Texts read as characters: the same tokens however they come, and what is not known of them."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import zoo
from helpers import rewrite
from zoo import checkpoint
from zoo.formats import CONFIG, TOKENIZER
from zoo.tasks.text_classification.data import prepare_labelled
from zoo.tasks.text_classification.testing import (
    OTHER_BACKBONES,
    SENTENCES,
    WORDS,
    make_checkpoint,
)
from zoo.text.arriving import ArrivingCharacters, Held
from zoo.text.characters import CharacterReader, PlainCharacters, train_characters
from zoo.text.doubts import WordDoubts
from zoo.text.encoding import START, UNKNOWN, TextEncoder, parse_tokenizer, train_tokenizer
from zoo.text.forms import CHARACTERS
from zoo.text.growing import with_characters

TOKENIZER_OF = parse_tokenizer(
    train_characters(["Anna \u00c5ngstr\u00f6m", "[PAD]"], 30).to_str().encode(), 30
)
WRITTEN = ("[PAD]", "[UNK]", "[START]", "<br />", "A", "o\u0308", "  ", "\u1100\u1161")
ODD = st.sampled_from([*WRITTEN, *" \n\t\x00\x85\u0308\u030a\u200b\u00ad\ufeff\u00a0\u3000\u2028"])
texts = st.lists(st.one_of(ODD, st.text(max_size=3)), max_size=14).map("".join)


def library(text):
    return TOKENIZER_OF.encode(text).ids


@given(text=texts, piece=st.integers(1, 9))
@example(text=" \u200b A\u200b\u030a  ", piece=1)
@example(text="a \u00ad b", piece=2)
def test_long_texts_are_read_as_short_ones(text, piece):
    reader, expected = CharacterReader(TOKENIZER_OF, piece), library(text)
    assert reader.read(text)[0] == expected
    for head, tail in ((1, 0), (3, 0), (1, 2), (2, 3), (50, 50)):
        long = len(expected) > head + tail
        cut = [*expected[:head], *expected[len(expected) - tail :]] if long else expected
        read, spans, was_cut = reader.read(text, head, tail, spans=True)
        assert (read, was_cut) == (cut, long) and len(spans) == len(read) - 1
        assert all(0 <= first < last <= len(text) for first, last in spans)


@given(text=texts, cuts=st.lists(st.integers(0, 30), max_size=6))
def test_a_text_that_arrives_is_read_as_the_whole(text, cuts):
    arriving = ArrivingCharacters(TOKENIZER_OF)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    ids, held = arriving.start.tolist(), Held()
    for first, last in pairwise(places):
        more, held = arriving.more(held, text[first:last])
        ids += more
        assert ids + arriving.rest(held) == library(text[:last])


@given(text=st.text(st.characters(max_codepoint=127), max_size=20))
def test_plain_texts_are_read_faster_but_the_same(text):
    assert PlainCharacters(TOKENIZER_OF)(text).tolist() == library(text)


def test_what_is_spelt_out_stays_text():
    ids = library("[PAD]")
    assert ids[0] == START and len(ids) == 6 and UNKNOWN not in ids and 0 not in ids
    assert library("A\u030angstro\u0308m") == library(" \u200b\u00c5ngstr\u00f6m\n")


def test_what_is_read_is_what_is_written():
    content = json.loads(train_characters(["ab"], 9).to_str())
    content["model"].pop("vocab")
    assert json.dumps(content, sort_keys=True) == json.dumps(CHARACTERS, sort_keys=True)


def test_the_vocabulary_is_of_the_unit_that_the_configuration_names(tmp_path):
    path = make_checkpoint(tmp_path / "tiny", "gru", unit="characters")
    words = train_tokenizer(SENTENCES, WORDS)
    rewrite(path, TOKENIZER, words.to_str().encode())
    with pytest.raises(zoo.CheckpointError, match="as the zoo writes it"):
        checkpoint.read(path)
    config = json.loads((path / CONFIG).read_bytes())
    assert config["config"]["preprocessor"]["config"].pop("unit") == "characters"
    rewrite(path, CONFIG, json.dumps(config).encode())
    assert checkpoint.read(path).preprocessor.unit == "words"


def test_what_is_not_known_is_told():
    doubts = WordDoubts(TOKENIZER_OF)
    encode = TextEncoder(TOKENIZER_OF, 20, 0)
    rows = doubts(
        encode(["Anna", "\u0410\u043d\u043d\u0430", "Annx", "Annxx", " ", "AnnaAnna"])
    ).rows
    assert rows == {"empty text": [4], "unknown characters": [1, 3]}


@pytest.fixture(scope="module")
def tiny_characters(tmp_path_factory):
    path = tmp_path_factory.mktemp("characters") / "tiny"
    return make_checkpoint(path, "gru", unit="characters")


def test_answers_warn_of_another_script(tiny_characters):
    pipeline = zoo.pipeline(tiny_characters)
    with pytest.warns(UserWarning, match=r"Many characters of 1 of 2 texts .* another script"):
        pipeline(["A moving film", "\u041c\u043e\u0441\u043a\u0432\u0430"])


def test_what_new_characters_a_user_has_are_learnt(tiny_characters):
    source = checkpoint.read(tiny_characters)
    given = ["K-17 \u0416", "K-18 \u0416", "fil Q"]
    left = r"^1 character that tiny does not know, .* in one .* alone, stays unknown: 'Q'"
    with (
        pytest.warns(UserWarning, match=left),
        pytest.warns(UserWarning, match=r"^6 characters of the training texts are new to tiny"),
    ):
        larger = with_characters(source, [*given, *given[:2], "8"])
    assert larger.backbone.vocabulary_size == WORDS + 6
    assert larger.tensors["token_embedding/embeddings"].shape[0] == WORDS + 6
    encode = TextEncoder(parse_tokenizer(larger.tokenizer, WORDS + 6), 20, 0)
    (ids,) = encode(["K-17 \u0416"])
    assert (ids != UNKNOWN).all() and sorted(ids[ids >= WORDS]) == [60, 61, 62, 63, 65]
    # What was known is read as before.
    before = TextEncoder(parse_tokenizer(source.tokenizer, WORDS), 20, 0)
    np.testing.assert_array_equal(encode(["a film"])[0], before(["a film"])[0])
    with pytest.warns(UserWarning, match=left):
        assert with_characters(larger, given) is None


def test_words_do_not_grow(tiny):
    assert with_characters(checkpoint.read(tiny), ["zebra", "zebra"]) is None
    assert prepare_labelled((["zebra", "horse", "cow", "ox"], [1, 0, 1, 0]), share=0.5).labels


@pytest.mark.filterwarnings("ignore:Many characters")
def test_a_classifier_is_tuned_on_codes_of_characters_that_are_new_to_it(tmp_path):
    quick = OTHER_BACKBONES["one width"]  # compiles sooner than what is recurrent
    base = make_checkpoint(tmp_path / "base", backbone=quick, unit="characters")
    codes = [f"{'QX'[row % 2]}-1{row}#" for row in range(24)]
    classes = ["shelf" if code[0] == "Q" else "desk" for code in codes]
    with pytest.warns(UserWarning, match="characters of the training texts are new to tiny"):
        tuned = zoo.finetune(
            base,
            (codes, classes),
            output=tmp_path / "tuned",
            validation_share=0.5,
            epochs=1,
            batch_size=8,
            linear_probe=False,
        )
    found = checkpoint.read(tuned.path)
    assert found.backbone.vocabulary_size > WORDS and found.preprocessor.unit == "characters"
    assert found.info.labels == ("desk", "shelf")
    model, pipeline = zoo.load(tuned.path), zoo.pipeline(tuned.path)
    given = model.predict(codes[:3], verbose=0)
    np.testing.assert_allclose(given, pipeline.predict_proba(codes[:3]), atol=1e-5)
    (ids,) = model.preprocessor.tokenizer(["Q-1"])
    assert model.preprocessor.tokenizer.detokenize(ids) == "Q-1"
    attribution = zoo.explain(model, " Q-1 ")
    assert attribution.tokens == ["Q", "-", "1"] and attribution.unit == "characters"
