"""The reader of Multi30k: local files first, their text compared with what is expected."""

from __future__ import annotations

import gzip
import hashlib

import pytest

import zoo
from helpers import dataset_or_skip
from zoo.datasets import load_dataset, multi30k


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A directory of two files of three lines, which are what is expected."""
    texts = {
        "val.de": "Ein Hund.\n Zwei\u2028Hunde. \nDrei.\n",
        "val.en": "A dog.\nTwo dogs.\nThree.\n",
    }
    folder = tmp_path / "multi30k"
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(text.encode("utf-8")))
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        monkeypatch.setitem(multi30k.SHA256, name, digest)
    monkeypatch.setitem(multi30k.FILES, "validation", ("val", 3))
    monkeypatch.setenv("ZOO_DATA_DIR", str(tmp_path))
    return folder


def test_local_files_are_read_line_by_line(local):
    data = load_dataset("multi30k/de-en", "validation")
    assert data.sources == ["Ein Hund.", "Zwei\u2028Hunde.", "Drei."]
    assert data.targets == ["A dog.", "Two dogs.", "Three."] and len(data) == 3
    back = load_dataset("multi30k/en-de", "validation")
    assert (back.sources, back.targets) == (data.targets, data.sources)


def test_another_text_is_refused(local):
    (local / "val.en.gz").write_bytes(gzip.compress(b"A dog.\nTwo cats.\nThree.\n"))
    with pytest.raises(zoo.DataError, match=r"SHA-256.*Received"):
        load_dataset("multi30k/de-en", "validation")
    (local / "val.en.gz").write_bytes(b"no archive")
    with pytest.raises(zoo.DataError, match="cannot be read"):
        load_dataset("multi30k/de-en", "validation")


def test_the_builder_prepares_what_is_read(tmp_path, monkeypatch):
    """As TensorFlow Datasets does after a download, which is replaced here."""
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    # Not by TFDS_DATA_DIR: what it is at the first import holds for the whole process.
    original = multi30k.make_builder
    monkeypatch.setattr(multi30k, "make_builder", lambda: original(tmp_path / "tfds"))
    lines = {code: [f"{code} {number}" for number in range(3)] for code in multi30k.LANGUAGES}
    paths = {}
    for split, (file, _) in multi30k.FILES.items():
        monkeypatch.setitem(multi30k.FILES, split, (file, 3))
        for code, content in lines.items():
            text = "\n".join(content) + "\n"
            name = f"{file}.{code}"
            paths[name] = tmp_path / f"{name}.gz"
            paths[name].write_bytes(gzip.compress(text.encode("utf-8")))
            digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
            monkeypatch.setitem(multi30k.SHA256, name, digest)
    monkeypatch.setattr("zoo.fetching.urls.check_reachable", lambda urls, patience: None)
    import tensorflow_datasets as tfds

    def download(manager, urls):
        assert all(url == f"{multi30k.URL}/{name}.gz" for name, url in urls.items())
        return {name: paths[name] for name in urls}

    monkeypatch.setattr(tfds.download.DownloadManager, "download", download)
    for split in multi30k.FILES:
        data = multi30k.load_multi30k(split, "de", "fr")
        assert (data.sources, data.targets) == (lines["de"], lines["fr"])


def test_wrong_names_are_refused():
    with pytest.raises(zoo.InputError, match="'train', 'validation' or 'test'"):
        multi30k.load_multi30k("val")
    with pytest.raises(zoo.InputError, match="two different languages"):
        multi30k.load_multi30k("train", "de", "de")
    with pytest.raises(zoo.InputError, match="multi30k/de-en"):
        load_dataset("multi30k", "train")


@pytest.mark.parametrize(
    "split, count", [("train", 29_000), ("validation", 1_014), ("test", 1_000)]
)
def test_the_real_splits_have_their_sizes(split, count):
    data = dataset_or_skip("multi30k/de-en", split)
    assert len(data) == count and all(data.sources) and all(data.targets)
