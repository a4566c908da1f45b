"""What the tests of every task need to know of text classification, and its tiny checkpoints."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from zoo import checkpoint
from zoo.classes.testing import scores_of
from zoo.common.testing import Cases, Damage, Goal, Streamed
from zoo.formats import CONFIG, TOKENIZER, WEIGHTS, Checkpoint
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec, RecurrentBackboneSpec
from zoo.networks.transformer.spec import TransformerBackboneSpec
from zoo.schema import Licenses, ModelInfo
from zoo.specs import holds_keys, make_spec
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.tasks.text_classification.specs import (
    TextClassifierSpec,
    TextPreprocessorSpec,
    tensor_shapes,
)
from zoo.text.encoding import START, train_tokenizer
from zoo.text.examples import TextDataset
from zoo.text.specs import TextBackboneSpec

__all__ = ["CASES", "OTHER_BACKBONES", "SENTENCES", "VARIANTS", "make_checkpoint"]

SENTENCES = [
    "A moving , beautifully acted film!",
    "Don't bother; it is a waste of time. <br />Awful",
    "so so plot and words",
]
WORDS = 60

# Of every family of backbones but the plainly recurrent one, which `make_checkpoint` makes itself.
_COMMON: dict[str, Any] = {"vocabulary_size": WORDS, "embedding_dim": 8, "word_dropout": 0.1}
OTHER_BACKBONES: dict[str, TextBackboneSpec] = {
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

# Arguments of `make_checkpoint`, one of every kind of network.
VARIANTS: dict[str, dict[str, Any]] = {
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
    "characters": {"cell": "gru", "unit": "characters"},
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
    unit: str = "words",
) -> Path:
    """Write a tiny checkpoint with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        cell: kind of cell.
        bidirectional: whether it reads both ways.
        num_layers: layers of cells.
        num_classes: classes of the head.
        pooling: how the states over time become one vector.
        seed: of the weights.
        backbone: arguments of another network instead.
        unit: what it reads, `"words"` or `"characters"`.
    """
    backbone = backbone or make_spec(
        RecurrentBackboneSpec,
        vocabulary_size=WORDS,
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
    tokenizer = train_tokenizer(SENTENCES, WORDS, unit)
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
        preprocessor=make_spec(TextPreprocessorSpec, head_length=12, tail_length=20, unit=unit),
        assets={TOKENIZER: tokenizer.to_str().encode("utf-8")},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path


def _keys(weights: dict[str, np.ndarray], tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """Return keys of n-grams, those of `SENTENCES` first, filled up with ones that never occur.

    A key is the row of the shorter n-gram, of a bigram the first word, and the last word.
    """
    texts = [np.array(tokenizer.encode(text).ids) for text in SENTENCES]
    tokens = [text[text != START] for text in texts]
    rows, keys = tokens, {}
    for length, name in enumerate(sorted(filter(holds_keys, weights)), start=2):
        size = len(weights[name])
        numbers = [
            np.where(row[:-1] < 0, -1, row[:-1] * WORDS + token[length - 1 :])
            for row, token in zip(rows, tokens, strict=True)
        ]
        found = np.setdiff1d(np.concatenate(numbers), [-1])[:size]
        rest = np.setdiff1d(np.arange(WORDS**2), found)[::-1][: size - len(found)]
        chosen = np.sort(np.concatenate([found, rest])).astype(np.int32)
        places = {int(key): row for row, key in enumerate(chosen)}
        rows = [np.array([places.get(int(key), -1) for key in number]) for number in numbers]
        keys[name] = chosen
    return keys


def _own(folder: Path, part: int) -> tuple[Path, dict[str, str]]:
    """Reviews in words of the tiny vocabulary that a network can learn to tell."""
    words = {"good": "moving film acted beautifully", "bad": "waste of time awful"}
    with open(folder / "reviews.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["review", "stars"])
        # Whole batches, with and without a fifth that is held back: they have one shape.
        for number in range(40 * part, 40 + 40 * part):
            label = ("good", "bad")[number % 2]
            table.writerow([f"{words[label]} number{number}", label])
    return folder / "reviews.csv", {"text_column": "review", "label_column": "stars"}


def _example(value: Any, pipeline: Any, source: Checkpoint, code: str) -> tuple[Any, Any]:
    (text,) = (json.loads(found) for found in re.findall(r'encode\((".*?")\)', code))
    return list(value[0]), list(pipeline.predict_proba([text]))


def _data() -> TextDataset:
    texts = [f"{text} {'so ' * (number % 7)}" for number in range(10) for text in SENTENCES]
    return TextDataset(texts, np.arange(len(texts), dtype=np.int32) % 3)


def _recipe(data: Path) -> TextClassificationRecipe:
    return TextClassificationRecipe(
        name="own",
        architecture="cnn",
        description="A small network.",
        method="Cross-entropy.",
        dataset=str(data),
        text_column="review",
        label_column="stars",
        labels=("bad", "good"),
        licenses=Licenses(weights="apache-2.0", data="mine"),
        papers=(),
        vocabulary_size=WORDS,
        head_length=16,
        tail_length=0,
        kind=ConvolutionalBackboneSpec,
        backbone={"embedding_dim": 6, "filters": 4, "kernel_sizes": (2,)},
        pooling=("max",),
        dropout=0.0,
        batch_size=8,
        epochs=2,
        patience=2,
        learning_rate=0.05,
        warmup=0.1,
        final_rate=0.1,
        weight_decay=0.0,
        clipnorm=1.0,
        label_smoothing=0.0,
        average_decay=0.5,
        seed=1,
    )


def _file(folder: Path) -> tuple[Path, dict[str, Any], Callable[[Any], Any]]:
    texts = [*CASES.inputs, "", '"a", film\nwaste', "=so so"]
    with open(folder / "reviews.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "review"], *enumerate(texts)])

    def answer(pipeline: Any) -> list[dict[str, Any]]:
        found = pipeline.with_doubts(texts, top_k=2)[0]
        return [
            {
                f"{key}_{place}": value
                for place, one in enumerate(classes, 1)
                for key, value in one.items()
            }
            for classes in found
        ]

    return folder / "reviews.csv", {"text_column": "review", "top_k": 2}, answer


def _backbone(config: Any) -> Any:
    return config["config"]["backbone"]["config"]


def _pieces(text: str, cuts: Sequence[float]) -> list[str]:
    places = [0, *(int(cut * len(text)) for cut in cuts), len(text)]
    return [text[first:last] for first, last in pairwise(places)]


CASES: Cases = Cases(
    variants={name: partial(make_checkpoint, **given) for name, given in VARIANTS.items()},
    shallow="gru of 1",
    inputs=["A moving film.", "It is a waste of time! " * 30, "so so", "Awful words"],
    fitting=lambda source: [*CASES.inputs, *CASES.odd],
    odd=[
        "",
        "<br />Don't bother\x00 \U0001f600",
        "nothing known hereabouts",
        "\u3000",
        "a" * 9999,
        "word " * 5000,
    ],
    refused=[
        ([], "at least one text"),
        (["a", 3], "index 1"),
        ([None], "only strings"),
        (["\ud800"], "valid UTF-8"),
    ],
    ask_model=lambda model, texts: list(model.predict(texts, verbose=0)),
    ask_pipeline=lambda pipeline, texts: list(pipeline.predict_proba(texts)),
    command=lambda folder: (["A moving film."], lambda pipeline: pipeline(["A moving film."])),
    file=_file,
    example=_example,
    tolerance=1e-5,
    data=_data,
    fit=lambda model, data: model.fit(data.texts, data.labels, verbose=0),
    own=_own,
    recipe=_recipe,
    settings={"epochs": 3, "patience": 3, "batch_size": 8, "learning_rate": 0.05},
    goal=Goal("accuracy", least=0.9),
    seeds=3,
    damages={
        "units": Damage(CONFIG, lambda c: _backbone(c).update(units=6), "parameters"),
        "class": Damage(CONFIG, lambda c: c.update(class_name="Lambda"), "Lambda"),
        "tensor": Damage(WEIGHTS, lambda t: t.pop("logits/bias"), "logits/bias"),
        "numbers": Damage(WEIGHTS, lambda t: t["logits/bias"].__setitem__(0, np.nan), "NaN"),
        "vocabulary": Damage(TOKENIZER, lambda c: c.update(normalizer=None), "normalizer"),
    },
    streamed=Streamed(
        begin=lambda pipeline, text: pipeline.session(),
        pieces=_pieces,
        joined=lambda pipeline, answers: scores_of(pipeline, answers[-1]),
        whole=lambda pipeline, text: pipeline.predict_proba([text])[0],
        refused=(["two", "texts"], "one text"),
    ),
    explained="a moving film , a waste of time",
    inspected="a moving film , a waste of time",
    board=("saliency/", "gates/", "gradient_flow"),
)
