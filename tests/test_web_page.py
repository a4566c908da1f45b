"""Exported pages in a real browser: they answer what the pipelines answer.

`ZOO_NODE_MODULES` names the folder node_modules of an npm install of the libraries that are pinned.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

import zoo
from browser import Browser
from suite.cases import one_entry_of
from zoo.exporting import checking
from zoo.exporting.web.libraries import CDN, RUNTIME, TOKENIZERS, WASM
from zoo.tasks.text2text_generation.testing import make_speller
from zoo.tasks.text_generation.testing import make_language_model
from zoo.tasks.translation.pipeline import LENGTH_PENALTY

TEXTS, SENTENCES = "lstm-imdb", "bahdanau-multi30k-de-en"
STRANGE = "[PAD] ΟΔΟΣ İt\u2019s <b>mov\u00ading</b>, ﬁlm ½ 日本語 don''t\u0085it. zxqwv"


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def modules():
    found = os.environ.get("ZOO_NODE_MODULES")
    if found is None:
        wanted = " ".join(f"{one.package}@{one.version}" for one in (RUNTIME, TOKENIZERS))
        pytest.skip(f"no ZOO_NODE_MODULES, a folder node_modules of npm install {wanted}")
    return Path(found)


@pytest.fixture(scope="module")
def browser(modules):
    with Browser() as found:
        yield found


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    """A static host of a folder, and the folder."""
    root = tmp_path_factory.mktemp("pages")
    handler = functools.partial(Handler, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield root, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def opened(browser, host, modules, monkeypatch):
    monkeypatch.setattr(checking, "has_keras", lambda: False)
    root, address = host

    def open_page(name, source=None):
        if not (root / name).exists():
            zoo.export(source or name, root / name, format="web", vendor=modules)
        browser.open(f"{address}/{name}/")
        browser.until("document.body.dataset.ready")
        return browser

    return open_page


def asked(page, text):
    """Put a text into the field, and return what the page says of it."""
    page.run(
        "const input = document.getElementById('input'); document.body.dataset.state = 'asking';"
        "input.value = arguments[0]; input.dispatchEvent(new Event('input'))",
        text,
    )
    page.until("document.body.dataset.state == 'done'", 60)
    assert page.run("return document.getElementById('error').textContent") == ""
    return json.loads(page.run("return document.getElementById('json').textContent"))


def warned(page):
    return page.run("return [...document.querySelectorAll('.warning')].map(one => one.textContent)")


@pytest.mark.slow
def test_a_classifier_of_texts_answers_as_one_types(opened):
    page, pipeline = opened(TEXTS), zoo.pipeline(TEXTS)
    page.clear("#input")
    page.type("#input", "awful, dull, a waste of time")
    page.until("document.querySelector('#answer li')?.textContent.startsWith('negative')")
    long = "A dull first half. " * 40 + "No plot, no actors. " * 60 + "But what an ending! " * 30
    for text in ("A moving film.", STRANGE, "", "zxqwv qqqq", long):
        answer = asked(page, text)
        (ids,) = pipeline._encode([text])
        assert answer["ids"] == ids.tolist()
        probabilities, doubts = pipeline.score_with_doubts([text])
        np.testing.assert_allclose(answer["probabilities"], probabilities[0], atol=1e-5)
        assert warned(page) == doubts.alone()[0]
    asked(page, STRANGE)
    assert page.run("return document.querySelectorAll('.words b, #answer b').length") == 0
    # What a word does is what leaving it out does.
    asked(page, "A moving film.")
    note = page.run(
        "document.querySelectorAll('.words button')[1].focus();"
        "return document.querySelector('#shown p:last-of-type').textContent"
    )
    without = pipeline("A film.", top_k=None)
    score = next(one["score"] for one in without if one["label"] == "positive")
    assert note.startswith(f"Without “moving”: positive {100 * score:.1f} %")
    assert page.complaints() == []


@pytest.mark.slow
def test_a_translator_writes_what_the_pipeline_writes(opened):
    page, pipeline = opened(SENTENCES), zoo.pipeline(SENTENCES)
    for text in ("Ein Mann mit 12 Hunden läuft durch den Park.", STRANGE, "", "EIN HAUS " * 40):
        for beams in (5, 1):
            page.run("document.getElementById('beams').value = arguments[0]", beams)
            answer = asked(page, text)
            (ids,), _ = pipeline._sources([text])
            (tokens,) = pipeline.translate_ids([text], beams, LENGTH_PENALTY)
            assert answer["ids"] == ids.tolist() and answer["tokens"] == tokens.tolist()
            (found,), doubts = pipeline.with_doubts([text], num_beams=beams)
            assert answer["translation_text"] == found["translation_text"]
            assert warned(page) == doubts.alone()[0]
    asked(page, "Zwei Hunde.")
    rows = page.run("return document.querySelectorAll('.looks tbody tr').length")
    assert rows == len(pipeline.translate_ids(["Zwei Hunde."], num_beams=1)[0])
    assert page.complaints() == []


@pytest.mark.slow
@pytest.mark.parametrize("inverse", [False, True])
def test_a_speller_writes_what_the_pipeline_writes(inverse, opened, tmp_path):
    source = make_speller(tmp_path / "speller", seed=7, inverse=inverse, more="'")
    page, pipeline = opened(f"speller-{inverse}", source), zoo.pipeline(source)
    for text in (
        "Zoology",
        "K AE  T",
        "k ae1 TT",
        "Na\u00efve c4t",
        STRANGE,
        "don\u2019t",
        "",
        "2024",
        "cats" * 30,
    ):
        for beams in (5, 1):
            page.run("document.getElementById('beams').value = arguments[0]", beams)
            answer = asked(page, text)
            (ids,), _ = pipeline._sources([text])
            assert answer["ids"] == ids.tolist()
            (found,), doubts = pipeline.with_doubts([text], num_beams=beams)
            assert answer["generated_text"] == found["generated_text"]
            assert warned(page) == doubts.alone()[0]
    assert page.complaints() == []


def told_of(page, place):
    """Return what the page tells of a token when it is looked at."""
    return page.run(
        "document.querySelectorAll('.words button')[arguments[0]].click();"
        "return document.querySelector('#shown p:last-of-type').textContent",
        place,
    )


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["words", "characters"])
def test_a_language_model_goes_on_with_a_text(unit, opened, tmp_path):
    source = make_language_model(tmp_path / unit, unit=unit)
    page, pipeline = opened(f"language-{unit}", source), zoo.pipeline(source)
    for name, value in (("temperature", 0), ("count", 30)):
        page.run("document.getElementById(arguments[0]).value = arguments[1]", name, value)
    greedy = {"max_new_tokens": 30, "temperature": 0}
    for text in ("the cat", "the cat\n", "the dog \t", STRANGE, "", "a\n<eos> [PAD] <unk>\x1cb"):
        answer = asked(page, text)
        assert answer["ids"] == pipeline.encoder.encode(text).tolist()
        assert answer["nats"] == pytest.approx(-pipeline.log_likelihood(text)[0], abs=1e-4)
        ((found,),), doubts = pipeline.with_doubts([text], **greedy)
        assert answer["generated_text"] == found["generated_text"]
        assert len(answer["tokens"]) == 30
        assert bool(warned(page)) == bool(doubts.alone()[0])
    asked(page, "the cat")
    surprise = zoo.explain(pipeline, "the cat")
    assert page.run("return document.querySelectorAll('.words button').length") == len(
        surprise.tokens
    )
    (likeliest, share), *_ = surprise.expected(1)
    own = float(np.exp(surprise.log_probabilities[1]))
    assert f"had {100 * own:.1f} %" in told_of(page, 1)
    assert f"likeliest were {likeliest} {100 * share:.1f} %" in told_of(page, 1)

    # The same seed draws the same text, another another one; and writing stops when told to.
    page.run("document.getElementById('temperature').value = 1")
    first, again = asked(page, "the cat"), asked(page, "the cat")
    assert first["tokens"] == again["tokens"] and min(first["tokens"]) >= 2
    page.run("document.getElementById('seed').value = 2")
    assert asked(page, "the cat")["tokens"] != first["tokens"]
    page.run("document.getElementById('count').value = 10000")
    # It is told by the page itself: on a slow machine all would be written before it hears of it.
    page.run(
        "const stop = document.querySelector('#controls button:not(.main)');"
        "const answer = document.getElementById('answer');"
        "new MutationObserver((_, watcher) => {"
        "  if (stop.disabled || answer.textContent.length < 60) return;"
        "  watcher.disconnect(); stop.click();"
        "}).observe(answer, {subtree: true, childList: true, characterData: true})"
    )
    page.type("#input", " zq")
    page.until(
        "document.body.dataset.state == 'done' && JSON.parse("
        "document.getElementById('json').textContent).generated_text.startsWith('the cat zq')",
        60,
    )
    stopped = json.loads(page.run("return document.getElementById('json').textContent"))
    assert 0 < len(stopped["tokens"]) < 10_000
    assert page.complaints() == []


@pytest.mark.slow
def test_a_forecaster_reads_and_runs_on(opened):
    name = one_entry_of("time-series-forecasting")
    page, pipeline = opened(name), zoo.pipeline(name)
    given = page.run("return document.getElementById('input').value")
    series = np.array([[float(cell) for cell in line.split(",")] for line in given.split("\n")])
    page.run("document.getElementById('horizon').value = 5")
    answer = asked(page, given)
    assert answer["steps"] == len(series)
    scale = pipeline.model.scaling[1]
    expected = pipeline(series, horizon=5)
    np.testing.assert_allclose(answer["forecasts"][0] / scale, expected[0] / scale, atol=1e-5)
    np.testing.assert_allclose(answer["forecasts"] / scale, expected / scale, atol=1e-3)
    assert page.run("return document.querySelectorAll('#shown svg polyline').length") >= 2
    page.click("#controls button")
    page.until("document.getElementById('explained').textContent.includes('6 steps')")
    asked(page, "\n".join(given.split("\n")[:3]))
    assert len(warned(page)) == 1 and "fewer than" in warned(page)[0]
    page.run("document.getElementById('input').value = '1, x'")
    page.type("#input", "y")
    page.until("document.getElementById('error').textContent.includes('Received')")
    assert page.complaints() == []


@pytest.mark.slow
def test_a_classifier_of_series_draws_and_answers(opened):
    name = one_entry_of("time-series-classification")
    page, pipeline = opened(name), zoo.pipeline(name)
    given = page.run("return document.getElementById('input').value")
    series = np.array([[float(cell) for cell in line.split(",")] for line in given.split("\n")])
    for steps in (len(series), 1):
        answer = asked(page, "\n".join(given.split("\n")[:steps]))
        expected = pipeline.predict_proba(series[:steps])
        np.testing.assert_allclose(answer["probabilities"], expected[0], atol=1e-5)
        assert page.run("return document.querySelector('#shown svg')")
    assert page.complaints() == []


@pytest.fixture
def cdn(modules, tmp_path):
    """What stands for the CDN, its address, and the paths that it was asked for."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here, which makes a certificate")
    asked, pair = [], (tmp_path / "cert.pem", tmp_path / "key.pem")
    made = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=cdn -out {} -keyout {}"
    subprocess.run(made.format(*pair).split(), check=True, capture_output=True)

    class Registry(Handler):
        def translate_path(self, path):
            asked.append(path)
            name = re.fullmatch(r"/npm/((?:@[\w-]+/)?[\w-]+)@[\d.]+/([\w./-]+)", path)
            return str(modules.joinpath(*name.groups()))

        def end_headers(self):
            self.send_header("Access-Control-Allow-Origin", "*")
            super().end_headers()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.slow
