"""What is written for TensorBoard reads back as it was, and holds no time where it must not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import zoo
from event_files import embeddings, histograms, hparams, pictures, read_events, scalars
from zoo.fitting.events import EventWriter, add_figure
from zoo.fitting.names import weight_name
from zoo.fitting.privacy import without_examples
from zoo.text.projector import Embedding, projector_files


def write_all(folder, clock=None):
    writer = EventWriter(folder, clock=clock)
    writer.add_hparams({"units": 64, "cell": "gru", "skip": True}, ["best/accuracy"])
    for step in (1, 2):
        writer.add_scalar("best/accuracy", step / 4, step)
    writer.add_histogram("weights/kernel", np.arange(10.0), 2)
    writer.add_text("summary", "# A *title*", 2)
    add_figure(writer, "saliency/1", Figure(figsize=(3, 2)), 2)
    writer.add_embedding("words", np.eye(2), ["one", "two"])
    writer.add_session_end(succeeded=False)
    writer.close()


def test_everything_reads_back_as_it_was_written(tmp_path):
    write_all(tmp_path)
    assert scalars(tmp_path, "best/accuracy") == {1: 0.25, 2: 0.5}
    bins = histograms(tmp_path, "weights/kernel")[2]
    assert bins[:, 2].sum() == 10 and bins[0, 0] == 0 and bins[-1, 1] == 9
    (text,) = (value for tag, _, value in read_events(tmp_path) if tag == "summary")
    assert text.tensor.string_val[0] == b"# A *title*"
    assert text.metadata.plugin_data.plugin_name == "text"
    assert list(pictures(tmp_path, "saliency/1")) == [2]
    found = hparams(tmp_path)
    experiment = found["experiment"][0].experiment
    # In the order given: the page shows the first ones.
    assert [info.name for info in experiment.hparam_infos] == ["units", "cell", "skip"]
    assert [info.name.tag for info in experiment.metric_infos] == ["best/accuracy"]
    values = found["session_start_info"][0].session_start_info.hparams
    assert values["units"].number_value == 64 and values["cell"].string_value == "gru"
    assert values["skip"].bool_value is True
    assert found["session_end_info"][0].session_end_info.status == 2  # failed
    vectors, words = embeddings(tmp_path)["words"]
    assert vectors.tolist() == np.eye(2).tolist() and words == ["one", "two"]


def test_a_writer_with_a_clock_writes_the_same_bytes_again(tmp_path):
    for name in ("one", "two"):
        write_all(tmp_path / name, lambda: 0.0)
    first, second = (
        {file.name: file.read_bytes() for file in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    )
    assert first == second and len(first) == 4


def test_no_tensorflow_is_needed(tmp_path):
    code = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from zoo.fitting.events import EventWriter\n"
        "writer = EventWriter(Path(sys.argv[1]))\n"
        "writer.add_hparams({'units': 1}, ['loss'])\n"
        "writer.add_session_end(succeeded=True)\n"
        "writer.add_text('a', 'b', 0)\n"
        "writer.add_embedding('words', np.eye(2), ['a', 'b'])\n"
        "writer.close()\n"
        "assert not {'tensorflow', 'keras'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)


@given(st.lists(st.text(min_size=0, max_size=8), min_size=1, max_size=20))
@settings(deadline=None, max_examples=60)
def test_any_words_keep_their_rows(tmp_path_factory, words):
    folder = tmp_path_factory.mktemp("words")
    vectors = np.random.default_rng(len(words)).normal(size=(len(words), 3))
    for name, data in projector_files({"my table": Embedding(vectors, words)}).items():
        (folder / name).write_bytes(data)
    read, shown = embeddings(folder)["my table"]
    np.testing.assert_allclose(read, vectors, rtol=1e-5, atol=1e-6)
    for word, line in zip(words, shown, strict=True):
        assert line.strip() and (line == word or not word.isprintable() or not word.strip())


def test_words_and_vectors_must_be_as_many():
    with pytest.raises(ValueError, match="as many words"):
        projector_files({"words": Embedding(np.eye(2), ["one"])})


def test_a_picture_is_kept_back_unless_it_is_said_to_show_no_example(tmp_path):
    writer = EventWriter(tmp_path)
    for tag in ("a new task's", "scores"):
        add_figure(writer, tag, Figure(figsize=(1, 1)), 1, shareable=tag == "scores")
    writer.close()
    (file,) = tmp_path.iterdir()
    file.write_bytes(without_examples(file.read_bytes()))
    assert [tag for tag, _, _ in read_events(tmp_path) if tag] == ["scores"]


def test_pictures_of_texts_can_be_taken_out(tmp_path):
    write_all(tmp_path)
    (file,) = tmp_path.glob("events.*")
    before = [tag for tag, _, _ in read_events(tmp_path)]
    whole = file.read_bytes()
    file.write_bytes(without_examples(whole))
    assert [tag for tag, _, _ in read_events(tmp_path)] == [
        tag for tag in before if tag != "saliency/1"
    ]
    assert b"PNG" not in file.read_bytes()
    # A run that was killed ends in the middle of a record.
    assert without_examples(whole[:-5]) == without_examples(whole)[: -len(last_record(whole))]
    assert without_examples(b"no events at all, but some other bytes") == b""


def last_record(events):
    place = 0
    while True:
        length = 16 + int.from_bytes(events[place : place + 8], "little")
        if place + length == len(events):
            return events[place:]
        place += length


def test_a_full_or_missing_place_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(zoo.OutputError, match="could not be written"):
        EventWriter(tmp_path / "file" / "run")
    writer = EventWriter(tmp_path / "run")
    (tmp_path / "run" / "words.tsv").mkdir()
    with pytest.raises(zoo.OutputError, match=r"words\.tsv could not be written"):
        writer.add_embedding("words", np.eye(2), ["a", "b"])


def test_names_of_weights_are_short():
    for path, name in (
        ("recurrent_0/lstm_cell/kernel", "recurrent_0/kernel"),
        ("recurrent_1/backward_recurrent_1/gru_cell/bias", "recurrent_1/backward/bias"),
        ("echo_state/echo_state_cell/input_kernel", "echo_state/input_kernel"),
        ("encoder_0/self_attention_layer/query/kernel",) * 2,
        ("token_embedding/embeddings",) * 2,
    ):
        assert weight_name(path) == name
