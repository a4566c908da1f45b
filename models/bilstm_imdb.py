"""Bidirectional LSTM on the IMDB movie reviews (Schuster & Paliwal 1997).

    python -m training.train bilstm-imdb
    python -m training.evaluate bilstm-imdb --checkpoint runs/bilstm-imdb-seed-1

One layer of 64 LSTM units in either direction. Its forget gates start nearly shut (bias -2), and a
linear classifier of n-grams teaches it.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import WORD_VECTORS, imdb_recipe
from models.common.papers import BIDIRECTIONAL, COUNT_VECTORS, LSTM

RECIPE = imdb_recipe(
    name="bilstm-imdb",
    architecture="bilstm",
    description="A bidirectional LSTM that tells positive from negative movie reviews, in English.",
    papers=(LSTM, BIDIRECTIONAL, COUNT_VECTORS),
    backbone={"cell": "lstm", "embedding_dim": 64, "units": 64, "bidirectional": True},
    **WORD_VECTORS,
)
