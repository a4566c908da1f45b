"""What is peculiar to series over HTTP: quantiles, alarms, and steps that are one number."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import numpy as np
import pytest

import zoo
from serving_client import serving


def _asked(name, *requests):
    """Return what a server says of a model, and answers to requests, as status and JSON."""

    async def ask(client, service):
        base = f"/v1/models/{name}"
        opened = (await client.post(f"{base}/sessions")).json()
        answers = [
            await client.post(f"{base}/{path.format(opened.get('session'))}", json=body)
            for path, body in requests
        ]
        told = (await client.get(base)).json()
        return told, [(answer.status_code, answer.json()) for answer in answers]

    return serving([zoo.pipeline(name)], ask)


def test_quantiles_are_answered_beside_the_forecast():
    series = np.random.default_rng(0).normal(size=(40, 7)).tolist()
    given = {"input": series, "horizon": 2, "quantiles": [0.9, 0.1]}
    told, answers = _asked(
        "segrnn-etth1",
        ("predict", given),
        ("predict", {**given, "quantiles": [0.123]}),
        ("predict", {**given, "quantiles": [1.5]}),
        ("predict", {"input": series, "horizon": 2}),
    )
    assert {0.1, 0.5, 0.9} <= set(told["quantiles"]) and told["options"]["quantiles"]
    (status, found), (unknown, why), (outside, _), (_, plain) = answers
    assert (status, unknown, outside) == (200, 422, 422)
    assert "Expected quantiles out of 0.1" in why["detail"] and "0.123" in why["detail"]
    output = found["output"]
    levels = [output["quantiles"]["0.1"], output["forecast"], output["quantiles"]["0.9"]]
    assert all((np.array(low) < high).all() for low, high in pairwise(levels))
    np.testing.assert_allclose(output["forecast"], plain["output"])
    wanted = zoo.pipeline("segrnn-etth1")(np.array(series), 2, quantiles=[0.9])[..., 0]
    np.testing.assert_allclose(output["quantiles"]["0.9"], wanted)


def test_a_reservoir_has_no_quantiles():
    given = {"input": [1.0] * 9, "horizon": 1, "quantiles": [0.1]}
    told, ((status, why),) = _asked("esn-mackey-glass", ("predict", given))
    assert status == 422 and "Expected no quantiles of a reservoir" in why["detail"]
    assert "quantiles" not in told


@pytest.mark.filterwarnings("ignore")
def test_rows_are_answered_with_their_alarms():
    series = np.sin(0.1 * np.arange(400.0))
    series[300] = 50.0
    step, rows = "sessions/{}/step", series.tolist()
    told, answers = _asked(
        "gru-nab",
        ("predict", {"input": rows}),
        (step, {"input": rows[0]}),
        (step, {"input": rows[1:]}),
        (step, {"input": [20.0]}),
        (step, {"input": "20"}),
    )
    pipeline = zoo.pipeline("gru-nab")
    assert told["threshold"] == pipeline.threshold
    whole, first, rest, alone, wrong = answers
    alarms = pipeline.detect(series).alarms
    assert alarms.any() and [row["alarm"] for row in whole[1]["output"]] == alarms.tolist()
    assert first[1]["output"] + rest[1]["output"] == whole[1]["output"]
    assert alone[0] == 200 and alone[1]["output"][0].keys() == {"score", "alarm"}
    assert wrong[0] == 422


def test_an_example_in_a_refusal_is_json_that_fits():
    wrong = {"input": "text", "horizon": 1}
    _, ((status, why), (again, how)) = _asked(
        "segrnn-etth1", ("predict", wrong), ("predict", {"horizon": 1})
    )
    assert status == again == 422
    example = re.search(r"as in (\{.*\})\. Received: str", why["detail"])[1]
    assert np.shape(json.loads(example)["input"]) == (2, 7)
    assert "neither" in how["detail"]
    _, ((status, found),) = _asked("segrnn-etth1", ("predict", json.loads(example)))
    assert status == 200 and len(found["output"]) == 10
