"""A user's two columns: what a speller learns from, and how it comes to know new units."""

from __future__ import annotations

import json

import numpy as np
import pytest

import zoo
from zoo import checkpoint
from zoo.formats import TOKENIZER
from zoo.interfaces import UserData
from zoo.pairs.files import SOURCE_TOKENIZER
from zoo.task import task_named
from zoo.tasks.text2text_generation.testing import make_speller

TASK = task_named("text2text-generation")


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return checkpoint.read(make_speller(tmp_path_factory.mktemp("spellers") / "tiny", seed=4))


def prepared(source, train, valid=None, **options):
    settings = TASK.settings(source, {})
    given = UserData(train=train, valid=valid, options=options)
    return TASK.prepare(source, given, settings)


WORDS = ["cat", "dog", "coat", "goat", "tag", "gas", "sag", "cod", "dot", "cost"]
SOUNDS = ["K AE T", "D AO G", "K OW T", "G OW T", "T AE G", "G AE S", "S AE G", "K AO D"]
SOUNDS += ["D AO T", "K AO S T"]


def test_a_file_of_known_units_changes_no_vocabulary(source, tmp_path):
    for ending, between in (("tsv", "\t"), ("csv", ",")):
        file = tmp_path / f"mine.{ending}"
        lines = [between.join(row) for row in zip(WORDS, SOUNDS, strict=True)]
        file.write_text("\n".join(line.replace("OW", "AO").replace("S", "Z") for line in lines))
        found = prepared(source, file, text_column="1", label_column="2", header=False)
        assert found.source is None
        assert sorted(found.data.train[0] + found.data.validation[0]) == sorted(WORDS)
        assert found.settings.strategy == "full" and found.settings.epochs >= 4


def test_rows_of_one_word_stay_in_one_part(source):
    words = [word for word in WORDS for _ in range(2)]
    found = prepared(source, (words, [f"K {'AE ' * number}T" for number in range(len(words))]))
    assert not set(found.data.train[0]) & set(found.data.validation[0])
    assert len(found.data.train[0]) % 2 == 0


def test_new_letters_and_symbols_are_added_and_all_else_stays(source):
    words = ["\u043a\u043e\u0442", "\u0442\u043e\u043a", "\u043a\u0442\u043e", "\u043e\u043a\u0442"]
    sounds = ["k o t1", "t1 o k", "k t1 o", "o k t1"]
    with pytest.warns(UserWarning) as caught:
        found = prepared(source, (words, sounds), (["\u043a\u043e\u043a\u043e"], ["k o k o"]))
    told = " ".join(str(one.message) for one in caught)
    assert "3 units of the training texts that are read are new" in told
    assert "3 units of the training texts that are to be written are new" in told
    grown = found.source
    for asset, table, argument, new in (
        (SOURCE_TOKENIZER, "source_embedding", "source_vocabulary_size", "\u043a\u043e\u0442"),
        (TOKENIZER, "token_embedding", "vocabulary_size", ["k", "o", "t1"]),
    ):
        before, after = (json.loads(one.assets[asset])["model"]["vocab"] for one in (source, grown))
        assert set(after) == set(before) | set(new) and after.items() >= before.items()
        vectors = grown.tensors[f"{table}/embeddings"]
        assert len(vectors) == getattr(grown.backbone, argument) == len(before) + 3
        np.testing.assert_array_equal(vectors[: len(before)], source.tensors[f"{table}/embeddings"])
        assert np.isfinite(vectors).all() and len(np.unique(vectors[-3:], axis=0)) == 3
    unchanged = source.tensors.keys() - {
        "source_embedding/embeddings",
        "token_embedding/embeddings",
    }
    for name in unchanged:
        np.testing.assert_array_equal(grown.tensors[name], source.tensors[name])
    # It answers as before where it read before, and reads what it did not know.
    spell = TASK.pipeline(grown, None)
    assert spell("\u043a\u043e\u0442", num_beams=1)[0].keys() == {"generated_text"}
    assert TASK.pipeline(grown, None).with_doubts(words)[1].messages() == []


def test_units_of_one_text_alone_are_added_too(source):
    with pytest.warns(UserWarning, match="1 unit .* to be written is new .*'ZH'"):
        found = prepared(source, (WORDS, ["ZH T", *["K AO T"] * 9]), (["zoo"], ["Z OW"]))
    assert "ZH" in json.loads(found.source.assets[TOKENIZER])["model"]["vocab"]


