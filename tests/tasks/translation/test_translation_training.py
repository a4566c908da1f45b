"""Translators learn: by Keras, and by a recipe, in fewer digits and in sight of TensorBoard."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import zoo
import zoo.datasets
from event_files import embeddings, pictures, read_events, scalars
from helpers import at_once, stand_in
from models import load_recipe
from zoo import checkpoint
from zoo.datasets import PairDataset
from zoo.tasks.translation.testing import PAIRS, make_translator


@pytest.mark.slow
def test_it_learns_pairs_of_raw_sentences(tmp_path):
    import keras

    model = zoo.load(make_translator(tmp_path / "tiny", seed=3))
    keras.utils.set_random_seed(0)
    model.compile(optimizer=keras.optimizers.Adam(3e-2))
    with at_once():
        before = model.score(*PAIRS)
    sources, targets = PAIRS[0] * 8, PAIRS[1] * 8
    # Batches of the same three, all of one length.
    model.fit(sources, targets, epochs=10, batch_size=3, shuffle=False, verbose=0)
    with at_once():
        assert (model.score(*PAIRS) > before / 4).all()
        assert model.evaluate(*PAIRS, verbose=0)[0] < 1
    with pytest.raises(zoo.InputError, match="one translation a sentence"):
        model.fit(["a", "b"], ["c"], verbose=0)
    with pytest.raises(zoo.InputError, match="strings"):
        model.fit(["a", 3], ["c", "d"], verbose=0)


def numbers(count, seed):
    """Pairs of spelled numbers, word for word."""
    german = ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"]
    english = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    generator = np.random.default_rng(seed)
    drawn = [generator.integers(0, 10, generator.integers(1, 5)) for _ in range(count)]
    return PairDataset(
        [" ".join(german[i] for i in row) for row in drawn],
        [" ".join(english[i] for i in row) for row in drawn],
    )


@pytest.mark.slow
@pytest.mark.pictures(small=True)
def test_a_recipe_trains_a_translator_in_bfloat16_and_shows_where_it_looks(tmp_path, monkeypatch):
    import training.train

    parts = {"train": numbers(400, 1), "validation": numbers(40, 2), "test": numbers(40, 3)}
    stand_in(monkeypatch, "multi30k/de-en", parts.__getitem__)
    recipe = dataclasses.replace(
        load_recipe("bahdanau-multi30k-de-en"),
        source_vocabulary_size=300,
        vocabulary_size=300,
        source_length=12,
        target_length=12,
        buckets=(12,),  # one shape
        batch_size=20,
        epochs=2,
        learning_rate=0.03,
        schedule="linear",
        kernel_start="glorot_uniform",
        recurrent_start="orthogonal",
        average_decay=0.5,
        precision="mixed_bfloat16",
        backbone={
            "embedding_dim": 8,
            "encoder_units": 8,
            "decoder_units": 8,
            "attention_units": 8,
            "word_dropout": 0.1,
            "recurrent_dropout": 0.1,
        },
    )
    info = training.train.train_recipe(recipe, tmp_path / "out")
    assert [epoch.epoch for epoch in info.training.history] == [1, 2]
    assert "bleu" in info.training.history[0].validation
    losses = [epoch.loss for epoch in info.training.history]
    assert losses[1] < 0.9 * losses[0]
    tensors = checkpoint.read(tmp_path / "out").tensors
    assert {value.dtype for value in tensors.values()} == {np.dtype("float16")}
    metrics = zoo.evaluate(tmp_path / "out")
    assert metrics[0].num_examples == 40 and np.isfinite([m.value for m in metrics]).all()
    with pytest.raises(zoo.InputError, match="PairDataset"):
        zoo.evaluate(tmp_path / "out", zoo.datasets.TextDataset(["a"], np.zeros(1)))

    run = tmp_path / "out.run" / "tensorboard"
    assert list(pictures(run, "attention/1")) == [1, 2]
    assert scalars(run, "best/bleu").keys() == {1, 2}
    tables = embeddings(run)
    assert set(tables) == {"source_embedding", "token_embedding"}
    assert "\u00b7e" in tables["source_embedding"][1]
    norms = {tag for tag, _, _ in read_events(run) if tag.startswith("gradient_norm/")}
    assert {"gradient_norm/decoder", "gradient_norm/source_embedding"} <= norms
