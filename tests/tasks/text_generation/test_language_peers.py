"""The test cases that KerasHub brings in its wheel, run on the Keras parts of language models."""

from __future__ import annotations

import keras
import pytest

import zoo
from helpers import edit_config
from zoo.tasks.text_generation.layers import TokenLogits
from zoo.tasks.text_generation.preprocessor import LanguageTokenizer, RecurrentCausalLMPreprocessor
from zoo.tasks.text_generation.testing import LINES, TEXT, make_language_model
from zoo.text.language import train_plain_characters, train_plain_words

test_case = pytest.importorskip(
    "keras_hub.src.tests.test_case", reason="KerasHub's test cases need the package grain"
)
TOKENIZERS = {
    "words": train_plain_words(TEXT, 40),
    "lower case": train_plain_words(TEXT, 40, lowercase=True),
    "characters": train_plain_characters(TEXT, 40),
}


@pytest.fixture
def case():
    made = test_case.TestCase()
    made.setUp()
    yield made
    made.doCleanups()


def data_of(name):
    return TOKENIZERS[name].to_str().encode("utf-8")


@pytest.mark.parametrize("name", TOKENIZERS)
def test_tokenizers(case, name):
    texts = [LINES[0], f"{LINES[1]}\n{LINES[2]}"]
    case.run_preprocessing_layer_test(
        LanguageTokenizer, {"data": data_of(name)}, texts, expected_detokenize_output=texts
    )


@pytest.mark.parametrize("name", TOKENIZERS)
def test_preprocessors(case, name):
    case.init_kwargs = {
        "tokenizer": LanguageTokenizer(data_of(name)),
        "unit": "characters" if name == "characters" else "words",
        "lowercase": name == "lower case",
        "sequence_length": 60,
    }
    case.run_preprocessor_test(RecurrentCausalLMPreprocessor, case.init_kwargs, list(LINES))


def test_the_layer_of_logits(case):
    case.run_layer_test(
        TokenLogits,
        {"size": 7},
        keras.ops.ones((2, 4, 3)),
        (2, 4, 7),
        expected_num_trainable_weights=2,
    )


@pytest.mark.at_once
def test_language_models(case, tmp_path):
    path = make_language_model(tmp_path / "model", projected=True)
    edit_config(path, lambda part: part["config"].update(sequence_length=8), "preprocessor")
    made = zoo.load(path)
    arguments = {"backbone": made.backbone, "preprocessor": made.preprocessor}
    vocabulary = made.backbone.spec.vocabulary_size
    case.run_task_test(
        type(made), arguments, (list(LINES[:2]),), expected_output_shape=(2, 8, vocabulary)
    )
