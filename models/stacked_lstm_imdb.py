"""Stacked LSTM on the IMDB movie reviews (Graves et al. 2013).

    python -m training.train stacked-lstm-imdb
    python -m training.evaluate stacked-lstm-imdb --checkpoint runs/stacked-lstm-imdb-seed-1

Two layers of 64 LSTM units on top of each other. Their forget gates start nearly shut (bias -2),
and a linear classifier of n-grams teaches them.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import WORD_VECTORS, imdb_recipe
from models.common.papers import COUNT_VECTORS, DEEP_RNN, LSTM

RECIPE = imdb_recipe(
    name="stacked-lstm-imdb",
    architecture="stacked-lstm",
    description="Two LSTM layers that tell positive from negative movie reviews, in English.",
    papers=(LSTM, DEEP_RNN, COUNT_VECTORS),
    backbone={
        "cell": "lstm",
        "embedding_dim": 64,
        "units": 64,
        "num_layers": 2,
        "layer_dropout": 0.2,
    },
    **WORD_VECTORS,
)
