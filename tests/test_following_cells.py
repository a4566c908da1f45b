"""Cells that follow something in a text are found, and chance is not taken for one."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.following_cells import cells_of, figures, passage, shuffled, signals
from zoo import checkpoint, pipelines
from zoo.tasks.text_generation.testing import make_language_model

PLAY = 'ROMEO:\nBut soft! "What light?"\nIt is.\n\nJULIET:\nAy me.\n\n' * 60


def known(text):
    spans = [(place, place + 1) for place in range(len(text))]
    return signals(text, list(text), spans)


def test_what_may_be_followed_is_read_off_the_text():
    found, first = known(PLAY), 'ROMEO:\nBut soft! "What light?"\nIt is.\n\nJULIET:\n'
    assert found["length of the line"][:9].tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert found["length of the word"][7:16].tolist() == [1, 2, 3, 0, 1, 2, 3, 4, 0]
    named = found["within a speaker's name"]
    assert "".join(np.array(list(first))[named[: len(first)]]) == "ROMEO:JULIET:"
    quoted = found["within quotation marks"]
    assert "".join(np.array(list(first))[quoted[: len(first)]]) == '"What light?'
    speech = found["length of the speech"]
    assert speech[5] == 0 and speech[10] == 5 and speech[len(first) - 2] == 0
    # What hardly ever is, is not looked for.
    assert set(known("a line\n" * 150)) == {"length of the line", "length of the word"}


def test_a_cell_that_follows_is_told_from_others_in_both_directions():
    generator = np.random.default_rng(0)
    for signal in (np.arange(500.0) % 37, np.arange(500) % 37 > 20):
        cells = generator.normal(size=(500, 6))
        cells[:, 4] = np.tanh(signal / 20) + 1e-3 * cells[:, 4]
        cells[:, 2] = -np.exp(signal / 9)
        told = figures(cells, signal)
        assert told[2] < -0.9 and told[4] > 0.9
        assert np.abs(np.delete(told, [2, 4])).max() < 0.3


def test_the_passage_that_is_drawn_shows_what_is_followed():
    text = "a plain line\n" * 60 + PLAY + "a plain line\n" * 60
    drawn = text[passage(list(text), [*known(text).values()], 100)]
    assert drawn.count('"') >= 4 and drawn.count("ROMEO:") >= 2


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_the_values_are_those_of_the_network_after_every_token(cell, tmp_path):
    place = make_language_model(tmp_path / "tiny", unit="characters", cell=cell, num_layers=2)
    source, pipeline = checkpoint.read(place), pipelines.make_pipeline(checkpoint.read(place))
    ids = pipeline.encoder.encode("the cat\nsaw")
    cells, names = cells_of(source, ids)
    assert cells.shape == (len(ids), 12) and names[7] == "layer 2, cell 1"
    read = np.concatenate([[2], ids]).astype(np.int32)
    for count in (1, 5, len(ids)):
        _, state = pipeline.read(read[None, : count + 1])
        parts = np.split(state[0], 4 if cell == "lstm" else 2)
        expected = np.concatenate(parts[1::2] if cell == "lstm" else parts)
        np.testing.assert_allclose(cells[count - 1], expected, atol=1e-5)
    other = shuffled(source)
    for name, values in source.tensors.items():
        assert sorted(other.tensors[name].ravel()) == sorted(values.ravel())
    assert np.abs(cells_of(other, ids)[0] - cells).max() > 1e-3
