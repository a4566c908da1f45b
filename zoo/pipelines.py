"""Pipelines: answers from a checkpoint, without importing Keras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zoo import registry
from zoo.common.counts import whole
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.interfaces import Pipeline
from zoo.task import task_of

__all__ = ["make_pipeline", "pipeline"]


def pipeline(
    name: str | Path,
    *,
    source: str | None = None,
    revision: str | None = None,
    threads: int | None = None,
    engine: str | None = None,
    **network: Any,
) -> Pipeline:
    """Make a pipeline from a checkpoint: raw input in, answers out, no Keras.

    Args:
        name: an entry's name, a checkpoint directory, or `"hf://user/repo"` for a repository of
            the Hugging Face Hub.
        source: `"hub"` for the published copy of an entry; None for the one that comes with the
            package.
        revision: branch, tag or commit on the Hub, as for `zoo.load`.
        threads: batches of texts computed side by side; None means one for every core.
        engine: what computes: `"onnxruntime"`, the usual one, or `"openvino"`, which answers the
            same to 1e-5, large batches sooner on some processors, and takes seconds to begin; it
            needs `pip install openvino`. Models of numeric series have no choice.
        **network: arguments of the network on which no weight depends, as for `zoo.load`.

    Returns:
        What answers in the form of the checkpoint's task: the pipeline of the module `pipeline`
        of the task's folder in `zoo.tasks`.

    Raises:
        UnknownModelError: there is no such entry or directory, or it is not published.
        CheckpointError: the checkpoint is damaged or tampered with.
        HubError: the Hub cannot be reached, or does not have it.
        InputError: `threads` or `engine` is none that there is, or the engine is not installed.

    Example:
        >>> import zoo
        >>> classify = zoo.pipeline("lstm-imdb")
        >>> [answer["label"] for answer in classify(["A moving film.", "A dull one."])]
        ['positive', 'negative']
    """
    count = whole(threads)
    if threads is not None and (count is None or count < 1):
        raise InputError(f"Expected threads=None, or at least 1. Received: {shown(threads)}")
    loaded = registry.read(name, source=source, revision=revision).with_network(network)
    return make_pipeline(loaded, count, engine)


def make_pipeline(
    loaded: Checkpoint, threads: int | None = None, engine: str | None = None
) -> Pipeline:
    """Do what `pipeline` does for a checkpoint that was read.

    Args:
        loaded: a verified checkpoint.
        threads: batches computed side by side; None means one for every core.
        engine: what computes; None for the usual.
    """
    task = task_of(loaded.info)
    if engine is not None and engine not in task.engines:
        expected = " or ".join(map(repr, task.engines)) or "None, for its models have no choice"
        raise InputError(
            f"Expected for the engine of {shown(loaded.info.name)}: {expected}. "
            f"Received: {shown(engine)}"
        )
    made: Pipeline = task.pipeline(loaded, threads, engine)
    return made
