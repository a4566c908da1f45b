"""The page of a server in a real browser, as a person uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from browser import Browser
from suite.cases import one_entry_of, tasks_with_entries

TEXTS = "lstm-imdb"
WATCHES = one_entry_of("time-series-anomaly-detection")
WRITES = one_entry_of("translation")


@pytest.fixture(scope="module")
def page():
    """A browser on the page of a server of an entry of every task."""
    names = [TEXTS, *map(one_entry_of, tasks_with_entries())]
    command = [sys.executable, "-m", "zoo.cli.main", "serve", *dict.fromkeys(names), "--port", "0"]
    with Browser() as browser:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            browser.open(server.stdout.readline().split(" at ")[1].split()[0])
            browser.until("document.body.dataset.ready")
            yield browser
        finally:
            server.terminate()
            assert server.wait(600) == 0


def choose(page, name):
    page.run(
        "const at = document.getElementById('model'); at.value = arguments[0];"
        "document.getElementById('answer').replaceChildren();"
        "at.dispatchEvent(new Event('change'))",
        name,
    )
    page.until("document.querySelector('#answer').children.length")


def answer(page):
    return page.run("return document.querySelector('#answer').textContent")


@pytest.mark.slow
def test_every_model_answers_its_example_without_a_complaint(page):
    names = page.run("return [...document.querySelectorAll('#model option')].map(o => o.value)")
    assert len(names) >= len(tasks_with_entries())
    for name in names:
        choose(page, name)
        assert page.run("return document.querySelector('#answer ul, #answer svg, #answer .text')")
        assert page.run("return document.querySelector('#error').textContent") == ""
    assert page.complaints() == []


@pytest.mark.slow
def test_the_answer_changes_as_one_types_and_text_stays_text(page):
    choose(page, TEXTS)
    page.clear("#input")
    page.type("#input", "awful, dull, a waste of time")
    page.until("document.querySelector('#answer li').textContent.startsWith('negative')")
    page.clear("#input")
    page.type("#input", "<img src=x onerror=alert(1)> moving, beautiful, wonderful")
    page.until("document.querySelector('#answer li').textContent.startsWith('positive')")
    page.click("#next")
    page.until("document.querySelectorAll('#log li').length == 1")
    assert "<img src=x" in page.run("return document.querySelector('#log').textContent")
    assert page.run("return document.querySelectorAll('img').length") == 0
    page.click("#mark")
    page.until("!document.querySelector('#back').disabled")
    page.type("#input", " no: awful, dull, a waste of time, worst, boring")
    page.click("#next")
    page.until("document.querySelectorAll('#log li').length == 2")
    assert answer(page).startswith("negative")
    page.click("#back")
    page.until("document.querySelectorAll('#log li').length == 1")
    page.click("#close")
    assert page.complaints() == []


@pytest.mark.slow
def test_scores_stand_below_the_rows_that_they_are_of(page):
    choose(page, WATCHES)
    drawn = page.run(
        "return [...document.querySelectorAll('#answer svg')].map(one => one.ariaLabel)"
    )
    series, scores = (one.split(",")[0] for one in drawn)
    assert series == scores and series.endswith("and 0 found")
    assert "larm" in answer(page)


@pytest.mark.slow
def test_a_stream_comes_to_the_greedy_answer_and_what_is_wrong_is_told(page):
    choose(page, WRITES)
    page.run(
        "const beams = document.querySelector('#options input'); beams.value = 1;"
        "document.getElementById('time').textContent = '';"
        "document.getElementById('ask').click()"
    )
    page.until("document.querySelector('#time').textContent")
    whole = answer(page)
    page.click("#stream")
    page.until(f"document.querySelector('#answer').textContent == {whole!r}")
    page.until("document.querySelector('#time').textContent.startsWith('after')")
    page.run("document.querySelector('#options input').value = 1000")
    page.click("#ask")
    page.until("document.querySelector('#error').textContent.includes('Received')")


@pytest.mark.slow
def test_what_is_found_in_a_text_is_marked_where_it_stands(page):
    choose(page, one_entry_of("token-classification"))
    text = "\N{GRINNING FACE} She lives in Berlin."
    page.run(
        "const at = document.getElementById('input'); at.value = arguments[0];"
        "at.dispatchEvent(new Event('input'))",
        text,
    )
    page.until("document.querySelector('#answer').textContent.includes('lives')")
    assert answer(page).startswith(text.removesuffix(".") + " LOC ")
    marks = page.run(
        "return [...document.querySelectorAll('#answer mark')].map(m => m.textContent)"
    )
    assert len(marks) == 1 and marks[0].startswith("Berlin LOC ")
