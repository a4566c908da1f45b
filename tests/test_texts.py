"""Texts as they come: in any container, with characters that show nothing, and of words that a
model does not know."""

from __future__ import annotations

import copy
import json
import pickle
import warnings

import numpy as np
import pyarrow
import pytest
from tokenizers import Tokenizer

import zoo
from helpers import rewrite
from hostile import make_series
from zoo import checkpoint
from zoo.datasets import TextDataset
from zoo.evaluation import evaluate
from zoo.exporting.export import vocabularies
from zoo.formats import TOKENIZER
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.tasks.text_classification.testing import SENTENCES, make_checkpoint
from zoo.tasks.translation.testing import PAIRS, make_translator
from zoo.text.encoding import check_texts
from zoo.text.forms import FORMER, SUBWORDS, WORDS


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("texts") / "classifier")


@pytest.fixture(scope="module")
def translator(tmp_path_factory):
    return make_translator(tmp_path_factory.mktemp("texts") / "translator")


HIDDEN = (
    "\u00ad",
    "\u200b",
    "\u200d",
    "\u200e",
    "\u202e",
    "\u2066",
    "\ufe0f",
    "\ufeff",
    "\U000e0041",
)
SPACES = ("\u00a0", "\u1680", "\u2009", "\u202f", "\u3000", "\u2028", "\x85", "\t", "  ")


def plain_ids(path, asset, text):
    """Token ids as the published instructions have them made: by the tokenizers library alone."""
    tokenizer = Tokenizer.from_file(str(path / asset))
    tokenizer.encode_special_tokens = True
    return tokenizer.encode(text).ids


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_shows_nothing_is_not_read(classifier, translator, hidden):
    text, given = "A moving film", f"{hidden}A mo{hidden}ving{hidden} film"
    assert plain_ids(classifier, TOKENIZER, given) == plain_ids(classifier, TOKENIZER, text)
    classify, translate = zoo.pipeline(classifier), zoo.pipeline(translator)
    np.testing.assert_array_equal(classify.predict_proba(given), classify.predict_proba(text))
    text, given = "Ein Mann", f"Ei{hidden}n{hidden} Mann{hidden}"
    ids = plain_ids(translator, SOURCE_TOKENIZER, text)
    assert plain_ids(translator, SOURCE_TOKENIZER, given) == ids
    assert translate(given) == translate(text)


@pytest.mark.parametrize("space", SPACES)
def test_a_space_is_a_space(classifier, translator, space):
    text, given = "A moving film", f"{space}A{space}moving film{space}"
    assert plain_ids(classifier, TOKENIZER, given) == plain_ids(classifier, TOKENIZER, text)
    text, given = "Ein Mann liest.", f"{space}Ein{space}Mann liest.{space}"
    ids = plain_ids(translator, SOURCE_TOKENIZER, text)
    assert plain_ids(translator, SOURCE_TOKENIZER, given) == ids
    translate = zoo.pipeline(translator)
    assert translate(given) == translate(text)


@pytest.mark.parametrize("name", ["lstm-imdb", "bahdanau-multi30k-de-en"])
def test_the_entries_read_so(name):
    path = zoo.registry.resolve(name)
    for asset in checkpoint.read(path).assets:
        ids = plain_ids(path, asset, "A man, two Hunde.")
        assert plain_ids(path, asset, "\ufeffA\u00a0ma\u00adn, two\u202fHun\u200bde.") == ids


def former(path, *assets):
    """Rewrite vocabularies as version 0.1.0 wrote them."""
    for asset in assets:
        content = json.loads((path / asset).read_text("utf-8"))
        content["normalizer"] = FORMER[content["model"]["type"]]
        rewrite(path, asset, json.dumps(content).encode("utf-8"))


def test_a_checkpoint_of_the_former_version_reads_so_too(tmp_path):
    path = make_checkpoint(tmp_path / "classifier")
    former(path, TOKENIZER)
    classify = zoo.pipeline(path)
    given = classify.predict_proba("A mo\u00adving film")
    np.testing.assert_array_equal(given, classify.predict_proba("A moving film"))
    path = make_translator(tmp_path / "translator")
    former(path, TOKENIZER, SOURCE_TOKENIZER)
    translate = zoo.pipeline(path)
    assert translate("Ein\u00a0Mann") == translate("Ein Mann")


def test_exports_hold_the_vocabularies_of_today(tmp_path):
    paths = make_checkpoint(tmp_path / "classifier"), make_translator(tmp_path / "translator")
    for path in paths:
        today = vocabularies(checkpoint.read(path))
        former(path, *checkpoint.read(path).assets)
        found = vocabularies(checkpoint.read(path))
        assert {name: json.loads(data) for name, data in found.items()} == {
            name: json.loads(data) for name, data in today.items()
        }


@pytest.mark.parametrize(("form", "asset"), [(WORDS, TOKENIZER), (SUBWORDS, SOURCE_TOKENIZER)])
def test_other_steps_are_refused(tmp_path, form, asset):
    path = (make_checkpoint if form is WORDS else make_translator)(tmp_path / "model")
    content = json.loads((path / asset).read_text("utf-8"))
    content["normalizer"]["normalizers"][0]["pattern"] = {"Regex": "(a+)+$"}
    rewrite(path, asset, json.dumps(content).encode("utf-8"))
    with pytest.raises(zoo.CheckpointError, match="normalizer"):
        zoo.pipeline(path)


def test_a_special_token_that_is_written_out_stays_text(classifier):
    classify = zoo.pipeline(classifier)
    assert classify("a [PAD] film") == classify("a [ pad ] film")
    assert plain_ids(classifier, TOKENIZER, "[PAD] [START]").count(2) == 1


