"""What a speller answers without Keras: one answer or several, and whatever it is given."""

from __future__ import annotations

import contextlib
import functools
import json
import pickle
import warnings

import numpy as np
import pytest

import zoo
from helpers import zoo_command
from zoo.tasks.text2text_generation.testing import PAIRS, make_speller


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_speller(tmp_path_factory.mktemp("spellers") / "tiny", seed=4)


@pytest.fixture(scope="module")
def spell(path):
    return zoo.pipeline(path, threads=1)


def test_of_one_text_and_of_several_and_with_one_answer_or_more(spell):
    (one,) = spell("cat")
    assert set(one) == {"generated_text"}
    assert spell(["cat", "dogs"])[0] == one and len(spell(["cat", "dogs"])) == 2
    assert spell(np.array(["cat"])) == [one] == spell(text for text in ["cat"])
    (scored,) = spell("cat", num_return_sequences=1)
    assert scored["generated_text"] == one["generated_text"] and 0 < scored["score"] <= 1
    three = spell("cat", num_return_sequences=3)
    assert three[0] == scored and len({answer["generated_text"] for answer in three}) == 3
    listed = spell(["cat", "dogs"], num_return_sequences=3)
    assert listed[0] == three and [len(answers) for answers in listed] == [3, 3]


def test_scores_are_the_probabilities_and_the_likeliest_comes_first(spell):
    answers = spell("zoology", num_return_sequences=20)
    scores = [answer["score"] for answer in answers]
    assert scores == sorted(scores, reverse=True) and sum(scores) < 1
    # An answer in which a special token is hidden is another one to whoever reads it.
    texts = [answer["generated_text"] for answer in answers]
    expected, _ = spell.score(["zoology"] * len(texts), texts)
    assert np.isclose(np.exp(expected), scores, rtol=1e-3).sum() >= 3


def test_more_beams_than_answers_and_the_size_of_a_batch_change_nothing_else(spell):
    texts = ["cat", "dogs", "zoology", "a", "tack"]
    expected = spell(texts, num_return_sequences=2, num_beams=5)
    assert spell(texts, 2) == expected == spell(texts, 2, batch_size=1)
    assert spell(texts, 2)[2] == spell("zoology", 2)
    assert pickle.loads(pickle.dumps(spell))(texts, 2) == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"num_return_sequences": 0}, "num_return_sequences from 1 to 100. Received: 0"),
        ({"num_return_sequences": 2.5}, "num_return_sequences from 1"),
        ({"num_return_sequences": True}, "num_return_sequences from 1"),
        ({"num_return_sequences": 4, "num_beams": 3}, "such as num_beams=4"),
        ({"num_beams": 0}, "num_beams from 1"),
        ({"num_beams": 101}, "num_beams from 1 to 100"),
        ({"length_penalty": float("nan")}, "length_penalty from -10"),
        ({"max_length": 0}, "max_length from 1"),
        ({"batch_size": 0}, "batch_size from 1"),
    ],
)
def test_numbers_out_of_bounds_are_refused(spell, given, words):
    with pytest.raises(zoo.InputError, match=words):
        spell("cat", **given)


def test_capitals_white_space_and_what_is_invisible_change_nothing(spell):
    expected = spell("cat")
    for text in ("CAT", "Cat", " cat\n", "\tcat", "ca\u00adt", "\ufeffcat", "\uff23\uff21\uff34"):
        with (
            pytest.warns(UserWarning, match="marks")
            if "\uff21" in text
            else contextlib.nullcontext()
        ):
            assert spell(text) == expected


@pytest.mark.parametrize(
    ("text", "plain", "told"),
    [
        ("c4t", "ct", 'leaves out .the first at index 0: "4"'),
        ("c.a't!", "cat", 'leaves out .the first at index 0: "\\.", "\'", "!"'),
        ("cat dogs", "catdogs", 'leaves out .the first at index 0: " "'),
        ("c\u00e1t", "cat", 'without their marks, and are read so .the first at index 0: "\u00e1"'),
        ("cat\U0001f415", "cat", "leaves out"),
        ("\u043a\u043e\u0442 cat", "cat", "leaves out"),
        ("x" * 10_000, "x" * 24, "longer than the 23 symbols that are read"),
        ("cat" * 400_000, "cat" * 8, "longer than the 23 symbols"),
    ],
)
def test_what_is_unknown_is_left_out_or_read_as_plain_letters_and_told(spell, text, plain, told):
    with pytest.warns(UserWarning, match=told):
        found = spell(text)
    with pytest.warns(UserWarning) if len(plain) > 23 else contextlib.nullcontext():
        assert found == spell(plain)


