"""GRU on surnames of 18 languages, by characters (Cho et al. 2014).

    python -m training.train gru-names
    python -m training.evaluate gru-names --checkpoint runs/gru-names-seed-1

One layer of GRU units that reads a name both ways, letter by letter.
"""

from models.common.papers import BIDIRECTIONAL, GRU
from zoo.datasets.surnames import DATASETS
from zoo.schema import Licenses
from zoo.tasks.text_classification.recipe import TextClassificationRecipe

(SURNAMES,) = DATASETS

RECIPE = TextClassificationRecipe(
    name="gru-names",
    architecture="gru",
    description="A GRU that tells which of 18 languages a surname is of, letter by letter.",
    method=(
        "Cross-entropy on the training names, in which those of rare languages count more. AdamW "
        "with warm-up, cosine decay and gradient clipping; label smoothing; dropout of "
        "characters, of embedding dimensions and of pooled features; the weights are averaged "
        "over steps."
    ),
    dataset=SURNAMES.name,
    dataset_info=SURNAMES.info,
    labels=SURNAMES.labels,
    licenses=Licenses(weights="apache-2.0", data=SURNAMES.terms),
    papers=(GRU, BIDIRECTIONAL),
    unit="characters",
    vocabulary_size=200,
    head_length=32,
    tail_length=16,
    backbone={
        "cell": "gru",
        "embedding_dim": 64,
        "units": 160,
        "bidirectional": True,
        "word_dropout": 0.05,
        "embedding_dropout": 0.1,
    },
    pooling=("mean", "max"),
    dropout=0.3,
    class_weighting=0.25,
    batch_size=64,
    epochs=30,
    patience=30,
    learning_rate=0.008,
    warmup=0.1,
    final_rate=0.02,
    weight_decay=0.05,
    clipnorm=1.0,
    label_smoothing=0.05,
    average_decay=0.99,
    seed=1,
)
