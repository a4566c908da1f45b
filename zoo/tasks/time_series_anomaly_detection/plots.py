"""Pictures of detectors: the series, the band that it was expected in, and the alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from zoo.series.examples import WatchedDataset
from zoo.series.plots import date_axis, draw_rows
from zoo.tasks.time_series_anomaly_detection.network import Detection

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline

__all__ = ["draw_detection", "draw_one_of"]

# The longest series that is drawn to show what a detector does.
_LONGEST = 4_200


def draw_detection(
    series: np.ndarray,
    detection: Detection,
    threshold: float,
    *,
    dates: np.ndarray | None = None,
    windows: Any = (),
    title: str = "",
) -> Figure:
    """Draw a series in the band that it was expected in, with its alarms, and the scores below.

    Args:
        series: float array of shape (time,).
        detection: what a pipeline's `detect` returned of it.
        threshold: score from which on a row is an alarm.
        dates: datetime64 array of shape (time,), where rows have dates.
        windows: first and last row of what was labelled, where anything was.
        title: what stands above.

    Example:
        >>> import zoo
        >>> series = np.sin(0.1 * np.arange(300.0))
        >>> pipeline = zoo.pipeline("gru-nab")
        >>> figure = draw_detection(series, pipeline.detect(series), pipeline.threshold)
    """
    from matplotlib.figure import Figure

    x = np.arange(len(series)) if dates is None else dates
    figure = Figure(figsize=(9, 4.5), layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    low, high = _drawn_band(series, detection)
    draw_rows(top, x, series, color="C0", label="series")
    draw_rows(top, x, low, high, color="C1", alpha=0.35, label="expected, 95 %", zorder=0)
    for first, last in windows:
        for axes in (top, bottom):
            axes.axvspan(x[first], x[last], color="C2", alpha=0.15, linewidth=0)
    alarms = np.flatnonzero(detection.alarms)
    top.plot(x[alarms], series[alarms], "v", color="C3", markersize=7, label="alarm")
    top.set_title(title.replace("$", r"\$"))
    top.legend(loc="upper right", ncols=3)
    draw_rows(bottom, x, detection.scores, color="C3")
    bottom.axhline(threshold, color="black", linewidth=0.6, linestyle="--")
    bottom.set(ylim=(0, 1.02), ylabel="score", xlabel="row" if dates is None else "")
    if dates is not None:
        date_axis(bottom)
    for axes in (top, bottom):
        axes.grid(alpha=0.3)
    return figure


def draw_one_of(pipeline: AnomalyDetectionPipeline, data: WatchedDataset) -> Figure:
    """Draw what a detector makes of one series of several.

    It is the one with the most labelled windows, and of those the most rows, among those whose
    rows can all be seen; where all are longer, the beginning of the first.

    Args:
        pipeline: the detector.
        data: series, at least one.
    """
    windows = data.windows or [np.zeros((0, 2), np.int64)] * len(data)
    whole = [index for index, item in enumerate(data.series) if len(item) <= _LONGEST]
    chosen = max(whole, key=lambda index: (len(windows[index]), len(data.series[index])), default=0)
    series = data.series[chosen][:_LONGEST, 0]
    return draw_detection(
        series,
        pipeline.detect(series),
        pipeline.threshold,
        windows=[span for span in windows[chosen] if span[1] < len(series)],
        title=data.names[chosen] if data.names else "",
    )


def _drawn_band(series: np.ndarray, detection: Detection) -> tuple[np.ndarray, np.ndarray]:
    """Return the band as far as it does not hide the series."""
    lowest, highest = float(series.min()), float(series.max())
    margin = 0.15 * (highest - lowest) or 1.0
    return (
        np.clip(detection.low, lowest - margin, highest + margin),
        np.clip(detection.high, lowest - margin, highest + margin),
    )
