"""Small checkpoints for the tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from zoo import checkpoint
from zoo.schema import ModelInfo
from zoo.specs import (
    RecurrentBackboneSpec,
    TextClassifierSpec,
    TextPreprocessorSpec,
    make_spec,
    tensor_shapes,
)
from zoo.text import train_word_tokenizer

SENTENCES = [
    "A moving , beautifully acted film!",
    "Don't bother; it is a waste of time. <br />Awful",
    "so so plot and words",
]


def make_checkpoint(
    path: Path,
    cell: str = "lstm",
    bidirectional: bool = False,
    num_layers: int = 1,
    num_classes: int = 3,
    pooling: tuple[str, ...] = ("mean", "max"),
    seed: int = 0,
) -> Path:
    """Write a tiny checkpoint with random weights that float16 holds exactly."""
    backbone = make_spec(
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
    weights = {
        name: generator.normal(0, 0.4, shape).astype(np.float16).astype(np.float32)
        for name, shape in tensor_shapes(backbone, head).items()
    }
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
        tokenizer=train_word_tokenizer(SENTENCES, 60).to_str().encode("utf-8"),
        weights=checkpoint.serialize_tensors(weights),
    )
    return path
