"""Attributions: that they sum to what they explain, and what is made of them to look at."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console

import zoo
from helpers import one_of_a_kind, zoo_command
from zoo.errors import DataError, InputError
from zoo.tasks.text_classification.attribution import METHODS
from zoo.text.attribution import Attribution
from zoo.text.attribution_views import _sum, attribution_text
from zoo.text.encoding import TextEncoder

TEXT = "A moving,  beautifully acted film.<br />It is <b>never</b> dull, & costs $5 to $6."
LONG = "The acting was not good at all, though I never fell asleep. " * 70


@pytest.fixture(scope="module")
def model():
    return zoo.load("cnn-imdb")


def _log_odds(probabilities: np.ndarray, index: int) -> float:
    # The others' sum: 1 minus a probability near 1 would lose all digits.
    row = np.asarray(probabilities, np.float64)
    return float(np.log(row[index]) - np.log(np.delete(row, index).sum()))


@pytest.mark.parametrize("name", one_of_a_kind("text-classification"))
def test_integrated_gradients_sum_to_the_difference_of_the_scores(name):
    model = zoo.load(name)
    for text in (TEXT, LONG[:600]):
        attribution = zoo.explain(model, text)
        strange, between = ("zqxjkvbw", " ") if attribution.unit == "words" else ("\u2603", "")
        unknown = between.join([strange] * len(attribution.tokens))
        probabilities, without = model.predict([text, unknown])
        chosen = model.info.labels.index(attribution.label)
        assert chosen == probabilities.argmax()
        assert attribution.probability == pytest.approx(probabilities[chosen], abs=1e-5)
        assert attribution.log_odds == pytest.approx(_log_odds(probabilities, chosen), abs=1e-3)
        assert attribution.baseline == pytest.approx(_log_odds(without, chosen), abs=1e-3)
        difference = attribution.log_odds - attribution.baseline
        assert attribution.scores.sum() == pytest.approx(difference, rel=0.01)


@pytest.mark.at_once
def test_labels_of_two_classes_mirror_each_other(model):
    for method in METHODS:
        first, second = (
            zoo.explain(model, TEXT, method=method, label=label) for label in model.info.labels
        )
        np.testing.assert_allclose(first.scores, -second.scores, atol=1e-3)
        assert first.probability + second.probability == pytest.approx(1, abs=1e-5)


@pytest.mark.at_once
def test_gradient_times_input_equals_a_finite_difference(model):
    from zoo.tasks.text_classification.attribution import encode_with_spans

    attribution = zoo.explain(model, TEXT, method="gradient_x_input")
    place = attribution.tokens.index("beautifully")
    ids, *_ = encode_with_spans(TextEncoder.of(model.preprocessor), TEXT)
    # Scaling one word's vector by 1 + e changes the log-odds by e times the gradient x input.
    embeddings = model.backbone.token_embedding.embeddings
    whole = np.array(embeddings)
    changes = []
    for factor in (0.99, 1.01):
        scaled = whole.copy()
        scaled[ids[1 + place]] *= factor
        embeddings.assign(scaled)
        (probabilities,) = model.predict([TEXT])
        changes.append(_log_odds(probabilities, model.info.labels.index(attribution.label)))
    embeddings.assign(whole)
    slope = (changes[1] - changes[0]) / 0.02
    assert slope == pytest.approx(attribution.scores[place], rel=0.05)


@pytest.mark.at_once
def test_tokens_stand_where_they_say_and_the_middle_of_a_long_text_is_marked(model):
    attribution = zoo.explain(model, TEXT, method="gradient_x_input")
    assert attribution.omitted is None
    assert attribution.tokens[:4] == ["A", "moving", ",", "beautifully"]
    assert len(attribution.scores) == len(attribution.spans)
    long = zoo.explain(model, LONG, method="gradient_x_input")
    preprocessor = model.preprocessor
    assert len(long.tokens) == preprocessor.head_length + preprocessor.tail_length - 1
    start, end = long.omitted
    assert long.spans[preprocessor.head_length - 2][1] == start
    assert long.spans[preprocessor.head_length - 1][0] == end
    assert " ... " in attribution_text(long).plain


def test_a_translator_is_explained_by_its_attention():
    alignment = zoo.explain(zoo.load("bahdanau-multi30k-de-en"), "Ein Mann fährt Rad.")
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1, atol=1e-4)
    pipeline = zoo.pipeline("bahdanau-multi30k-de-en")
    given = zoo.explain(pipeline, "Ein Mann fährt Rad.", translation="A man is riding a bike.")
    assert given.target == alignment.target
    with pytest.raises(InputError, match=r"no label for a translator.*'good'"):
        zoo.explain(pipeline, "Ein Mann fährt Rad.", label="good")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": " \n "}, "at least one word"),
        ({"text": ["A film."]}, "one text.*Received: list"),
        ({"text": "A film.", "method": "lime"}, "'integrated_gradients'.*Received: 'lime'"),
        ({"text": "A film.", "label": "meh"}, "'negative', 'positive'.*Received: 'meh'"),
    ],
)
def test_bad_input_is_refused(model, arguments, message):
    with pytest.raises(InputError, match=message):
        zoo.explain(model, **arguments)


def test_other_models_are_refused():
    with pytest.raises(InputError, match=r"a text classifier or .* or a translator.*Received: str"):
        zoo.explain("lstm-imdb", "A film.")
    with pytest.raises(DataError, match="A film"):
        zoo.explain(zoo.load("esn-japanese-vowels"), "A film.")


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.inside, self.text, self.external = False, "", []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.external += [v for k, v in attributes.items() if k in ("src", "href")]
        if tag == "p":
            self.inside = attributes.get("class") == "text"
        self.tags = [*getattr(self, "tags", []), tag]

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "p"

    def handle_data(self, data):
        self.text += data if self.inside else ""


@pytest.mark.at_once
def test_pages_hold_the_text_as_it_is_and_need_nothing_else(model):
    text = TEXT + ' <script>alert("x")</script>'
    page = _Words()
    page.feed(zoo.attribution_html(zoo.explain(model, text)))
    assert page.text == text
    assert "script" not in page.tags
    assert not page.external


@pytest.mark.at_once
def test_pictures_are_the_same_for_the_same_attribution(model, tmp_path):
    attribution = zoo.explain(model, TEXT + " und ein sehr" + "lang" * 60 + "es Wort")
    first = zoo.plot_attribution(attribution, tmp_path / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert first == zoo.plot_attribution(attribution, tmp_path / "b.png").read_bytes()
    with pytest.raises(InputError, match=r"\.png or \.html.*Received: '.*why\.pdf'"):
        zoo.plot_attribution(attribution, tmp_path / "why.pdf")


def made_up(scores, odds=2.0244, baseline=0.4227, method="integrated_gradients"):
    words = [f"w{index}" for index in range(len(scores))]
    spans = [(3 * index, 3 * index + 2) for index in range(len(scores))]
    return Attribution(
        " ".join(words), spans, None, np.array(scores), "good", 0.88, odds, baseline, method
    )


@pytest.mark.parametrize(
    ("odds", "baseline", "total"),
    [(2.0244, 0.4227, 1.6072), (2.02449, 0.42251, 1.60251), (-0.5, 0.25, -0.75), (0.1, 0.1, 0.0)],
)
@pytest.mark.parametrize("digits", [2, 3])
def test_the_figures_that_are_shown_add_up(odds, baseline, total, digits):
    shown = _sum(made_up([total], odds, baseline), digits)
    left, right = shown.replace("- ", "-").replace("+ ", "").removeprefix("log-odds ").split(" = ")
    terms = re.findall(r"(-?\d+\.\d+) \(", right)
    assert sum(map(Decimal, terms)) == Decimal(left), shown
    assert ("error of the integral" in shown) == (len(terms) == 3)
    other = _sum(made_up([total], odds, baseline, "gradient_x_input"), digits)
    assert "=" not in other and "tokens" not in other


def test_sixteen_colours_show_what_speaks_against_the_label():
    attribution = made_up([1.6, -0.655, -1.2, 0.01, 0.4])
    words = lambda text: [str(span.style) for span in text.spans]  # noqa: E731
    assert words(attribution_text(attribution, 16)) == [
        "bright_white on blue",
        "bold yellow",
        "black on yellow",
        "bold blue",
    ]
    console = Console(color_system="standard", force_terminal=True, width=80)
    with console.capture() as capture:
        console.print(attribution_text(attribution, 16))
    assert "\x1b[1;33mw1" in capture.get()
    assert all(style.startswith("black on rgb(") for style in words(attribution_text(attribution)))


@pytest.mark.slow
@pytest.mark.at_once
def test_command_explains_in_text_json_and_pictures(tmp_path):
    lines = zoo_command("explain", "cnn-imdb", TEXT, "--output", tmp_path / "why.html")
    assert lines.returncode == 0, lines.stderr
    rows = [line.split("\t") for line in lines.stdout.splitlines()]
    assert rows[0][0] == zoo.pipeline("cnn-imdb")(TEXT)[0]["label"]
    assert [row[1] for row in rows[1:5]] == ["A", "moving", ",", "beautifully"]
    assert (tmp_path / "why.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    result = zoo_command("explain", "cnn-imdb", TEXT, "--json", "--label", "negative")
    answer = json.loads(result.stdout)
    total = sum(token["score"] for token in answer["tokens"])
    assert total == pytest.approx(answer["log_odds"] - answer["baseline"], rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cnn-imdb", " "], "at least one word"),
        (["cnn-imdb", "A film.", "--output", "why.pdf"], ".png or .html"),
        (["cnn-imdb", "A film.", "--translation", "Ein Film."], "no --translation"),
        (["bahdanau-multi30k-de-en", "Ein Hund.", "--output", "a.html"], "in .png"),
    ],
)
def test_command_refuses_in_one_line(arguments, message):
    result = zoo_command("explain", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
