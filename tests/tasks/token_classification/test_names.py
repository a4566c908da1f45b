"""Names in raw text and tags of words: offsets, exact probabilities, documents, and odd input."""

from __future__ import annotations

import dataclasses
import itertools
import json
import pickle
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from zoo import registry
from zoo.cli.main import app
from zoo.pipelines import make_pipeline
from zoo.tasks.token_classification.graph import tagger_graph
from zoo.tasks.token_classification.testing import CASES, LABELS, SENTENCES, make_tagger
from zoo.tasks.token_classification.words import sentence_places
from zoo.text.tags import iobes_names, repair, spans, to_iob2, to_iobes

pytestmark = pytest.mark.filterwarnings("ignore:Many letters:UserWarning")
TEXT = CASES.inputs[0]
WORDS = [words for words, _ in SENTENCES]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_tagger(tmp_path_factory.mktemp("names") / "tagger")


@pytest.fixture(scope="module")
def pipe(path):
    return zoo.pipeline(path)


def all_paths(pipe, words):
    """Return the probability of every path of tags through a sentence, by brute force."""
    chain, names = pipe.reader.chain, pipe.reader.names
    ((emissions,),) = pipe.emissions([[words]])
    scores = {}
    for path in itertools.product(range(len(names)), repeat=len(words)):
        score = chain.start[path[0]] + chain.end[path[-1]] + emissions[range(len(path)), path].sum()
        score += sum(chain.transitions[a, b] for a, b in itertools.pairwise(path))
        scores[path] = score
    most = max(scores.values())
    total = sum(np.exp(score - most) for score in scores.values())
    return {path: np.exp(score - most) / total for path, score in scores.items()}


@pytest.mark.parametrize("words", [["Mary", "Ann", "left"], ["London"], ["x", "Paris", "."]])
def test_tags_and_scores_are_those_of_all_paths(pipe, words):
    paths, names = all_paths(pipe, words), iobes_names(LABELS)
    best = max(paths, key=paths.get)
    assert pipe.tag([words]) == [to_iob2([names[tag] for tag in best])]
    ((found,),) = pipe.find([[words]])
    for (kind, start, end), score in zip(found.spans, found.scores, strict=True):
        tags = to_iobes([f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)])
        own = tuple(map(names.index, tags))
        expected = sum(share for path, share in paths.items() if path[start:end] == own)
        assert score == pytest.approx(expected, rel=1e-6)
    (shares,) = pipe.marginals([words])
    for place in range(len(words)):
        expected = np.zeros(1 + len(LABELS))
        for path, share in paths.items():
            tag = names[path[place]]
            expected[0 if tag == "O" else 1 + LABELS.index(tag[2:])] += share
        np.testing.assert_allclose(shares[place], expected, rtol=1e-6, atol=1e-9)


def test_entities_stand_where_they_say(pipe):
    texts = [*CASES.inputs, "Mary\tAnn\nlives   in\u00a0London.", "\U0001f600 Mary Ann \U0001f600"]
    for text, found in zip(texts, pipe(texts), strict=True):
        assert found, text
        for one in found:
            assert set(one) == {"entity_group", "score", "word", "start", "end"}
            assert text[one["start"] : one["end"]] == one["word"]
            assert one["entity_group"] in LABELS
            assert 0 < one["score"] <= 1
            assert type(one["score"]) is float and type(one["start"]) is int
        ends = [(one["start"], one["end"]) for one in found]
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ends))
    json.dumps(pipe(texts))
    # One text is answered by itself, a list of one by a list.
    assert pipe(TEXT) == pipe([TEXT])[0]
    assert pipe(np.array([TEXT])) == pipe([TEXT])


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u2060"])
def test_what_shows_nothing_changes_no_answer(pipe, hidden):
    text = "Mary lives in London. London is in London."
    raw = text.replace("Lon", f"Lon{hidden}", 1).replace("Mary", f"M{hidden}ary")
    plain, found = pipe(text), pipe(raw)
    assert [one["word"].replace(hidden, "") for one in found] == [one["word"] for one in plain]
    assert all(raw[one["start"] : one["end"]] == one["word"] for one in found)
    np.testing.assert_allclose(
        [one["score"] for one in found], [one["score"] for one in plain], rtol=1e-6
    )


