"""Spellers: their network, what they read and write, and that they learn several answers."""

from __future__ import annotations

import dataclasses

import keras
import keras_hub
import numpy as np
import pytest

import zoo
from event_files import embeddings, pictures, scalars
from helpers import stand_in
from models.common.cmudict import cmudict_recipe
from zoo import checkpoint
from zoo.networks.bahdanau.backbone import BahdanauBackbone, BahdanauSpellerBackbone
from zoo.networks.bahdanau.spec import BahdanauSpellerBackboneSpec
from zoo.pairs.examples import VariantDataset
from zoo.tasks.text2text_generation.model import (
    BahdanauSpellerSeq2SeqLM,
    BahdanauSpellerSeq2SeqLMPreprocessor,
)
from zoo.tasks.text2text_generation.preprocessor import UnitTokenizer
from zoo.tasks.text2text_generation.specs import Text2TextPreprocessorSpec
from zoo.text.forms import LETTERS, PLAIN_LETTERS, SYMBOLS
from zoo.text.units import train_units

SIZES = {"embedding_dim": 16, "encoder_units": 16, "decoder_units": 24, "attention_units": 8}
SOUNDS = {"a": "AH", "b": "B", "c": "K", "d": "D", "e": "EH"}


def spelled(count, seed):
    """Words of five letters' alphabet; those that begin with a have a second reading."""
    generator = np.random.default_rng(seed)
    words = {
        "".join(generator.choice(list(SOUNDS), generator.integers(2, 5))) for _ in range(count)
    }
    rows = [(word, " ".join(map(SOUNDS.get, word))) for word in sorted(words)]
    rows += [(word, f"AE{sounds[2:]}") for word, sounds in rows if word[0] == "a"]
    return VariantDataset.of([word for word, _ in rows], [sounds for _, sounds in rows])


def tokenizer(texts, form, **of):
    return UnitTokenizer(train_units(texts, form, 99).to_str().encode("utf-8"), **of)


def speller(data, seed=1, source_form=LETTERS, target_form=SYMBOLS):
    """Return a speller of fresh weights with the vocabularies of some data."""
    keras.utils.set_random_seed(seed)
    rows = data.pairs()
    source = tokenizer(
        rows.sources, source_form, name="source_tokenizer", config_file="source_tokenizer.json"
    )
    target = tokenizer(rows.targets, target_form, name="tokenizer")
    preprocessor = BahdanauSpellerSeq2SeqLMPreprocessor(target, source, 8, 8)
    backbone = BahdanauSpellerBackbone(
        source_vocabulary_size=source.vocabulary_size(),
        vocabulary_size=target.vocabulary_size(),
        **SIZES,
    )
    return BahdanauSpellerSeq2SeqLM(backbone, preprocessor)


def test_it_is_the_network_of_the_translators_under_a_name_of_its_own():
    """KerasHub finds a task by the class of its backbone."""
    sizes = {"source_vocabulary_size": 9, "vocabulary_size": 9, **SIZES}
    own, other = BahdanauSpellerBackbone(**sizes), BahdanauBackbone(**sizes)
    assert [(w.path, w.shape) for w in own.weights] == [(w.path, w.shape) for w in other.weights]
    assert type(own.spec) is BahdanauSpellerBackboneSpec
    assert type(own.spec) is not type(other.spec)
    assert BahdanauSpellerSeq2SeqLM.backbone_cls is BahdanauSpellerBackbone
    assert issubclass(BahdanauSpellerSeq2SeqLM, keras_hub.models.Seq2SeqLM)


@pytest.mark.parametrize(
    ("form", "texts", "text", "tokens"),
    [
        (LETTERS, ["cat"], "CaT x", ["c", "a", "t", "[UNK]", "[UNK]"]),
        (PLAIN_LETTERS, ["Cat"], "CaT", ["C", "a", "[UNK]"]),
        (SYMBOLS, ["K AE T"], " AE\tK s", ["AE", "K", "[UNK]"]),
    ],
)
def test_a_tokenizer_reads_units_and_writes_them(form, texts, text, tokens, tmp_path):
    read = tokenizer(texts, form)
    ids = read(text)
    assert [read.id_to_token(number) for number in ids] == tokens
    assert read.detokenize(read(texts))[0] == texts[0].lower() if form is LETTERS else texts[0]
    read.save_assets(str(tmp_path))
    again = UnitTokenizer()
    again.load_assets(str(tmp_path))
    assert again(text) == ids and again.content() == read.content()