def test_nothing_else_is_fetched_from_the_cdn(host, cdn, monkeypatch):
    monkeypatch.setattr(checking, "has_keras", lambda: False)
    (root, address), (there, asked) = host, cdn
    zoo.export(TEXTS, root / "cdn", format="web")
    name = CDN.removeprefix("https://")
    rules = f"--host-resolver-rules=MAP {name} {there}"
    with Browser(rules, "--ignore-certificate-errors", "--no-proxy-server") as page:
        page.open(f"{address}/cdn/")
        page.until("document.body.dataset.ready")
        assert page.complaints() == []
        other = page.run(
            "return fetch(arguments[0]).then(() => 'fetched', () => 'refused')",
            f"{CDN}/npm/x@1.0.0/y",
        )
    assert other == "refused"
    assert sorted(f"{CDN}{path}" for path in asked) == sorted(
        one.address for one in (RUNTIME, WASM, TOKENIZERS)
    )


@pytest.mark.slow
def test_a_library_of_other_bytes_is_not_run(opened, host):
    root, address = host
    page = opened(one_entry_of("time-series-forecasting"))
    bad = root / "bad"
    shutil.copytree(root / one_entry_of("time-series-forecasting"), bad)
    with open(bad / "vendor" / RUNTIME.name, "ab") as stream:
        stream.write(b"\ndocument.title = 'run';")
    page.open(f"{address}/bad/")
    page.until("document.getElementById('error').textContent.includes('is not what it should be')")
    assert page.run("return document.title") != "run"
    assert page.complaints()
