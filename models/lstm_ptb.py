"""LSTM language model on the Penn Treebank, by words (Zaremba et al. 2014, Inan et al. 2017).

    KERAS_BACKEND=tensorflow python -m training.train lstm-ptb
    python -m training.evaluate lstm-ptb --checkpoint runs/lstm-ptb-seed-1

Two LSTM layers of 200 units, whose table of word vectors also gives the logits, with variational
dropout and dropout of recurrent weights.

Expected: a test perplexity of 83.2 (one seed, 95 % interval 75.5 to 91.3) and 87.5 on the
validation part with 2.7 million parameters, after 143 minutes of one core of an AMD EPYC (Zen 5)
that did other work as well, with the tensorflow backend. The same layers with an augmented loss
come to 82.7 (Inan et al. 2017), and 66 million parameters to 78.4 (Zaremba et al. 2014).
"""

from models.common.papers import (
    LSTM,
    SAMPLED_SOFTMAX,
    TIED_EMBEDDINGS,
    VARIATIONAL_DROPOUT,
    WEIGHT_DROP,
)
from zoo.datasets.ptb import DATASETS
from zoo.schema import Licenses
from zoo.tasks.text_generation.recipe import TextGenerationRecipe

(PTB,) = DATASETS

RECIPE = TextGenerationRecipe(
    name="lstm-ptb",
    architecture="lstm",
    description="A two-layer LSTM that tells how likely the words of English business news are.",
    method=(
        "Cross-entropy of the next word, over 20 streams of the training text side by side with "
        "the state carried from piece to piece. The table of word vectors gives the logits too. "
        "The next word is told among 2,500, drawn anew for every step, from which the softmax "
        "over all is estimated; in the last four of 84 epochs all words count. AdamW with "
        "warm-up, cosine decay and gradient clipping; dropout of embedding dimensions, between "
        "the layers and of the last states, the same over a piece, and of recurrent weights; the "
        "weights are averaged over steps."
    ),
    dataset=PTB.name,
    dataset_info=PTB.info,
    licenses=Licenses(weights="apache-2.0", data=PTB.terms),
    papers=(LSTM, VARIATIONAL_DROPOUT, TIED_EMBEDDINGS, WEIGHT_DROP, SAMPLED_SOFTMAX),
    vocabulary_size=10_002,
    backbone={
        "cell": "lstm",
        "embedding_dim": 200,
        "units": 200,
        "num_layers": 2,
        "embedding_dropout": 0.3,
        "layer_dropout": 0.3,
    },
    dropout=0.4,
    bptt_steps=35,
    weight_drop=0.4,
    batch_size=20,
    sampled_tokens=2_500,
    sampled_epochs=80,
    epochs=84,
    patience=84,
    learning_rate=0.003,
    warmup=0.03,
    final_rate=0.01,
    weight_decay=0.05,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.9995,
    seed=1,
)
