"""What Keras and KerasHub copy of a model: frozen weights stay frozen, its record goes along."""

from __future__ import annotations

import copy
import pickle

import keras
import numpy as np
import pytest

import zoo
from helpers import checkpoint_files
from zoo.tasks.text_classification.testing import VARIANTS, make_checkpoint
from zoo.tasks.translation.testing import make_translator


def through_file(model, folder):
    model.save(folder / "model.keras")
    return keras.saving.load_model(folder / "model.keras")


def through_configuration(model, folder):
    """A configuration holds neither weights nor vocabularies."""
    copied = type(model).from_config(model.get_config())
    copied.set_weights(model.get_weights())
    copied.preprocessor = model.preprocessor
    return copied


WAYS = {
    "a .keras file": through_file,
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "deepcopy": lambda model, folder: copy.deepcopy(model),
    "from_config": through_configuration,
}


def make(kind, path):
    if kind == "translator":
        return make_translator(path)
    if kind in ("forecaster", "series classifier"):
        name = "esn-lorenz" if kind == "forecaster" else "esn-japanese-vowels"
        return zoo.save(zoo.load(name), path)
    return make_checkpoint(path, **VARIANTS[kind])


KINDS = ["bigrams", "widths", "blocks", "translator", "forecaster", "series classifier"]
PAIRS = [
    *(("lstm of 1", way) for way in WAYS),
    *((kind, way) for kind in KINDS for way in ("a .keras file", "from_config")),
]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A checkpoint of every kind, made when it is first asked for."""
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = make(kind, tmp_path_factory.mktemp(kind.replace(" ", "_")) / "model")
        return made[kind]

    return get


def frozen(model):
    return sorted(weight.path for weight in model.weights if not weight.trainable)


@pytest.mark.parametrize(("kind", "way"), PAIRS)
def test_a_copy_has_the_record_and_what_is_frozen(models, tmp_path, kind, way):
    path = models(kind)
    model = zoo.load(path)
    model.backbone.trainable = False
    loaded = WAYS[way](model, tmp_path)
    assert loaded.info == model.info
    assert frozen(loaded) == frozen(model)
    assert loaded.backbone.trainable is False
    assert [w.path for w in loaded.trainable_weights] == [w.path for w in model.trainable_weights]
    zoo.save(loaded, tmp_path / "again")
    assert checkpoint_files(tmp_path / "again") == checkpoint_files(path)


@pytest.mark.parametrize("kind", ["lstm of 1", "forecaster"])
def test_the_best_model_of_keras_s_own_checkpoints_can_be_saved_and_loaded(models, tmp_path, kind):
    model = zoo.load(models(kind))
    weights = model.get_weights()
    for value in weights:
        value += 0.25 if value.dtype.kind == "f" else 0
    model.set_weights(weights)
    model.save(tmp_path / "best.keras")
    zoo.save(keras.saving.load_model(tmp_path / "best.keras"), tmp_path / "best")
    again = zoo.load(tmp_path / "best")
    assert again.info.base_model.name == model.info.name and not again.info.metrics
    for one, other in zip(again.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["lstm of 1", "translator", "forecaster"])
def test_kerass_clone_is_a_plain_model_that_is_refused_with_the_way_out(models, tmp_path, kind):
    model = zoo.load(models(kind))
    clone = keras.models.clone_model(model)
    # Layers that a model calls twice are cloned twice.
    assert len(clone.weights) >= len(model.weights)
    with pytest.raises(zoo.InputError, match=r"Received: Functional.*copy\.deepcopy"):
        zoo.save(clone, tmp_path / "clone")


def test_single_layers_and_weights_stay_frozen_and_unknown_ones_are_refused(tmp_path):
    model = zoo.load(make_checkpoint(tmp_path / "model", bidirectional=True))
    recurrent = model.backbone.get_layer("recurrent_0")
    recurrent.forward_layer.trainable = False
    model.logits.bias.trainable = False
    loaded = through_file(model, tmp_path)
    assert frozen(loaded) == frozen(model) and len(frozen(model)) == 4
    assert not loaded.backbone.get_layer("recurrent_0").forward_layer.trainable
    config = model.backbone.get_config()
    with pytest.raises(zoo.InputError, match="frozen weights out of those of the model"):
        type(model.backbone)(**{**config, "frozen": ["no/such/weight"]})
    assert not type(model.backbone)(**{**config, "trainable": False}).trainable_weights
    with pytest.raises(zoo.InputError, match="record of a checkpoint"):
        type(model).from_config({**model.get_config(), "info": {"name": 1}})
