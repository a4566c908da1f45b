"""What language models answer, to be compared on two backends.

`KERAS_BACKEND=jax python keras_answers.py CHECKPOINT PICKLE` writes a pickle of all answers.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import keras
import keras_hub
import numpy as np

import zoo
from zoo.tasks.text_generation.testing import TEXT

PROMPTS = ["the cat saw", "", "an old dog and a cat sat", "the door"]


def answers(path: Path) -> dict[str, Any]:
    """Return what a model writes with samplers that draw nothing, its scores, and a training."""
    model, found = zoo.load(path), {}
    for sampler in ("greedy", keras_hub.samplers.BeamSampler(num_beams=3), "contrastive"):
        model.compile(sampler=sampler)
        name = sampler if isinstance(sampler, str) else "beam"
        found[name] = model.generate(PROMPTS, max_length=30)
    model.compile(sampler="greedy")
    found["stopped"] = model.generate(PROMPTS, max_length=30, stop_token_ids=[5])
    model.compile(sampler=keras_hub.samplers.RandomSampler(seed=1))
    found["drawn"] = model.generate(PROMPTS, max_length=30)
    found["scores"] = [model.log_likelihood(text) for text in (TEXT, "the cat")]
    model.compile(keras.optimizers.AdamW(0.02))
    found["evaluated"] = model.evaluate([TEXT, "the cat"], verbose=0)
    keras.utils.set_random_seed(0)
    losses = model.fit(TEXT.splitlines(keepends=True), epochs=20, verbose=0).history["loss"]
    found["losses"] = np.array(losses)
    model.compile(sampler="greedy")
    found["after"] = model.generate(PROMPTS[0], max_length=30)
    return found


if __name__ == "__main__":
    assert keras.backend.backend() == "jax"
    Path(sys.argv[2]).write_bytes(pickle.dumps(answers(Path(sys.argv[1]))))
