"""What surprised a language model: the figures are the model's own, and what is shown is true."""

from __future__ import annotations

import json
import math
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

import zoo
from zoo.cli.main import app
from zoo.tasks.text_generation.testing import make_language_model

TEXT = "the cat saw\nthe  zebra \tdog . <unk> <b>an</b>\n"
UNITS = ("words", "characters")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    root = tmp_path_factory.mktemp("surprise")
    return {unit: make_language_model(root / unit, unit=unit) for unit in UNITS}


@pytest.fixture(scope="module")
def pipelines(places):
    return {unit: zoo.pipeline(place) for unit, place in places.items()}


@pytest.mark.parametrize("unit", UNITS)
def test_the_figures_are_those_of_the_pipeline_and_of_keras(unit, places, pipelines):
    pipeline = pipelines[unit]
    surprise = zoo.explain(pipeline, TEXT)
    ids, scores = pipeline.score_tokens(TEXT)
    np.testing.assert_array_equal(surprise.log_probabilities, scores)
    nats, counted = pipeline.log_likelihood(TEXT)
    assert (-surprise.nats, surprise.counted) == (nats, counted)
    assert surprise.bits == pytest.approx(-nats / math.log(2))
    assert surprise.perplexity == pytest.approx(math.exp(-nats / counted))
    # Every token stands where it says, and what was likeliest is so.
    whole = np.concatenate([expected for _, expected in pipeline.predictions(TEXT)])
    assert len(surprise.tokens) == len(ids) == len(whole)
    for place, token in enumerate(surprise.tokens):
        names = [name for name, _ in surprise.expected(place)]
        shares = [share for _, share in surprise.expected(place)]
        assert len(names) == 5 and shares == sorted(shares, reverse=True)
        assert shares[0] == pytest.approx(math.exp(whole[place].max()), rel=1e-6)
        if token in names:
            own = math.exp(surprise.log_probabilities[place])
            assert shares[names.index(token)] == pytest.approx(own, rel=1e-6)
    by_keras = zoo.explain(zoo.load(places[unit]), TEXT)
    np.testing.assert_allclose(by_keras.log_probabilities, scores, atol=1e-5)
    assert by_keras.spans == surprise.spans and by_keras.names == surprise.names


def test_tokens_stand_as_written_and_unknown_ones_are_told(pipelines):
    surprise = zoo.explain(pipelines["words"], TEXT)
    assert surprise.tokens == [
        *("the", "cat", "saw", "\n", "the", "zebra", "dog", ".", "<unk>", "<b>an</b>", "\n")
    ]
    told = zip(surprise.tokens, surprise.unknown, strict=True)
    assert [token for token, strange in told if strange] == ["zebra", ".", "<b>an</b>"]
    letters = zoo.explain(pipelines["characters"], "the cow\u00e9")
    assert "".join(letters.tokens) == "the cow\u00e9" and letters.unknown.sum() == 1
    one = zoo.explain(pipelines["characters"], "t")
    assert (one.counted, one.nats, one.perplexity) == (0, 0.0, 1.0)
    assert one.as_json()["bits_per_character"] is None and one.as_rows()


@pytest.mark.parametrize("unit", UNITS)
def test_a_long_text_is_read_in_pieces_as_one(unit, places, pipelines):
    text = TEXT * 60
    surprise = zoo.explain(pipelines[unit], text)
    assert surprise.counted == pipelines[unit].log_likelihood(text)[1]
    by_keras = zoo.explain(zoo.load(places[unit]), text)
    np.testing.assert_allclose(by_keras.log_probabilities, surprise.log_probabilities, atol=1e-4)


class Page(HTMLParser):
    def __init__(self, content):
        super().__init__()
        self.tags, self.titles, self.text, self._inside = [], [], "", False
        self.feed(content)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "p":
            self._inside = dict(attributes).get("class") == "text"
        elif tag == "span" and self._inside:
            self.titles.append(dict(attributes)["title"])

    def handle_data(self, data):
        self.text += data if self._inside else ""

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "p"


