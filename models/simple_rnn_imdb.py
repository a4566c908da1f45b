"""SimpleRNN on the IMDB movie reviews (Elman 1990; Le et al. 2015).

    python -m training.train simple-rnn-imdb
    python -m training.evaluate simple-rnn-imdb --checkpoint runs/simple-rnn-imdb-seed-1

One layer of 128 tanh units whose recurrent weights start orthogonal; gradients are clipped, and a
linear classifier of n-grams teaches it.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import imdb_recipe
from models.common.papers import ELMAN, IDENTITY_START

RECIPE = imdb_recipe(
    name="simple-rnn-imdb",
    architecture="simple-rnn",
    description="A SimpleRNN that tells positive from negative movie reviews, in English.",
    papers=(
        ELMAN,
        IDENTITY_START,
    ),
    backbone={"cell": "simple_rnn", "embedding_dim": 64, "units": 128},
    epochs=12,  # its validation loss falls for longer than that of the gated cells
)