def test_as_many_symbols_are_read_as_the_warning_says(spell):
    assert spell.with_doubts(["a" * 23])[1].messages() == []
    with pytest.warns(UserWarning, match="the 23 symbols that are read"):
        assert spell("a" * 24) == spell("a" * 23)


@pytest.mark.parametrize("sign", ["\u2019", "\u2018", "\u02bc"])
def test_an_apostrophe_is_read_however_it_is_drawn(sign, tmp_path):
    path = make_speller(tmp_path / "tiny", seed=6, more="'")
    spell, model = zoo.pipeline(path), zoo.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        alignments = spell.attention([f"Don{sign}t", "don't"])
        assert alignments[0].source == ["d", "o", "n", "'", "t", "(end)"]
        assert spell([f"Don{sign}t"]) == spell(["don't"])
        assert model.attention(f"don{sign}t", "D")[0].source == alignments[1].source
    # One that the model knows by itself stays what it is.
    both = zoo.pipeline(make_speller(tmp_path / "both", seed=6, more=f"'{sign}"))
    assert both.attention(f"t{sign}")[0].source == ["t", sign, "(end)"]


@pytest.mark.parametrize(
    "text", ["", "  \n", "2024", "?!", "\u65e5\u672c\u8a9e", "\U0001f415", "\u00ad"]
)
def test_where_nothing_is_known_the_answer_is_empty_and_that_is_told(spell, text):
    with pytest.warns(UserWarning, match="nothing that the model knows"):
        assert spell(text) == [{"generated_text": ""}]
    with pytest.warns(UserWarning, match="nothing that the model knows"):
        (found,) = spell([text], num_return_sequences=3)
    assert found == [{"generated_text": "", "score": 1.0}]


def test_each_text_of_many_is_answered_as_alone(spell):
    texts = ["cat", "", "c4t", "x" * 60, "zoology"]
    found, doubts = spell.with_doubts(texts)
    assert [len(one) for one in doubts.alone()] == [0, 1, 1, 1, 0]
    for text, answer in zip(texts, found, strict=True):
        assert spell.with_doubts([text])[0] == [answer]


def test_a_speller_of_words_reads_symbols_as_they_are_known(tmp_path):
    spell = zoo.pipeline(make_speller(tmp_path / "inverse", seed=2, inverse=True))
    expected = spell("K AE T")
    assert spell(" K  AE\tT ") == expected and " " not in expected[0]["generated_text"]
    with pytest.warns(UserWarning, match='leaves out .the first at index 0: "AEX"'):
        assert spell("K AEX AE T") == expected
    with pytest.warns(UserWarning, match='without a number at their end.*"AE1"'):
        assert spell("K AE1 T") == expected
    with pytest.warns(UserWarning, match='in the other case, and are read so.*"k", "ae0", "t"'):
        assert spell("k ae0 t") == expected
    with pytest.warns(UserWarning, match="nothing that the model knows"):
        assert spell("kaet 0") == [{"generated_text": ""}]


def test_explain_tells_where_it_looked_for_each_unit(spell):
    found = zoo.explain(spell, "cat", answer="K AE T")
    assert (found.source, found.target) == (["c", "a", "t", "(end)"], ["K", "AE", "T", "(end)"])
    np.testing.assert_allclose(found.weights.sum(axis=1), 1, atol=1e-5)
    rows = found.as_rows()
    assert [row[0] for row in rows] == found.target
    for row, weights in zip(rows, found.weights, strict=True):
        assert row[1] == found.source[weights.argmax()] and row[2] == f"{weights.max():.2f}"
    lines = found.as_text(1 << 24).plain.split("\n")
    assert [line.split() for line in lines] == [[one, *found.source] for one in found.target]
    assert found.as_text(1 << 24).spans and found.as_text(16).plain == found.as_text(256).plain
    for given, words in (({"answer": " "}, "K AE T"), ({"label": "x"}, "no label for a speller")):
        with pytest.raises(zoo.InputError, match=words):
            zoo.explain(spell, "cat", **given)


@pytest.mark.filterwarnings("ignore:.*nothing that the model knows", "ignore:.*leaves out")
@pytest.mark.parametrize("given", [{}, {"answer": "K AE T"}])
def test_of_a_text_with_nothing_known_there_is_nothing_to_explain(path, spell, given, tmp_path):
    for text in ("\u043a\u043e\u0442", "2024", " "):
        with pytest.raises(zoo.InputError, match=r"something that the model knows, such as '\w"):
            zoo.explain(spell, text, **given)
    done = zoo_command("explain", path, "2024", "--output", tmp_path / "a.png")
    assert done.returncode == 2 and "something that the model knows" in done.stderr
    assert not (tmp_path / "a.png").exists()


