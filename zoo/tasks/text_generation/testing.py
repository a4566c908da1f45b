"""What the tests of every task need to know of text generation, and its tiny checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from zoo import checkpoint
from zoo.formats import TOKENIZER
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.schema import ModelInfo
from zoo.specs import make_spec
from zoo.tasks.text_generation.specs import (
    CausalLMPreprocessorSpec,
    CausalLMSpec,
    language_model_tensor_shapes,
)
from zoo.text.language import train_plain_characters, train_plain_words

__all__ = ["LINES", "TEXT", "make_language_model"]

# Words and lines that come back, so that there is something to learn.
LINES = (
    "the cat saw the dog",
    "the dog saw the old cat",
    "an old dog and a cat sat by the door",
    "a cat and an old dog ran to the door",
    "the door shut and the cat sat by the dog",
)
TEXT = "".join(f"{line}\n" for line in LINES)


def make_language_model(
    path: Path,
    unit: Literal["words", "characters"] = "words",
    cell: Literal["simple_rnn", "lstm", "gru"] = "lstm",
    num_layers: int = 1,
    tied: bool = True,
    projected: bool = False,
    seed: int = 0,
) -> Path:
    """Write a tiny language model with random weights that float16 holds exactly.

    Args:
        path: the directory to make.
        unit: what a token is.
        cell: kind of cell.
        num_layers: layers of cells.
        tied: whether the table of the tokens' vectors gives the logits too.
        projected: whether states are of another length than those vectors.
        seed: of the weights.
    """
    train = train_plain_words if unit == "words" else train_plain_characters
    tokenizer = train(TEXT, 40)
    backbone = make_spec(
        RecurrentBackboneSpec,
        vocabulary_size=tokenizer.get_vocab_size(),
        embedding_dim=6,
        cell=cell,
        units=5 if projected else 6,
        num_layers=num_layers,
        word_dropout=0.1,
        embedding_dropout=0.1,
        layer_dropout=0.1,
    )
    head = CausalLMSpec(tied=tied, dropout=0.1)
    generator = np.random.default_rng(seed)
    weights = {
        name: generator.normal(0, 0.7, shape).astype(np.float16).astype(np.float32)
        for name, shape in language_model_tensor_shapes(backbone, head).items()
    }
    checkpoint.write(
        path,
        info=ModelInfo(
            name="tiny-language-model", task="text-generation", architecture=cell, parameters=0
        ),
        backbone=backbone,
        head=head,
        preprocessor=CausalLMPreprocessorSpec(unit=unit, sequence_length=16),
        assets={TOKENIZER: tokenizer.to_str().encode("utf-8")},
        weights=checkpoint.serialize_tensors(weights),
    )
    return path
