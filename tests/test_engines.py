"""Pipelines answer alike whatever computes them, and what cannot compute them is refused."""

from __future__ import annotations

import pickle
import sys

import numpy as np
import pytest

import zoo
from zoo.graphs.engines import ENGINES

TEXTS = ["A moving film.", "Dull. " * 40, "", "Neither good nor bad, but very long " * 30] * 9
SENTENCES = ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", ""]


def openvino():
    return pytest.importorskip("openvino")


@pytest.mark.parametrize("name", ["lstm-imdb", "ngram-gru-imdb", "simple-rnn-imdb", "cnn-imdb"])
@pytest.mark.filterwarnings("ignore:.*hold no word:UserWarning", "ignore:.*unknown:UserWarning")
def test_classifiers_answer_alike(name):
    openvino()
    expected = zoo.pipeline(name).predict_proba(TEXTS)
    other = pickle.loads(pickle.dumps(zoo.pipeline(name, engine="openvino", threads=2)))
    np.testing.assert_allclose(other.predict_proba(TEXTS), expected, atol=1e-5)


def test_translators_answer_alike():
    openvino()
    name = "bahdanau-multi30k-de-en"
    expected = zoo.pipeline(name, engine="onnxruntime")(SENTENCES)
    assert zoo.pipeline(name, engine="openvino")(SENTENCES) == expected


def test_an_engine_that_is_none_or_is_not_installed_is_refused(monkeypatch):
    for name, engine, words in (
        ("lstm-imdb", "cuda", "'onnxruntime' or 'openvino'"),
        ("esn-lorenz", "openvino", "its models have no choice"),
        ("lstm-imdb", 3, "Received: 3"),
    ):
        with pytest.raises(zoo.InputError, match=words):
            zoo.pipeline(name, engine=engine)
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(zoo.MissingPackageError, match="pip install openvino"):
        zoo.pipeline("lstm-imdb", engine=ENGINES[1])
