"""A way to train or to ask a network of series, in a process of its own; see `benchmarks.series`.

    python -m benchmarks.series_ways training|inference WAY ENTRY BATCHES

It answers lines of standard input, `[case, count]`, with JSON; see `zoo.benching.ways`. Every way
trains the network of the entry's recipe on the same batches, with its dropout, loss, optimiser,
clipping and averaging; or answers the same series with the entry's weights.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

START = time.perf_counter()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np  # noqa: E402  after the clock has started

from benchmarks.taken_steps import Fastest, Step, serve_steps  # noqa: E402

__all__ = ["WAYS", "learner_of"]

RUN_STEPS = 200_000  # of the run whose learning rate is followed: far from its end


def learner_of(recipe: Any) -> Any:
    """Return what trains an entry by its recipe, as `python -m training.train` does."""
    from zoo.task import task_named

    if getattr(recipe, "synthetic", 0):
        # Half of what it reads; the batches are drawn elsewhere.
        recipe = replace(recipe, synthetic=8)
    task = task_named(recipe.task)
    assert task is not None
    return task.learn(recipe, entry=lambda name: None, tell=lambda message: None, data=None)


def zoo_training(recipe: Any) -> Step:
    """Return a step as `zoo.fitting.loop` takes it."""
    model = learner_of(recipe).model
    model.optimizer.build(model.trainable_variables)

    def step(series: np.ndarray, mask: np.ndarray, *rest: np.ndarray) -> float:
        features = {"series": series, "padding_mask": mask}
        return float(model.train_on_batch(features, *rest, return_dict=True)["loss"])

    return step


def torch_training(recipe: Any) -> Step:
    """Return a step in native torch, at its fastest of some ways to compute the same."""
    import torch
    from torch.nn import functional

    from benchmarks.series_torch import Classifier, Detector, SegRNN
    from benchmarks.torch_training import torch_step_of
    from zoo import registry

    torch.manual_seed(0)
    source: Any = registry.read(recipe.name)
    spec, head = source.backbone, source.head
    given = torch.from_numpy

    def forecaster(by_layer: bool) -> tuple[Any, Callable[..., Any]]:
        from zoo.tasks.time_series_forecasting.windows import step_weights

        network = SegRNN(spec, head, by_layer=by_layer)
        network.scale.copy_(given(source.tensors["scaling/scale"].astype(np.float32)))
        weights = given(step_weights(recipe.horizons))[:, None]
        levels = torch.tensor(head.quantiles or (0.5,))
        middle = levels == 0.5
        shares = torch.where(middle, 1.0, 1.0 / max(1, int((~middle).sum())))

        def loss_of(series: np.ndarray, mask: np.ndarray, targets: np.ndarray) -> Any:
            truth = given(targets)
            known = ~truth.isnan()
            counted = known * weights
            away = truth.where(known, 0.0)[..., None] - network(given(series))
            away = away / network.scale[:, None]
            errors = 2 * torch.maximum(levels * away, (levels - 1) * away)
            total = ((errors * shares).sum(-1) * counted).sum((1, 2))
            return (total / counted.sum((1, 2)).clamp_min(1e-9)).mean()

        return network, loss_of

    def classifier(_: bool) -> tuple[Any, Callable[..., Any]]:
        network = Classifier(spec, head)
        network.load(source.tensors)
        mean, scale = (
            given(source.tensors[f"scaling/{part}"].astype(np.float32))
            for part in ("mean", "scale")
        )

        def loss_of(series: np.ndarray, mask: np.ndarray, targets: np.ndarray) -> Any:
            logits = network((given(series) - mean) / scale, given(mask))
            return functional.cross_entropy(
                logits, given(targets), label_smoothing=recipe.label_smoothing
            )

        return network, loss_of

    def detector(_: bool) -> tuple[Any, Callable[..., Any]]:
        network = Detector(spec, head)

        def loss_of(series: np.ndarray, mask: Any, targets: np.ndarray, weights: np.ndarray) -> Any:
            logits, places, widths = network(given(series))[0].chunk(3, -1)
            widths = widths.clamp(-4.5, 3.0)
            z = (given(targets)[..., None] - 0.3 * places) / widths.exp()
            found = logits.log_softmax(-1) - 0.5 * z.square() - widths - 0.5 * np.log(2 * np.pi)
            return (-found.logsumexp(-1) * given(weights)).mean()

        return network, loss_of

    make, kinds = {
        "time-series-forecasting": (forecaster, (False, True)),
        "time-series-classification": (classifier, (False,)),
        "time-series-anomaly-detection": (detector, (False,)),
    }[recipe.task]
    tried = {}
    for kind in kinds:
        for fused in (False, True):
            network, loss_of = make(kind)
            tried[kind, fused] = torch_step_of(
                network.train(), recipe, loss_of, steps=RUN_STEPS, fused=fused
            )
    return Fastest(tried)


def zoo_inference(recipe: Any) -> Step:
    """Return what answers through the pipeline; rows of a stream through its session."""
    import zoo

    pipeline: Any = zoo.pipeline(recipe.name)
    names = {"time-series-forecasting": "predict", "time-series-classification": "predict_proba"}
    answer = getattr(pipeline, names.get(recipe.task, "__call__"))
    session = None if recipe.task != "time-series-anomaly-detection" else pipeline.session()

    def step(series: np.ndarray) -> Any:
        if series.ndim == 1:
            assert session is not None
            return [session.step(value) for value in series.tolist()]
        return answer(list(series))

    return step


def torch_inference(recipe: Any) -> Step:
    """Return what answers through native torch, with the entry's weights."""
    import torch

    from benchmarks.series_torch import Classifier, Detector, SegRNN
    from zoo import registry

    source: Any = registry.read(recipe.name)
    spec, head, tensors = source.backbone, source.head, source.tensors
    mean, scale = (tensors[f"scaling/{part}"].astype(np.float64) for part in ("mean", "scale"))

    def forecaster(by_layer: bool) -> Step:
        network = SegRNN(spec, head, by_layer=by_layer).load(tensors).eval()

        @torch.inference_mode()
        def answer(series: np.ndarray) -> np.ndarray:
            last = series[:, -1:]
            found = network(torch.from_numpy((series - last).astype(np.float32)))
            return found[..., network.middle].numpy().astype(np.float64) + last

        return answer

    def classifier(_: bool) -> Step:
        network = Classifier(spec, head).load(tensors).eval()

        @torch.inference_mode()
        def answer(series: np.ndarray) -> np.ndarray:
            scaled = torch.from_numpy(((series - mean) / scale).astype(np.float32))
            mask = torch.ones(series.shape[:2], dtype=torch.bool)
            return network(scaled, mask).softmax(-1).numpy()

        return answer

    def detector(_: bool) -> Step:
        from zoo.tasks.time_series_anomaly_detection.network import Scorer
        from zoo.tasks.time_series_anomaly_detection.rows import read_rows, scored
        from zoo.tasks.time_series_anomaly_detection.scaling import SCALING_SIZE, read_on
        from zoo.tasks.time_series_anomaly_detection.surprise import SURPRISE_SIZE

        network = Detector(spec, head).load(tensors).eval()
        scorer, state = Scorer(head), None
        scaling: Any = (0.0,) * SCALING_SIZE
        surprise: Any = (0.0,) * SURPRISE_SIZE
        forecast, recent, number = (0.0,) * head.outputs, [0.0] * head.hold, 0

        @torch.inference_mode()
        def answer(series: np.ndarray) -> Any:
            if series.ndim == 1:
                return [row(value) for value in series.tolist()]
            read = np.stack([read_rows(item[:, 0], head)[0] for item in series])
            found = network(torch.from_numpy(read.astype(np.float32)))[0].numpy()
            return [
                scored(item[:, 0], forecasts, head)
                for item, forecasts in zip(series, found, strict=True)
            ]

        def row(value: float) -> float:
            nonlocal state, scaling, surprise, forecast, number
            score, surprise = scorer.row(number, value, forecast, scaling, surprise, recent)
            (read,), (_, scaling) = read_on([value], scaling, number, head.scaling_rows)
            outputs, state = network(torch.tensor([[read]]), state)
            forecast, number = outputs[0, 0].tolist(), number + 1
            return score

        return answer

    make, kinds = {
        "time-series-forecasting": (forecaster, (False, True)),
        "time-series-classification": (classifier, (False,)),
        "time-series-anomaly-detection": (detector, (False,)),
    }[recipe.task]
    tried = {kind: make(kind) for kind in kinds}
    return Fastest(tried) if len(tried) > 1 else tried[kinds[0]]


# Each with what it takes of the environment.
WAYS: dict[str, dict[str, tuple[Callable[[Any], Step], dict[str, str]]]] = {
    "training": {
        "torch": (torch_training, {}),
        "torch, threads asleep": (torch_training, {"OMP_WAIT_POLICY": "PASSIVE"}),
        "zoo, TensorFlow": (zoo_training, {"KERAS_BACKEND": "tensorflow"}),
        "zoo, JAX": (zoo_training, {"KERAS_BACKEND": "jax"}),
    },
    "inference": {
        "torch": (torch_inference, {}),
        "torch, threads asleep": (torch_inference, {"OMP_WAIT_POLICY": "PASSIVE"}),
        "zoo": (zoo_inference, {}),
    },
}


def main() -> None:
    kind, way, name, path = sys.argv[1:]

    def begin() -> tuple[Step, list[Any]]:
        from models import load_recipe

        with np.load(path) as arrays:
            batches = list(zip(*(arrays[each] for each in arrays.files), strict=True))
        return WAYS[kind][way][0](load_recipe(name)), batches

    serve_steps(START, begin)


if __name__ == "__main__":
    main()
