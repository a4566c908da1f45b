"""LSTM language model on WikiText-2, by words (Merity et al. 2017, Inan et al. 2017).

    KERAS_BACKEND=tensorflow python -m training.train lstm-wikitext2
    python -m training.evaluate lstm-wikitext2 --checkpoint runs/lstm-wikitext2-seed-1

Two LSTM layers of 256 units over word vectors of 120 numbers, whose table also gives the logits:
5.0 million parameters, of which four are word vectors.

Expected: a test perplexity of 96.8 (one seed, 95 % interval 92.0 to 101.6) and 102.2 on the
validation part, after 87 minutes of one core of an AMD EPYC (Zen 5) that did other work as well,
with the tensorflow backend. Two layers of 200 units with an augmented loss, of 7.3 million
parameters, come to 98.9 (Inan et al. 2017). It was best after 17 epochs and ends after 21 of the
28 over which the rate falls, for it learns its text by heart: more dropout over more epochs is
what to try.
"""

from models.common.papers import (
    LSTM,
    SAMPLED_SOFTMAX,
    TIED_EMBEDDINGS,
    VARIATIONAL_DROPOUT,
    WEIGHT_DROP,
)
from zoo.datasets.wikitext2 import DATASETS
from zoo.schema import Licenses
from zoo.tasks.text_generation.recipe import TextGenerationRecipe

(WIKITEXT2,) = DATASETS

RECIPE = TextGenerationRecipe(
    name="lstm-wikitext2",
    architecture="lstm",
    description="A two-layer LSTM that tells how likely the words of Wikipedia's articles are.",
    method=(
        "Cross-entropy of the next word, over 40 streams of the training text side by side with "
        "the state carried from piece to piece. The last states are projected to the size of a "
        "word vector, and the table of word vectors gives the logits. The next word is told among "
        "4,000, drawn anew for every step, from which the softmax over all is estimated. AdamW "
        "with warm-up, cosine decay and gradient clipping; dropout of embedding dimensions, "
        "between the layers and of the last states, the same over a piece, and of recurrent "
        "weights; the weights are averaged over steps. Training ends where the validation has not "
        "become better for four epochs."
    ),
    dataset=WIKITEXT2.name,
    dataset_info=WIKITEXT2.info,
    licenses=Licenses(weights="apache-2.0", data=WIKITEXT2.terms),
    papers=(LSTM, VARIATIONAL_DROPOUT, TIED_EMBEDDINGS, WEIGHT_DROP, SAMPLED_SOFTMAX),
    vocabulary_size=33_280,
    backbone={
        "cell": "lstm",
        "embedding_dim": 120,
        "units": 256,
        "num_layers": 2,
        "embedding_dropout": 0.15,
        "layer_dropout": 0.25,
    },
    dropout=0.3,
    bptt_steps=35,
    weight_drop=0.3,
    batch_size=40,
    sampled_tokens=4_000,
    sampled_epochs=28,
    epochs=28,
    patience=4,
    learning_rate=0.003,
    warmup=0.05,
    final_rate=0.01,
    weight_decay=0.02,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.999,
    seed=1,
)
