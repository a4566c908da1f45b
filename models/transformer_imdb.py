"""Transformer on the IMDB movie reviews (Vaswani et al. 2017), to compare the others with.

    python -m training.train transformer-imdb
    python -m training.evaluate transformer-imdb --checkpoint runs/transformer-imdb-seed-1

One encoder block of KerasHub, the mean and the maximum of its states over time, and a softmax. A
linear classifier of n-grams teaches it.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import imdb_recipe
from models.common.papers import TRANSFORMER
from zoo.networks.transformer.spec import TransformerBackboneSpec

RECIPE = imdb_recipe(
    name="transformer-imdb",
    architecture="transformer",
    description="A small Transformer encoder that tells positive from negative movie reviews, "
    "in English.",
    papers=(TRANSFORMER,),
    kind=TransformerBackboneSpec,
    backbone={
        "embedding_dim": 64,
        "num_layers": 1,
        "num_heads": 4,
        "intermediate_dim": 128,
        "layer_dropout": 0.1,
    },
    learning_rate=1e-3,
)
