"""Weights rounded to whole numbers of 8 bits, and what that costs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec

from zoo.datasets import dataset_named, load_dataset
from zoo.errors import DataError, InputError
from zoo.evaluation import evaluate
from zoo.exporting.formats import Job
from zoo.graphs.rounding import ROUNDED_LSTM, round_graph
from zoo.hub.onnx_files import described, onnx_metadata
from zoo.pipelines import make_pipeline
from zoo.schema import Metric, short

__all__ = ["POINTS", "Rounded", "check_rounded", "round_weights"]

# The most that rounding may cost of the first figure.
POINTS = 0.3


class Rounded(msgspec.Struct, frozen=True, kw_only=True):
    """What rounding the weights cost.

    Attributes:
        split: what the figures were measured on.
        before: the figures before.
        after: the figures after; none of either where the data is not at hand.
        runtime: whether the file needs ONNX Runtime, for operators of its own.
    """

    split: str = "test"
    before: tuple[Metric, ...] = ()
    after: tuple[Metric, ...] = ()
    runtime: bool = False

    @property
    def pairs(self) -> list[tuple[Metric, Metric]]:
        """Figures before and after, of one name each."""
        return list(zip(self.before, self.after, strict=True))


def round_weights(job: Job) -> Job:
    """Return a job whose graphs have their weights rounded.

    Args:
        job: what is exported.

    Raises:
        InputError: the task's weights are not to be rounded.
    """
    if reason := job.how.exact(job.source):
        raise InputError(
            f"Expected quantize=None with a model of the task {job.source.info.task}: "
            f"{reason}. Received: 'int8'"
        )
    metadata = {**onnx_metadata(job.source), "quantize": "int8"}
    graphs = {
        name: described(
            file.name,
            round_graph(file.content),
            {tensor.name: tensor.meaning for tensor in (*file.inputs, *file.outputs)},
            metadata,
        )
        for name, file in job.graphs.items()
    }
    source = dataclasses.replace(
        job.source, graphs={file.name: file.content for file in graphs.values()}
    )
    rounded = dataclasses.replace(job, source=source)
    rounded.__dict__["graphs"] = graphs
    return rounded


def check_rounded(
    job: Job,
    force: bool,
    progress: Callable[[str, int, int], None] | None = None,
    data: Any = None,
) -> Rounded:
    """Measure what rounding the weights costs, on the official test split.

    Args:
        job: what `round_weights` returned.
        force: whether it may cost more than it should, or remain unknown.
        progress: called with what is being done, how much is done, and how much there is.
        data: the test split, where it was read already.

    Raises:
        InputError: it costs too much, or the data is not at hand, and `force` is False.
    """
    info = job.source.info
    runtime = any(ROUNDED_LSTM.encode() in content for content in job.source.graphs.values())
    data = _test_split(job) if data is None else data
    if data is None:
        if force:
            return Rounded(runtime=runtime)
        raise InputError(
            "Expected the test split of the data that the model was trained on, to measure what "
            f"rounding its weights costs. Received: {info.name}, whose data "
            f"{info.dataset.name if info.dataset else 'it does not name'} is not at hand. Fetch it "
            "with zoo evaluate, or pass force=True (--force) to do without"
        )
    figures = []
    for what, graphs in (("before", {}), ("after", job.source.graphs)):
        job.tell(f"Scoring {info.name} on the test split, {what} its weights were rounded")
        pipeline = make_pipeline(dataclasses.replace(job.source, graphs=graphs))
        figures.append(evaluate(pipeline, data, progress=_named(progress, what)))
    before, after = figures
    lost = (before[0].value - after[0].value) / job.how.point(job.source)
    # Written so that NaN fails.
    if not lost <= POINTS and not force:
        raise InputError(
            f"Expected weights that can be rounded at a loss of at most {POINTS} points of "
            f"{before[0].name}. Received: {info.name}, which goes from {short(before[0].value)} "
            f"to {short(after[0].value)}. Pass force=True (--force) to take that"
        )
    return Rounded(before=before, after=after, runtime=runtime)


def _named(
    progress: Callable[[str, int, int], None] | None, when: str
) -> Callable[[str, int, int], None] | None:
    if progress is None:
        return None
    return lambda what, done, total: progress(f"{what} {when}", done, total)


def _test_split(job: Job) -> Any:
    """Return the official test split, or None where it is not at hand: nothing is fetched."""
    dataset = job.source.info.dataset
    if dataset is None or dataset_named(dataset.name) is None:
        return None
    try:
        return load_dataset(dataset.name, "test", download=False)
    except (DataError, InputError, ImportError):
        return None
