"""Small checkpoints for the tests."""

from __future__ import annotations

import dataclasses
import functools
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
import safetensors.numpy
from tokenizers import Tokenizer

import zoo
from training.ngrams import choose_ngrams
from zoo import checkpoint, registry
from zoo.datasets import (
    KNOWN,
    DataSet,
    SeriesDataset,
    TextDataset,
    dataset_named,
    load_dataset,
)
from zoo.errors import DataError
from zoo.formats import SOURCE_TOKENIZER, TOKENIZER
from zoo.networks.bahdanau.spec import BahdanauBackboneSpec
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.schema import DatasetInfo, ModelInfo
from zoo.specs import holds_keys, make_spec
from zoo.tasks.text_classification.specs import (
    TextClassifierSpec,
    TextPreprocessorSpec,
    tensor_shapes,
)
from zoo.tasks.translation.specs import (
    Seq2SeqLMSpec,
    Seq2SeqPreprocessorSpec,
    translation_tensor_shapes,
)
from zoo.text.encoding import train_word_tokenizer
from zoo.text.specs import TextBackboneSpec
from zoo.text.subwords import train_subword_tokenizer

SENTENCES = [
    "A moving , beautifully acted film!",
    "Don't bother; it is a waste of time. <br />Awful",
    "so so plot and words",
]

# Of every family of backbones but the plainly recurrent one, which `make_checkpoint` makes itself.
_COMMON = {"vocabulary_size": 60, "embedding_dim": 8, "word_dropout": 0.1}
OTHER_BACKBONES = {
    "one width": ConvolutionalBackboneSpec(**_COMMON, filters=5, kernel_sizes=(3,)),
    "widths": ConvolutionalBackboneSpec(
        **_COMMON, embedding_dropout=0.1, filters=4, kernel_sizes=(1, 2, 5)
    ),
    "one block": TransformerBackboneSpec(
        **_COMMON, num_layers=1, num_heads=1, intermediate_dim=6, layer_dropout=0.1
    ),
    "blocks": TransformerBackboneSpec(
        **_COMMON, embedding_dropout=0.1, num_layers=2, num_heads=2, intermediate_dim=9
    ),
    "bigrams": NgramRecurrentBackboneSpec(
        **_COMMON, cell="lstm", units=5, ngram_sizes=(70,), ngram_dims=(3,)
    ),
    "skip connection": RecurrentBackboneSpec(
        **_COMMON, embedding_dropout=0.1, cell="lstm", units=3, bidirectional=True, skip=True
    ),
    "n-grams": NgramRecurrentBackboneSpec(
        **_COMMON,
        embedding_dropout=0.1,
        cell="gru",
        units=4,
        bidirectional=True,
        ngram_sizes=(800, 33, 1),
        ngram_dims=(3, 2, 1),
        skip=True,
    ),
}


@functools.cache
def _dataset(name: str, split: str) -> TextDataset | DataError:
    try:
        return load_dataset(name, split, download=False)
    except DataError as error:
        return error


def dataset_or_skip(name: str, split: str) -> TextDataset:
    """Load a split of a data set, or skip the test where it is absent; it is not fetched."""
    data = _dataset(name, split)
    if isinstance(data, DataError):
        pytest.skip(f"the data set is not at hand: {data}")
    return data


# Arguments of `make_checkpoint`, one of every kind of network.
VARIANTS = {
    **{
        f"{cell}{' bidirectional' * bidirectional} of {layers}": {
            "cell": cell,
            "bidirectional": bidirectional,
            "num_layers": layers,
        }
        for cell in ("simple_rnn", "lstm", "gru")
        for bidirectional, layers in ((False, 1), (True, 2))
    },
    **{name: {"backbone": backbone} for name, backbone in OTHER_BACKBONES.items()},
}