@pytest.mark.parametrize("unit", UNITS)
def test_a_page_shows_the_text_and_tells_of_every_token(unit, pipelines, tmp_path):
    surprise = zoo.explain(pipelines[unit], TEXT)
    page = Page(surprise.write(tmp_path / "why.html").read_text("utf-8"))
    assert page.text.replace("\u21b5", "") == TEXT and "b" not in page.tags
    assert len(page.titles) == len(surprise.tokens)
    for place, title in enumerate(page.titles):
        bits = -surprise.log_probabilities[place] / math.log(2)
        assert f" {bits:.1f} bits; likeliest: " in title
        assert ("unknown" in title) == surprise.unknown[place]
    assert surprise.write(tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(zoo.InputError, match=r"\.png or \.html"):
        surprise.write(tmp_path / "why.pdf")
    fragment = surprise._repr_html_()
    assert "<b>an" not in fragment and fragment.count("<span") == len(surprise.tokens)


def test_what_is_less_likely_has_the_stronger_colour(pipelines):
    surprise = zoo.explain(pipelines["words"], TEXT)
    styles = [
        (surprise.as_text(1 << 24).plain[span.start : span.end], span.style)
        for span in surprise.as_text(1 << 24).spans
    ]
    assert [word for word, _ in styles] == [t.replace("\n", "\u21b5") for t in surprise.tokens]
    # The third number is the blue of the background: white has it all, orange little.
    blue = [int(style.rstrip(")").split(",")[2]) for _, style in styles]
    order = np.argsort(surprise.log_probabilities)
    assert (np.diff(np.array(blue)[order]) >= 0).all() and len(set(blue)) > 2
    console = Console(force_terminal=True, color_system="standard", width=80)
    with console.capture() as captured:
        console.print(surprise.as_text(16))
    assert "zebra" in captured.get() and "\x1b" in captured.get()


def test_long_texts_are_shown_in_part_and_that_is_told(pipelines, tmp_path, monkeypatch):
    from zoo.tasks.text_generation import surprise_views

    monkeypatch.setattr(surprise_views, "_ON_A_PAGE", 5)
    surprise = zoo.explain(pipelines["words"], TEXT)
    page = Page(surprise.write(tmp_path / "why.html").read_text("utf-8"))
    assert len(page.titles) == 5 + 1 and "... 6 more" in page.text


def run(*arguments):
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_tells_the_same(places, pipelines):
    code, stdout, _ = run("explain", places["words"], TEXT, "--json")
    surprise = zoo.explain(pipelines["words"], TEXT)
    assert code == 0 and json.loads(stdout) == json.loads(json.dumps(surprise.as_json()))
    code, stdout, _ = run("explain", places["characters"], "the cat")
    lines = [line.split("\t") for line in stdout.splitlines()]
    assert code == 0 and len(lines) == 1 + len("the cat")
    letters = zoo.explain(pipelines["characters"], "the cat")
    for place, (score, _, _, share) in enumerate(lines[1:]):
        assert float(score) == pytest.approx(letters.log_probabilities[place], abs=1e-4)
        assert float(share) == pytest.approx(letters.expected(place)[0][1], abs=1e-4)


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("", {}, "at least one token"),
        (" \t", {}, "at least one token"),
        (3, {}, "one text"),
        ("a\ud800", {}, "UTF-8"),
        ("a", {"label": "positive"}, "no label for a language model"),
    ],
)
def test_what_is_no_text_is_refused(text, options, words, pipelines):
    with pytest.raises(zoo.InputError, match=words):
        zoo.explain(pipelines["words"], text, **options)


def test_one_character_alone_comes_to_nothing(pipelines):
    surprise = zoo.explain(pipelines["characters"], "t")
    assert surprise.counted == 0 and str(surprise.bits) == "0.0"
    assert surprise.as_rows()[0] == ("0.0 bits in 0 characters",)
