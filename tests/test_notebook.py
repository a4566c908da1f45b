"""Results show themselves in a line, and as a table or picture in a notebook."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

import zoo
from zoo.finetuning.record import FineTuned
from zoo.hub.publishing import Pushed
from zoo.insight.trace import LayerTrace, Trace
from zoo.networks.echo_state.closed_form import Fit
from zoo.pairs.alignment import Alignment
from zoo.statistics import Comparison
from zoo.text.attribution import Attribution
from zoo.verification import Verification

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e\n"
INFO = msgspec.structs.replace(
    zoo.info("lstm-imdb"), description=HOSTILE * 99, labels=(HOSTILE, "good")
)
METRIC = INFO.metrics[0]
SPANS = [(start, start + 5) for start in range(0, 2_000, 5)]
SHOWN = {
    "attribution": Attribution(
        HOSTILE * 90, SPANS, (50, 60), np.linspace(-1, 1, 400), HOSTILE, 0.25, -1.1, 0.0, "m"
    ),
    "trace": Trace(
        [HOSTILE, "film"], [LayerTrace(HOSTILE, np.eye(2), {"update": np.eye(2) / 2}, None)]
    ),
    "trace without gates": Trace([HOSTILE], [LayerTrace("rnn", np.eye(1, 3), {}, None)]),
    "alignment": Alignment([HOSTILE, "Rad"], ["bike"], np.array([[0.5, 0.5]], np.float32)),
    "fit": Fit({"a": np.zeros(9_999)}, 1e-7, {1e-7: 0.5, 1e-6: np.inf}, {"nrmse": 0.123456}),
    "record": INFO,
    "tuned": FineTuned(Path(HOSTILE), INFO, HOSTILE * 9, Path("absent.png")),
    "verification": Verification(
        INFO, (Comparison(METRIC, None, (0.0, 1.0), HOSTILE), Comparison(METRIC, METRIC, (0, 1)))
    ),
    "pushed": Pushed(INFO, "user/repo", {"a": 1}, ("a",), "0" * 40, "https://host"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_result_is_shown_in_a_line_and_in_a_notebook(name):
    thing = SHOWN[name]
    line = repr(thing)
    assert line.startswith(f"{type(thing).__name__}(") and len(line) < 400 and line.isprintable()
    if not hasattr(thing, "_repr_html_"):
        assert name == "pushed"
        return
    page = thing._repr_html_()
    assert "<script" not in page and "\x1b" not in page and "\u202e" not in page
    assert any(element in page for element in ("<table>", "<img ", "<span "))


def test_what_is_shown_is_what_matters():
    assert repr(SHOWN["fit"]) == "Fit(ridge=1e-07, validation={'nrmse': 0.1235}, tensors=1)"
    assert "<td>1e-07</td><td>0.5</td><td>chosen</td>" in SHOWN["fit"]._repr_html_()
    assert repr(zoo.info("gru-imdb")).startswith("ModelInfo('gru-imdb', task='text-class")
    assert "test accuracy" in SHOWN["record"]._repr_html_()
    assert "does not agree" not in SHOWN["verification"]._repr_html_()
    assert "agrees=False, comparisons=2" in repr(SHOWN["verification"])
    assert "0.250" in SHOWN["attribution"]._repr_html_()


@pytest.mark.parametrize("name", ["lstm-imdb", "bahdanau-multi30k-de-en", "esn-mackey-glass"])
def test_a_pipeline_says_what_it_is(name):
    pipeline = zoo.pipeline(name)
    kind = type(pipeline).__name__
    assert repr(pipeline) == f"{kind}('{name}', task='{pipeline.info.task}')"