def test_raw_text_is_answered_as_its_words_are(pipe):
    sentences = [[TEXT[a:b] for a, b in one] for one in sentence_places(TEXT)]
    tags = pipe.tag(sentences, together=True)
    expected = [
        (kind, " ".join(words[start:end]))
        for words, of_words in zip(sentences, tags, strict=True)
        for kind, start, end in spans(of_words)
    ]
    found = [(one["entity_group"], " ".join(one["word"].split())) for one in pipe(TEXT)]
    # A mark stands beside the word before it, without a space.
    assert [(kind, word.replace(" .", ".")) for kind, word in expected] == found


def test_neither_company_nor_batches_change_an_answer(pipe):
    texts = [*CASES.inputs, *CASES.odd]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        together = pipe(texts)
        for size in (1, 3):
            again = pipe(texts, batch_size=size)
            for one, other in zip(together, again, strict=True):
                assert [e["word"] for e in one] == [e["word"] for e in other]
                np.testing.assert_allclose(
                    [e["score"] for e in one], [e["score"] for e in other], atol=1e-5
                )
        for text, one in zip(texts, together, strict=True):
            assert [e["word"] for e in pipe(text)] == [e["word"] for e in one]
    assert pipe.tag(WORDS) == [pipe.tag([words])[0] for words in WORDS]


def test_the_document_counts_where_it_is_one(pipe):
    (apart,) = pipe.emissions([[["London"]]])
    (beside,) = pipe.emissions([[["London"], ["LONDON", "rained"]]])
    assert np.abs(apart[0] - beside[0]).max() > 1e-3


def test_threads_and_copies_answer_the_same(path, pipe):
    copy = pickle.loads(pickle.dumps(pipe))
    assert copy(TEXT) == pipe(TEXT)
    many = zoo.pipeline(path, threads=2)
    np.testing.assert_allclose(
        [one["score"] for of_text in many([TEXT] * 40) for one in of_text],
        [one["score"] for one in pipe(TEXT)] * 40,
        atol=1e-5,
    )


@pytest.mark.parametrize("text", ["", " \t\r\n ", "\u200b", "\x07"])
def test_a_text_without_a_word_has_no_names_and_that_is_told(pipe, text):
    with pytest.warns(UserWarning, match="1 of 1 texts hold no word"):
        assert pipe(text) == []
    with pytest.warns(UserWarning, match="1 of 2 texts hold no word .the first at index 1"):
        assert pipe([TEXT, text])[1] == []


def test_other_scripts_and_emoji_are_answered_and_told(pipe):
    for text in (
        "\u6771\u4eac\u306f\u9996\u90fd\u3067\u3059\u3002",
        "\u039c\u03b1\u03c1\u03af\u03b1",
        "\U0001f600\U0001f600",
    ):
        with pytest.warns(UserWarning, match="Many letters of 1 of 1 texts are unknown"):
            for one in pipe(text):
                assert text[one["start"] : one["end"]] == one["word"]


