"""What the recipes of the IMDB movie reviews have in common.

No entry is a plain network trained on labels. A linear classifier of n-grams, fitted on the
training reviews, teaches every one on pieces and mixtures of them: on the labels alone the networks
learn films and their actors by heart. The forget gates of the LSTMs start nearly shut, with biases
of -2, and their word vectors start at counts. `benchmarks/plain_imdb.py` trains the same kinds of
networks without any of that, and `docs/imdb.md` compares them. Otherwise the entries differ in the
network, and in what their recipes say.
"""

from __future__ import annotations

from typing import Any

from models.common.papers import DISTILLATION, IMDB, NB_SVM
from zoo.datasets.imdb_reviews import DATASETS
from zoo.schema import Licenses, Paper
from zoo.tasks.text_classification.recipe import (
    TeacherSettings,
    TextClassificationRecipe,
    WordVectorSettings,
)

__all__ = ["KERAS_FORGET_BIAS", "imdb_recipe"]

KERAS_FORGET_BIAS = 1.0

METHOD = (
    "A linear classifier of words, word pairs and triples (Wang & Manning 2012) is fitted to the "
    "training reviews first. The network then learns from whole reviews, their target between "
    "the label and that classifier's answer, and from pieces and mixtures of reviews with the "
    "classifier's answer as the target (Hinton et al. 2015). AdamW with warm-up, cosine decay and "
    "gradient clipping; dropout of words, of embedding dimensions and of pooled features; the "
    "weights are averaged over steps."
)

(REVIEWS,) = DATASETS
COMMON: dict[str, Any] = {
    "method": METHOD,
    "dataset": REVIEWS.name,
    "dataset_info": REVIEWS.info,
    "labels": REVIEWS.labels,
    "licenses": Licenses(weights="apache-2.0", data=REVIEWS.terms),
    "vocabulary_size": 20_000,
    "head_length": 300,
    "tail_length": 300,
    "pooling": ("mean", "max"),
    "dropout": 0.3,
    "batch_size": 64,
    "epochs": 8,
    "patience": 3,
    "learning_rate": 2e-3,
    "warmup": 0.1,
    "final_rate": 0.02,
    "weight_decay": 0.05,
    "clipnorm": 1.0,
    "label_smoothing": 0.0,
    "average_decay": 0.995,
    "seed": 1,
    "teacher": TeacherSettings(
        ngrams=3, min_count=3, strength=0.1, whole=0.5, label_share=0.6, shortest=8
    ),
}
# What the entries that were trained later have instead: two of the entries teach them too.
COMMITTEE_METHOD = (
    METHOD.replace("that classifier's answer", "its teachers' answer").replace(
        "the classifier's answer", "the teachers' answer"
    )
    + " The teachers are that classifier and the entries gru-imdb and cnn-imdb, whose log-odds "
    "are averaged, the classifier counting as much as the two networks."
)
COMMITTEE = TeacherSettings(
    ngrams=3,
    min_count=2,
    strength=0.3,
    whole=0.5,
    label_share=0.6,
    shortest=8,
    start=3.0,
    committee=("gru-imdb", "cnn-imdb"),
)
# What the LSTMs have instead: they learn slowly from scratch, and overfit before they are done.
WORD_VECTORS: dict[str, Any] = {
    "method": METHOD
    + " The word vectors start where the counts of the words around each word in the training "
    "reviews put them (Levy, Goldberg & Dagan 2015).",
    "word_vectors": WordVectorSettings(),
    "teacher": TeacherSettings(
        ngrams=3, min_count=2, strength=0.3, whole=0.5, label_share=0.6, shortest=8
    ),
    "epochs": 6,
    "forget_bias": -2.0,
}
FORGET_METHOD = (
    "The biases of the forget gates start at {bias:g}, where Keras starts them at {keras:g}: the "
    "gates are nearly shut at first, and the network begins as a reader of phrases. How far back "
    "its gradient reaches owes to that start, not to what an LSTM is."
)
DROPOUT = {"word_dropout": 0.1, "embedding_dropout": 0.25}


def imdb_recipe(
    *, description: str, backbone: dict[str, Any], papers: tuple[Paper, ...], **own: Any
) -> TextClassificationRecipe:
    """Return the recipe of an entry; its words say who taught it and where its gates start.

    Args:
        description: one sentence, of the network and what it does.
        backbone: arguments of the backbone, but for the vocabulary and the usual dropout.
        papers: what to cite for the network.
        **own: the other fields that this entry sets itself.

    Example:
        >>> imdb_recipe(
        ...     name="mine", architecture="gru", description="Mine.", papers=(),
        ...     backbone={"cell": "gru", "embedding_dim": 64, "units": 64},
        ... ).dataset
        'imdb_reviews'
    """
    fields = {**COMMON, **own}
    teacher, forget_bias = fields["teacher"], fields.get("forget_bias", KERAS_FORGET_BIAS)
    told = [description.removesuffix(".")]
    if teacher is not None:
        others = ", with " * bool(teacher.committee) + " and ".join(teacher.committee)
        told.append(f"taught by a linear classifier of n-grams{others}")
    if forget_bias != KERAS_FORGET_BIAS:
        told.append(f"its forget gates start nearly shut (bias {forget_bias:g})")
        start = FORGET_METHOD.format(bias=forget_bias, keras=KERAS_FORGET_BIAS)
        fields["method"] = f"{fields['method']} {start}"
    return TextClassificationRecipe(
        **{
            **fields,
            "description": "; ".join(told) + ".",
            "backbone": {**DROPOUT, **backbone},
            "papers": (*papers, NB_SVM, DISTILLATION, IMDB),
        }
    )
