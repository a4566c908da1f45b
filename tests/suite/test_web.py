"""The page that is exported of every task: complete, pinned, and a stranger's texts stay texts."""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import re
import shutil

import pytest
from huggingface_hub.repocard import metadata_load

import zoo
from helpers import checkpoint_files, edit_record, zoo_command
from suite.cases import TASKS, tiny
from zoo.exporting import checking
from zoo.exporting.web import page
from zoo.exporting.web.libraries import CDN, LICENCES, Library

every_task = pytest.mark.parametrize("task", TASKS)
HOSTILE = (
    "\"'></title><script>alert(1)</script>\n---\nx: y\n@@POLICY@@ {{ 7 * 7 }} [a](javascript:b)"
)


@pytest.fixture(autouse=True)
def light(monkeypatch):
    """Do as an installation without Keras does: it is sooner done."""
    monkeypatch.setattr(checking, "has_keras", lambda: False)


class Elements(html.parser.HTMLParser):
    """The elements of a page, and its texts."""

    def __init__(self, content):
        super().__init__()
        self.found, self.texts = [], []
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)


def policy_of(elements):
    (found,) = (a["content"] for tag, a in elements.found if "http-equiv" in a)
    return dict(part.split(" ", 1) for part in found.split("; "))


@every_task
def test_the_folder_is_complete_and_all_that_is_fetched_is_pinned(task, tmp_path):
    exported = zoo.export(tiny(task), tmp_path / "out", format="web")
    files = checkpoint_files(exported.path)
    assert {name: len(data) for name, data in files.items()} == exported.files
    assert exported.difference.largest <= exported.difference.allowed <= 3e-5
    settings = json.loads(files["page.json"])
    for name in (*settings["graphs"], *settings["tokenizers"]):
        assert {f"{name}.onnx", f"{name}.json"} & set(files)
    scripts = {name: data.decode() for name, data in files.items() if name.endswith(".js")}
    for script in scripts.values():
        assert set(re.findall(r'from "\./([^"]+)"', script)) <= set(files)
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|document\.write", script
        )
        assert "http:" not in script.replace("http://www.w3.org/2000/svg", "")
        assert "https:" not in script
    elements = Elements(files["index.html"].decode())
    links = [a.get("src") or a.get("href") for _, a in elements.found if "src" in a or "href" in a]
    assert set(links) - {"data:,"} == {"page.js", "style.css"} <= set(files)

    libraries = settings["libraries"].values()
    for one in libraries:
        assert re.fullmatch(rf"{CDN}/npm/(@\w+/)?[\w-]+@\d+\.\d+\.\d+/[\w./-]+", one["address"])
        assert len(base64.b64decode(one["integrity"].removeprefix("sha384-"))) == 48
    policy = policy_of(elements)
    assert policy["connect-src"].split() == ["'self'", *(one["address"] for one in libraries)]
    assert policy["default-src"] == "'none'" and "unsafe-inline" not in str(policy)
    front = metadata_load(exported.path / "README.md")
    assert (front["sdk"], front["title"]) == ("static", settings["name"])
    with pytest.raises(zoo.InputError, match="to replace an earlier export"):
        zoo.export(tiny(task), tmp_path / "out", format="web")


@every_task
def test_nothing_of_a_record_becomes_code(task, tmp_path):
    source = tmp_path / "source"
    shutil.copytree(tiny(task), source)

    def spoil(record):
        record["description"] = HOSTILE
        record["labels"] = [f"{label}{HOSTILE}" for label in record.get("labels", [])]
        record["licenses"] = {"weights": HOSTILE, "data": HOSTILE}

    edit_record(source, spoil)
    exported = zoo.export(source, tmp_path / "out", format="web")
    content = (exported.path / "index.html").read_text("utf-8")
    elements = Elements(content)
    scripts = [attributes for tag, attributes in elements.found if tag == "script"]
    assert scripts == [{"type": "module", "src": "page.js"}]
    assert not any(name.startswith("on") for _, a in elements.found for name in a)
    plain = Elements(
        (zoo.export(tiny(task), tmp_path / "plain", format="web").path / "index.html").read_text(
            "utf-8"
        )
    )
    assert [tag for tag, _ in elements.found] == [tag for tag, _ in plain.found]
    assert policy_of(elements) == policy_of(plain)
    assert any("<script>alert(1)</script>" in text for text in elements.texts)
    settings = json.loads((exported.path / "page.json").read_bytes())
    assert settings["description"] == HOSTILE and settings["labels"] == list(
        zoo.info(source).labels
    )
    readme = (exported.path / "README.md").read_text("utf-8")
    assert set(metadata_load(exported.path / "README.md")) == {
        *("title", "sdk", "app_file", "pinned", "license")
    }
    body = readme.split("\n---\n", 1)[1]
    assert "<script>" not in body and "](javascript:" not in body


def library(name, content, role=""):
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    return Library(
        role=role,
        package="@someone/package",
        version="1.2.3",
        file=f"dist/{name}",
        size=len(content),
        integrity=f"sha384-{digest}",
        licence="MIT",
    )


def test_libraries_are_copied_only_as_they_are_pinned(tmp_path, monkeypatch):
    ours = [library("a.mjs", b"a", "runtime"), library("b.wasm", b"b", "binary")]
    monkeypatch.setattr(type(page.FORMAT), "libraries", lambda self, job: ours)
    monkeypatch.setitem(LICENCES, "@someone/package", library("LICENSE", b"terms"))
    modules, source = tmp_path / "node_modules", tiny(TASKS[-1])
    place = modules / "@someone" / "package"

    def refused(words, **how):
        done = zoo_command(
            *("export", source, "--output", tmp_path / "out"),
            *("--format", how.get("format", "web"), "--vendor", modules),
        )
        assert done.returncode == 2 and done.stdout == ""
        assert re.search(words, done.stderr) and done.stderr.splitlines()[-1].startswith("error: ")
        assert not (tmp_path / "out").exists() and "Traceback" not in done.stderr

    refused(r"npm install @someone/package@1\.2\.3`\. Received: no .*package\.json")
    refused("vendor=None with the format onnx", format="onnx")
    (place / "dist").mkdir(parents=True)
    (place / "package.json").write_text('{"version": "1.2.4"}', encoding="utf-8")
    refused(r"Received: version '1\.2\.4' of @someone/package")
    (place / "package.json").write_text("{", encoding="utf-8")
    refused("package.json")
    (place / "package.json").write_text('{"version": "1.2.3"}', encoding="utf-8")
    refused(r"Received: no .*a\.mjs")
    for name, content in (("a.mjs", b"x"), ("b.wasm", b"b"), ("LICENSE", b"terms")):
        (place / "dist" / name).write_bytes(content)
    refused(r"Received: other bytes in .*a\.mjs")
    (place / "dist" / "a.mjs").write_bytes(b"a longer one")
    refused(r"a\.mjs")
    (place / "dist" / "a.mjs").write_bytes(b"a")
    exported = zoo.export(source, tmp_path / "out", format="web", vendor=modules)
    files = checkpoint_files(exported.path)
    assert (files["vendor/a.mjs"], files["vendor/b.wasm"]) == (b"a", b"b")
    assert files["vendor/LICENSE"] == b"terms"
    settings = json.loads(files["page.json"])
    assert settings["libraries"]["runtime"]["address"] == "vendor/a.mjs" and not settings["host"]
    assert policy_of(Elements(files["index.html"].decode()))["connect-src"] == "'self'"
    assert CDN not in str(files)
