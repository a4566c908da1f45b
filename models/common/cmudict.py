"""What the recipes of the pronouncing dictionary have in common.

They differ in their direction only.
"""

from __future__ import annotations

from typing import Any

from models.common.papers import (
    ADDITIVE_ATTENTION,
    GRAPHEMES_TO_PHONEMES,
    INPUT_FEEDING,
    LETTERS_ALIGNED,
    TIED_EMBEDDINGS,
)
from zoo.datasets.cmudict import DATASETS
from zoo.schema import Licenses
from zoo.tasks.text2text_generation.recipe import Text2TextRecipe

__all__ = ["cmudict_recipe"]

METHOD = (
    "Teacher forcing on {pairs} of the training part, a "
    "token a letter and a token a sound. Cross-entropy with label smoothing; AdamW with warm-up, "
    "cosine decay and gradient clipping; dropout of what the layers of the encoder give and of the "
    "decoder's output; batches of like length; the weights are averaged over steps (an "
    "exponential moving average). After every pass the averaged weights answer the "
    "validation part by greedy search; those with the fewest wrong words are kept."
)

# What is learnt from, by the data set.
PAIRS = {
    "cmudict": "the 108,699 pronunciations of the 102,068 words",
    "cmudict/spelling": "the 108,699 spellings of the 94,524 pronunciations",
}

COMMON: dict[str, Any] = {
    "papers": (
        GRAPHEMES_TO_PHONEMES,
        LETTERS_ALIGNED,
        ADDITIVE_ATTENTION,
        INPUT_FEEDING,
        TIED_EMBEDDINGS,
    ),
    "source_length": 48,
    "target_length": 48,
    "backbone": {
        "embedding_dim": 128,
        "encoder_units": 256,
        "encoder_layers": 2,
        "decoder_units": 256,
        "attention_units": 128,
        "embedding_dropout": 0.0,
        "encoder_dropout": 0.1,
        "recurrent_dropout": 0.0,
        "output_dropout": 0.1,
    },
    "buckets": (6, 7, 8, 9, 10, 12, 16, 24),
    "batch_size": 64,
    "epochs": 12,
    "patience": 4,
    "learning_rate": 2e-3,
    "warmup": 0.05,
    "final_rate": 0.02,
    "weight_decay": 0.01,
    "clipnorm": 1.0,
    "label_smoothing": 0.1,
    "average_decay": 0.998,
    "seed": 1,
}


def cmudict_recipe(name: str, dataset: str, **own: Any) -> Text2TextRecipe:
    """Return the recipe of an entry.

    Args:
        name: the entry's name.
        dataset: `"cmudict"` or `"cmudict/spelling"`.
        **own: the other fields that this entry sets itself.

    Example:
        >>> cmudict_recipe("my-speller", "cmudict", description="").target_unit
        'words'
    """
    (data,) = (known for known in DATASETS if known.name == dataset)
    fields: dict[str, Any] = {
        "name": name,
        "method": METHOD.format(pairs=PAIRS[dataset]),
        "dataset": data.name,
        "dataset_info": data.info,
        "licenses": Licenses(weights="apache-2.0", data=data.terms),
    }
    return Text2TextRecipe(**{**COMMON, **fields, **own})
