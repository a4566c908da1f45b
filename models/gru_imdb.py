"""GRU on the IMDB movie reviews (Cho et al. 2014).

    python -m training.train gru-imdb
    python -m training.evaluate gru-imdb --checkpoint runs/gru-imdb-seed-1

One layer of 128 GRU units, taught by a linear classifier of n-grams.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import imdb_recipe
from models.common.papers import GRU

RECIPE = imdb_recipe(
    name="gru-imdb",
    architecture="gru",
    description="A GRU that tells positive from negative movie reviews, in English.",
    papers=(GRU,),
    backbone={"cell": "gru", "embedding_dim": 64, "units": 128},
)