def messages(function, *arguments):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function(*arguments)
    return [str(warning.message) for warning in caught]


def test_texts_that_say_little_are_told():
    classify = zoo.pipeline("ngram-gru-imdb")
    texts = ["A moving film.", "qwrtz plmkn!", "Die Handlung ist vorhersehbar.", "", "\u200b"]
    empty, unknown = messages(classify, texts)
    assert empty.startswith("2 of 5 texts hold no word (the first at index 3)")
    assert unknown.startswith("Most words of 2 of 5 texts are unknown to the model (the first at")
    assert messages(classify.predict_proba, texts) == [empty, unknown]
    assert messages(classify, ["A moving film.", "Weikl rocks, :-)", "!"]) == []
    data = TextDataset(["Good film.", "xq zf"], np.array([1, 0]))
    assert "(the first at index 1)" in messages(evaluate, classify, data)[0]


@pytest.mark.parametrize(
    ("name", "honest", "others"),
    [
        (
            "bahdanau-multi30k-de-en",
            [
                "Ein Mann fährt Rad.",
                "Es ist so.",
                "Drei Hunde spielen am See.",
                "12 Hunde spielen.",
            ],
            ["A man is riding a bike.", "EIN MANN FÄHRT RAD.", "qwrtz plmkn"],
        ),
        (
            "bahdanau-multi30k-en-de",
            ["A man is riding a bike.", "I am.", "Three dogs play in the snow."],
            ["Ein Mann fährt Rad.", "A MAN IS RIDING A BIKE.", "qwrtz plmkn"],
        ),
    ],
)
def test_sentences_that_a_translator_does_not_know_are_told(name, honest, others):
    translate = zoo.pipeline(name)
    assert messages(translate, honest) == []
    (strange,) = messages(translate, [honest[0], *others])
    assert strange.startswith("Most words of 3 of 4 sentences are strange to the model")
    assert "(the first at index 1)" in strange


def test_a_number_that_is_lost_is_told():
    texts = ["Ein Hund.", "Ein Kind mit der Nummer 1102 fährt Ski.", "", "Ein Mann " * 90]
    empty, long, lost = messages(zoo.pipeline("bahdanau-multi30k-de-en"), texts)
    assert empty.startswith("1 of 4 sentences hold no word (the first at index 2)")
    assert long.startswith("1 of 4 sentences are longer than the 63 tokens that are read")
    assert lost.startswith("1 of 4 translations do not hold a number") and "index 1" in lost


TEXTS = ["a film", "so so plot", "waste of time"]


def containers():
    """Texts in everything that holds them, by name; of libraries that are there."""
    yield "tuple", tuple(TEXTS)
    yield "generator", (text for text in TEXTS)
    yield "map", map(str, TEXTS)
    yield "dictionary", dict.fromkeys(TEXTS).keys()
    for dtype in (None, object, "S20", np.dtypes.StringDType()):
        yield f"array of {dtype}", np.array(TEXTS, dtype=dtype)
    yield "pyarrow", pyarrow.array(TEXTS)
    yield "chunks", pyarrow.chunked_array([TEXTS[:1], TEXTS[1:]])
    yield "pyarrow's array", pyarrow.array(TEXTS).to_numpy(zero_copy_only=False)
    try:
        import pandas as pd
    except ImportError:
        pass
    else:
        for dtype in ("object", "string", "category", "string[pyarrow]"):
            yield f"pandas {dtype}", pd.Series(TEXTS, dtype=dtype)
            yield f"values of pandas {dtype}", pd.Series(TEXTS, dtype=dtype).values
    try:
        import polars as pl
    except ImportError:
        pass
    else:
        yield "polars", pl.Series(TEXTS)
        yield "polars' array", pl.Series(TEXTS).to_numpy()


@pytest.mark.parametrize("kind", [name for name, _ in containers()])
def test_texts_are_taken_from_anything_that_holds_them(kind):
    given = dict(containers())[kind]
    received = check_texts(given)
    assert received == TEXTS and {type(text) for text in received} == {str}


@pytest.mark.parametrize(
    "given",
    [
        {"a film": 1},
        {"a film"},
        pyarrow.table({"text": TEXTS}),
        np.array("a film"),
        np.array([TEXTS]),
        pyarrow.array(["a film", None]),
        7,
        iter(()),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_holds_no_texts_is_refused(given):
    with pytest.raises(zoo.InputError, match=r"Expected .* Received: "):
        check_texts(given)


def series(length, channels):
    return np.sin(np.arange(length * channels)).reshape(length, channels)


@pytest.mark.parametrize("kind", ["classifier", "translator", "forecaster", "series classifier"])
def test_a_pipeline_that_was_copied_answers_as_before(tmp_path, kind):
    """Also when the checkpoint is no longer there."""
    path = tmp_path / "model"
    if kind == "classifier":
        path, arguments = make_checkpoint(path), (SENTENCES, None)
    elif kind == "translator":
        path, arguments = make_translator(path), (PAIRS[0],)
    else:
        path = make_series(path, ("slow", "fast") if "classifier" in kind else ())
        given = series(40, checkpoint.read(path).backbone.channels)
        arguments = (given, None) if "classifier" in kind else (given, 5)
    pipeline = zoo.pipeline(path, threads=2)
    expected = pipeline(*arguments)
    path.rename(tmp_path / "gone")
    for copied in (
        pickle.loads(pickle.dumps(pipeline)),
        copy.copy(pipeline),
        copy.deepcopy(pipeline),
    ):
        assert copied is not pipeline and type(copied) is type(pipeline)
        assert copied.info == pipeline.info
        np.testing.assert_equal(copied(*arguments), expected)
        assert getattr(copied, "threads", None) == getattr(pipeline, "threads", None)
