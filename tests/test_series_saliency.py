"""What every step and channel of a series adds to an answer."""

import json

import numpy as np
import pytest

import zoo
from zoo.errors import InputError
from zoo.series.saliency import SeriesAttribution
from zoo.tasks.time_series_classification.testing import LABELS, examples, make_series_classifier
from zoo.tasks.time_series_forecasting.testing import make_forecaster, waves

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    return zoo.load(make_series_classifier(tmp_path_factory.mktemp("tiny") / "classifier"))


@pytest.fixture(scope="module")
def forecaster(tmp_path_factory):
    return zoo.load(make_forecaster(tmp_path_factory.mktemp("tiny") / "forecaster"))


@pytest.mark.at_once
def test_the_scores_of_a_classifier_add_up_to_its_log_odds(classifier):
    (series,), _ = examples(1, 2)
    found = zoo.explain(classifier, series)
    (probabilities,) = classifier.predict([series])
    assert found.label == LABELS[probabilities.argmax()]
    assert found.value == pytest.approx(probabilities.max())
    assert found.score == pytest.approx(np.log(found.value / (1 - found.value)), abs=1e-3)
    difference = found.score - found.baseline
    assert found.scores.sum() == pytest.approx(difference, rel=0.01, abs=1e-3)
    other = zoo.explain(classifier, series, label=LABELS[0])
    assert other.label == LABELS[0] and other.value == pytest.approx(probabilities[0])


def test_the_scores_of_a_forecaster_are_those_of_its_next_step(forecaster):
    series = waves(60)
    found = zoo.explain(forecaster, series)
    assert found.value == pytest.approx(forecaster.forecast(series, 1)[0, 0], abs=1e-4)
    # A step counts for as much as the forecast changes where it is changed.
    slope = zoo.explain(forecaster, series, method="gradient_x_input")
    moved, step = series.copy(), 1e-3
    moved[-1, 0] += step
    mean, scale = (value[0] for value in forecaster._scaling())
    change = (forecaster.forecast(moved, 1) - forecaster.forecast(series, 1))[0, 0] / scale
    of_input = slope.scores[-1, 0] / ((series[-1, 0] - mean) / scale)
    assert change / (step / scale) == pytest.approx(of_input, rel=0.02)


@pytest.mark.at_once
def test_a_picture_a_table_and_json_hold_every_step(classifier, tmp_path):
    (series,), _ = examples(1, 2)
    found = zoo.explain(classifier, series)
    assert len(found.as_rows()) == len(series) + 2 and found.as_text(256) is None
    content = json.loads(json.dumps(found.as_json()))
    assert np.allclose([step["scores"] for step in content["steps"]], found.scores)
    with pytest.raises(zoo.InputError, match=r"a file name in .png. Received: .*why.html"):
        found.write(tmp_path / "why.html")
    assert found.write(tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    # More channels than lines that could be told apart become an image.
    wide = np.random.default_rng(0).normal(size=(30, 40))
    names = tuple(map(str, range(40)))
    many = SeriesAttribution(wide, wide, "$x$", 0.5, "log-odds", 0, 0, "", names[:30], names)
    assert len(many.draw().axes) == 3


@pytest.mark.at_once
def test_wrong_questions_are_refused(classifier, forecaster, tmp_path):
    (series,), _ = examples(1, 2)
    for model, options, words in (
        (classifier, {"label": "none"}, "Expected a label out of"),
        (classifier, {"method": "guess"}, "Expected a method out of"),
        (forecaster, {"channel": "9"}, "Expected a channel out of"),
    ):
        with pytest.raises(InputError, match=words):
            zoo.explain(model, series if model is classifier else waves(40), **options)
    with pytest.raises(InputError, match="one series"):
        zoo.explain(classifier, [series, series])
    with pytest.raises(InputError, match="finite"):
        zoo.explain(classifier, np.full((4, 2), np.nan))
    with pytest.raises(InputError, match="channels"):
        zoo.inspect(classifier, np.zeros((4, 3)))


@pytest.mark.at_once
def test_dates_and_names_out_of_a_file_are_kept(classifier, tmp_path):
    (series,), _ = examples(1, 2)
    lines = ["day,warmth,wind"]
    lines += [f"2024-03-{day + 1:02},{a:.4f},{b:.4f}" for day, (a, b) in enumerate(series)]
    (tmp_path / "series.csv").write_text("\n".join(lines) + "\n")
    found = zoo.explain(classifier, str(tmp_path / "series.csv"))
    assert found.channels == ("warmth", "wind") and found.steps[0] == "2024-03-01"
    trace = zoo.inspect(classifier, str(tmp_path / "series.csv"))
    assert trace.tokens == list(found.steps) and trace.unit == "step"
    assert trace.layers[0].states.shape == (len(series), 30) and not trace.layers[0].gates