def test_a_vocabulary_of_something_else_is_refused():
    with pytest.raises(zoo.CheckpointError, match="tokenizer file"):
        UnitTokenizer(b"{}")


def test_raw_texts_are_packed_answered_and_doubted():
    data = spelled(60, 1)
    model = speller(data)
    x, y, weight = model.preprocessor({"encoder_text": ["aB3"], "decoder_text": ["AH B ZH"]})
    source, target = model.preprocessor.source_tokenizer, model.preprocessor.tokenizer
    # What is read leaves out what is unknown; what is to be learnt does not.
    assert x["encoder_token_ids"][0, :3].tolist() == [*source("ab"), 3]
    assert y[0, :4].tolist() == [*target("AH B"), 1, 3] and weight[0].sum() == 4
    with pytest.warns(UserWarning, match="nothing that the model knows"):
        assert model.generate(["", "3", "ab"])[:2] == ["", ""]
    with pytest.warns(UserWarning, match='"3"'):
        assert model.generate("a3b") == model.generate("ab")
    with pytest.raises(zoo.InputError, match="one answer a text"):
        model.score(["a", "b"], ["AH"])
    alignment = model.attention("ab", "AH B")[0]
    assert (alignment.source, alignment.target) == (["a", "b", "(end)"], ["AH", "B", "(end)"])
    np.testing.assert_allclose(alignment.weights.sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.slow
@pytest.mark.pictures(small=True)
def test_a_recipe_teaches_several_right_answers_and_shows_where_it_looks(tmp_path, monkeypatch):
    import training.train

    parts = {"train": spelled(300, 1), "validation": spelled(60, 2)}
    stand_in(monkeypatch, "cmudict", parts.__getitem__)
    recipe = dataclasses.replace(
        cmudict_recipe("g2p-cmudict", "cmudict", description="Sounds of words."),
        source_length=8,
        target_length=8,
        buckets=(8,),  # one shape
        batch_size=20,
        epochs=40,
        patience=40,
        learning_rate=0.01,
        label_smoothing=0.0,
        average_decay=0.9,
        backbone=dict(SIZES),
    )
    info = training.train.train_recipe(recipe, tmp_path / "out")
    history = [epoch.validation for epoch in info.training.history]
    assert set(history[0]) == {"word_error_rate", "phone_error_rate"}
    assert history[0]["word_error_rate"] > 0.5
    # Half of the words that begin with a would be wrong if one answer alone were right.
    assert info.training.validation["word_error_rate"] < 0.1
    assert info.architecture == "bahdanau" and info.task == "text2text-generation"

    found = checkpoint.read(tmp_path / "out")
    assert found.preprocessor.source_unit == "characters"
    assert (found.backbone.source_vocabulary_size, found.backbone.vocabulary_size) == (9, 10)
    model = zoo.load(tmp_path / "out")
    assert model.generate("BED") == "B EH D"
    assert set(model.generate(["ab", "dab"])) <= {"AH B", "AE B", "D AH B"}
    run = tmp_path / "out.run" / "tensorboard"
    assert 1 in pictures(run, "attention/1")
    assert len(scalars(run, "best/word_error_rate")) == len(history)
    assert set("abcde") <= set(embeddings(run)["source_embedding"][1])


def test_the_inverse_reads_sounds_and_writes_letters():
    recipe = cmudict_recipe(
        "p2g-cmudict",
        "cmudict/spelling",
        description="Words of sounds.",
        source_unit="words",
        target_unit="characters",
    )
    spec = Text2TextPreprocessorSpec(
        source_length=9,
        target_length=9,
        source_unit=recipe.source_unit,
        target_unit=recipe.target_unit,
    )
    assert (spec.source_vocabulary, spec.target_vocabulary) == (SYMBOLS, PLAIN_LETTERS)
    assert (
        recipe.backbone
        == cmudict_recipe("g2p-cmudict", "cmudict", description="Sounds of words.").backbone
    )
