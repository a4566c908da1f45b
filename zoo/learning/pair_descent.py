"""Learning to answer texts with texts, by gradient descent with teacher forcing."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from zoo.datasets import dataset_named, load_dataset
from zoo.fitting.building import build_task
from zoo.fitting.optimizer import optimizer_of
from zoo.fitting.starts import draw_starts
from zoo.learning.descent import Descent
from zoo.learning.pairs import prepare_pairs
from zoo.pairs.batches import Pairs, SmoothedCrossEntropy
from zoo.schema import DataSource
from zoo.specs import ArgumentSpec, NetworkSpec, make_spec

__all__ = ["new_pair_model", "pair_descent", "read_parts"]

Part = TypeVar("Part")


def read_parts(
    recipe: Any, make: Callable[[list[str], list[str]], Part]
) -> tuple[dict[str, Part], tuple[DataSource, ...]]:
    """Return the training and the validation part of a recipe, and where they come from.

    Args:
        recipe: the recipe; its data set is one of the zoo's, or a table of a user's own.
        make: makes a part of the texts of such a table and what is to be written of each.

    Raises:
        DataError: the data cannot be read.
    """
    if dataset_named(recipe.dataset) is not None:
        return {split: load_dataset(recipe.dataset, split) for split in ("train", "validation")}, ()
    own = prepare_pairs(
        recipe.dataset, text_column=recipe.text_column, target_column=recipe.label_column
    )
    return {"train": make(*own.train), "validation": make(*own.validation)}, own.sources


def new_pair_model(
    recipe: Any, kind: type[NetworkSpec], head: ArgumentSpec, tokenizers: Sequence[Any]
) -> Any:
    """Return the encoder-decoder of a recipe with the weights that it starts from.

    Args:
        recipe: the recipe.
        kind: of the arguments of its network.
        head: arguments of the task.
        tokenizers: those of the source and of the target.
    """
    spec = make_spec(
        kind,
        source_vocabulary_size=tokenizers[0].get_vocab_size(),
        vocabulary_size=tokenizers[1].get_vocab_size(),
        **recipe.backbone,
    )
    model = build_task(recipe.task, spec, head, precision=recipe.precision)
    draw_starts(
        model,
        kernel_start=recipe.kernel_start,
        recurrent_start=recipe.recurrent_start,
        seed=recipe.seed,
    )
    return model


def pair_descent(
    model: Any, examples: Pairs, settings: Any, *, smoothing: float, **more: Any
) -> Descent:
    """Return what trains an encoder-decoder on pairs, compiled for it.

    Args:
        model: the model, which reads token ids.
        examples: token ids of the training pairs.
        settings: the recipe, or how a model is tuned.
        smoothing: share of a target that is spread over all tokens.
        **more: what else a `Descent` takes.
    """
    steps = -(-len(examples.sources) // settings.batch_size) * settings.epochs
    model.compile(
        optimizer=optimizer_of(settings, steps=steps),
        loss=SmoothedCrossEntropy(smoothing),
        weighted_metrics=[],
        sampler="greedy",
    )
    return Descent(model=model, examples=lambda epoch: examples, settings=settings, **more)
