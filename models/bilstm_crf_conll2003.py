"""A BiLSTM with a CRF on CoNLL-2003, from its training part alone (Huang et al. 2015).

    python -m training.train bilstm-crf-conll2003
    python -m training.evaluate bilstm-crf-conll2003 \
        --checkpoint runs/bilstm-crf-conll2003-seed-1

Two layers of 128 LSTM units a direction read whole documents, of every word its vector, letters,
shape, and how it begins and ends; between them is told what was read where the same word stands
elsewhere in the document.

One document or part of one in five is read in lower case, in capitals, or with a capital at every
word, drawn anew in every epoch.

Expected: an entity F1 of .878 +- .005 on testb (mean and standard deviation of three seeds), .879
of the bundled seed 1, which has the highest on testa (.929), after some 20 minutes of one core of
an AMD EPYC (Zen 5) with the tensorflow backend.
"""

from models.common.papers import BIDIRECTIONAL, LSTM
from zoo.datasets.conll2003 import DATASETS
from zoo.schema import Licenses, Paper
from zoo.tasks.token_classification.recipe import TokenClassificationRecipe

(CONLL2003,) = DATASETS

RECIPE = TokenClassificationRecipe(
    name="bilstm-crf-conll2003",
    architecture="bilstm-crf",
    description=(
        "A bidirectional LSTM with a CRF that finds the names of people, places, organizations "
        "and others in English news."
    ),
    method=(
        "The likelihood of the tags under the CRF, on the training part alone: no vectors of words "
        "from elsewhere. AdamW with warm-up, cosine decay and gradient clipping; dropout of what a "
        "layer gives, and of rare words, which are then read by their letters; some documents are "
        "cut into parts, and some are read in lower case, in capitals, or with a capital at every "
        "word; the weights are averaged over steps. The epoch and the settings were "
        "chosen on testa."
    ),
    dataset=CONLL2003.name,
    dataset_info=CONLL2003.info,
    labels=CONLL2003.labels,
    licenses=Licenses(weights="apache-2.0", data=CONLL2003.terms),
    papers=(
        Paper(
            title="Bidirectional LSTM-CRF Models for Sequence Tagging",
            authors="Zhiheng Huang, Wei Xu, Kai Yu",
            year=2015,
            venue="arXiv",
            url="https://arxiv.org/abs/1508.01991",
        ),
        LSTM,
        BIDIRECTIONAL,
    ),
    backbone={
        "embedding_dim": 100,
        "letter_dim": 25,
        "letter_filters": 50,
        "shape_dim": 15,
        "affix_dim": 10,
        "units": 128,
        "num_layers": 2,
        "document_dim": 64,
        "input_dropout": 0.5,
        "layer_dropout": 0.5,
    },
    dropout=0.5,
    document_length=512,
    cut=0.2,
    word_dropout=1.0,
    recased=0.2,
    batch_size=1_000,
    epochs=22,
    patience=22,
    learning_rate=3e-3,
    warmup=0.05,
    final_rate=0.02,
    weight_decay=0.05,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.995,
    seed=1,
)
