"""What a server refuses, bounds and keeps apart, in this process and as one of its own."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from uvicorn.server import ServerState

import zoo
from helpers import zoo_command
from serving_client import serving
from zoo.serving.server import HttpProtocol
from zoo.tasks.text_classification.testing import SENTENCES, make_checkpoint

JSON = {"content-type": "application/json"}
ASKED = "/v1/models/tiny/predict"


@pytest.fixture(scope="module")
def tiny_pipeline(tmp_path_factory):
    return zoo.pipeline(make_checkpoint(tmp_path_factory.mktemp("served") / "tiny"), threads=1)


def test_many_clients_at_once_get_what_each_alone_would(tiny_pipeline):
    texts = [f"{SENTENCES[n % 3]} {'a moving film ' * (n % 7)}" for n in range(40)]

    async def ask(client, service):
        found = await asyncio.gather(*(client.post(ASKED, json={"input": text}) for text in texts))
        return [one.json()["output"] for one in found], (await client.get("/metrics")).text

    found, metrics = serving([tiny_pipeline], ask)
    for text, scores in zip(texts, found, strict=True):
        alone = {one["label"]: one["score"] for one in tiny_pipeline(text, top_k=None)}
        served = {one["label"]: one["score"] for one in scores}
        assert set(served) == set(alone)
        np.testing.assert_allclose(
            [served[name] for name in alone], list(alone.values()), atol=1e-5
        )
    figures = {one.name: one for one in text_string_to_metric_families(metrics)}
    samples = {sample.name: sample.value for sample in figures["zoo_batch_inputs"].samples}
    assert samples["zoo_batch_inputs_sum"] == 40 > samples["zoo_batch_inputs_count"]
    assert "film" not in metrics


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (400, b"", "nothing"),
        (400, b'{"input": ', "truncated"),
        (400, b'{"input": NaN}', "malformed"),
        (400, b'{"input": "\xff"}', "0xff"),
        (400, b'{"input": "\\ud800"}', "half a character"),
        (400, b'{"input": "a", "input": "b"}', "'input' twice"),
        (400, b'{"input": "a", "top_k": 1, "\\u0074op_k": 2}', "'top_k' twice"),
        (422, b"[]", "object"),
        (422, b"[" * 900, "object"),
        (422, b"{}", "neither"),
        (422, b'{"input": "a", "inputs": ["a"]}', "both"),
        (422, b'{"inputs": []}', "Received: one of length 0"),
        (422, b'{"inputs": [], "x": ' + b"[" * 900, "Received: another value"),
        (422, b'{"inputs": ["a", "b", "c", "d", "e"]}', "length <= 4"),
        (422, b'{"input": "abcdefghijklmnopqrstuvwxyz"}', "length <= 20"),
        (422, b'{"input": 1}', "str"),
        (422, b'{"input": "a", "top_k": 0}', "Received: 0. See"),
        (422, b'{"input": "a", "top_k": 0}', "Expected a whole number >= 1 at top_k"),
        (422, b'{"input": "a", "top_k": 1.5}', "Expected a whole number at top_k"),
        (422, b'{"input": "a", "top_k": "2"}', "Expected a whole number at top_k"),
        (422, b'{"input": "a", "top_k": true}', "bool"),
        (422, b'{"input": "a", "colour": "<b>"}', "colour"),
        (422, b'{"input": "a", "options": {}}', "The fields are input, inputs, top_k."),
        (413, b'{"input": "' + b"a" * 2_000 + b'"}', "1,000 bytes"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_in_the_zoo_s_words(
    tiny_pipeline, status, content, words
):
    async def ask(client, service):
        return await client.post(ASKED, content=content, headers=JSON)

    found = serving([tiny_pipeline], ask, body=1_000, inputs=4, size=20)
    problem = found.json()
    assert found.status_code == problem["status"] == status
    assert found.headers["content-type"] == "application/problem+json"
    assert problem["detail"].startswith("Expected ") and "Received: " in problem["detail"]
    assert words in problem["detail"] and "Traceback" not in problem["detail"]


def test_a_number_that_json_has_not_is_null_and_what_it_makes_of_it_is_told():
    async def ask(client, service):
        body = {"input": [1e308] * 5, "horizon": 3}
        far = await client.post("/v1/models/esn-mackey-glass/predict", json=body)
        body = {"inputs": [[1.0], [2.0]], "horizon": 9_000}
        ok = await client.post("/v1/models/esn-mackey-glass/predict", json=body | {"horizon": 1})
        many = await client.post(
            "/v1/models/esn-mackey-glass/predict", json={**body, "inputs": [[1.0]] * 20}
        )
        return far, ok, many

    far, ok, many = serving([zoo.pipeline("esn-mackey-glass")], ask)
    assert far.status_code == 200 and any("far from" in one for one in far.json()["warnings"])
    assert [len(one) for one in ok.json()["outputs"]] == [1, 1]
    assert many.status_code == 422 and "at most 5,000 for 20 inputs" in many.text


def test_what_is_packed_is_refused_and_not_read(tiny_pipeline):
    async def ask(client, service):
        content = gzip.compress(b'{"input": "a film"}')
        packed = {**JSON, "content-encoding": "gzip"}
        plain = {**JSON, "content-encoding": "identity"}
        return (
            await client.post(ASKED, content=content, headers=packed),
            await client.post(ASKED, content=b'{"input": "a \\": film"}', headers=plain),
        )

    packed, plain = serving([tiny_pipeline], ask)
    assert packed.status_code == 415 and packed.headers["accept-encoding"] == "identity"
    assert "Content-Encoding. Received: 'gzip'" in packed.json()["detail"]
    assert plain.status_code == 200


def test_a_state_that_is_handed_out_is_taken_back_however_large_it_is():
    async def ask(client, service):
        base = "/v1/models/esn-japanese-vowels/sessions"
        session = f"{base}/{(await client.post(base, json={})).json()['session']}"
        await client.post(f"{session}/step", json={"input": [[0] * 12] * 4})
        state = (await client.get(f"{session}/state")).content
        back = await client.put(f"{session}/state", content=state, headers=JSON)
        large = b'{"state": "' + b"A" * 1_400_000 + b'"}'
        refused = await client.put(f"{session}/state", content=large, headers=JSON)
        return len(state), back, refused

    limits = {"body": 1_000, "state": 1_000_000}
    size, back, refused = serving([zoo.pipeline("esn-japanese-vowels")], ask, **limits)
    assert size > 1_000 and back.status_code == 204, back.text
    assert refused.status_code == 413 and "at most 1,334,336 bytes" in refused.text


def test_a_body_without_end_is_read_no_further(tiny_pipeline):
    sent = []

    async def endless():
        for _ in range(1_000):
            sent.append(1)
            yield b" " * 1_000

    async def ask(client, service):
        return await client.post(ASKED, content=endless(), headers=JSON)

    found = serving([tiny_pipeline], ask, body=10_000)
    assert found.status_code == 413 and found.headers["connection"] == "close"


def test_other_types_paths_methods_names_and_origins_are_refused(tiny_pipeline):
    async def ask(client, service):
        plain = await client.post(ASKED, content=b'{"input": "a"}')
        missing = [
            await client.get(path)
            for path in ("/nowhere", "/v1/models/none", "/v1/models/tiny/sessions/x/state")
        ]
        method = await client.request("TRACE", ASKED)
        rebound = await client.get("/v1/models", headers={"host": "attacker.example:8000"})
        foreign = await client.post(
            ASKED, json={"input": "a"}, headers={"origin": "https://attacker.example"}
        )
        same = await client.post(ASKED, json={"input": "a"}, headers={"origin": "http://localhost"})
        return plain, missing, method, rebound, foreign, same

    plain, missing, method, rebound, foreign, same = serving([tiny_pipeline], ask)
    assert plain.status_code == 415 and "application/json" in plain.text
    assert [one.status_code for one in missing] == [404] * 3
    assert method.status_code == 405 and method.headers["allow"] == "POST"
    assert (rebound.status_code, foreign.status_code, same.status_code) == (421, 403, 200)
    assert "access-control-allow-origin" not in same.headers


def test_a_fault_of_the_server_shows_nothing_of_it(tiny_pipeline, monkeypatch):
    faults = []

    async def ask(client, service):
        (entry,) = service.entries.values()

        def broken(*_):
            raise RuntimeError("/secret/place")

        monkeypatch.setattr(entry, "answer", broken)
        return await client.post(ASKED, json={"input": "a"})

    found = serving([tiny_pipeline], ask, faults=faults)
    assert found.status_code == 500 and "secret" not in found.text
    assert "secret" in faults[0]


def test_sessions_are_apart_bounded_and_one_at_a_time(tiny_pipeline):
    async def ask(client, service):
        base = "/v1/models/tiny/sessions"
        names = [(await client.post(base)).json()["session"] for _ in range(2)]
        full = await client.post(base)
        steps = [
            (await client.post(f"{base}/{name}/step", json={"input": text})).json()
            for name, text in zip(names, ("a moving film", "awful"), strict=True)
        ]
        state = (await client.get(f"{base}/{names[0]}/state")).json()
        put = await client.put(f"{base}/{names[1]}/state", json=state)
        moved = (await client.post(f"{base}/{names[1]}/step", json={"input": " !"})).json()
        kept = (await client.post(f"{base}/{names[0]}/step", json={"input": " !"})).json()
        damaged = await client.put(f"{base}/{names[1]}/state", json={"state": "AAAA"})
        with service.sessions.at("tiny", names[0]):
            both = [await client.post(f"{base}/{names[0]}/step", json={"input": "a"})]
        both.append(await client.post(f"{base}/{names[0]}/step", json={"input": "a"}))
        await client.delete(f"{base}/{names[0]}")
        gone = await client.post(f"{base}/{names[0]}/step", json={"input": "a"})
        return names, full, steps, put, moved, kept, damaged, both, gone

    names, full, steps, put, moved, kept, damaged, both, gone = serving(
        [tiny_pipeline], ask, sessions=2
    )
    assert min(map(len, names)) >= 32 and names[0] != names[1]
    assert full.status_code == 503 and full.headers["retry-after"] == "1"
    assert steps[0] != steps[1] and put.status_code == 204 and moved == kept
    assert damaged.status_code == 409 and "session" in damaged.text
    assert [one.status_code for one in both] == [409, 200]
    assert gone.status_code == 404 and "open another" in gone.text


class Wire:
    """A connection as a protocol sees it."""

    def __init__(self):
        self.sent, self.closed = b"", asyncio.Event()

    def write(self, data):
        self.sent += data

    def close(self):
        self.closed.set()

    abort = close

    def is_closing(self):
        return self.closed.is_set()

    def get_extra_info(self, name):
        return None


def hasty(wire):
    """Return a protocol that waits for nobody, on a connection."""
    config = uvicorn.Config(lambda *_: None, log_config=None, ws="none")
    config.load()
    kind = type("Hasty", (HttpProtocol,), {"seconds": 0.01})
    protocol = kind(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(wire)
    return protocol


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: lo", b"\r\n"])
def test_who_sends_no_head_is_waited_for_no_longer_than_a_while(begun):
    async def run():
        wire = Wire()
        hasty(wire).data_received(begun)
        await asyncio.wait_for(wire.closed.wait(), 60)
        return wire.sent

    sent = asyncio.run(run())
    assert sent.startswith(b"HTTP/1.1 408 Request Timeout\r\n") and b"problem+json" in sent


def test_who_takes_in_no_answer_is_waited_for_no_longer_than_a_while():
    async def run():
        wire = Wire()
        protocol = hasty(wire)
        protocol.on_message_begin()
        protocol._wait_no_more()  # the head has come
        protocol.pause_writing()
        await asyncio.wait_for(wire.closed.wait(), 60)
        taken = Wire()
        protocol = hasty(taken)
        protocol._wait_no_more()
        protocol.pause_writing()
        protocol.resume_writing()
        await asyncio.sleep(0.05)
        return taken.is_closing()

    assert not asyncio.run(run())


def test_the_page_asks_for_nothing_from_elsewhere(tiny_pipeline):
    async def ask(client, service):
        return await client.get("/"), await client.head("/health"), await client.get("/ready")

    page, health, ready = serving([tiny_pipeline], ask)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "innerHTML" not in page.text and "//cdn" not in page.text and ' style="' not in page.text
    assert (health.status_code, ready.status_code) == (200, 200)


def test_two_of_one_name_and_a_port_in_use_are_refused_in_a_line(tiny, monkeypatch):
    twice = zoo_command("serve", tiny, tiny, "--port", "0")
    assert twice.returncode == 2 and "different names" in twice.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = zoo_command("serve", tiny, "--port", taken.getsockname()[1])
    assert done.returncode == 2 and "another program uses" in done.stderr
    wrong = zoo_command("serve", tiny, "--host", "192.0.2.1", "--port", "0")
    assert wrong.returncode == 2 and "host of this machine" in wrong.stderr
    for option in ("--inputs", "--threads", "--idle-seconds"):
        refused = zoo_command("serve", tiny, option, "0", "--port", "0")
        assert refused.returncode == 2 and option in refused.stderr
        assert refused.stderr.rstrip().endswith(("Received: 0", "Received: 0.0"))
    monkeypatch.setitem(sys.modules, "starlette", None)
    absent = zoo_command("serve", tiny)
    assert absent.returncode == 2 and "pip install starlette uvicorn" in absent.stderr
    assert absent.stderr.count("\n") == 1


def test_a_process_answers_survives_its_clients_and_finishes_what_is_under_way():
    command = [sys.executable, "-m", "zoo.cli.main", "serve", "esn-mackey-glass", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--access-log"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        first = server.stdout.readline()
        port = int(first.split("http://127.0.0.1:")[1].split("/")[0])
        path = "/v1/models/esn-mackey-glass/predict"
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        # Hangs up in the middle of a head, a body, and an answer; and speaks no HTTP.
        body = json.dumps({"input": [1.0] * 100, "horizon": 10_000}).encode()
        whole = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        for content in (head[:30].encode(), whole[:-20], whole, b"\x16\x03\x01\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(content)
        huge = socket.create_connection(("127.0.0.1", port))
        huge.sendall(f"{head}Content-Length: 1000000000\r\n\r\n".encode() + b" " * 100_000)
        assert huge.recv(100).startswith(b"HTTP/1.1 413")
        huge.close()
        asked = http.client.HTTPConnection("127.0.0.1", port)
        asked.request("POST", path, body, {"Content-Type": "application/json"})
        seen = http.client.HTTPConnection("127.0.0.1", port)
        while True:  # until it is being computed, or has been
            seen.request("GET", "/metrics")
            text = seen.getresponse().read().decode()
            if "zoo_batch_inputs_count 0.0" not in text or "zoo_inputs_waiting 0.0" in text:
                break
        base = "/v1/models/esn-mackey-glass/sessions"
        seen.request("POST", base)
        session = json.load(seen.getresponse())["session"]
        seen.request("DELETE", f"{base}/{session}")
        assert seen.getresponse().read() == b""
        server.send_signal(signal.SIGTERM)
        answer = asked.getresponse()
        assert answer.status == 200 and len(json.load(answer)["output"]) == 10_000
        out, err = server.communicate(timeout=600)
    finally:
        server.kill()
    assert server.returncode == 0
    assert "SIGTERM" in out and "everything was answered" in out
    assert "Traceback" not in err and f"POST {path} 413" in err and "[1.0" not in err
    assert f"DELETE {base}/{{session}} 204" in err and session not in err


def test_a_step_and_a_stream_say_what_there_is_to_warn_of_and_to_whom():
    async def ask(client, service):
        base, told = "/v1/models/esn-mackey-glass", []
        opened = (await client.post(f"{base}/sessions", json={})).json()
        session = f"{base}/sessions/{opened['session']}"
        for value in (1.0, 1e6):
            answer = await client.post(f"{session}/step", json={"input": [value]})
            told.append(answer.json()["warnings"])
        stream = await client.post(f"{base}/stream", json={"input": [1.0, 1e6, -1e6]})
        (entry,) = service.entries.values()
        near, far = entry.pieces([1.0], 1)[0], entry.pieces([1e6], 1)[0]
        taken = [(entry.session(None), piece) for piece in (near, far, near)]
        return told, stream.text.split("\n\n")[-2], entry.steps(taken)

    (near, far), end, together = serving([zoo.pipeline("esn-mackey-glass")], ask)
    assert near == [] and len(far) == 1 and "A step lies far from" in far[0]
    assert json.loads(end.partition("data: ")[2]) == {"warnings": far}
    assert [said for _, said in together] == [[], far, []]
