"""Pictures of a detector: a series, the band that it was expected in, and the alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from zoo.datasets import dataset_named, load_dataset
from zoo.formats import Checkpoint
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline
from zoo.tasks.time_series_anomaly_detection.plots import draw_detection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["figures"]

# The longest series that shows every row.
_ROWS = 4_200


def figures(source: Checkpoint) -> Iterator[tuple[str, Figure]]:
    """Yield a picture of a detector and what it shows.

    Of a data set of the zoo it is the series with the most windows among those whose rows can all
    be seen; of any other, waves with one row that does not belong.

    Args:
        source: a verified checkpoint of a detector.

    Raises:
        DataError: the data is neither at hand nor reachable.
    """
    pipeline = AnomalyDetectionPipeline(source)
    dataset = source.info.dataset.name if source.info.dataset else ""
    title, windows = "Waves", np.zeros((0, 2), np.int64)
    if dataset_named(dataset) is None:
        series = np.sin(0.1 * np.arange(600.0)) + 5.0
        series[400] += 3.0
    else:
        data = load_dataset(dataset, "test")
        short = [index for index, item in enumerate(data.series) if len(item) <= _ROWS]
        chosen = max(short, key=lambda index: len(data.windows[index]))
        series, windows, title = data.series[chosen][:, 0], data.windows[chosen], data.names[chosen]
    detection = pipeline.detect(series)
    yield (
        "alarms",
        draw_detection(series, detection, pipeline.threshold, windows=windows, title=title),
    )
