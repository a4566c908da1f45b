"""A source that cannot be reached is told at once; the tests themselves reach none."""

from __future__ import annotations

import http.server
import socket
import threading

import pytest

import zoo
from zoo.datasets import load_dataset, multi30k
from zoo.fetching import urls
from zoo.fetching.urls import check_reachable, open_url


@pytest.fixture
def silent():
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def refusing():
    """An address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def answering():
    """The address of a server that answers every path with the status that it names."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_test_reaches_no_network():
    with pytest.raises(ConnectionRefusedError, match=r"no network in the tests.*example\.com"):
        socket.create_connection(("example.com", 80))
    with pytest.raises(ConnectionRefusedError, match="no network in the tests"):
        socket.create_connection(("192.0.2.1", 80))


def test_who_never_answers_is_not_waited_for(silent):
    with pytest.raises(TimeoutError, match=r"no answer from http://127.* within 0\.2 s"):
        open_url(f"{silent}/data.gz", patience=0.2)
    with pytest.raises(TimeoutError):
        check_reachable([f"{silent}/{name}" for name in "abc"], patience=0.2)


def test_a_source_that_refuses_or_is_broken_is_told(refusing, answering):
    with pytest.raises(OSError, match="refused"):
        check_reachable([refusing])
    with pytest.raises(OSError, match="503"):
        check_reachable([f"{answering}/200", f"{answering}/503"])
    check_reachable([f"{answering}/200"])
    check_reachable([f"{answering}/404"])  # a file's own error is told by who fetches it


@pytest.mark.parametrize("source", ["silent", "refusing"])
def test_a_translator_s_data_that_cannot_be_fetched_is_one_error(
    source, request, tmp_path, monkeypatch
):
    monkeypatch.delenv("ZOO_DATA_DIR", raising=False)
    monkeypatch.setattr(multi30k, "URL", request.getfixturevalue(source))
    original = multi30k.make_builder
    monkeypatch.setattr(multi30k, "make_builder", lambda: original(tmp_path))
    monkeypatch.setattr(urls.prepare, "__defaults__", ((), 0.2))
    with pytest.raises(zoo.DataError, match=r"files of .* ZOO_DATA_DIR.*, or the network") as error:
        load_dataset("multi30k/de-en", "test")
    assert "\n" not in str(error.value) and list(tmp_path.iterdir()) == []


def test_every_other_data_set_says_where_it_belongs(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    from zoo.tables.sources import read_columns

    original = tfds.builder
    monkeypatch.setattr(tfds, "builder", lambda name: original(name, data_dir=tmp_path))
    with pytest.raises(zoo.DataError, match=r"TFDS_DATA_DIR.*or the network.*refused"):
        load_dataset("imdb_reviews", "test")
    with pytest.raises(zoo.DataError, match=r"could not load .*glue.*refused.*TFDS_DATA_DIR"):
        read_columns("tfds:glue/sst2", "sentence", "label")
