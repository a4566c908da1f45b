"""What a stranger's record says is shown as text, and never as Markdown, files or commands."""

from __future__ import annotations

import re

import huggingface_hub
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from helpers import edit_record
from zoo import checkpoint
from zoo.cards.card import render_card
from zoo.cards.check import check_card
from zoo.cards.derived import bibtex, derived_card
from zoo.common.escape import Markdown, code, fenced, link, markdown, quoted, terminal
from zoo.finetuning.record import Work, derived_info
from zoo.hub.staging import stage
from zoo.schema import DataSource, Paper
from zoo.tasks.text_classification.testing import make_checkpoint

HOSTILE = {
    "picture": "![c](/proc/self/environ)",
    "picture beside": "![c](../../secret.png)",
    "reference": "x [a]: /etc/passwd",
    "link": "[click](javascript:alert(1)) <https://evil.example>",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)><!--",
    "cell": "a | b |\n| --- | --- |\n| c",
    "paragraphs": "a\n\n# Heading\n\n- item\n\n---\nlicense: mit\n---\n    code",
    "fence": "a\n```\nb ```` c `d",
    "code": "`a` ``b` \\` *c* __d__ ~~e~~ $$x$$ \\(y\\)",
    "template": "{{ 7 * 7 }}{% raw %}{# a #}",
    "bibtex": "a}, url = {https://evil.example}} \\input{/etc/passwd} % & #",
    "yaml": "mit\nextra: yes\n---\n",
    "terminal": "\x1b]0;title\x07\x1b[31mred \x9b2J \u202egnp.exe\u202c \u2028 \x00",
    "python": '"); import os; os.system("ls") #',
    "entity": "&lt;b&gt; &#60;i> &amp;",
    "nothing": "",
    "spaces": " \t ",
}
# The structure of a card is that of its template, whatever the record says.
_PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def structure(card: str) -> list[str]:
    """The elements of a card: all but its text. Code is code however it is written."""
    text = huggingface_hub.ModelCard(card).text
    found = []
    for token in _PARSER.parse(text):
        found.append(token.type)
        for child in token.children or ():
            if child.type == "html_inline":
                assert child.content in ("<code>", "</code>")
            elif child.type in ("image", "link_open"):
                found.append(f"{child.type} {sorted(child.attrs.items())}")
            elif child.type not in ("text", "code_inline", "softbreak", "link_close"):
                found.append(child.type)
    return found


def texts_of(record: dict, text: str, fine_tuned: bool = False) -> None:
    """Put a text wherever a record of a classifier holds free text."""
    training = {
        "recipe": text,
        "command": text,
        "commit": text,
        "packages": {text: text},
        "backend": text,
        "hardware": text,
        "minutes": 1.0,
        "seed": 0,
        "epochs": 2,
        "best_epoch": 2,
        "method": text,
        "validation": {"accuracy": 0.5, "log_loss": 0.5, text: 0.5},
        "history": [
            {"epoch": 1, "loss": 1e308, "validation": {"accuracy": 0.5, text: -1e308}},
            {"epoch": 2, "loss": 0.5, "validation": {"log_loss": 0.5, "accuracy": 0.6}},
        ],
    }
    figure = {
        "value": 0.5,
        "confidence_interval": [0.4, 0.6],
        "confidence_level": 0.95,
        "num_examples": 3,
    }
    record.update(
        description=text,
        architecture=text,
        labels=[f"{number}{text}" for number in range(len(record["labels"]))],
        dataset={"name": text, "title": text, "url": text, "splits": {text: 3}},
        metrics=[
            {"name": "accuracy", "split": text, **figure},
            {"name": text, "split": text, "signature": text, **figure},
        ],
        training=training,
        licenses={"weights": text, "data": text},
        papers=[{"title": text, "authors": text, "year": 1, "venue": text, "url": text}],
        base_model={"name": text, "sha256": "0" * 64},
    )
    if fine_tuned:
        source = {"name": text, "sha256": "0" * 64, "rows": 3, "used": {text: 3}}
        training.update(data=[source], settings={text: text})


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return make_checkpoint(tmp_path_factory.mktemp("stranger") / "tiny")


def fill(path, text, fine_tuned=False):
    edit_record(path, lambda record: texts_of(record, text, fine_tuned))
    return checkpoint.read_info(path)


