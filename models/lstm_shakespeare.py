"""LSTM language model on Shakespeare, by characters (Karpathy 2015).

    KERAS_BACKEND=tensorflow python -m training.train lstm-shakespeare
    python -m training.evaluate lstm-shakespeare --checkpoint runs/lstm-shakespeare-seed-1

Two LSTM layers of 384 units write Shakespeare's plays on, letter by letter.

Expected: 1.418 nats per character on the last 111,540 characters (2.045 bits; one seed, 95 %
interval 1.383 to 1.453), and 1.267 on the validation part, whose plays it knows other pages of;
after 26 minutes of one core of an AMD EPYC (Zen 5) with the tensorflow backend. It learns from 81 %
of the text; published figures learn from 90 %.
"""

from models.common.papers import CHARACTER_NETWORKS, LSTM, VARIATIONAL_DROPOUT, WEIGHT_DROP
from zoo.datasets.tiny_shakespeare import DATASETS
from zoo.schema import Licenses
from zoo.tasks.text_generation.recipe import TextGenerationRecipe

(SHAKESPEARE,) = DATASETS

RECIPE = TextGenerationRecipe(
    name="lstm-shakespeare",
    architecture="lstm",
    description="A two-layer LSTM that writes on in the manner of Shakespeare, letter by letter.",
    method=(
        "Cross-entropy of the next character, over 32 streams of the training text side by side "
        "with the state carried from piece to piece. AdamW with warm-up, cosine decay and "
        "gradient clipping; dropout of embedding dimensions, between the layers and of the last "
        "states, the same over a piece, and of recurrent weights; the weights are averaged over "
        "steps."
    ),
    dataset=SHAKESPEARE.name,
    dataset_info=SHAKESPEARE.info,
    licenses=Licenses(weights="apache-2.0", data=SHAKESPEARE.terms),
    papers=(CHARACTER_NETWORKS, LSTM, VARIATIONAL_DROPOUT, WEIGHT_DROP),
    unit="characters",
    vocabulary_size=100,
    backbone={
        "cell": "lstm",
        "embedding_dim": 64,
        "units": 384,
        "num_layers": 2,
        "embedding_dropout": 0.1,
        "layer_dropout": 0.3,
    },
    tied=False,
    dropout=0.3,
    bptt_steps=100,
    weight_drop=0.2,
    batch_size=32,
    epochs=24,
    patience=8,
    learning_rate=0.004,
    warmup=0.05,
    final_rate=0.01,
    weight_decay=0.01,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.998,
    seed=1,
)
