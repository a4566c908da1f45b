"""LSTM on the IMDB movie reviews (Hochreiter & Schmidhuber 1997).

    python -m training.train lstm-imdb
    python -m training.evaluate lstm-imdb --checkpoint runs/lstm-imdb-seed-1

One layer of 128 LSTM units over word embeddings learnt from the 22,500 training reviews alone,
the mean and the maximum of its states over time, and a softmax.
What the IMDB recipes share is in `models/imdb.py`. The bundled weights come from the commit
that their record names, whose validation reviews were drawn without regard to films.

Expected: 89.4 % of the official test reviews right (mean of three seeds, 89.1 to 89.8), after
about 8 minutes on two cores of an AMD EPYC (Zen 5) with the tensorflow backend.
"""

from models.imdb import imdb_recipe
from models.papers import LSTM

RECIPE = imdb_recipe(
    name="lstm-imdb",
    architecture="lstm",
    description="An LSTM that tells positive from negative movie reviews, in English.",
    papers=(LSTM,),
    backbone={"cell": "lstm", "embedding_dim": 128, "units": 128},
    forget_bias=-2.0,
    epochs=7,
)
