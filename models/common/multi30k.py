"""What the recipes of Multi30k have in common.

The two entries differ in their direction only.
"""

from __future__ import annotations

from typing import Any

from models.common.papers import (
    ADDITIVE_ATTENTION,
    INPUT_FEEDING,
    MULTI30K,
    SUBWORDS,
    TIED_EMBEDDINGS,
)
from zoo.datasets.multi30k import DATASETS
from zoo.schema import Licenses
from zoo.tasks.translation.recipe import TranslationRecipe

__all__ = ["multi30k_recipe"]

METHOD = (
    "Teacher forcing on the 29,000 sentence pairs, subwords learnt from them alone. Cross-entropy "
    "with label smoothing; AdamW with warm-up, cosine decay and gradient clipping; dropout of "
    "source words, of embedding dimensions, of what the encoder gives and of the output; batches "
    "of like length; the weights are averaged over steps (an exponential moving average). After "
    "every pass the averaged weights translate the validation part by greedy search; those with "
    "the highest BLEU are kept."
)
LANGUAGES = {"de": "German", "en": "English"}

COMMON: dict[str, Any] = {
    "method": METHOD,
    "papers": (ADDITIVE_ATTENTION, INPUT_FEEDING, SUBWORDS, TIED_EMBEDDINGS, MULTI30K),
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


def multi30k_recipe(source: str, target: str, **own: Any) -> TranslationRecipe:
    """Return the recipe of an entry.

    Args:
        source: code of the language to translate from: `"de"` or `"en"`.
        target: code of the language to translate to.
        **own: the other fields that this entry sets itself.

    Example:
        >>> multi30k_recipe("de", "en").name
        'bahdanau-multi30k-de-en'
    """
    pair = f"{source}-{target}"
    (data,) = (known for known in DATASETS if known.languages == (source, target))
    fields: dict[str, Any] = {
        "name": f"bahdanau-multi30k-{pair}",
        "source": source,
        "target": target,
        "description": (
            "An encoder-decoder with additive attention that translates descriptions of "
            f"photographs from {LANGUAGES[source]} to {LANGUAGES[target]}."
        ),
        "dataset": data.name,
        "dataset_info": data.info,
        "licenses": Licenses(weights="apache-2.0", data=data.terms),
    }
    return TranslationRecipe(**{**COMMON, **fields, **own})
