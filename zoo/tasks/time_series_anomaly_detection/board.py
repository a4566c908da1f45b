"""Pictures of a detector: a series, the band that it was expected in, and the alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.series.examples import WatchedDataset
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline
from zoo.tasks.time_series_anomaly_detection.plots import draw_one_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures"]


def figures(source: Checkpoint) -> Iterator[tuple[str, Figure]]:
    """Yield a picture of a detector and what it shows.

    Of a data set of the zoo it is a series with many windows; of any other, waves with one row
    that does not belong.

    Args:
        source: a verified checkpoint of a detector.

    Raises:
        DataError: the data is neither at hand nor reachable.
    """
    pipeline = AnomalyDetectionPipeline(source)
    dataset = source.info.dataset.name if source.info.dataset else ""
    if dataset_named(dataset) is None:
        series = np.sin(0.1 * np.arange(600.0)) + 5.0
        series[400] += 3.0
        data = WatchedDataset([series[:, None]])
    else:
        data = load_dataset(dataset, "test")
    yield "alarms", draw_one_of(pipeline, data)