def make_checkpoint(
    path: Path,
    cell: str = "lstm",
    bidirectional: bool = False,
    num_layers: int = 1,
    num_classes: int = 3,
    pooling: tuple[str, ...] = ("mean", "max"),
    seed: int = 0,
    backbone: TextBackboneSpec | None = None,
) -> Path:
    """Write a tiny checkpoint with random weights that float16 holds exactly."""
    backbone = backbone or make_spec(
        RecurrentBackboneSpec,
        vocabulary_size=60,
        embedding_dim=8,
        cell=cell,
        units=5,
        num_layers=num_layers,
        bidirectional=bidirectional,
        word_dropout=0.1,
        embedding_dropout=0.1,
        layer_dropout=0.1,
    )
    head = make_spec(TextClassifierSpec, num_classes=num_classes, pooling=pooling, dropout=0.1)
    generator = np.random.default_rng(seed)
    tokenizer = train_word_tokenizer(SENTENCES, 60)
    weights = {
        name: generator.normal(0, 0.4, shape).astype(np.float16).astype(np.float32)
        for name, shape in tensor_shapes(backbone, head).items()
    }
    weights |= _keys(weights, tokenizer)
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny",
            task="text-classification",
            architecture=cell,
            labels=tuple(f"label {index}" for index in range(num_classes)),
            parameters=0,
        ),
        backbone=backbone,
        head=head,
        preprocessor=TextPreprocessorSpec(head_length=12, tail_length=20),
        assets={TOKENIZER: tokenizer.to_str().encode("utf-8")},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


PAIRS = (
    ["Ein Mann fährt Rad.", "Zwei Hunde spielen im Schnee.", "Eine Frau liest."],
    ["A man is riding a bike.", "Two dogs play in the snow.", "A woman reads."],
)


def make_translator(path: Path, encoder_layers: int = 1, seed: int = 0) -> Path:
    """Write a tiny translator with random weights that float16 holds exactly."""
    tokenizers = [train_subword_tokenizer(side, 300) for side in PAIRS]
    sizes = [tokenizer.get_vocab_size() for tokenizer in tokenizers]
    backbone = make_spec(
        BahdanauBackboneSpec,
        source_vocabulary_size=sizes[0],
        vocabulary_size=sizes[1],
        embedding_dim=8,
        encoder_units=5,
        decoder_units=6,
        attention_units=4,
        encoder_layers=encoder_layers,
        word_dropout=0.1,
        embedding_dropout=0.1,
        encoder_dropout=0.1,
        recurrent_dropout=0.1,
        output_dropout=0.1,
    )
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in translation_tensor_shapes(backbone, Seq2SeqLMSpec()).items()
    }
    files = [tokenizer.to_str().encode("utf-8") for tokenizer in tokenizers]
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-translator", task="translation", architecture="bahdanau", parameters=0
        ),
        backbone=backbone,
        head=Seq2SeqLMSpec(),
        preprocessor=Seq2SeqPreprocessorSpec(source_length=40, target_length=20),
        assets=dict(zip((SOURCE_TOKENIZER, TOKENIZER), files, strict=True)),
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def _keys(weights: dict[str, np.ndarray], tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """Return keys of n-grams, those of `SENTENCES` first, filled up with ones that never occur."""
    sequences = [np.array(tokenizer.encode(text).ids) for text in SENTENCES]
    names = sorted(filter(holds_keys, weights))
    sizes = [len(weights[name]) for name in names]
    keys = {}
    for name, size, found in zip(names, sizes, choose_ngrams(sequences, 60, sizes), strict=True):
        rest = np.setdiff1d(np.arange(3600), found)[::-1][: size - len(found)]
        keys[name] = np.sort(np.concatenate([found, rest]))
    return keys


def checkpoint_files(path: Path) -> dict[str, bytes]:
    """Return the content of every file of a directory by its relative name."""
    return {
        file.relative_to(path).as_posix(): file.read_bytes()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }


def rewrite(path: Path, name: str, data: bytes) -> None:
    """Replace a file and its fingerprint, so that the check behind the hash is what fires."""
    (path / name).write_bytes(data)
    fingerprint = msgspec.to_builtins(checkpoint.fingerprint(data))
    edit_record(path, lambda record: record["files"].update({name: fingerprint}))


def edit_record(path: Path, change) -> None:
    record = json.loads((path / "zoo.json").read_text())
    change(record)
    (path / "zoo.json").write_text(json.dumps(record))


def edit_json(path: Path, name: str, change) -> None:
    content = json.loads((path / name).read_text())
    change(content)
    rewrite(path, name, json.dumps(content).encode())


def edit_config(path: Path, change, *parts: str) -> None:
    """Change `config.json`, or the object of one of its parts, such as "backbone"."""

    def edit(content):
        for part in parts:
            content = content["config"][part]
        change(content)

    edit_json(path, "config.json", edit)


def edit_tensors(path: Path, change) -> None:
    tensors = safetensors.numpy.load((path / "model.safetensors").read_bytes())
    change(tensors)
    rewrite(path, "model.safetensors", safetensors.numpy.save(tensors))


@functools.cache
def _series(name: str, split: str) -> SeriesDataset | DataError:
    try:
        return load_dataset(name, split, download=False)
    except DataError as error:
        return error


def series_or_skip(name: str, split: str) -> SeriesDataset:
    """Load a split of a data set of series, or skip the test where it is absent."""
    data = _series(name, split)
    if isinstance(data, DataError):
        pytest.skip(f"the data set is not at hand: {data}")
    return data


def zoo_command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the `zoo` command of this checkout and return what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "zoo.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        timeout=300,
    )


