"""What the tests of streams share: a small stream of words, and what reads it."""

from __future__ import annotations

import keras
import numpy as np

from helpers import to_numpy

BATCH, TIME, WORDS = 3, 9, 20
LENGTHS = np.array([9, 4, 7])
MASK = np.arange(TIME) < LENGTHS[:, None]


def make_head():
    return keras.layers.Dense(WORDS, activation="softmax", name="head")


def draw_ids(seed=0, shape=(BATCH, TIME)):
    return np.random.default_rng(seed).integers(4, WORDS, shape)


def features(ids, mask=None):
    return {"token_ids": ids} if mask is None else {"token_ids": ids, "padding_mask": mask}


def cut(tree, start, end):
    return {name: array[:, start:end] for name, array in tree.items()}


def values(model):
    return [to_numpy(variable) for variable in model.trainable_variables]
