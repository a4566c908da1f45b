"""What is peculiar to the bundled entries of numeric series."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from zoo import checkpoint, registry
from zoo.datasets import dataset_named
from zoo.networks.echo_state.reservoir import draw_reservoir
from zoo.networks.echo_state.spec import CELL
from zoo.series.testing import series_around

TASKS = ("time-series-forecasting", "time-series-classification")
ENTRIES = [name for task in TASKS for name in zoo.list_models(task=task)]
FORECASTERS = zoo.list_models(task=TASKS[0])
CLASSIFIERS = zoo.list_models(task=TASKS[1])

RESERVOIRS = [
    name for name in ENTRIES if checkpoint.read(registry.resolve(name)).backbone.closed_form
]

entries = pytest.mark.parametrize("name", ENTRIES)
reservoirs = pytest.mark.parametrize("name", RESERVOIRS)
forecasters = pytest.mark.parametrize("name", FORECASTERS)
classifiers = pytest.mark.parametrize("name", CLASSIFIERS)


def examples(name):
    return series_around(checkpoint.read(registry.resolve(name)))


@reservoirs
def test_its_reservoir_is_the_one_of_its_seed(name):
    loaded = checkpoint.read(registry.resolve(name))
    drawn = draw_reservoir(loaded.backbone, loaded.backbone.channels)
    for part, expected in drawn.items():
        np.testing.assert_array_equal(loaded.tensors[f"{CELL}/{part}"], expected)


@forecasters
def test_it_forecasts_as_far_as_asked_and_streams(name):
    forecast = zoo.pipeline(name)
    series = examples(name)
    assert forecast(series[2], horizon=84).shape == (84, forecast.model.channels)
    several = forecast(series, horizon=3)
    assert [item.shape for item in several] == [(3, forecast.model.channels)] * 5
    session = forecast.session()
    pieces = [session.step(series[3][:25]), session.step(series[3][25:])]
    # A reservoir answers every step, a network that was trained what follows the last.
    received = np.concatenate(pieces) if forecast.closed_form else pieces[-1]
    np.testing.assert_allclose(received, forecast.predict(series[3]), atol=1e-6)


@classifiers
def test_it_answers_in_the_form_of_a_hugging_face_pipeline(name):
    classify, series = zoo.pipeline(name), examples(name)
    labels = set(zoo.info(name).labels)
    (one,) = classify(series[2])
    assert set(one) == {"label", "score"} and one["label"] in labels
    assert [set(answer) for answer in classify(series)] == [{"label", "score"}] * 5
    for answers in classify(series, top_k=None):
        scores = [answer["score"] for answer in answers]
        assert {answer["label"] for answer in answers} == labels
        assert scores == sorted(scores, reverse=True) and sum(scores) == pytest.approx(1)


FLOORS = {
    "esn-mackey-glass": {"nrmse_84": 10**-4.2, "rmse_1": 0.0015},
    "esn-lorenz": {"valid_time": -8.0},
    "esn-japanese-vowels": {"accuracy": -365 / 370},
    "bigru-epilepsy": {"accuracy": -0.964},
    # As the best of the recurrent networks published; the nearest neighbour gets 0.915.
    "bigru-ering": {"accuracy": -0.882},
    # Of the one volunteer whom the bundled weights have not seen.
    "bigru-hmp": {"accuracy": -0.72},
    # As a logistic regression on poses over all splits.
    "bigru-jhmdb": {"accuracy": -0.77},
    "bilstm-ecg200": {"accuracy": -0.86},
    # Of all horizons what repeating the last day comes to.
    "segrnn-etth1": {
        **{"mse_24": 0.424, "mse_96": 0.40, "mse_192": 0.581, "mse_336": 0.650, "mse_720": 0.655},
        **{"mae_24": 0.389, "mae_96": 0.42, "mae_192": 0.469, "mae_336": 0.501, "mae_720": 0.514},
    },
    "segrnn-etth2": {
        **{"mse_24": 0.266, "mse_96": 0.391, "mse_192": 0.482, "mse_336": 0.532, "mse_720": 0.525},
        **{"mae_24": 0.304, "mae_96": 0.380, "mae_192": 0.429, "mae_336": 0.466, "mae_720": 0.474},
    },
}


@entries
def test_its_figures_are_not_below_its_floors(name):
    """That they are reproduced is for the tests of `zoo.verify`."""
    for metric, floor in FLOORS[name].items():
        sign = -1 if floor < 0 else 1
        assert sign * zoo.info(name).metric(metric).value <= floor


# Of all test examples together, each answered by the model of the cut that it was left out of.
FLOORS_OVER_CUTS = {
    "bigru-hmp": {"accuracy": 0.72, "f1": 0.5},
    "bigru-jhmdb": {"accuracy": 0.77, "f1": 0.753},
}


@pytest.mark.parametrize("name", FLOORS_OVER_CUTS)
def test_its_figures_over_all_cuts_are_not_below_their_floors(name):
    info = zoo.info(name)
    for metric, floor in FLOORS_OVER_CUTS[name].items():
        folds = info.metric(metric).folds
        assert folds.pooled >= floor
        cuts = [dataset_named(cut) for cut in dataset_named(info.dataset.name).folds]
        assert folds.num_examples == sum(cut.info.splits["test"] for cut in cuts)
        assert folds.values[info.dataset.name] == info.metric(metric).value
