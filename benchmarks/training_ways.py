"""A way to take training steps, in a process of its own: started by `benchmarks.training_steps`.

    python -m benchmarks.training_ways WAY ENTRY BATCHES

It answers lines of standard input, `[case, count]`, with JSON; see `zoo.benching.ways`.
Every way trains the network of the entry's recipe on the same batches: with its dropout, AdamW,
weight decay of all but biases, warm-up, clipping of the norm and moving average of the weights.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

START = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402  after the clock has started

from benchmarks.taken_steps import Fastest, serve_steps  # noqa: E402
from zoo.text.encoding import PAD, UNKNOWN  # noqa: E402

__all__ = ["RUN_STEPS", "WAYS"]

RUN_STEPS = 2000  # of the run whose learning rate is followed
Step = Callable[[np.ndarray, np.ndarray], float]  # token ids and targets to the loss


def zoo_step(recipe: Any) -> Step:
    """Return a step as `zoo.fitting.loop` takes it."""
    import keras

    from zoo.fitting.optimizer import optimizer_of
    from zoo.tasks.text_classification.training import _model

    keras.utils.set_random_seed(0)
    model = _model(recipe, recipe.vocabulary_size, [])
    model.compile(
        optimizer=optimizer_of(recipe, steps=RUN_STEPS),
        loss=keras.losses.CategoricalCrossentropy(label_smoothing=recipe.label_smoothing),
        metrics=[],
    )
    model.optimizer.build(model.trainable_variables)

    def step(ids: np.ndarray, targets: np.ndarray) -> float:
        features = {"token_ids": ids, "padding_mask": ids != PAD}
        return float(model.train_on_batch(features, targets, return_dict=True)["loss"])

    return step


def keras_step(recipe: Any) -> Step:
    """Return a step of the same network as Keras alone has it: its own layers and optimiser."""
    import keras

    spec = recipe.backbone
    kind = {
        "lstm": keras.layers.LSTM,
        "gru": keras.layers.GRU,
        "simple_rnn": keras.layers.SimpleRNN,
    }
    keras.utils.set_random_seed(0)
    tokens = keras.Input((None,), dtype="int32", name="token_ids")
    mask = keras.Input((None,), dtype="bool", name="padding_mask")
    from zoo.layers.pooling import SequencePooling
    from zoo.layers.word_dropout import WordDropout

    x = WordDropout(spec["word_dropout"], UNKNOWN, PAD)(tokens)
    x = keras.layers.Embedding(recipe.vocabulary_size, spec["embedding_dim"])(x)
    x = keras.layers.SpatialDropout1D(spec["embedding_dropout"])(x)
    layer = kind[spec["cell"]](spec["units"], return_sequences=True)
    if spec.get("bidirectional"):
        layer = keras.layers.Bidirectional(layer)
    x = SequencePooling(recipe.pooling)(layer(x, mask=mask), mask)
    x = keras.layers.Dropout(recipe.dropout)(x)
    outputs = keras.layers.Dense(len(recipe.labels), activation="softmax")(x)
    model = keras.Model({"token_ids": tokens, "padding_mask": mask}, outputs)
    optimizer = keras.optimizers.AdamW(
        _schedule(recipe),
        weight_decay=recipe.weight_decay,
        global_clipnorm=recipe.clipnorm,
        use_ema=True,
        ema_momentum=recipe.average_decay,
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model.compile(optimizer, "categorical_crossentropy")

    def step(ids: np.ndarray, targets: np.ndarray) -> float:
        features = {"token_ids": ids, "padding_mask": ids != PAD}
        return float(model.train_on_batch(features, targets, return_dict=True)["loss"])

    return step


def _schedule(recipe: Any) -> Any:
    from zoo.fitting.schedules import make_schedule

    return make_schedule(
        recipe.schedule,
        steps=RUN_STEPS,
        learning_rate=recipe.learning_rate,
        warmup=recipe.warmup,
        final_rate=recipe.final_rate,
    )


def torch_step(recipe: Any) -> Step:
    """Return a step of the same network and optimiser in native torch, at its fastest.

    The embedding's gradient is dense, as AdamW demands. Which is faster is tried: the sequences
    packed or as they are, and the optimiser fused or by lists of tensors.
    """
    import torch
    from torch import nn

    from benchmarks.torch_training import torch_step_of

    torch.manual_seed(0)
    spec = recipe.backbone
    kind = {"lstm": nn.LSTM, "gru": nn.GRU, "simple_rnn": nn.RNN}[spec["cell"]]
    width = spec["units"] * (2 if spec.get("bidirectional") else 1)

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(recipe.vocabulary_size, spec["embedding_dim"])
            self.dropped = nn.Dropout1d(spec["embedding_dropout"])
            self.layer = kind(
                spec["embedding_dim"],
                spec["units"],
                batch_first=True,
                bidirectional=spec.get("bidirectional", False),
            )
            self.dropout = nn.Dropout(recipe.dropout)
            self.logits = nn.Linear(width * len(recipe.pooling), len(recipe.labels))

        def forward(self, ids: Any, packed: bool) -> Any:
            inside = ids != PAD
            lengths = inside.sum(1)
            gone = torch.rand(ids.shape) < spec["word_dropout"]
            ids = torch.where(gone & inside, UNKNOWN, ids)
            x = self.embedding(ids)
            keep = self.dropped(torch.ones(x.shape[0], x.shape[2], 1))  # whole dimensions of a text
            x = x * keep[:, None, :, 0]
            if packed:
                x = nn.utils.rnn.pack_padded_sequence(
                    x, lengths, batch_first=True, enforce_sorted=False
                )
                x = nn.utils.rnn.pad_packed_sequence(self.layer(x)[0], batch_first=True)[0]
            else:
                x = self.layer(x)[0]
            inside = inside[..., None]
            pooled = {
                "mean": lambda: (x * inside).sum(1) / lengths[:, None],
                "max": lambda: x.masked_fill(~inside, -6e4).amax(1),
            }
            return self.logits(self.dropout(torch.cat([pooled[m]() for m in recipe.pooling], 1)))

    def made(packed: bool, fused: bool) -> Step:
        network = Network()

        def loss_of(ids: np.ndarray, targets: np.ndarray) -> Any:
            outputs = network(torch.from_numpy(ids), packed)
            return nn.functional.cross_entropy(outputs, torch.from_numpy(targets))

        return torch_step_of(network, recipe, loss_of, steps=RUN_STEPS * 100, fused=fused)

    tried = {
        (packed, fused): made(packed, fused) for packed in (False, True) for fused in (False, True)
    }
    return Fastest(tried)


# Each with what it takes of the environment.
WAYS: dict[str, tuple[Callable[[Any], Step], dict[str, str]]] = {
    "torch": (torch_step, {}),
    "torch, threads asleep": (torch_step, {"OMP_WAIT_POLICY": "PASSIVE"}),
    "zoo, TensorFlow": (zoo_step, {"KERAS_BACKEND": "tensorflow"}),
    "zoo, JAX": (zoo_step, {"KERAS_BACKEND": "jax"}),
    "plain Keras, TensorFlow": (keras_step, {"KERAS_BACKEND": "tensorflow"}),
    "plain Keras, JAX": (keras_step, {"KERAS_BACKEND": "jax"}),
}


def main() -> None:
    way, name, path = sys.argv[1:]

    def begin() -> tuple[Step, list[Any]]:
        from models import load_recipe

        with np.load(path) as arrays:
            batches = list(zip(arrays["ids"], arrays["targets"], strict=True))
        return WAYS[way][0](load_recipe(name)), batches

    serve_steps(START, begin)


if __name__ == "__main__":
    main()
