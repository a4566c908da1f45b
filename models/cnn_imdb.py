"""Convolutional network on the IMDB movie reviews (Kim 2014), to compare the recurrent ones with.

    python -m training.train cnn-imdb
    python -m training.evaluate cnn-imdb --checkpoint runs/cnn-imdb-seed-1

Filters over one, two, three and five words, the mean and the maximum of each over time, and a
softmax. A linear classifier of n-grams teaches it.
What the IMDB recipes share is in `models/common/imdb.py`.
"""

from models.common.imdb import imdb_recipe
from models.common.papers import CNN
from zoo.networks.convolutional.spec import ConvolutionalBackboneSpec

RECIPE = imdb_recipe(
    name="cnn-imdb",
    architecture="cnn",
    description="A convolutional network that tells positive from negative movie reviews, in "
    "English.",
    papers=(CNN,),
    kind=ConvolutionalBackboneSpec,
    backbone={"embedding_dim": 64, "filters": 64, "kernel_sizes": (1, 2, 3, 5)},
)