def weight_gradients(variables, compute):
    """Return the gradients of a scalar with respect to variables, as arrays, on any backend.

    Args:
        variables: Keras variables.
        compute: a function of no arguments from them to the scalar.
    """
    import keras

    backend = keras.backend.backend()
    values = [variable.value for variable in variables]
    if backend == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            loss = compute()
        found = tape.gradient(loss, values, unconnected_gradients="zero")
    elif backend == "jax":
        import jax

        def loss_of(values):
            with keras.StatelessScope(zip(variables, values, strict=True)):
                return compute()

        found = jax.grad(loss_of)(values)
    else:
        import torch

        found = torch.autograd.grad(compute(), values, allow_unused=True, materialize_grads=True)
    return [to_numpy(gradient) for gradient in found]


def to_numpy(tensor):
    """Return a tensor of any backend as an array."""
    import keras

    return np.array(keras.ops.convert_to_numpy(tensor))


def small_backbone(cell="gru", num_layers=1, **arguments):
    """A recurrent backbone over 20 words, with the same weights at every call."""
    import keras

    from zoo.networks.recurrent.backbone import RecurrentBackbone

    keras.utils.set_random_seed(3)
    return RecurrentBackbone(
        vocabulary_size=20, embedding_dim=5, cell=cell, units=4, num_layers=num_layers, **arguments
    )


def stand_in(monkeypatch, name, load) -> None:
    """Let a data set of any name be what `load` returns for a split."""
    known = dataset_named(name)
    info = known.info if known else DatasetInfo(name=name, title=name, url="https://", splits={})
    made = DataSet(info=info, terms="", load=lambda split, download: load(split))
    if known is not None:
        made = dataclasses.replace(known, load=made.load)
    monkeypatch.setitem(KNOWN, name, made)


def one_of_a_kind(task: str | None = None) -> list[str]:
    """Return the smallest entry of every kind of network and task: the deep checks are theirs."""
    smallest: dict[tuple[str, type], str] = {}
    for name in sorted(zoo.list_models(task=task), key=lambda name: zoo.info(name).size):
        loaded = checkpoint.read(registry.resolve(name))
        smallest.setdefault((loaded.info.task, type(loaded.backbone)), name)
    return sorted(smallest.values())