def test_a_new_unit_begins_as_what_it_is_without_marks(source):
    words, sounds = [*WORDS[:-1], "c\u00e1t"], ["K AE1 T", *SOUNDS[1:]]
    with pytest.warns(UserWarning) as told:
        found = prepared(source, (words, sounds), (["zoo"], ["Z OW"])).source
    begins = "1 of them begins as what it is without marks: 'AE1' as 'AE'"
    assert any(begins in str(one.message) for one in told)
    for asset, table, new, known in (
        (TOKENIZER, "token_embedding", "AE1", "AE"),
        (SOURCE_TOKENIZER, "source_embedding", "\u00e1", "a"),
    ):
        numbers = json.loads(found.assets[asset])["model"]["vocab"]
        rows = found.tensors[f"{table}/embeddings"]
        np.testing.assert_array_equal(rows[numbers[new]], rows[numbers[known]])


@pytest.mark.filterwarnings("ignore:1 unit:UserWarning")
@pytest.mark.parametrize("side", [0, 1])
def test_a_curved_apostrophe_is_new_where_it_is_not_read_as_the_straight_one(side, tmp_path):
    source = checkpoint.read(make_speller(tmp_path / "tiny", inverse=bool(side), more="'"))
    words = [*WORDS[:-1], "d\u2019t"]
    rows = [(words, SOUNDS), (SOUNDS, words)][side]
    found = prepared(source, rows, tuple(some[:1] for some in rows)).source
    new = (
        "\u2019"
        in json.loads(found.assets[TOKENIZER if side else SOURCE_TOKENIZER])["model"]["vocab"]
    )
    assert new == bool(side)


def test_targets_without_spaces_between_their_units_are_refused(source, tmp_path):
    words = ["moskva", "omsk", "tomsk", "kazan", "sochi", "orel"]
    names = ["москва", "омск", "томск", "казань", "сочи", "орёл"]
    file = tmp_path / "cities.tsv"
    file.write_text("\n".join(map("\t".join, zip(words, names, strict=True))), encoding="utf-8")
    columns = {"text_column": "1", "label_column": "2", "header": False}
    with pytest.raises(zoo.DataError, match=r"units between spaces.*: '. . .") as e:
        prepared(source, file, **columns)
    received = str(e.value).partition("Received: ")[2]
    (name,) = (name for name in names if f"'{name}'" in received)
    assert f"'{' '.join(name)}'" in received
    spaced = [" ".join(name) for name in names]
    with pytest.warns(UserWarning, match="new to"):
        found = prepared(source, (words, spaced)).source
    assert "\u043e" in json.loads(found.assets[TOKENIZER])["model"]["vocab"]
    # A row or two of many that lack them are learnt as they stand, and named.
    with pytest.warns(UserWarning, match="'KAET'"):
        prepared(source, (WORDS, [*SOUNDS[1:], "KAET"]), (["zoo"], ["Z OW"]))


def test_longer_texts_and_answers_are_read_and_written(source):
    words = ["cat" * 20, "dog" * 20, "tag", "gas"]
    found = prepared(source, (words, ["K AE T " * 20, "D AO G " * 20, "T AO G", "G AO Z"]))
    spec = found.source.preprocessor
    assert spec.source_length == 61 and spec.target_length == 62
    assert found.source.backbone == source.backbone
    assert TASK.pipeline(found.source, None).with_doubts(words)[1].messages() == []


@pytest.mark.parametrize(
    ("train", "words"),
    [
        ((["cat"], ["K AE T"]), "at least two different texts"),
        ((["cat", "CAT"], ["K AE T", "K AO T"]), "at least two different texts"),
        (([], []), "Received"),
        ((["", " "], ["K", "T"]), "Received: 2 empty ones"),
        ((["cat", "dog"], ["K"]), "same length"),
        ((["cat", 3], ["K", "T"]), "expected a text"),
        ("nowhere.tsv", "No such file"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_nothing_can_be_learnt_from_is_refused(source, train, words):
    with pytest.raises(zoo.ZooError, match=words):
        prepared(source, train)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00\x01\x02\xff" * 50, "Received"),
        (b"cat\tK AE T\ndog\tD AO G\n", "--text-column 1 --label-column 2 --no-header"),
        (b"text,target\n", "at least one row"),
        (b"", "Received"),
    ],
)
def test_files_that_are_no_table_of_two_columns_are_refused(source, tmp_path, content, words):
    file = tmp_path / "mine.tsv"
    file.write_bytes(content)
    with pytest.raises(zoo.ZooError, match=words):
        prepared(source, file)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"strategy": "head"}, "the strategy full for a speller"),
        ({"bptt_steps": 3}, "no bptt_steps for a speller"),
        ({"epochs": 0}, "epochs of at least 1"),
        ({"class_weights": True}, "class_weights"),
        ({"unknown": 3}, "unknown"),
    ],
)
def test_settings_of_no_use_are_refused(source, given, words):
    with pytest.raises(zoo.InputError, match=words):
        TASK.settings(source, given)
