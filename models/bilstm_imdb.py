"""Bidirectional LSTM on the IMDB movie reviews (Schuster & Paliwal 1997).

    python -m training.train bilstm-imdb
    python -m training.evaluate bilstm-imdb --checkpoint runs/bilstm-imdb-seed-1

One layer of 64 LSTM units in either direction, pretrained as two language models on the training
reviews (Dai & Le 2015; Peters et al. 2018).
What the IMDB recipes share is in `models/imdb.py`.
"""

import dataclasses

from models.imdb import COMMITTEE, COMMITTEE_METHOD, imdb_recipe
from models.papers import BIDIRECTIONAL, ELMO, LSTM, SEMI_SUPERVISED
from models.settings import PretrainingSettings

RECIPE = imdb_recipe(
    name="bilstm-imdb",
    architecture="bilstm",
    description="A bidirectional LSTM that tells positive from negative movie reviews, in English.",
    papers=(
        LSTM,
        BIDIRECTIONAL,
        SEMI_SUPERVISED,
        ELMO,
    ),
    backbone={"cell": "lstm", "embedding_dim": 64, "units": 64, "bidirectional": True},
    pooling=("max", "sqrtn"),
    method="The network is first trained as a language model on the training reviews: its forward "
    "states guess the next word, its backward states the word before (Dai & Le 2015; Peters et "
    "al. 2018). " + COMMITTEE_METHOD,
    teacher=dataclasses.replace(COMMITTEE, start=0.0),
    pretraining=PretrainingSettings(epochs=3),
    learning_rate=1.5e-3,
    epochs=4,
)
