"""What made a name: words and letters that are made unknown, one after the other."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from zoo import checkpoint
from zoo.cli.main import app
from zoo.tasks.token_classification.testing import make_tagger

pytestmark = pytest.mark.filterwarnings("ignore:Many letters:UserWarning")
TEXT = "Mary Ann lives in London. John left Paris on Friday."


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_tagger(tmp_path_factory.mktemp("names") / "tagger")


@pytest.fixture(scope="module")
def pipe(path):
    return zoo.pipeline(path)


def written(source, tensors, path):
    """Write a checkpoint with other weights."""
    checkpoint.write(
        path,
        info=source.info,
        backbone=source.backbone,
        head=source.head,
        preprocessor=source.preprocessor,
        assets=source.assets,
        weights=checkpoint.serialize_tensors(
            {name: np.asarray(value, np.float32) for name, value in tensors.items()}
        ),
    )
    return path


def odds(share):
    return np.log(share) - np.log1p(-share)


def test_the_names_are_those_of_the_pipeline(pipe):
    found = zoo.explain(pipe, TEXT)
    for one, other in zip(found.entities, pipe(TEXT), strict=True):
        assert (one.kind, one.word, one.start, one.end) == tuple(
            other[name] for name in ("entity_group", "word", "start", "end")
        )
        assert one.score == pytest.approx(other["score"], abs=1e-5)
        assert one.log_odds == pytest.approx(odds(other["score"]), abs=1e-3)
        # Every word of its sentence, and every letter of its own.
        sentence = TEXT[:25] if one.start < 25 else TEXT[26:]
        assert "".join(TEXT[a:b] for a, b, _ in one.words) == sentence.replace(" ", "")
        assert "".join(TEXT[a:b] for a, b, _ in one.letters) == one.word.replace(" ", "")
        assert all(one.start <= a < one.end for a, _, _ in one.known)
        assert len(one.neighbours) + len(one.known) == len(one.words)


def test_a_word_adds_what_the_odds_fall_by_without_it(tmp_path):
    """Of a network that looks at words alone, and at no letters, it is an unknown word."""
    source = checkpoint.read(make_tagger(tmp_path / "tagger", document_dim=0, seed=4))
    unread = ("letter_embedding", "letter_filters", "shape_embedding", "affix_embedding")
    tensors = {
        name: np.zeros_like(value) if name.startswith(unread) else value
        for name, value in source.tensors.items()
    }
    pipe = zoo.pipeline(written(source, tensors, tmp_path / "words"))
    text = "Mary Ann lives in London"
    found = zoo.explain(pipe, text)
    assert found.entities
    names, chain = pipe.reader.names, pipe.reader.chain
    for one in found.entities:
        # Letters are of no matter to it, and what is known of a word is all there is.
        assert all(value == pytest.approx(0, abs=1e-5) for _, _, value in one.letters)
        first, count = len(text[: one.start].split()), len(one.word.split())
        middle = [f"I-{one.kind}"] * (count - 2)
        tags = [f"B-{one.kind}", *middle, f"E-{one.kind}"] if count > 1 else [f"S-{one.kind}"]
        for at, (start, end, adds) in enumerate(one.words):
            words = [text[a:b] if (a, b) != (start, end) else "zebra" for a, b, _ in one.words]
            assert words[at] == "zebra"
            ((emissions,),) = pipe.emissions([[words]])
            asked = [(0, first, list(map(names.index, tags)))]
            (share,) = chain.span_probabilities(emissions[None], [len(words)], asked)
            assert adds == pytest.approx(one.log_odds - odds(share), abs=1e-3)


def test_letters_of_a_long_word_and_of_a_long_text_are_told_as_far_as_they_go(pipe):
    word = "Mary" + "y" * 40
    found = zoo.explain(pipe, f"{word} Ann lives in London.")
    assert all(one.word for one in found.entities)
    with pytest.warns(UserWarning, match="what made them is not told"):
        many = zoo.explain(pipe, "Mary Ann lives in London. " * 1_500)
    assert many.entities[0].explained and not many.entities[-1].explained
    assert many.as_text(16) and many.as_json()


def test_it_is_written_as_a_page_and_as_a_picture(pipe, tmp_path):
    text = "<script>Mary</script> \x07 & Ann\nlives in London."
    found = zoo.explain(pipe, text)
    page = found.write(tmp_path / "names.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") and page.count("<mark") == len(found.entities)
    assert "<script>" not in page and "&lt;" in page and "\x07" not in page
    assert "<script>" not in found._repr_html_()
    assert found.write(tmp_path / "names.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(zoo.InputError, match=r"\.png or \.html"):
        found.write(tmp_path / "names.pdf")
    for colours in (16, 256, 1 << 24):
        plain = found.as_text(colours).plain
        assert all(one.kind in plain for one in found.entities) and "\x07" not in plain
    json.dumps(found.as_json())
    assert len(found.as_rows()) >= len(found.entities)


def test_a_text_without_names_says_so(tmp_path):
    source = checkpoint.read(make_tagger(tmp_path / "tagger"))
    bias = np.where(np.arange(9) == 0, 50.0, 0.0).astype(np.float32)
    blind = written(source, {**source.tensors, "logits/bias": bias}, tmp_path / "blind")
    found = zoo.explain(zoo.pipeline(blind), TEXT)
    assert found.entities == [] and found.as_rows() == [("-", "", "no name in the text")]
    assert found.as_text(16).plain.startswith("no names\n")
    assert found.draw().get_figwidth() > 0 and "no names" in found._repr_html_()


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "at least one word"),
        (" \n", {}, "at least one word"),
        (TEXT, {"label": "PER"}, "no label for a tagger"),
        (["a"], {}, "one text"),
    ],
)
def test_what_cannot_be_explained_is_refused(pipe, text, options, words):
    with pytest.raises(zoo.InputError, match=words):
        zoo.explain(pipe, text, **options)


def test_the_command_explains_by_the_pipeline(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["explain", str(path), TEXT, "--json"])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["entities"]