@pytest.mark.parametrize("fine_tuned", [False, True])
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_card_has_the_structure_of_its_template(stranger, text, fine_tuned):
    fill(stranger, "https://x.org/honest", fine_tuned)
    places = {"tiny-training.png": "pictures/tiny-training.png"}
    honest = render_card(stranger, "user/tiny", places)
    info = fill(stranger, text, fine_tuned)
    card = render_card(stranger, "user/tiny", places)
    expected = [item for item in structure(honest) if "x.org" not in item]
    if text.strip():  # an empty paragraph is none
        assert structure(card) == expected
    assert terminal(card.replace("\n", "")) == card.replace("\n", "")
    data, other = huggingface_hub.ModelCard(card).data, huggingface_hub.ModelCard(honest).data
    assert list(data.to_dict()) == list(other.to_dict())
    check_card(card, info)  # with its labels, `{{` and all
    # The code on a card is the template's.
    blocks = re.findall(r"^```python\n(.*?)^```", card, re.M | re.S)
    for block in blocks:
        compile(block, "card", "exec")
    assert len(blocks) == len(re.findall(r"^```python\n", honest, re.M))


@pytest.mark.parametrize("fine_tuned", [False, True])
def test_no_text_of_a_record_names_a_file_that_goes_up(stranger, tmp_path, monkeypatch, fine_tuned):
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"secret")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.chdir(tmp_path)
    (stranger.parent / "secret.png").write_bytes(b"secret")
    targets = (secret, "secret.png", "../secret.png", "/proc/self/environ", "../docs/imdb.md")
    text = " ".join(f"![c]({target}) [l]({target})" for target in targets)
    info = fill(stranger, text, fine_tuned)
    staged = stage(stranger, "user/tiny").files
    pictures = set() if fine_tuned else {"pictures/tiny-training.png"}
    assert {name for name in staged if name.startswith("pictures")} == pictures
    for name, content in staged.items():
        assert content != b"secret" and b"hf_secret" not in content, name
    assert "imdb.md" not in staged and set(info.files) < set(staged)


def test_what_a_stranger_says_fits_into_the_record_of_a_fine_tuning(stranger, tmp_path):
    """As long as a record's text may be, and it is carried on and on."""
    info = fill(stranger, "![c](/proc/self/environ) " * 390)
    for number in range(3):
        info = derived_info(
            info,
            Work(tmp_path / f"mine-{number}", resume=False),
            labels=info.labels,
            sources=[DataSource(name="x" * 9_000, sha256="0" * 64, rows=1, used={})],
            settings={},
            method="",
            validation={},
            seconds=1.0,
            command="zoo finetune",
            backend="jax",
        )
        assert checkpoint.parse_info(checkpoint.to_json(info), tmp_path / "zoo.json") == info
        card = derived_card(info, "./mine", "./mine", Markdown(""))
        assert "image" not in " ".join(structure(card))
        assert len(info.licenses.data) < 10_000


@pytest.mark.parametrize("label", ["TODO", "{{", "}}", "{% a %}", "<your name>", "[add one]"])
def test_an_honest_label_is_no_placeholder(stranger, label):
    fill(stranger, "honest")
    edit_record(stranger, lambda record: record.update(labels=[label, "b", "c"]))
    check_card(render_card(stranger, "user/tiny"), checkpoint.read_info(stranger))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_is_a_line_of_text(text):
    inline = _PARSER.parse(f"{markdown(text)}\n\nend")
    assert {token.type for token in inline} <= {"paragraph_open", "inline", "paragraph_close"}
    for token in inline:
        assert {child.type for child in token.children or ()} <= {"text"}
    shown = "".join(child.content for child in inline[1].children)
    if inline[1].content != "end":
        assert shown == terminal(re.sub(r"\s+", " ", text)).strip()
    (row,) = re.findall(
        r"<tr>\n<td>(.*?)</tr>",
        _PARSER.render(f"| a | b |\n|---|---|\n| {markdown(text)} | {code(text)} |\n"),
        re.S,
    )
    assert row.count("<td>") == 1
    (block,) = _PARSER.parse(fenced(text))
    assert block.type == "fence"
    assert eval(quoted(text)) == text
    entry = bibtex(Paper(title=text, authors=text, year=1, venue=text, url=text))
    depth = [0]
    for mark in re.findall(r"[{}]", entry):
        depth.append(depth[-1] + (1 if mark == "{" else -1))
    assert depth[-1] == 0 and min(depth[1:-1]) == 1 and max(depth) <= 2 + text.count("{")
    assert _PARSER.renderInline(link(text, "https://x.org/" + text)).count("<a ") <= 1
