"""GRU over words, bigrams and trigrams on the IMDB movie reviews.

    python -m training.train ngram-gru-imdb
    python -m training.evaluate ngram-gru-imdb --checkpoint runs/ngram-gru-imdb-seed-1

One layer of 128 GRU units that reads at every step the vector of the word beside those of the
bigram and of the trigram that end there (Johnson & Zhang 2016). A linear classifier of n-grams
and two entries teach it.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import COMMITTEE, COMMITTEE_METHOD, imdb_recipe
from models.common.papers import GRU, REGIONS
from zoo.networks.recurrent.spec import NgramRecurrentBackboneSpec

RECIPE = imdb_recipe(
    name="ngram-gru-imdb",
    architecture="ngram-gru",
    description=(
        "A GRU over words, bigrams and trigrams that tells positive from negative movie reviews, "
        "in English."
    ),
    method=COMMITTEE_METHOD
    + " The first number of every word's, bigram's and trigram's vector starts at what the "
    "classifier says the word weighs.",
    papers=(GRU, REGIONS),
    kind=NgramRecurrentBackboneSpec,
    backbone={
        "cell": "gru",
        "embedding_dim": 64,
        "units": 128,
        "ngram_sizes": (49_152, 32_768),
        "ngram_dims": (24, 12),
        "skip": True,
    },
    pooling=("max", "sqrtn"),
    epochs=4,
    teacher=COMMITTEE,
)
