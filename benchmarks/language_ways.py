"""A way to train a language model, in a process of its own: started by `language_training`.

    python -m benchmarks.language_ways WAY ENTRY TOKENS

It answers lines of standard input, `[case, count]`, with JSON; see `zoo.benching.ways`. Every way
trains the network of the entry's recipe on the same pieces of text, made into batches as it goes:
with the state carried on, dropout in the same places, dropped recurrent weights, AdamW with weight
decay of all but biases, warm-up, clipping of the norm and moving average of the weights. One way
trains nothing: it multiplies matrices, which is the most that a machine can do.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

START = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402  after the clock has started

from benchmarks.taken_steps import Fastest, serve_steps  # noqa: E402
from zoo.fitting.streams import Streams  # noqa: E402
from zoo.text.language import END  # noqa: E402

__all__ = ["EXACT", "LIMIT", "SAMPLED", "SIZE", "TORCH", "WAYS", "streams_of"]

RUN_STEPS = 200_000  # of the run whose learning rate is followed
SIZE = 1_024  # rows and columns of the matrices that are multiplied
TORCH, EXACT, SAMPLED = "torch", "zoo, all words", "zoo, sampled words"
LIMIT = "products of matrices"
Step = Callable[[int], float]  # the number of a piece to its loss


def streams_of(recipe: Any, tokens: np.ndarray) -> Streams:
    """Return what the first epoch of a recipe reads."""
    return Streams(tokens, recipe.batch_size, recipe.bptt_steps, END)


def zoo_step(recipe: Any, tokens: np.ndarray, sampled: bool) -> Step:
    """Return a step as `zoo.fitting.loop` takes it, of the learner that the recipe makes."""
    from zoo.tasks.text_generation.training import learn

    recipe = replace(recipe, sampled_epochs=recipe.epochs if sampled else 0)
    learner = learn(recipe, entry=lambda name: None, tell=lambda message: None)
    model, drawn = learner.model, learner.examples(0)
    model.optimizer.build(model.trainable_variables)

    def step(piece: int) -> float:
        batch = drawn.batch(np.array([piece]))
        return float(model.train_on_batch(*batch, return_dict=True)["loss"])

    return step


def torch_step(recipe: Any, tokens: np.ndarray) -> Step:
    """Return a step of the same network and optimiser in native torch, at its fastest.

    Which is faster is tried: its layers by oneDNN or by its own code, and the optimiser fused or by
    lists of tensors.
    """
    import torch
    from torch import nn
    from torch.func import functional_call

    from benchmarks.torch_training import torch_step_of

    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    spec, streams = recipe.backbone, streams_of(recipe, tokens)
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}[spec["cell"]]
    vocabulary, width, units = int(tokens.max()) + 1, spec["embedding_dim"], spec["units"]

    def dropped(x: Any, share: float) -> Any:
        """Drop whole dimensions of a stream, the same at every step."""
        return x * nn.functional.dropout(torch.ones(1, *x.shape[1:]), share)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width)
            nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
            self.layers = nn.ModuleList(
                kind(units if index else width, units) for index in range(spec["num_layers"])
            )
            narrows = recipe.tied and units != width
            self.projection = nn.Linear(units, width, bias=False) if narrows else None
            self.logits = nn.Linear(width if recipe.tied else units, vocabulary)
            if recipe.tied:
                self.logits.weight = self.embedding.weight

        def forward(self, ids: Any, states: list[Any]) -> tuple[Any, list[Any]]:
            x, after = dropped(self.embedding(ids), spec["embedding_dropout"]), []
            for index, (layer, state) in enumerate(zip(self.layers, states, strict=True)):
                x = dropped(x, spec["layer_dropout"]) if index else x
                kernel = nn.functional.dropout(layer.weight_hh_l0, recipe.weight_drop)
                x, state = functional_call(layer, {"weight_hh_l0": kernel}, (x, state))
                after.append(state)
            x = dropped(x, recipe.dropout)
            return self.logits(x if self.projection is None else self.projection(x)), after

    def made(by_onednn: bool, fused: bool) -> Callable[[int], float]:
        network = Network()
        zeros = torch.zeros(1, recipe.batch_size, units)
        begun = (zeros, zeros) if spec["cell"] == "lstm" else zeros
        states = [begun] * spec["num_layers"]

        def carried(state: Any, kept: Any) -> Any:
            if isinstance(state, tuple):
                return tuple(carried(part, kept) for part in state)
            return state.detach() * kept

        def loss_of(piece: int) -> Any:
            torch.backends.mkldnn.enabled = by_onednn
            features, targets, weights = streams.batch(np.array([piece]))
            ids = torch.from_numpy(np.ascontiguousarray(features["token_ids"].T))
            kept = torch.from_numpy(features["goes_on"])[None, :, None]
            logits, states[:] = network(ids, [carried(state, kept) for state in states])
            follow = torch.from_numpy(np.ascontiguousarray(targets.T).astype(np.int64))
            losses = nn.functional.cross_entropy(
                logits.flatten(0, 1), follow.flatten(), reduction="none"
            )
            counts = torch.from_numpy(np.ascontiguousarray(weights.T)).flatten()
            return (losses * counts).sum() / counts.sum()

        return torch_step_of(network, recipe, loss_of, steps=RUN_STEPS, fused=fused)

    return Fastest(
        {
            (by_onednn, fused): made(by_onednn, fused)
            for by_onednn in (False, True)
            for fused in (False, True)
        }
    )


def product_step(recipe: Any, tokens: np.ndarray) -> Step:
    """Return a product of large matrices of single precision, by the fastest library."""
    one, other = np.random.default_rng(0).normal(size=(2, SIZE, SIZE)).astype(np.float32)
    tried: dict[str, Step] = {"NumPy": lambda piece: float((one @ other)[0, 0])}
    with contextlib.suppress(ImportError):
        import tensorflow as tf

        by_tensorflow = tf.constant(one), tf.constant(other)
        tried["TensorFlow"] = lambda piece: float(tf.matmul(*by_tensorflow)[0, 0])
    with contextlib.suppress(ImportError):
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
        by_torch = torch.from_numpy(one), torch.from_numpy(other)
        tried["torch"] = lambda piece: float(torch.matmul(*by_torch)[0, 0])
    return Fastest(tried)


# Each with what it takes of the environment.
WAYS: dict[str, tuple[Callable[[Any, np.ndarray], Step], dict[str, str]]] = {
    TORCH: (torch_step, {}),
    EXACT: (partial(zoo_step, sampled=False), {"KERAS_BACKEND": "tensorflow"}),
    SAMPLED: (partial(zoo_step, sampled=True), {"KERAS_BACKEND": "tensorflow"}),
    LIMIT: (product_step, {}),
}


def main() -> None:
    way, name, path = sys.argv[1:]

    def begin() -> tuple[Step, list[Any]]:
        from models import load_recipe

        recipe, tokens = load_recipe(name), np.load(path)
        pieces = streams_of(recipe, tokens).pieces
        return WAYS[way][0](recipe, tokens), [(piece,) for piece in range(pieces)]

    serve_steps(START, begin)


if __name__ == "__main__":
    main()