def test_explanations_are_written_as_pictures_alone(spell, tmp_path):
    found = zoo.explain(spell, "cat")
    for name in ("a.html", "a", "a.pdf"):
        for write in (found.write, functools.partial(zoo.plot_alignment, found)):
            with pytest.raises(zoo.InputError, match=rf"a file name in .png. Received: .*{name}'"):
                write(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert found.write(tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")


def test_commands_answer_explain_and_export(path, spell, tmp_path):
    done = zoo_command("predict", path, *PAIRS[0], "--num-return-sequences", "2", "--json")
    rows = json.loads(done.stdout)
    assert [row["text"] for row in rows] == PAIRS[0]
    assert rows[0]["sequences"] == spell("cat", num_return_sequences=2)
    done = zoo_command("predict", path, "c4t", "CAT")
    assert done.stdout.splitlines()[1] == f"{spell('cat')[0]['generated_text']}\tCAT"
    assert "1 of 2 texts hold symbols" in done.stderr and "in argument 1" in done.stderr
    done = zoo_command("predict", path, "cat", "--num-return-sequences", "2", "--num-beams", "1")
    assert done.returncode == 2 and done.stderr.startswith("error: ") and "beams" in done.stderr
    assert done.stderr.count("\n") == 1
    picture = tmp_path / "attention.png"
    done = zoo_command("explain", path, "cat", "--answer", "K AE T", "--output", picture)
    assert done.returncode == 0 and picture.read_bytes().startswith(b"\x89PNG")
    assert [line.split("\t")[0] for line in done.stdout.splitlines()[:3]] == ["K", "AE", "T"]


def test_a_table_gets_a_column_for_every_answer_and_its_probability(path, spell, tmp_path):
    (tmp_path / "words.csv").write_text("text,more\ncat,1\n,2\nzoology,3\n", encoding="utf-8")
    output = tmp_path / "found.jsonl"
    with pytest.warns(UserWarning):
        zoo.predict_file(spell, tmp_path / "words.csv", output, num_return_sequences=2)
    rows = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    first, second = spell("zoology", num_return_sequences=2)
    assert rows[2]["generated_text_1"] == first["generated_text"]
    assert rows[2]["score_2"] == pytest.approx(second["score"])
    # To what is empty there is one answer.
    assert (rows[1]["generated_text_1"], rows[1]["score_1"]) == ("", 1.0)
    assert (rows[1]["generated_text_2"], rows[1]["score_2"]) == ("", None)


def test_units_of_given_answers_that_it_never_writes_are_told(path, spell):
    model = zoo.load(path)
    told = r'1 of 2 answers hold what the model never writes.*at index 1: "QQ", "XX"'
    words, answers = ["cat", "dogs"], ["K AE T", "D QQ XX"]
    for asked in (spell.score, spell.attention, model.score, model.attention, model.evaluate):
        with pytest.warns(UserWarning, match=told):
            asked(words, answers)
    with pytest.warns(UserWarning, match=told):
        model.fit(words, answers, verbose=0)
    with pytest.warns(UserWarning, match=told):
        model.fit(["cat"], ["K"], validation_data=(words, answers), verbose=0)
    for asked in (spell.score, model.score, model.evaluate, model.fit):
        with pytest.warns(UserWarning, match='leaves out .the first at index 0: "\u043c"'):
            asked(["c\u043c"], ["K"])
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            asked(["cat"], ["K AE T"])


def test_texts_without_their_answers_and_samplers_that_do_not_exist_are_refused(path):
    tensorflow = pytest.importorskip("tensorflow")
    model = zoo.load(path)
    for asked in (model.fit, model.evaluate):
        for given in (["zoology"], {"encoder_text": ["zoology"]}):
            with pytest.raises(zoo.InputError, match=r"the answer of each, .*'K AE T'"):
                asked(given)
        # A data set is read by the preprocessor, whose errors Keras and tf.data wrap.
        with pytest.raises(zoo.InputError, match=r'^Expected pairs as {"encoder_text"'):
            asked(tensorflow.data.Dataset.from_tensor_slices(["zoology"]).batch(1))
    with pytest.raises(zoo.InputError, match=r"greedy.*top_k.*Received: 'bogus'"):
        model.compile(sampler="bogus")
    model.compile(sampler="beam")
    assert isinstance(model.generate("cat"), str)
