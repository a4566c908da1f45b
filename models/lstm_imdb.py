"""LSTM on the IMDB movie reviews (Hochreiter & Schmidhuber 1997).

    python -m training.train lstm-imdb
    python -m training.evaluate lstm-imdb --checkpoint runs/lstm-imdb-seed-2

One layer of 128 LSTM units over word embeddings learnt from the 22,500 training reviews alone,
the mean and the maximum of its states over time, and a softmax. It is no plain LSTM: its
forget gates start nearly shut (bias -2), its word vectors at counts, and a linear classifier of
n-grams teaches it.
What the IMDB recipes share is in `models/common/imdb.py`.

Expected: an accuracy of 90.0 % on the official test reviews (mean of three seeds, 89.9 to 90.1),
after about 12 minutes on a busy core of an AMD EPYC with the tensorflow backend.
"""

from models.common.imdb import WORD_VECTORS, imdb_recipe
from models.common.papers import COUNT_VECTORS, LSTM

RECIPE = imdb_recipe(
    name="lstm-imdb",
    architecture="lstm",
    description="An LSTM that tells positive from negative movie reviews, in English.",
    papers=(LSTM, COUNT_VECTORS),
    backbone={"cell": "lstm", "embedding_dim": 64, "units": 128},
    **WORD_VECTORS,
)
