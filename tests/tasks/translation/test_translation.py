"""Translators: subwords, checkpoints, pipelines, search, the KerasHub task, scores, commands."""

from __future__ import annotations

import warnings

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
import zoo.datasets
from helpers import at_once, zoo_command
from zoo import checkpoint
from zoo.common.escape import cut
from zoo.networks.bahdanau.graph import decoder_step_graph, encoder_graph
from zoo.tasks.translation.scoring import translation_metrics
from zoo.tasks.translation.testing import PAIRS, make_translator
from zoo.text.subwords import (
    END,
    SubwordEncoder,
    decode,
    parse_subword_tokenizer,
    train_subword_tokenizer,
)

SENTENCES = [*PAIRS[0], "Hund 🐕 日本語 ελληνικά", "x", "Mann " * 30, "\u00a0Zwei\tHunde "]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_translator(tmp_path_factory.mktemp("translator") / "tiny", encoder_layers=2)


@pytest.fixture(scope="module")
def translate(path):
    return zoo.pipeline(path)


@pytest.fixture(scope="module")
def model(path):
    return zoo.load(path)


TOKENIZER_OF_PAIRS = train_subword_tokenizer(PAIRS[1], 300)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@settings(deadline=None)
def test_subwords_give_every_text_back(text):
    tokenizer = parse_subword_tokenizer(TOKENIZER_OF_PAIRS.to_str().encode(), 300)
    (ids,) = SubwordEncoder(tokenizer, 10_000)([text])
    assert ids[-1] == END and (ids[:-1] > END).all()
    normal = tokenizer.normalizer.normalize_str(text).strip()
    assert decode(tokenizer, [ids]) == [normal]


def test_a_special_token_that_is_written_out_stays_text():
    tokenizer = parse_subword_tokenizer(TOKENIZER_OF_PAIRS.to_str().encode(), 300)
    assert decode(tokenizer, SubwordEncoder(tokenizer, 100)(["a [END] b [PAD]"])) == [
        "a [END] b [PAD]"
    ]


def test_new_labels_are_refused(path):
    with pytest.raises(zoo.InputError, match="classifies only"):
        zoo.load(path, num_classes=3)


def test_the_graphs_are_valid_onnx(path):
    loaded = checkpoint.read(path)
    for graph in (encoder_graph(loaded), decoder_step_graph(loaded)):
        onnx.checker.check_model(graph, full_check=True)


