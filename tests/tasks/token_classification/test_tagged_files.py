"""Users' words and tags, in every form that they come in."""

from __future__ import annotations

import gzip
import json
import warnings

import pytest

from zoo.errors import DataError, InputError
from zoo.tables.columns import Reading
from zoo.tasks.token_classification.files import read_tagged
from zoo.text.tagged import TaggedDataset

WORDS = [["Ann", "Lee", "left", "Paris", "."], ["It", "rained", "."]]
TAGS = [["B-PER", "I-PER", "O", "B-LOC", "O"], ["O", "O", "O"]]
DATA = TaggedDataset([[one] for one in WORDS], [[one] for one in TAGS])
TEXT = "Ann Lee left Paris. It rained."
TOGETHER = TaggedDataset([WORDS], [TAGS])
SPANS = [(0, 7, "PER"), (13, 18, "LOC")]


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return path

    return write


def quiet(*given, **options):
    """Read what nothing is to be told of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return read_tagged(*given, **options).data


def told(words, *given, **options):
    with pytest.warns(UserWarning, match=words):
        return read_tagged(*given, **options).data


def columns(separator, *, header="", blank=True):
    rows = [
        "\n".join(separator.join(pair) for pair in zip(words, tags, strict=True))
        for words, tags in zip(WORDS, TAGS, strict=True)
    ]
    return header + ("\n\n" if blank else "\n").join(rows) + "\n"


@pytest.mark.parametrize("name", ["mine.conll", "mine.txt", "mine.bio", "mine", "mine.tsv"])
def test_columns_are_read_whatever_their_name(write, name):
    assert quiet(write(name, columns("\t"))) == DATA
    assert quiet(write(name, columns(" "))) == DATA


def test_columns_may_be_packed_marked_and_in_another_encoding(write):
    assert quiet(write("mine.conll.gz", gzip.compress(columns(" ").encode()))) == DATA
    assert quiet(write("mine.conll", columns(" ").encode("utf-8-sig"))) == DATA
    text = "Z\u00fcrich B-LOC\n".encode("cp1252")
    assert told("cp1252", write("mine.conll", text)).words == [[["Z\u00fcrich"]]]
    reading = Reading(encoding="latin-1")
    assert quiet(write("mine.conll", text), reading=reading).words == [[["Z\u00fcrich"]]]


def test_columns_are_chosen_by_number(write):
    path = write("mine.conll", "1 Ann B-PER x\n2 left O x\n")
    assert quiet(path, "2", "3").tags == [[["B-PER", "O"]]]
    with pytest.raises(DataError, match="the number of a column"):
        read_tagged(path, "word", "3")
    with pytest.raises(DataError, match=r"tags to be one of 4. Received: 9"):
        read_tagged(path, "2", "9")


def test_a_table_has_a_word_a_row(write):
    header = "word,tag\n"
    assert quiet(write("mine.csv", columns(",", header=header))) == DATA
    assert quiet(write("mine.tsv", columns("\t", header="Token\tNER\n"))) == DATA
    assert quiet(write("mine.csv", columns(","))) == DATA
    # Where nothing is between sentences, their marks end them, which is told.
    path = write("mine.csv", columns(",", header=header, blank=False))
    assert told("nothing says where sentences end", path) == DATA
    # As of a well-known table: the sentence stands in its first row alone.
    rows = [
        [f"Sentence: {number}" if at == 0 else "", word, "NN", tag]
        for number, pair in enumerate(zip(WORDS, TAGS, strict=True), 1)
        for at, (word, tag) in enumerate(zip(*pair, strict=True))
    ]
    lines = ["Sentence #,Word,POS,Tag", *(",".join(row) for row in rows)]
    assert quiet(write("ner.csv", "\n".join(lines))) == DATA
    # Or in every row.
    lines = ["id;w;sentence_id;t"]
    lines += [
        f"1;{word};{number};{tag}"
        for number, pair in enumerate(zip(WORDS, TAGS, strict=True))
        for word, tag in zip(*pair, strict=True)
    ]
    assert quiet(write("ner.csv", "\n".join(lines)), "w", "t") == DATA


def test_a_table_has_a_sentence_a_row(write):
    rows = [f'"{" ".join(w)}","{" ".join(t)}"' for w, t in zip(WORDS, TAGS, strict=True)]
    assert quiet(write("mine.csv", "\n".join(["text,label", *rows]))) == DATA
    rows = [f'"{w}","{t}"' for w, t in zip(WORDS, TAGS, strict=True)]
    assert quiet(write("mine.csv", "\n".join(["words,tags", *rows]))) == DATA


def test_tables_in_memory_and_parquet(write, tmp_path):
    import pyarrow
    from pyarrow import parquet

    flat = {
        "word": [word for words in WORDS for word in words],
        "tag": [tag for tags in TAGS for tag in tags],
        "sentence_id": [number for number, words in enumerate(WORDS) for _ in words],
    }
    assert quiet(flat) == DATA
    assert quiet({"tokens": WORDS, "ner_tags": TAGS}) == DATA
    assert quiet({"mine": WORDS, "theirs": TAGS}, "mine", "theirs") == DATA
    assert quiet((WORDS, TAGS)) == DATA
    assert quiet(DATA) == DATA
    parquet.write_table(pyarrow.table({"tokens": WORDS, "ner_tags": TAGS}), tmp_path / "a.parquet")
    assert quiet(tmp_path / "a.parquet") == DATA
    with pytest.raises(DataError, match="Expected a column 'ner_tags'"):
        read_tagged({"tokens": WORDS})
    with pytest.raises(DataError, match="a number that nothing names"):
        read_tagged({"tokens": WORDS, "ner_tags": [[0] * len(words) for words in WORDS]})


JSON = {
    "doccano": {"id": 1, "text": TEXT, "label": [list(one) for one in SPANS]},
    "doccano's relations": {
        "text": TEXT,
        "entities": [
            {"id": 3, "label": k, "start_offset": a, "end_offset": b} for a, b, k in SPANS
        ],
        "relations": [],
    },
    "spacy's pairs": [TEXT, {"entities": SPANS}],
    "spacy's docs": {
        "text": TEXT,
        "ents": [{"start": a, "end": b, "label": kind} for a, b, kind in SPANS],
        "tokens": [{"id": 0, "start": 0, "end": 3}],
    },
    "prodigy": {
        "text": TEXT,
        "tokens": [{"text": "Ann", "start": 0, "end": 3, "id": 0}],
        "spans": [{"start": a, "end": b, "label": kind, "token_start": 0} for a, b, kind in SPANS],
        "answer": "accept",
    },
    "label studio": {
        "id": 1,
        "data": {"text": TEXT},
        "annotations": [
            {"was_cancelled": True, "result": []},
            {
                "result": [
                    *(
                        {
                            "value": {"start": a, "end": b, "text": TEXT[a:b], "labels": [kind]},
                            "type": "labels",
                            "from_name": "label",
                        }
                        for a, b, kind in SPANS
                    ),
                    {"type": "choices", "value": {"choices": ["good"]}},
                ]
            },
        ],
    },
    "label studio's small form": {
        "text": TEXT,
        "label": [
            {"start": a, "end": b, "text": TEXT[a:b], "labels": [kind]} for a, b, kind in SPANS
        ],
    },
    "pipelines": {
        "text": TEXT,
        "entities": [
            {"entity_group": k, "score": 0.9, "word": TEXT[a:b], "start": a, "end": b}
            for a, b, k in SPANS
        ],
    },
}


@pytest.mark.parametrize("form", JSON)
def test_offsets_of_every_tool_are_read(write, form):
    row = JSON[form]
    two = TaggedDataset(TOGETHER.words * 2, TOGETHER.tags * 2)
    assert quiet(write("mine.jsonl", f"{json.dumps(row)}\n\n{json.dumps(row)}\n")) == two
    assert quiet(write("mine.json", json.dumps([row, row], indent=2))) == two
    assert quiet(write("mine.json", json.dumps([row, row]))) == two
    assert quiet(write("one.jsonl", json.dumps(row))) == TOGETHER


def test_lists_of_words_in_json(write):
    rows = [{"tokens": w, "ner_tags": t} for w, t in zip(WORDS, TAGS, strict=True)]
    assert quiet(write("mine.jsonl", "\n".join(map(json.dumps, rows)))) == DATA
    with pytest.raises(DataError, match=r"row 2: expected a tag a word: 3. Received: 2"):
        rows[1]["ner_tags"] = ["O", "O"]
        read_tagged(write("mine.json", rows))


@pytest.mark.parametrize("answer", ["reject", "ignore"])
def test_what_nobody_stood_by_is_left_out_and_told(write, answer):
    refused = {"text": "Bo Roe left Rome.", "spans": [], "answer": answer}
    found = told(
        r"1 row of 2 was rejected, .* \(the first: line 1\) and is left out",
        write("a.jsonl", "\n".join(map(json.dumps, [refused, JSON["prodigy"]]))),
    )
    assert found == TOGETHER
    rows = [
        {"tokens": w, "ner_tags": t, "answer": a}
        for w, t, a in zip([*WORDS, ["Bo"]], [*TAGS, ["O"]], ["accept"] * 2 + [answer], strict=True)
    ]
    assert told("1 row of 3 was rejected", write("a.json", rows)) == DATA
    with pytest.raises(DataError, match=r"Received: 2 rows of 2 were rejected"):
        read_tagged(write("a.json", [refused, refused]))


def test_tasks_without_an_annotation_that_counts_are_left_out_and_told(write):
    cancelled = {"data": {"text": "Bo"}, "annotations": [{"was_cancelled": True, "result": []}]}
    never = {"data": {"text": "Cy"}, "annotations": []}
    # One that says that there is no entity is an answer.
    none = {"data": {"text": "it rained"}, "annotations": [{"result": []}]}
    rows = [JSON["label studio"], cancelled, never, none]
    found = told(r"2 rows of 4 were .* not annotated \(the first: row 2\)", write("a.json", rows))
    assert found.words == [*TOGETHER.words, [["it", "rained"]]]


def one(text, *entities, **more):
    return {"text": text, "entities": list(entities), **more}


def test_what_is_changed_of_entities_is_counted_and_told(write):
    found = told(
        "1 entity of 1 begin or end within a word", write("a.jsonl", one("Annex", [0, 3, "PER"]))
    )
    assert found.tags == [[["B-PER"]]]
    found = told(
        "1 entity of 2 overlap a longer one",
        write("a.jsonl", one("New York Times", [0, 8, "LOC"], [0, 14, "ORG"])),
    )
    assert found.tags == [[["B-ORG", "I-ORG", "I-ORG"]]]
    found = told("hold no word", write("a.jsonl", one("a  b", [1, 3, "PER"])))
    assert found.tags == [[["O", "O"]]]
    # White space around an entity is nothing to speak of; a mark of a sentence in it is its own.
    assert quiet(write("a.jsonl", one("He saw Yahoo! Inc here", [6, 18, "ORG"]))).tags == [
        [["O", "O", "B-ORG", "I-ORG", "I-ORG", "O"]]
    ]


def test_offsets_that_split_a_grapheme_take_all_of_it(write):
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    found = told("within a word", write("a.jsonl", one(f"x {family} y", [2, 3, "FAM"])))
    assert found.words == [[["x", family, "y"]]]
    assert found.tags == [[["O", "B-FAM", "O"]]]
    found = told("within a word", write("a.jsonl", one("Cafe\u0301 x", [0, 4, "LOC"])))
    assert found.tags == [[["B-LOC", "O"]]]


def test_offsets_in_other_units_are_counted_anew_by_what_is_quoted(write):
    text = "\U0001f600\U0001f600 Ann left"
    by = {"start": 5, "end": 8, "text": "Ann", "labels": ["PER"]}
    found = told("in UTF-16", write("a.jsonl", {"text": text, "label": [by]}))
    assert found.tags == [[["O", "O", "B-PER", "O"]]]
    by = {"start": 9, "end": 12, "text": "Ann", "labels": ["PER"]}
    assert told("in bytes", write("a.jsonl", {"text": text, "label": [by]})).tags == found.tags
    by = {"start": 4, "end": 8, "text": "Ann", "labels": ["PER"]}
    with pytest.raises(DataError, match="the entity quotes, 'Ann'"):
        read_tagged(write("a.jsonl", {"text": text, "label": [by]}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (one("Ann", [0, 9, "PER"]), "from 0 to 3, the length of its text"),
        (one("Ann", [2, 1, "PER"]), "the first below the second. Received: 2 and 1"),
        (one("Ann", [-1, 2, "PER"]), "Received: -1 and 2"),
        (one("Ann", [0, 3]), "and its type"),
        (one("Ann", [0, 3, ""]), "and its type"),
        (one("Ann", ["0", "3", "PER"]), "and its type"),
        (one("Ann", {"start": 0, "label": "PER"}), "and its type"),
        ({"text": "Ann"}, "a list of entities.*--label-column"),
        ({"words": "Ann", "entities": []}, "a text by the name 'text'.*--text-column"),
        ({"text": 3, "entities": []}, "a text by the name 'text'"),
        ({"data": {"a": "x", "b": "y"}, "annotations": [{"result": []}]}, "one text in 'data'"),
        (one("\ud800", [0, 1, "PER"]), "expected valid text"),
        ('{"text": "Ann", ', "line 1: expected JSON"),
        ("[1, 2]", "expected a text with its entities"),
        ("", "Received: none"),
    ],
)
def test_what_is_no_entity_is_refused_with_its_place(write, content, words):
    with pytest.raises(DataError, match=words):
        read_tagged(write("mine.jsonl", content))


def test_what_is_no_file_of_tags_is_refused(write, tmp_path):
    for source, words in (
        (tmp_path, "a folder"),
        (tmp_path / "nowhere.conll", "which is none"),
        (write("a.spacy", b"\x78\x9c"), "spaCy's own binary form"),
        (write("c.conll", b"\x00\x01\x02 O\n"), "which is no text"),
        (write("a.zip", b"PK\x03\x04"), "zip archive"),
        (write("a.conll", "Ann\n"), "a word and its tag"),
        (write("a.csv", "word,tag\nAnn,\n"), "line 2: expected a word and its tag.*as the tag"),
        (write("d.csv", "word,tag\n,B-PER\n"), "as the word"),
        (write("e.csv", "word,tag\n"), "Received: none"),
        (write("b.csv", ""), "mpty"),
    ):
        with pytest.raises(DataError, match=words):
            read_tagged(source)
    for source in (3, None, "x", [1], ([["a"]], [["O"]], [])):
        with pytest.raises((InputError, DataError), match="Expected"):
            read_tagged(source)
    with pytest.raises(DataError, match=r"expected a tag a word: 1. Received: 2"):
        read_tagged(([["a"]], [["O", "O"]]))


def test_broken_tags_are_told_or_refused(write):
    path = write("a.conll", "Ann I-PER\nLee B-PER\n\nBo B-PER\n\nCy B-PER\n")
    assert told("1 of 4 tags break the rules of IOB2", path).tags[0] == [["B-PER", "B-PER"]]
    with pytest.raises(DataError, match="break no rule"):
        read_tagged(path, strict=True)
    assert quiet(path, scheme="IOB1").tags[0] == [["B-PER", "B-PER"]]


def test_raw_texts_are_not_taken_for_words(write):
    for words, tags in ((["EU x"], ["B-ORG O"]), (["it", "EU x"], ["O", "B-ORG"])):
        with pytest.raises(DataError, match=r"lists of words.*Received: the text 'EU x' at index"):
            read_tagged((words, tags))
    for source in (
        {"text": ["EU x"], "label": ["B-ORG O"]},
        write("a.conll", "EU x\tB-ORG O\n"),
        ([["EU x"]], [["B-ORG O"]]),
    ):
        with pytest.raises(DataError, match=r"one tag for one word.*Received: 'B-ORG O'"):
            read_tagged(source)
    # A type may have a blank, and a word one that breaks no line.
    assert quiet(([["1\u00a0000"]], [["B-big number"]])).labels == ("big number",)
