"""What the recipes of Multi30k have in common.

The two entries differ in their direction only.
"""

from __future__ import annotations

from typing import Any

from models.recipe import TranslationRecipe

__all__ = ["multi30k_recipe"]

COMMON: dict[str, Any] = {
    "dataset": "multi30k",
    "source_vocabulary_size": 6_000,
    "vocabulary_size": 4_000,
    "source_length": 64,
    "target_length": 64,
    "backbone": {
        "embedding_dim": 128,
        "encoder_units": 256,
        "decoder_units": 256,
        "attention_units": 128,
        "word_dropout": 0.05,
        "embedding_dropout": 0.15,
        "encoder_dropout": 0.25,
        "output_dropout": 0.25,
    },
    "buckets": (12, 15, 18, 22, 28, 40, 64),
    "batch_size": 58,  # divides the 29,000 pairs
    "epochs": 12,
    "patience": 5,
    "learning_rate": 2e-3,
    "warmup": 0.05,
    "final_rate": 0.02,
    "weight_decay": 0.01,
    "clipnorm": 1.0,
    "label_smoothing": 0.1,
    "average_decay": 0.998,
    "seed": 1,
}


def multi30k_recipe(**own: Any) -> TranslationRecipe:
    """Return the recipe of an entry.

    Args:
        **own: the fields that this entry sets itself.
    """
    return TranslationRecipe(**{**COMMON, **own})
