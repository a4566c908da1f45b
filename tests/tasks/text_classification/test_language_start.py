"""A text classifier that begins from a language model: its words, its layers, what is said."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from suite.cases import tiny
from zoo import checkpoint
from zoo.cards.card import render_card
from zoo.cards.check import check_card
from zoo.cli.main import app
from zoo.finetuning.start import chosen_task
from zoo.hub.staging import check_figures
from zoo.interfaces import UserData
from zoo.tables.labelled import labels_of
from zoo.task import task_named
from zoo.tasks.text_classification.starting import begin
from zoo.tasks.text_generation.testing import TEXT, make_language_model
from zoo.text.encoding import START, UNKNOWN, TextEncoder, parse_tokenizer
from zoo.text.language import END, LanguageEncoder, train_plain_characters, train_plain_words
from zoo.text.taking_over import take_over

TABLE = "token_embedding/embeddings"
GOOD, BAD = "The cat sat by the old door!", "a dog ran, the door shut"
# Both are learnt from and validated on; no text stands twice.
TEXTS = [f"{(GOOD, BAD)[row % 2]} number{row}" for row in range(40)]
LABELS = ["good" if row % 2 == 0 else "bad" for row in range(40)]
QUICK = {"epochs": 1, "batch_size": 16, "linear_probe": False}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return make_language_model(tmp_path_factory.mktemp("language") / "base", num_layers=2)


def encoder_of(taken):
    return TextEncoder(parse_tokenizer(taken.tokenizer, len(taken.table)), 99, 0)


def test_words_have_the_vectors_of_those_that_are_spelled_so():
    text = "Rome the the The film's film @-@ mr. N in Paris paris"
    encoder = LanguageEncoder(train_plain_words([text], 99))
    table = np.arange(2 * len(encoder.tokens), dtype=np.float32).reshape(-1, 2)

    def row(token):
        return table[encoder.tokens.index(token)]

    texts = ["The film in ROME!", "Rome, the film: Paris!", "zebras once"]
    taken = take_over(encoder, table, texts)
    vocabulary = parse_tokenizer(taken.tokenizer, len(taken.table)).get_vocab()
    found = {word: taken.table[number] for word, number in vocabulary.items()}
    np.testing.assert_array_equal(found["the"], row("the"))  # not that of "The"
    np.testing.assert_array_equal(found["rome"], row("Rome"))
    np.testing.assert_array_equal(found["paris"], row("paris"))
    np.testing.assert_array_equal(found["[START]"], table[END])
    # In two texts and unknown, in one text and unknown, and known though no text has it.
    np.testing.assert_array_equal(found["!"], table[1])
    assert not {"zebras", "once", ","} & vocabulary.keys()
    np.testing.assert_array_equal(found["film's"], row("film's"))
    # What a classifier reads as several words stands for none of them.
    assert not {"@-@", "mr", "mr.", "@"} & vocabulary.keys()
    assert (taken.unit, taken.known, taken.cased, taken.new) == ("words", 5, 1, 1)
    # the 2, film 2, rome 2, in 1 and paris 1, of 8 with 2 "!", ",", ":", "zebras" and "once".
    assert taken.share == pytest.approx(8 / 14)
    ids = encoder_of(taken)(["The zebras in N"])[0]
    assert ids[0] == START and (ids == UNKNOWN).sum() == 1
    told = taken.told("it")
    assert "5 words of the training texts, 57% of all" in told and "(1 by their spelling" in told


def test_words_of_the_new_texts_come_first_where_not_all_fit(monkeypatch):
    encoder = LanguageEncoder(train_plain_words(["a b c d e f"], 99))
    monkeypatch.setattr("zoo.text.taking_over._MOST", 7)
    taken = take_over(encoder, np.zeros((9, 2)), ["x f", "x f", "x"])
    assert len(taken.table) == 7
    assert set(parse_tokenizer(taken.tokenizer, 7).get_vocab()) >= {"x", "f", "a", "b"}
    monkeypatch.setattr("zoo.text.taking_over._MOST_NEW", 1)
    taken = take_over(encoder, np.zeros((9, 2)), ["x f", "x f", "x"])
    assert taken.known == 0 and taken.new == 1  # the most frequent of the new texts is kept


def test_characters_are_taken_over_and_new_ones_begin_among_the_others():
    encoder = LanguageEncoder(train_plain_characters("To be, or not\nto bE\u0301", 99))
    table = np.random.default_rng(0).normal(5.0, 0.1, (len(encoder.tokens), 4))
    taken = take_over(encoder, table, ["BE #1", "be #2", "b\u00e9 #"])
    assert taken.unit == "characters"
    vocabulary = parse_tokenizer(taken.tokenizer, len(taken.table)).get_vocab()
    for character in "To be,rnt":
        row = table[encoder.tokens.index(character)]
        np.testing.assert_array_equal(taken.table[vocabulary[character]], row)
    # "B" is spelled so in other case alone; "#" stands in several texts and is new.
    np.testing.assert_array_equal(taken.table[vocabulary["B"]], table[encoder.tokens.index("b")])
    assert (np.abs(taken.table[vocabulary["#"]] - 5.0) < 1).all()
    assert (taken.cased, taken.new) == (1, 1) and "1" not in vocabulary
    np.testing.assert_array_equal(taken.table[START], table[END])
    ids = encoder_of(taken)(["\n to \t be"])[0]  # lines end as words do
    assert (ids != UNKNOWN).all() and len(ids) == 1 + len("to be")


def test_layers_are_those_of_the_language_model(model):
    source = checkpoint.read(model)
    begun, taken = begin(source, TEXTS, ["bad", "good"])
    for name in source.backbone.layer_shapes():
        np.testing.assert_array_equal(begun.tensors[name], source.tensors[name])
    assert not [name for name in begun.tensors if name.startswith("logits")]
    assert begun.backbone.vocabulary_size == len(taken.table) == len(begun.tensors[TABLE])
    assert begun.backbone.num_layers == 2 and begun.head.num_classes == 2
    # Words' vectors stand beside the states, as no language model has them.
    assert begun.backbone.skip and not source.backbone.skip
    assert set(begun.head.pooling) == {"last", "max", "mean"}
    assert begun.info.task == "text-classification"


def folder_of(path, names, own=()):
    for name in names:
        (path / name).mkdir(parents=True)
        (path / name / "1.txt").write_text("a text")
    for name in own:
        (path / name).write_text("a text")
    return path


def test_data_has_labels_where_they_stand_by_name(tmp_path):
    table = tmp_path / "reviews.csv"
    table.write_text("Text,Label\na film,good\nno film,bad\n")
    assert labels_of(table, {}) == "a column label"
    assert labels_of(table, {"text_column": "review"}) is None
    assert labels_of(table, {"label_column": "stars"}) == "the label_column 'stars'"
    # What looks like labels is none by name.
    table.write_text("text,author\na film,ann\nno film,ben\nsome film,ann\n")
    assert labels_of(table, {}) is None
    lines = tmp_path / "reviews.jsonl"
    lines.write_text(json.dumps({"text": "a film", "label": 1}) + "\n")
    assert labels_of(str(lines), {}) == "a column label"
    lines.write_text(json.dumps({"text": "a film"}) + "\n")
    assert labels_of(lines, {}) is None
    (tmp_path / "poems.txt").write_text("text,label\nfilm,good\n")
    for other in (tmp_path / "poems.txt", 3):
        assert labels_of(other, {}) is None


def test_a_column_alone_that_is_missing_says_that_there_are_no_labels(tmp_path, monkeypatch):
    (tmp_path / "quotes.csv").write_bytes(b"PK\x03\x04")
    (tmp_path / "rows.jsonl").write_text("3\n")
    (tmp_path / "rows.parquet").write_text("text")
    for other in ("quotes.csv", "rows.jsonl", "rows.parquet", "nowhere.csv"):
        with pytest.raises(zoo.DataError, match=other):
            labels_of(tmp_path / other, {})
    with pytest.raises(zoo.DataError, match="'nowhere'"):
        labels_of("nowhere", {})
    with pytest.raises(zoo.InputError, match="encoding"):
        labels_of({"text": ["a film"]}, {"reading": "cp1252"})
    monkeypatch.setenv("HF_ENDPOINT", "http://localhost:9")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(zoo.HubError):
        labels_of("hf://datasets/nobody/nothing/rows.parquet", {})


def test_labels_are_looked_for_in_the_head_of_a_table_alone(tmp_path):
    # What is wrong further down is told by who reads it; what streams is not used up.
    table = tmp_path / "reviews.csv"
    table.write_text("as of May\ntext,label\na film,good\nno film\n")
    assert labels_of(table, {}) == "a column label"
    assert labels_of(table, {"header": False}) is None
    lines = tmp_path / "reviews.json"
    lines.write_text('[{"text": "a film", "label": 1}, 3')
    assert labels_of(lines, {}) == "a column label"
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    data = pyarrow.table({"text": ["a film"], "label": ["good"]})
    parquet.write_table(data, tmp_path / "reviews.parquet")
    assert labels_of(tmp_path / "reviews.parquet", {}) == "a column label"
    stream = data.to_reader()
    assert labels_of(stream, {}) == "a column label"
    assert stream.read_all().num_rows == 1


def test_data_in_memory_and_in_folders_has_labels(tmp_path):
    assert labels_of((["a film"], ["good"]), {}) == "a list of labels"
    assert labels_of(["a film", "no film"], {}) is None
    assert labels_of(("a film", "no film"), {}) is None
    assert labels_of({"text": ["a film"], "label": [1]}, {}) == "a column label"
    assert labels_of({"text": ["a film"]}, {}) is None
    classes = folder_of(tmp_path / "classes", ["bad", "good"])
    assert labels_of(classes, {}) == "folders of texts, such as 'bad'"
    assert labels_of(folder_of(tmp_path / "one", ["poems"]), {}) is None
    assert labels_of(folder_of(tmp_path / "mixed", ["a", "b"], ["own.txt"]), {}) is None


def test_the_task_is_named_or_shown_by_the_data(model):
    source = checkpoint.read(model)
    texts, pairs = UserData(train=[TEXT]), UserData(train=(TEXTS, LABELS))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert chosen_task(source, texts, None).name == "text-generation"
        assert chosen_task(source, pairs, "text-generation").name == "text-generation"
        assert chosen_task(source, texts, "text-classification").name == "text-classification"
        # A classifier has labels of its own: nothing is to be found out.
        classifier = checkpoint.read(tiny("text-classification"))
        assert chosen_task(classifier, pairs, None).name == "text-classification"
    with pytest.warns(UserWarning, match=r"a list of labels: a text classifier.*--task text-gen"):
        assert chosen_task(source, pairs, None).name == "text-classification"


@pytest.mark.parametrize(
    ("base", "task", "words"),
    [
        ("translation", "text-classification", r"a text classifier .* or a language model .*tran"),
        ("time-series-classification", "text-classification", "or a language model"),
        ("text-generation", "translation", "Expected a translator for the task translation, that"),
        ("text-classification", "text-generation", "Expected a language model for the task"),
        ("text-generation", "poetry", r"Expected a task out of .*Received: 'poetry'"),
        ("text-generation", 3, r"Expected a task out of"),
    ],
)
def test_what_cannot_be_begun_from_is_refused(base, task, words, tmp_path):
    with pytest.raises(zoo.InputError, match=words):
        zoo.finetune(tiny(base), (TEXTS, LABELS), output=tmp_path / "mine", task=task)
    assert not list(tmp_path.iterdir())


def test_a_language_model_reads_no_labels(model, tmp_path):
    with pytest.raises(zoo.InputError, match=r"label_column with an entry of the task .*text-cl"):
        zoo.finetune(
            model,
            (TEXTS, LABELS),
            output=tmp_path / "mine",
            task="text-generation",
            label_column="stars",
        )
    with pytest.raises(zoo.DataError, match="a column 'label'"):
        zoo.finetune(model, {"text": TEXTS}, output=tmp_path / "mine", task="text-classification")


@pytest.mark.slow
def test_a_classifier_learns_and_says_what_it_was_begun_from(model, tmp_path):
    table = tmp_path / "reviews.csv"
    rows = zip(TEXTS, LABELS, strict=True)
    table.write_text("\n".join(["text,label", *(f'"{text}",{label}' for text, label in rows)]))
    output = tmp_path / "mine"
    given = ["--train", table, "--output", output, "--strategy", "head", "--epochs", 2]
    done = CliRunner().invoke(app, ["finetune", *map(str, [model, *given, "--batch-size", 8])])
    assert done.exit_code == 0, done.output
    said = " ".join(done.stderr.split())
    assert "The data has a column label: a text classifier is made that begins from tiny-" in said
    assert "begin at the vectors of tiny-language-model" in said
    assert "that it does not know at that of an unknown one" in said
    found, base = checkpoint.read(output), checkpoint.read(model)
    info = found.info
    assert (info.task, info.labels) == ("text-classification", ("bad", "good"))
    assert info.base_model.name == "tiny-language-model"
    assert info.base_model.sha256 == base.info.files["model.safetensors"].sha256
    assert info.description == (
        "A text classifier begun from tiny-language-model, fine-tuned on reviews.csv."
    )
    assert "--task text-classification" in info.training.command
    assert "The layers were those of tiny-language-model." in info.training.method
    assert "words of the training texts" in info.training.method
    # The body was frozen, so that it still is the language model's.
    for name in base.backbone.layer_shapes():
        np.testing.assert_array_equal(found.tensors[name], base.tensors[name])
    assert info.metric("accuracy").value > 0.9
    check_figures(info)
    card = render_card(output, "user/mine")
    check_card(card, info)
    assert "A text classifier begun from tiny-language-model" in card
    pipeline, keras_model = zoo.pipeline(output), zoo.load(output)
    texts = [GOOD, "An unheard sound", "", "dog " * 700]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of words that are not known
        given = keras_model.predict(texts, verbose=0)
        np.testing.assert_allclose(pipeline.predict_proba(texts), given, atol=1e-5)
    # "an" stands in no review: it is kept of the language model.
    (ids,) = keras_model.preprocessor.tokenizer(["An saw"])
    assert UNKNOWN not in ids


@pytest.mark.slow
def test_a_language_model_that_was_tuned_begins_a_classifier_of_all_layers(model, tmp_path):
    texts = [f"{text}\n" for text in TEXTS]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        middle = zoo.finetune(
            model, texts, output=tmp_path / "middle", epochs=1, batch_size=4, bptt_steps=8
        )
        made = zoo.finetune(
            middle.path, (TEXTS, LABELS), output=tmp_path / "mine", strategy="full", **QUICK
        )
    assert middle.info.task == "text-generation"
    assert made.info.base_model.name == "middle" and made.info.task == "text-classification"
    before, after = checkpoint.read(middle.path), checkpoint.read(made.path)
    # It is a classifier like any other now.
    task, given = task_named("text-classification"), UserData(train=(TEXTS, LABELS))
    again = task.prepare(after, given, task.settings(after, {}))
    assert again.source is None and not again.data.begun
    name = "recurrent_0/lstm_cell/kernel"
    assert (after.tensors[name] != before.tensors[name]).any()
    np.testing.assert_allclose(after.tensors[name], before.tensors[name], atol=0.1)


@pytest.mark.slow
def test_characters_begin_a_classifier_too(tmp_path):
    base = make_language_model(tmp_path / "base", unit="characters", cell="gru")
    codes = [f"{'QX'[row % 2]}-{row} the" for row in range(40)]
    with pytest.warns(UserWarning, match="characters of the training texts"):
        made = zoo.finetune(
            base,
            (codes, LABELS),
            output=tmp_path / "mine",
            task="text-classification",
            **QUICK,
        )
    found = checkpoint.read(made.path)
    assert found.preprocessor.unit == "characters" and found.info.task == "text-classification"
    model, pipeline = zoo.load(made.path), zoo.pipeline(made.path)
    np.testing.assert_allclose(
        model.predict(codes[:3], verbose=0), pipeline.predict_proba(codes[:3]), atol=1e-5
    )
