"""Running text of a user's own: files, folders, lists and columns, and what is none."""

from __future__ import annotations

import gzip
import hashlib
import warnings

import pytest

import zoo
from zoo.tables import running_text
from zoo.tables.columns import Reading
from zoo.tables.running_text import read_running_text

TEXT = "Der Mond ist aufgegangen,\n\tdie goldnen Sternlein prangen\n\n"


@pytest.fixture(autouse=True)
def quiet():
    """Nothing is told but where a test says so."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_a_file_is_one_text_as_it_stands(tmp_path):
    for name in ("mond.txt", "wiki.test.tokens", "README", "page.md"):
        file = tmp_path / name
        file.write_bytes(TEXT.encode())
        columns = read_running_text(file)
        assert (columns.name, columns.texts) == (name, [TEXT])
        assert columns.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    file = tmp_path / "mond.txt.gz"
    file.write_bytes(gzip.compress(TEXT.encode()))
    assert read_running_text(str(file)).texts == [TEXT]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_the_ends_of_lines_are_line_feeds(tmp_path, end):
    file = tmp_path / "mond.txt"
    file.write_bytes(("\ufeff" + TEXT.replace("\n", end)).encode())
    assert read_running_text(file).texts == [TEXT]


def test_the_encoding_is_found_out_and_told_or_given(tmp_path):
    file = tmp_path / "mond.txt"
    text = "schöne Grüße, süße Träume\n" * 9
    file.write_bytes(text.encode("cp1252"))
    with pytest.warns(UserWarning, match=r"mond\.txt is read as: encoding cp1252"):
        assert read_running_text(file).texts == [text]
    assert read_running_text(file, reading=Reading(encoding="cp1252")).texts == [text]
    with pytest.raises(zoo.DataError, match="utf-8"):
        read_running_text(file, reading=Reading(encoding="utf-8"))


def test_a_folder_gives_its_texts_in_order_and_tells_what_it_leaves_out(tmp_path):
    home = tmp_path / "books"
    (home / "b" / "deep").mkdir(parents=True)
    for name, text in {"a.txt": "one", "b/deep/c.TXT": "two", "b/a.txt": "three"}.items():
        (home / name).write_text(text)
    (home / ".hidden.txt").write_text("no")
    assert read_running_text(home).texts == ["one", "three", "two"]
    before = read_running_text(home).sha256
    (home / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "else.txt").write_text("secret")
    (home / "link.txt").symlink_to(tmp_path / "else.txt")
    (home / "round").symlink_to(home, target_is_directory=True)
    with pytest.warns(UserWarning, match=r"3 files of books are no \.txt.*'link\.txt'"):
        columns = read_running_text(home)
    assert columns.texts == ["one", "three", "two"] and columns.sha256 == before
    assert columns.at(1) == "books, b/a.txt"


def test_lists_and_columns_of_tables_are_texts(tmp_path):
    texts = ["one,\ntwo", "three"]
    assert read_running_text(texts).texts == texts
    assert read_running_text(tuple(texts)).texts == texts
    assert read_running_text({"text": texts}).texts == texts
    assert read_running_text({"verse": [*texts, None]}, "verse").texts == [*texts, ""]
    (tmp_path / "verses.csv").write_text('verse,poet\n"one,\ntwo",a\nthree,b\n')
    assert read_running_text(tmp_path / "verses.csv", "verse").texts == texts
    (tmp_path / "verses.jsonl").write_text('{"text": "one,\\ntwo"}\n{"text": "three"}\n')
    assert read_running_text(tmp_path / "verses.jsonl").texts == texts
    with pytest.raises(zoo.DataError, match="poem"):
        read_running_text(tmp_path / "verses.csv", "poem")


@pytest.mark.parametrize(
    "content", [b"", b" \n\r\n\t", gzip.compress(b"\n"), b"\xef\xbb\xbf"], ids=range(4)
)
def test_a_file_without_a_word_is_refused(tmp_path, content):
    file = tmp_path / "text.txt"
    file.write_bytes(content)
    with pytest.raises(zoo.DataError, match=r"more than white space in text\.txt"):
        read_running_text(file)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04" + bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
        bytes(range(256)) * 20,
        b"\x7fELF" + bytes(1000),
        "words \u00e9 and ".encode() * 500 + b"a null\0",
    ],
    ids=range(5),
)
def test_what_is_no_text_is_refused(tmp_path, content):
    file = tmp_path / "text.txt"
    file.write_bytes(content)
    with pytest.raises(zoo.DataError, match=r"Expected a text.*text\.txt"):
        read_running_text(file)


def test_what_is_nothing_is_refused_with_what_there_may_be(tmp_path):
    for nothing in (tmp_path / "no.txt", "To be, or not to be", "a\0b", "x" * 5000):
        with pytest.raises(zoo.DataError, match=r"a file of text, a folder.*in a list"):
            read_running_text(nothing)
    with pytest.raises(zoo.DataError, match=r"No such file\. Received: ."):
        read_running_text(tmp_path / "no.csv")
    with pytest.raises(zoo.DataError, match=r"\.txt files.*an empty folder"):
        read_running_text(tmp_path)
    for nothing in (None, 3, [], (), b"text", {"one", "two"}):
        with pytest.raises(zoo.InputError, match=r"list of texts.*Received"):
            read_running_text(nothing)
    with pytest.raises(zoo.DataError, match=r"index 1: expected a text.*Received: 3"):
        read_running_text(["one", 3])
    with pytest.raises(zoo.DataError, match="2 texts without anything"):
        read_running_text(["", " \n"])


def test_a_folder_of_packed_texts_is_bounded_by_what_comes_out(tmp_path, monkeypatch):
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt.gz").write_bytes(gzip.compress(b"to be " * 500))
    monkeypatch.setattr(running_text, "MAX_BYTES", 6_000)
    assert read_running_text(tmp_path).texts == ["to be " * 500] * 2
    monkeypatch.setattr(running_text, "MAX_BYTES", 5_999)
    with pytest.raises(zoo.DataError, match=r"two\.txt\.gz unpacks to more.*2,999 bytes"):
        read_running_text(tmp_path)
