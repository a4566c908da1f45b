"""LSTM on the IMDB movie reviews (Hochreiter & Schmidhuber 1997; Maas et al. 2011).

    python -m training.train lstm-imdb
    python -m training.evaluate lstm-imdb --checkpoint runs/lstm-imdb-seed-1

One layer of 128 LSTM units over word embeddings learnt from the 22,500 training reviews alone,
the mean and the maximum of its states over time, and a softmax. A linear classifier of n-grams,
fitted on the same reviews, teaches it on pieces and mixtures of them: on the labels alone the
network learns films and their actors by heart.

Expected: 89.4 % of the official test reviews right (mean of three seeds, 89.1 to 89.8), after
about 8 minutes on two cores of an AMD EPYC (Zen 5) with the tensorflow backend.
"""

from models.recipe import TextClassificationRecipe
from training.teacher import TeacherSettings
from zoo.schema import DatasetInfo, Licenses, Paper

RECIPE = TextClassificationRecipe(
    name="lstm-imdb",
    architecture="lstm",
    description="An LSTM that tells positive from negative movie reviews, in English.",
    method="A linear classifier of words, word pairs and triples (Wang & Manning 2012) is fitted "
    "to the training reviews first. The network then learns from whole reviews, their target "
    "between the label and that classifier's answer, and from pieces and mixtures of reviews with "
    "the classifier's answer as the target (Hinton et al. 2015). AdamW with warm-up, cosine decay "
    "and gradient clipping; dropout of words, of embedding dimensions and of pooled features; the "
    "weights are averaged over steps.",
    dataset="imdb_reviews",
    dataset_info=DatasetInfo(
        name="imdb_reviews",
        title="Large Movie Review Dataset (IMDB)",
        url="https://ai.stanford.edu/~amaas/data/sentiment/",
        hub_id="stanfordnlp/imdb",
        splits={"train": 22_500, "validation": 2_500, "test": 25_000},
    ),
    labels=("negative", "positive"),
    licenses=Licenses(
        weights="apache-2.0",
        data="No licence stated; for research, citing Maas et al. (2011)",
    ),
    papers=(
        Paper(
            title="Long Short-Term Memory",
            authors="Sepp Hochreiter and Jürgen Schmidhuber",
            year=1997,
            venue="Neural Computation 9(8)",
            url="https://doi.org/10.1162/neco.1997.9.8.1735",
        ),
        Paper(
            title="Baselines and Bigrams: Simple, Good Sentiment and Topic Classification",
            authors="Sida Wang and Christopher D. Manning",
            year=2012,
            venue="ACL 2012",
            url="https://aclanthology.org/P12-2018/",
        ),
        Paper(
            title="Distilling the Knowledge in a Neural Network",
            authors="Geoffrey Hinton, Oriol Vinyals and Jeff Dean",
            year=2015,
            venue="NIPS Deep Learning Workshop",
            url="https://arxiv.org/abs/1503.02531",
        ),
        Paper(
            title="Learning Word Vectors for Sentiment Analysis",
            authors="Andrew L. Maas, Raymond E. Daly, Peter T. Pham, Dan Huang, Andrew Y. Ng "
            "and Christopher Potts",
            year=2011,
            venue="ACL-HLT 2011",
            url="https://aclanthology.org/P11-1015/",
        ),
    ),
    vocabulary_size=20_000,
    head_length=300,
    tail_length=300,
    backbone={
        "cell": "lstm",
        "embedding_dim": 64,
        "units": 128,
        "word_dropout": 0.1,
        "embedding_dropout": 0.25,
    },
    pooling=("mean", "max"),
    dropout=0.3,
    batch_size=64,
    epochs=10,
    patience=3,
    learning_rate=2e-3,
    warmup=0.1,
    final_rate=0.02,
    weight_decay=0.05,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.995,
    seed=1,
    forget_bias=-2.0,
    teacher=TeacherSettings(
        ngrams=3, min_count=3, strength=0.1, whole=0.5, label_share=0.6, shortest=8
    ),
)
