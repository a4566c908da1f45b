"""Tokenizers and preprocessors as Keras has them: KerasHub's own test cases, which come in its
wheel, and that models read texts as the pipelines do."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pyarrow
import pytest

import zoo
from helpers import edit_config, rewrite
from zoo.exporting import checking
from zoo.formats import TOKENIZER
from zoo.tasks.text_classification import model as text_classifier
from zoo.tasks.text_classification.preprocessor import (
    SequenceTextClassifierPreprocessor,
    WordTokenizer,
)
from zoo.tasks.text_classification.testing import SENTENCES, VARIANTS, make_checkpoint
from zoo.tasks.translation import preprocessor as seq2seq_preprocessing
from zoo.tasks.translation.preprocessor import BahdanauSeq2SeqLMPreprocessor, SubwordTokenizer
from zoo.tasks.translation.testing import PAIRS
from zoo.text.encoding import train_word_tokenizer
from zoo.text.forms import FORMER
from zoo.text.subwords import train_subword_tokenizer

test_case = pytest.importorskip(
    "keras_hub.src.tests.test_case", reason="KerasHub's test cases need the package grain"
)

TOKENIZERS = {
    # A word tokenizer gives lower-case words back, and marks as words of their own.
    WordTokenizer: (
        train_word_tokenizer(SENTENCES, 60),
        SENTENCES,
        [
            "a moving , beautifully acted film !",
            "don't bother ; it is a waste of time . awful",
            "so so plot and words",
        ],
    ),
    SubwordTokenizer: (train_subword_tokenizer(PAIRS[0], 300), PAIRS[0], PAIRS[0]),
}


def tokenizer_of(kind):
    return kind(TOKENIZERS[kind][0].to_str().encode("utf-8"))


@pytest.fixture
def case():
    made = test_case.TestCase()
    made.setUp()
    yield made
    made.doCleanups()


@pytest.mark.parametrize("kind", TOKENIZERS)
def test_a_tokenizer(case, kind):
    tokenizer, texts, back = TOKENIZERS[kind]
    case.run_preprocessing_layer_test(
        kind,
        {"data": tokenizer.to_str().encode("utf-8")},
        texts,
        expected_detokenize_output=back,
    )


@pytest.mark.parametrize("kind", SequenceTextClassifierPreprocessor.__subclasses__())
def test_a_preprocessor_of_a_classifier(case, kind):
    case.init_kwargs = {
        "tokenizer": tokenizer_of(WordTokenizer),
        "head_length": 12,
        "tail_length": 20,
        "sequence_length": 32,
    }
    labels, weights = np.array([0, 1, 2]), np.array([1.0, 0.5, 0.0])
    case.run_preprocessor_test(kind, case.init_kwargs, (SENTENCES, labels, weights))


def test_a_preprocessor_of_a_translator(case):
    case.init_kwargs = {
        "tokenizer": tokenizer_of(SubwordTokenizer),
        "source_tokenizer": SubwordTokenizer(
            train_subword_tokenizer(PAIRS[0], 300).to_str().encode("utf-8"),
            config_file="source_tokenizer.json",
        ),
        "source_length": 40,
        "target_length": 20,
    }
    pairs = dict(zip(("encoder_text", "decoder_text"), PAIRS, strict=True))
    case.run_preprocessor_test(
        BahdanauSeq2SeqLMPreprocessor, case.init_kwargs, pairs, token_id_key="decoder_token_ids"
    )


def test_all_of_them_are_tested():
    tested = {*SequenceTextClassifierPreprocessor.__subclasses__(), BahdanauSeq2SeqLMPreprocessor}
    public = {
        getattr(module, name)
        for module in (text_classifier, seq2seq_preprocessing)
        for name in module.__all__
        if name.endswith("Preprocessor")
    }
    assert tested == public


def test_texts_of_any_length_are_batched_one_by_one():
    import tensorflow as tf

    kind = text_classifier.RecurrentTextClassifierPreprocessor
    preprocessor = kind(tokenizer_of(WordTokenizer), 40, 30)
    texts = ["a film", "so " * 50]
    data = tf.data.Dataset.from_tensor_slices(texts)
    assert preprocessor(texts[0])["token_ids"].shape == (32,)
    assert [preprocessor(text)["token_ids"].shape for text in texts] == [(32,), (64,)]
    preprocessor.sequence_length = 70
    (batch,) = data.map(preprocessor).batch(2)
    np.testing.assert_array_equal(batch["token_ids"], preprocessor(texts)["token_ids"])
    assert batch["token_ids"].shape == (2, 70)
    # Less than is read cuts the head and the tail in proportion.
    preprocessor.sequence_length = 7
    assert (preprocessor.head_length, preprocessor.tail_length) == (4, 3)


def messages(function, *arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(*arguments)
    return result, [str(w.message) for w in caught if w.category is UserWarning]


@pytest.fixture(scope="module")
def model():
    return zoo.load("gru-imdb")


def test_predict_reads_and_warns_as_the_pipeline_does(model):
    texts = ["A mo\u00adving\u00a0film.", "qwrtz plmkn", "", "A dull one.", "qwrtz plmkn"]
    expected, told = messages(zoo.pipeline("gru-imdb").predict_proba, texts)
    received, said = messages(lambda: model.predict(texts, verbose=0))
    np.testing.assert_allclose(received, expected, atol=1e-5)
    assert said == told and len(told) == 2
    assert messages(lambda: model.predict(texts[:1], verbose=0))[1] == []


@pytest.mark.parametrize(("tail", "left"), [(20, "middle"), (0, "end")])
def test_what_is_left_out_of_a_long_text_is_told_by_all(tmp_path, monkeypatch, tail, left):
    path = make_checkpoint(tmp_path / "model", **VARIANTS["one width"])  # it compiles sooner
    edit_config(path, lambda part: part["config"].update(tail_length=tail), "preprocessor")
    texts = ["a film", "a moving film " * 20]
    _, told = messages(zoo.pipeline(path), texts)
    assert len(told) == 1 and f"than the {11 + tail} tokens that are read" in told[0]
    assert told[0].endswith(f"; their {left}{'s' * (not tail)} {'is' if tail else 'are'} left out.")
    assert messages(lambda: zoo.load(path).predict(texts, verbose=0))[1] == told
    monkeypatch.setattr(checking, "has_keras", lambda: False)
    page = zoo.export(path, tmp_path / "page", format="web").path / "page.json"
    shown = json.loads(page.read_text("utf-8"))["task"]["words"]["messages"]
    assert shown["long text"].endswith(f"; its {left} is left out.")


@pytest.mark.parametrize("kind", ["generator", "map", "pyarrow", "pandas", "polars"])
def test_predict_takes_texts_from_anything_that_holds_them(model, kind):
    texts = ["A moving film.", "A dull one."]
    given = {
        "generator": lambda: (text for text in texts),
        "map": lambda: map(str, texts),
        "pyarrow": lambda: pyarrow.array(texts),
        "pandas": lambda: pytest.importorskip("pandas").Series(texts, dtype="string").values,
        "polars": lambda: pytest.importorskip("polars").Series(texts),
    }[kind]()
    assert model.predict(given, verbose=0).argmax(axis=1).tolist() == [1, 0]


def test_generate_warns_as_the_pipeline_does():
    texts = ["Ein Hund.", "", "A man is riding a bike.", "Ein Mann " * 60]
    _, told = messages(zoo.pipeline("bahdanau-multi30k-de-en"), texts)
    model = zoo.load("bahdanau-multi30k-de-en")
    received, said = messages(model.generate, texts)
    assert said == told and len(told) == 3 and received[1] == ""
    _, said = messages(model.generate, {"encoder_text": texts, "decoder_text": ["A"] * 4})
    assert said == told


def test_a_vocabulary_of_the_former_version_is_written_as_today(tmp_path):
    path = make_checkpoint(tmp_path / "model")
    current = (path / TOKENIZER).read_bytes()
    content = json.loads(current)
    content["normalizer"] = FORMER["WordLevel"]
    rewrite(path, TOKENIZER, json.dumps(content).encode("utf-8"))
    zoo.save(zoo.load(path), tmp_path / "copy")
    assert (tmp_path / "copy" / TOKENIZER).read_bytes() == current