@pytest.mark.at_once
def test_the_pipeline_looks_where_keras_does(model, translate):
    given = [*PAIRS[1], *PAIRS[1], "?"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        alignments = translate.attention(SENTENCES, given)
    for one, other in zip(alignments, model.attention(SENTENCES, given), strict=True):
        assert (one.source, one.target) == (other.source, other.target)
        np.testing.assert_allclose(one.weights, other.weights, atol=1e-5)
        np.testing.assert_allclose(one.weights.sum(axis=1), 1, atol=1e-5)


def test_a_translation_that_is_given_may_be_given_by_name(translate):
    text, translation = PAIRS[0][0], PAIRS[1][0]
    scores, tokens = translate.score(texts=text, translations=translation)
    assert scores.tolist() == translate.score(text, translation)[0].tolist() and tokens[0] > 1
    again = translate.score_with_doubts(texts=text, translations=translation)
    assert (again[0].tolist(), again[1].tolist()) == (scores.tolist(), tokens.tolist())
    (looked,) = translate.attention(texts=text, translations=translation, num_beams=1)
    assert len(looked.target) == tokens[0] and looked.target[-1] == "(end)"
    with pytest.raises(zoo.InputError, match="one translation a sentence"):
        translate.attention(texts=text, translations=[translation] * 2)


def test_the_answer_of_a_beam_does_not_depend_on_the_batch(translate, num_beams=3):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        whole = translate(SENTENCES, num_beams=num_beams)
        assert [translate(s, num_beams=num_beams)[0] for s in SENTENCES] == whole
        assert translate(SENTENCES, num_beams=num_beams, batch_size=2) == whole


@pytest.mark.parametrize(
    "arguments, words",
    [
        ({"num_beams": 0}, "num_beams from 1"),
        ({"num_beams": 10_000}, "num_beams from 1"),
        ({"num_beams": True}, "num_beams from 1"),
        ({"max_length": 0}, "max_length from 1"),
        ({"batch_size": 0}, "batch_size"),
        ({"length_penalty": float("nan")}, "length_penalty"),
    ],
)
def test_numbers_out_of_bounds_are_refused(translate, arguments, words):
    with pytest.raises(zoo.InputError, match=words):
        translate(["Ein Mann."], **arguments)


@pytest.mark.parametrize("texts", [[], [1], [None], ["\ud800"], {"a": 1}])
def test_what_is_no_sentence_is_refused(translate, model, texts):
    for call in (translate, model.generate) if texts != {"a": 1} else (translate,):
        with pytest.raises(zoo.InputError):
            call(texts)


def test_odd_sentences_are_answered(translate, model):
    assert translate(["", "  \n"]) == [{"translation_text": ""}] * 2
    with pytest.warns(UserWarning, match="1 of 2 sentences are longer"):
        answers = translate(["wort " * 2000, "🚲"])
    assert len(answers) == 2
    assert len(translate.translate_ids("Ein Mann.", max_length=1)[0]) == 1
    assert len(model.generate(["", "wort " * 2000, "🚲"], max_length=8)) == 3
    for length in (0, 1, -3, 2.5, 10**9):
        with pytest.raises(zoo.InputError, match="max_length"):
            model.generate("Ein Mann.", max_length=length)


def test_generate_takes_samplers_prompts_and_lengths(model, tmp_path):
    short, whole = (model.generate(PAIRS[0], max_length=length) for length in (6, None))
    for one, other in zip(short, whole, strict=True):
        # The last letter of a cut text may lack some of its bytes.
        assert len(one) < len(other) and other.startswith(one.rstrip("\ufffd"))
    single = model.generate(PAIRS[0][0])
    assert isinstance(single, str) and single == whole[0]
    started = model.generate({"encoder_text": PAIRS[0], "decoder_text": ["A man"] * 3})
    assert all(text.startswith("A man") for text in started)
    other = zoo.load(make_translator(tmp_path / "tiny"))
    with at_once():
        # Longer than it was built for.
        assert other.generate(["wort"], max_length=30) is not None
        other.compile(sampler="top_p")  # one that draws
        assert len(other.generate(PAIRS[0][:1], max_length=6)) == 1
    other.compile(sampler="beam")  # a search of its own
    assert len(other.generate(PAIRS[0][:2])) == 2


def test_decoding_is_compiled_once_for_all_lengths(path, monkeypatch):
    model = zoo.load(path)
    traced = []
    original = model.generate_step

    def counted(*arguments, **options):
        traced.append(1)  # Python runs while tracing only
        return original(*arguments, **options)

    monkeypatch.setattr(model, "generate_step", counted)
    model.compile(sampler="greedy")  # makes a new function
    model.generate(["Ein Mann fährt Rad.", "x"])
    before = len(traced)
    for sentences in (["x", "y"], ["wort " * 9, "Zwei Hunde.", "x"], SENTENCES[:5]):
        for max_length in (3, 11, None):
            model.generate(sentences, max_length=max_length)
    assert before and len(traced) == before


def test_a_long_list_is_answered_like_its_parts(model, monkeypatch):
    import zoo.pairs.model

    whole = model.generate(SENTENCES[:5])
    monkeypatch.setattr(zoo.pairs.model, "_CHUNK", 2)
    assert model.generate(SENTENCES[:5]) == whole


def test_translations_of_which_most_match_nothing_are_scored():
    """Resamples without a match score 0, which is no float32 as the others are."""
    one = np.ones(4)
    metrics = translation_metrics(["a", "", "", ""], ["a", "b", "c", "d"], -one, one, "test")
    chrf = {metric.name: metric for metric in metrics}["chrf"]
    assert chrf.confidence_interval[0] < chrf.value < chrf.confidence_interval[1]


def test_the_scores_are_those_of_their_libraries():
    import sacrebleu

    references = ["A man is riding a bike.", "Two dogs play in the snow.", "Ein Mädchen läuft."] * 4
    translations = ["A man rides a bike.", "Two dogs play in snow.", "Ein Mädchen lacht."] * 4
    metrics = {
        m.name: m
        for m in translation_metrics(
            translations, references, np.full(12, -3.0), np.full(12, 6), "test"
        )
    }
    assert metrics["bleu"].value == pytest.approx(
        sacrebleu.corpus_bleu(translations, [references]).score, abs=1e-5
    )
    assert metrics["chrf"].value == pytest.approx(
        sacrebleu.corpus_chrf(translations, [references]).score, abs=1e-5
    )
    assert metrics["bleu"].signature.startswith(
        "nrefs:1|bs:1000|seed:12345|case:mixed|eff:no|tok:13a"
    )
    assert metrics["perplexity"].value == pytest.approx(np.exp(0.5), abs=1e-5)
    # Two of three words in order: the umlaut is no end of a word.
    assert metrics["rouge_l"].value > 0.66
    for metric in metrics.values():
        low, high = metric.confidence_interval
        assert low <= metric.value + 1e-6 and metric.value <= high + 1e-6
    with pytest.raises(zoo.InputError, match="at least two"):
        translation_metrics(["a"], ["a"], np.zeros(1), np.ones(1), "test")


@pytest.mark.at_once
def test_commands_translate_explain_and_score(path, translate, tmp_path):
    done = zoo_command("predict", path, PAIRS[0][0], "--num-beams", 1)
    expected = translate(PAIRS[0][0], num_beams=1)[0]["translation_text"]
    assert done.returncode == 0 and done.stdout.split("\t")[0] == cut(expected, 1_000)
    wrong = zoo_command("predict", path, PAIRS[0][0], "--top-k", 2)
    assert wrong.returncode == 2 and len(wrong.stderr.splitlines()) == 1
    picture = tmp_path / "attention.png"
    assert zoo_command("explain", path, PAIRS[0][0], "--output", picture).returncode == 0
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = tmp_path / "pairs.csv"
    rows = "\n".join(f'"{a}","{b}"' for a, b in zip(*PAIRS, strict=True))
    table.write_text(f"text,translation\n{rows}\n", encoding="utf-8")
    plot = tmp_path / "length.png"
    done = zoo_command("evaluate", path, "--data", table, "--plot", plot)
    assert done.returncode == 0, done.stderr
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [
        "bleu",
        "chrf",
        "rouge_l",
        "perplexity",
        "brevity_penalty",
    ]
    assert plot.read_bytes().startswith(b"\x89PNG")
