"""Every task over HTTP: what a server answers is what the pipeline says, whole and in pieces."""

from __future__ import annotations

import json

import msgspec
import numpy as np
import pytest

import zoo
from serving_client import answered, serving
from suite.cases import TASKS, cases_of, needs, tiny
from zoo.serving.openapi import document
from zoo.serving.problems import as_json

every_task = pytest.mark.parametrize("task", TASKS)


def near(one, other):
    """Compare JSON, numbers but for what a batch may change."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert set(one) == set(other)
        for name in one:
            near(one[name], other[name])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            near(left, right)
    elif isinstance(one, float):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
    else:
        assert one == other


def served(task):
    return zoo.pipeline(tiny(task), threads=1)


@every_task
def test_answers_are_those_of_the_pipeline_one_by_one(task):
    async def ask(client, service):
        (entry,) = service.entries.values()
        # What is drawn at random is another answer every time.
        given = entry.example() | ({"seed": 1} if "seed" in entry.asked.options else {})
        inputs = (3 * entry.examples)[:3]
        many = {**given, "inputs": inputs}
        del many["input"]
        one = await answered(client, entry, given)
        several = await answered(client, entry, many)
        question = entry.read(as_json(many))
        alone = [entry.asked.answer(entry.pipeline, [item], question.options) for item in inputs]
        return one, several, [json.loads(as_json(answer[0])) for answer, _ in alone]

    one, several, alone = serving([served(task)], ask)
    near(several["outputs"], alone)
    near(one["output"], alone[0])
    assert len(several["warnings"]) == 3 and set(one) == {"output", "warnings"}


@every_task
def test_a_session_and_a_stream_come_to_the_answer_of_the_whole(task):
    needs(cases_of(task).streamed)

    async def ask(client, service):
        (entry,) = service.entries.values()
        assert entry.refusal is None
        base, given = f"/v1/models/{entry.name}", {"input": entry.examples[0]}
        given |= dict.fromkeys(entry.asked.begun_with, 1)  # of which one is drawn from one
        events = (await client.post(f"{base}/stream", json=given)).text.split("\n\n")
        opened = await client.post(f"{base}/sessions", json=given if entry.asked.begins else {})
        session, steps = f"{base}/sessions/{opened.json()['session']}", []
        if entry.asked.begins:
            while True:
                found = (await client.post(f"{session}/step")).json()["output"]
                if found is None:
                    break
                steps.append(found)
        else:
            x = given["input"]
            by_name = isinstance(x, dict)  # of parts, which its task alone knows how to cut
            for piece in entry.asked.pieces(x, 2) if by_name else (x[:7], x[7:]):
                found = await client.post(f"{session}/step", json={"input": piece})
                steps.append(found.json()["output"])
        return events, steps, await whole(client, entry, given)

    async def whole(client, entry, given):
        """What a session answers to all at once; or where it writes, the greedy answer, which may
        stand behind what was given."""
        if entry.asked.begins:
            greedy = dict.fromkeys(entry.asked.options, 1)
            (text,) = (await answered(client, entry, {**given, **greedy}))["output"].values()
            return text.removeprefix(given["input"])
        opened = await client.post(f"/v1/models/{entry.name}/sessions")
        place = f"/v1/models/{entry.name}/sessions/{opened.json()['session']}/step"
        return (await client.post(place, json=given)).json()["output"]

    events, steps, whole_ = serving([served(task)], ask)
    assert events[-2:] == ['event: end\ndata: {"warnings":[]}', ""]
    streamed = [json.loads(event.partition("data: ")[2])["output"] for event in events[:-2]]
    if isinstance(whole_, str):
        assert "".join(steps) == "".join(streamed) == whole_
    else:
        # Of steps that are answered each, the last; of all so far, all of it.
        each = isinstance(whole_[0], list) or "alarm" in whole_[0]
        last = whole_[-1:] if each else whole_
        near(steps[-1][-1:] if each else steps[-1], last)
        near(streamed[-1], last)


@every_task
def test_the_document_says_what_is_taken_and_its_examples_are(task):
    async def read(client, service):
        return (await client.get("/openapi.json")).json(), service

    found, service = serving([served(task)], read)
    (entry,) = service.entries.values()
    schemas = found["components"]["schemas"]
    for reference in references(found):
        assert reference.removeprefix("#/components/schemas/") in schemas
    operations = [one for path in found["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations if isinstance(one, dict)]
    assert len(set(names)) == len(names) >= (13 if entry.refusal is None else 8)
    for kind in ("one", "many"):
        schema = schemas[entry.types[kind].__name__]
        assert schema["additionalProperties"] is False
        (example,) = schema["examples"]
        assert msgspec.convert(example, entry.types[kind])
        assert entry.read(as_json(example)).inputs
    assert found == json.loads(as_json(document(service.entries, service.limits)))


def references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if "$ref" in value else []
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)
