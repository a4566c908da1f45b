"""The states and gates of language models that are shown are those that they compute with."""

from __future__ import annotations

import numpy as np
import pytest

import zoo
from event_files import read_events
from zoo.tasks.text_generation.testing import make_language_model

TEXT = "the cat\nsaw a zebra"


@pytest.mark.parametrize(
    ("unit", "cell", "gates"),
    [
        ("words", "lstm", {"input", "forget", "output"}),
        ("characters", "gru", {"update", "reset"}),
        ("characters", "simple_rnn", set()),
    ],
)
def test_states_after_every_token_are_those_of_the_network(unit, cell, gates, tmp_path):
    place = make_language_model(tmp_path / "tiny", unit=unit, cell=cell, num_layers=2)
    trace, pipeline = zoo.inspect(zoo.load(place), TEXT), zoo.pipeline(place)
    ids = np.concatenate([[2], pipeline.encoder.encode(TEXT)]).astype(np.int32)
    assert trace.tokens[0] == "(start)" and len(trace.tokens) == len(ids)
    # Only white space between words is no token.
    read = "".join(trace.tokens[1:])
    assert read == (TEXT if unit == "characters" else TEXT.replace(" ", ""))
    assert [layer.name for layer in trace.layers] == ["recurrent_0", "recurrent_1"]
    for count in (1, 3, len(ids)):
        _, after = pipeline.read(ids[None, :count])
        parts = iter(np.split(after[0], after.shape[1] // 6))
        for layer in trace.layers:
            assert set(layer.gates) == gates
            np.testing.assert_allclose(layer.states[count - 1], next(parts), atol=1e-5)
            if cell == "lstm":
                np.testing.assert_allclose(layer.cells[count - 1], next(parts), atol=1e-5)
    for layer in trace.layers:
        for values in layer.gates.values():
            assert values.shape == (len(ids), 6) and 0 < values.min() < values.max() < 1


def test_what_is_no_text_or_has_no_preprocessor_is_refused(tmp_path):
    model = zoo.load(make_language_model(tmp_path / "tiny"))
    with pytest.raises(zoo.InputError, match="one text"):
        zoo.inspect(model, ["two", "texts"])
    model.preprocessor = None
    with pytest.raises(zoo.InputError, match="with its preprocessor"):
        zoo.inspect(model, TEXT)


@pytest.mark.parametrize("unit", ["words", "characters"])
def test_a_run_shows_samples_surprise_and_vectors(unit, tmp_path):
    place = make_language_model(tmp_path / "tiny", unit=unit)
    first, again = (zoo.write_tensorboard(place, tmp_path / name) for name in ("one", "two"))
    found = {tag: value for tag, _, value in read_events(first)}
    samples = {tag: value for tag, value in found.items() if tag.startswith("samples/")}
    assert len(samples) == 4 and "surprise/passage" in found
    # With fixed seeds two runs of one checkpoint show the same.
    same = {tag: value for tag, _, value in read_events(again)}
    for tag, value in samples.items():
        assert str(value) == str(same[tag]), tag
    names = (first / "token_embedding.metadata.tsv").read_text("utf-8").splitlines()[1:]
    vectors = (first / "token_embedding.tsv").read_text("utf-8").splitlines()
    assert len(names) == len(vectors) > 10
    assert "the" in {name.split("\t")[0] for name in names} or unit == "characters"