@pytest.mark.parametrize("text", ["1996", "London 3 Paris 2, 1996.", "\uff2d\uff41ry \u0663"])
def test_digits_and_other_forms_of_known_letters_are_not_called_unknown(pipe, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = pipe(text)
    assert all(text[one["start"] : one["end"]] == one["word"] for one in found)
    assert pipe.with_doubts([text])[1].alone() == [[]]


def test_ten_thousand_words_in_one_sentence(pipe):
    words = ["Mary", "Ann", "in", "London"] * 2_500
    (tags,) = pipe.tag([words])
    assert len(tags) == 10_000 and repair(tags)[1] == 0
    text = " ".join(words)
    found = pipe(text)
    assert found and all(text[one["start"] : one["end"]] == one["word"] for one in found)
    # Short ones beside it are answered as they are alone.
    assert pipe.tag([WORDS[0], words, WORDS[1]])[::2] == pipe.tag(WORDS[:2])


def test_long_words_and_capitals(pipe):
    (tags, shouted) = pipe.tag([["x" * 10_000, "y"], ["MARY", "ANN", "LIVES", "IN", "LONDON"]])
    assert len(tags) == 2 and len(shouted) == 5
    assert len(pipe.tag([["\u200b", "\u0301", "\U0001f469\u200d\U0001f467"]])[0]) == 3


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("EU rejects", "Call the pipeline itself with raw text"),
        (["EU", "rejects"], "Put the words of one sentence in a list of their own"),
        ([["EU", ""]], r"words in sentence 0.*Received: ''"),
        ([["EU"], [None]], r"words in sentence 1.*Received: None"),
        ([["EU", " "]], "Received: ' '"),
        ([], "an empty list"),
        (None, "Received: None"),
        ([3], "Received: 3 at index 0"),
        ([["\ud800"]], "valid UTF-8"),
    ],
)
def test_what_is_no_list_of_words_is_refused(pipe, given, words):
    with pytest.raises(zoo.InputError, match=words):
        pipe.tag(given)
    with pytest.raises(zoo.InputError, match=words):
        pipe.marginals(given)


def test_nothing_and_sentences_of_nothing(pipe):
    assert pipe.tag([[], ["Mary"], []]) == [[], pipe.tag([["Mary"]])[0], []]
    assert [one.shape for one in pipe.marginals([[], ["Mary"]])] == [(0, 3), (1, 3)]
    with pytest.raises(zoo.InputError, match=r"positive|at least 1"):
        pipe(TEXT, batch_size=0)


def test_a_session_is_refused_for_what_follows_counts(pipe):
    with pytest.raises(zoo.InputError, match="reads from the start to the end alone"):
        pipe.session()


def test_the_command_shows_names_as_rows_and_as_json(path, pipe):
    def run(*arguments):
        result = CliRunner().invoke(app, ["predict", str(path), *arguments])
        assert result.exit_code == 0, result.stderr
        return result.stdout

    (row,) = json.loads(run(TEXT, "--json"))
    assert row == {"text": TEXT, "entities": pipe(TEXT)}
    shown = run(TEXT)
    for one in pipe(TEXT):
        assert one["entity_group"] in shown and f"{one['score']:.4f}" in shown


def test_what_is_doubtful_of_a_text_is_said_of_it_alone(pipe):
    """As a server says it, which answers texts of several people together."""
    doubts = pipe.with_doubts(["", TEXT, "\u65e5\u672c\u8a9e"])[1]
    nothing, clear, strange = doubts.alone()
    assert nothing == ["The text holds no word; there are no names in it."] and clear == []
    assert strange[0].startswith("Many letters of the text are unknown to the model")
    assert not any("index" in said for one in doubts.alone() for said in one)


def test_a_file_of_words_and_tags_is_no_table_of_texts(path, tmp_path):
    (tmp_path / "mine.conll").write_text("EU NNP B-NP B-ORG\n")
    result = CliRunner().invoke(app, ["predict", str(path), "--data", str(tmp_path / "mine.conll")])
    assert result.exit_code == 2 and result.stdout == ""
    assert "mine.conll" in result.stderr and "zoo evaluate" in result.stderr


def test_a_graph_that_a_checkpoint_brings_says_the_same(path, pipe):
    # The pipeline's own graph reads every different word of a batch once.
    source = registry.read(str(path))
    brought = dataclasses.replace(source, graphs={"onnx/model.onnx": tagger_graph(source)})
    documents = [[*WORDS, WORDS[0]], [WORDS[-1]], [[word.upper() for word in WORDS[0]]]]
    found = make_pipeline(brought).emissions(documents)
    for one, other in zip(found, pipe.emissions(documents), strict=True):
        for given, expected in zip(one, other, strict=True):
            np.testing.assert_allclose(given, expected, atol=1e-5)
