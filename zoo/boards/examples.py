"""What a checkpoint's network does with fixed examples, as pictures and histograms."""

from __future__ import annotations

from zoo import registry
from zoo.boards.record import Board
from zoo.datasets import DataSet, dataset_named
from zoo.formats import Checkpoint
from zoo.schema import ModelInfo
from zoo.task import task_of

__all__ = ["write_examples"]


def write_examples(board: Board, loaded: Checkpoint) -> None:
    """Write pictures, histograms and embeddings of a checkpoint's network.

    Args:
        board: where to.
        loaded: a verified checkpoint.
    """
    task_of(loaded.info).board(board, loaded, _dataset(loaded.info))


def _dataset(info: ModelInfo) -> DataSet | None:
    """Return the data set that a model was trained on first, if it is one of the zoo."""
    dataset = info.dataset
    if dataset is None and info.base_model and info.base_model.name in registry.list_models():
        dataset = registry.info(info.base_model.name).dataset
    return dataset_named(dataset.name) if dataset else None
