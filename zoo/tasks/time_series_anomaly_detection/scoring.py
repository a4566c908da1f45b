"""How a detector is scored: by the windows that its alarms find, and by its forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from zoo.common.counts import counted
from zoo.errors import InputError
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.series.arrays import check_series
from zoo.series.examples import WatchedDataset
from zoo.series.scoring import long_tables_of, series_reading_of
from zoo.series.sources import read_source
from zoo.statistics import bootstrap, figure
from zoo.tasks.time_series_anomaly_detection.network import BAND
from zoo.tasks.time_series_anomaly_detection.pipeline import AnomalyDetectionPipeline
from zoo.tasks.time_series_anomaly_detection.scaling import check_sizes
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.surprise import LEAST
from zoo.tasks.time_series_anomaly_detection.together import (
    Mixtures,
    ReadRows,
    Scored,
    both_tails,
    scored_together,
)
from zoo.tasks.time_series_anomaly_detection.windows import PROFILES, sweep

__all__ = ["METRICS", "densities", "evaluate", "read"]

METRICS = {
    "standard": "nab_score",
    "reward_low_FP_rate": "nab_low_fp",
    "reward_low_FN_rate": "nab_low_fn",
}
# Neighbouring rows are alike: what is drawn anew for an interval are stretches of so many.
_STRETCH = 100
_LOG_ROOT = 0.5 * np.log(2 * np.pi)


def read(model: AnomalyDetectionPipeline, data: Any, how: Scoring) -> WatchedDataset:
    """Return series of a user's own, in which nobody has labelled anything.

    Args:
        model: the pipeline.
        data: a file of a series, a folder of them, or arrays.
        how: its options say how tables are to be read.
    """
    source = read_source(
        data,
        classes=False,
        channels=1,
        reading=series_reading_of(how.options, model.info),
        long=long_tables_of(how.options, classes=False),
    )
    return WatchedDataset(source.series)


def evaluate(
    model: AnomalyDetectionPipeline, data: WatchedDataset, how: Scoring
) -> tuple[Metric, ...]:
    """Return the figures of a detector.

    Where windows are labelled these are the scores of the Numenta Anomaly Benchmark in its three
    profiles, all at the detector's own threshold. In any case how improbable the values were by
    their forecasts, and the share of them within their bands.

    Args:
        model: the pipeline.
        data: series, with labelled windows where there are any.
        how: the split, and who is told of the progress.

    Raises:
        InputError: a series has several channels, or none has three rows.
    """
    series, _ = check_series(data.series, 1)
    check_sizes(series)
    rows = [item[:, 0] for item in series]
    found = dict[int, Scored]()
    for index, scored in scored_together(model.model, rows):
        found[index] = scored
        how.advance("series", len(found), len(rows))
    reads, scores, forecasts = zip(
        *((one.read, one.scores, one.forecasts) for _, one in sorted(found.items())), strict=True
    )
    metrics = []
    if data.windows is not None and any(len(item) > 0 for item in data.windows):
        metrics += _window_metrics(scores, data.windows, model.threshold, how)
    judged = [_standardized(*pair) for pair in zip(reads, forecasts, strict=True)]
    logs, inside = [_logs(*item) for item in judged], [_inside(*item) for item in judged]
    if not sum(len(part) for part in logs):
        raise InputError("Expected a series of at least 2 rows to score. Received: none")
    for name, parts in (("nll", [-part for part in logs]), (f"coverage_{BAND:.0%}"[:-1], inside)):
        metrics.append(_stretch_metric(name, how.split, parts))
    if how.show is not None:
        from zoo.tasks.time_series_anomaly_detection.plots import draw_one_of

        how.show("alarms", draw_one_of(model, data))
    if how.tell is not None:
        alarms = sum(int((item >= model.threshold).sum()) for item in scores)
        total = sum(map(len, scores))
        how.tell(
            f"{counted(alarms, 'alarm')} in {total:,} rows at the threshold {model.threshold:g}\n"
        )
    return tuple(metrics)


def _window_metrics(
    scores: Sequence[np.ndarray],
    windows: Sequence[np.ndarray],
    threshold: float,
    how: Scoring,
) -> list[Metric]:
    metrics = []
    spans = [[(int(first), int(last)) for first, last in item] for item in windows]
    for name, profile in PROFILES.items():
        whole = sweep(scores, spans, profile)
        parts = [sweep([item], [own], profile) for item, own in zip(scores, spans, strict=True)]
        raw = np.array([part.at(threshold).raw for part in parts])
        count = np.array([part.windows for part in parts])
        null, best = -profile.miss * count, profile.hit * count

        def score(rows: Any, raw: Any = raw, null: Any = null, best: Any = best) -> float:
            span = float(best[rows].sum() - null[rows].sum())
            return 100.0 * float(raw[rows].sum() - null[rows].sum()) / span if span else 0.0

        value = whole.normalized(whole.at(threshold).raw)
        ends = bootstrap(score, len(raw))
        metrics.append(figure(METRICS[name], how.split, value, ends, len(raw)))
        if how.tell is not None and name == "standard":
            at = whole.at(threshold)
            how.tell(
                f"{at.hits:,} alarms in windows, {at.false_alarms:,} outside; the best threshold "
                f"of these series would be {whole.best:.4f} and score "
                f"{whole.normalized(whole.at(whole.best).raw):.2f}\n"
            )
    return metrics


def _stretch_metric(name: str, split: str, parts: Sequence[np.ndarray]) -> Metric:
    """Return the mean over all rows, its interval by stretches of rows."""
    stretches = [
        item[start : start + _STRETCH] for item in parts for start in range(0, len(item), _STRETCH)
    ]
    sums = np.array([item.sum() for item in stretches])
    sizes = np.array([len(item) for item in stretches])
    ends = bootstrap(lambda rows: sums[rows].sum() / sizes[rows].sum(), len(sums))
    return figure(name, split, float(sums.sum() / sizes.sum()), ends, len(sums))


def densities(
    series: Sequence[np.ndarray], forecasts: Sequence[np.ndarray], spec: AnomalyDetectorSpec
) -> list[np.ndarray]:
    """Return the logarithm of the density of every row but the first, in the scale of the network.

    Args:
        series: float arrays of shape (time,).
        forecasts: outputs of the head after every row, of shape (time, outputs).
        spec: arguments of the task.

    Returns:
        float64 arrays of shape (time - 1,).
    """
    pairs = zip(series, forecasts, strict=True)
    return [_logs(*_standardized(ReadRows.of(item, spec), said)) for item, said in pairs]


def _standardized(read: ReadRows, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    told = Mixtures.of(read, outputs)
    away = (read.targets[:, None] - told.places) / told.widths
    return np.maximum(told.weights, LEAST), away, told.widths


def _logs(weights: np.ndarray, z: np.ndarray, widths: np.ndarray) -> np.ndarray:
    logs = np.log(weights) - 0.5 * z**2 - np.log(widths) - _LOG_ROOT
    found: np.ndarray = np.logaddexp.reduce(logs, axis=1)
    return found


def _inside(weights: np.ndarray, z: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """Return of every row but the first whether it lies in the band of its forecast, as 0 or 1."""
    beyond = 0.5 * both_tails(z)
    below = (weights * np.where(z < 0, beyond, 1 - beyond)).sum(axis=1)
    return ((below >= (1 - BAND) / 2) & (below <= (1 + BAND) / 2)).astype(np.float64)
