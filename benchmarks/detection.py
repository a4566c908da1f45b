"""Where the score of a detector on the Numenta Anomaly Benchmark comes from.

    python benchmarks/detection.py [--entry gru-nab] [--leave-out]

Prints the score, standard profile, of the entry, of the same stage over plainer forecasts (that
nothing changes; none at all), each with its own best threshold; and the best threshold's score
where it is chosen on the other groups of series. With --leave-out the numbers of the stage are
chosen anew on the other groups too, by coordinate descent from plain defaults (about 20 minutes).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from scipy.special import erfc

import zoo
from zoo.datasets import load_dataset
from zoo.tasks.time_series_anomaly_detection.network import read_rows
from zoo.tasks.time_series_anomaly_detection.scaling import (
    SCALING_SIZE,
    deviation_of,
    scale_row,
)
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.windows import Sweep, sweep

GRID: Mapping[str, Sequence[float]] = {
    "error_steps": (2.0, 2.5, 3.0, 5.0),
    "surprise_steps": (5.0, 12.0, 20.0, 30.0),
    "level_steps": (20.0, 40.0, 60.0, 80.0),
    "memory": (1_000.0, 2_000.0, 4_000.0, 8_000.0),
    "power": (8.0, 12.0, 16.0),
    "floor": (0.01, 0.05),
    "hold": (40, 60, 80),
    "weight 0": (0.9, 1.0, 1.1, 1.2),
    "weight 1": (0.9, 1.0, 1.1, 1.2),
    "weight 2": (0.9, 1.0, 1.1, 1.2),
    "weight 3": (0.9, 1.0, 1.1, 1.2),
}
RISE, BEGIN, MOST = 0.03, 30, 1e6


class Rows:
    """What the stage is given of all series at once, a row of an array a row of the series.

    Args:
        series: float arrays of shape (time,).
        forecasts: of each the outputs of the head after every row; None forecasts that nothing
            changes, with the width that its errors had so far.
        spec: arguments of the task.
    """

    def __init__(
        self,
        series: Sequence[np.ndarray],
        forecasts: Sequence[np.ndarray] | None,
        spec: AnomalyDetectorSpec,
    ) -> None:
        self.lengths = [len(item) for item in series]
        shape = (max(self.lengths), len(series))
        self.value, self.mean, self.error, self.surprise = (np.zeros(shape) for _ in range(4))
        self.deviation = np.ones(shape)
        for column, item in enumerate(series):
            rows, targets = read_rows(item, spec)
            mean, deviation = scalings(item, spec)
            if forecasts is None:
                away = (targets - rows[:, 0])[:-1]
                square = np.cumsum(away**2) / np.arange(1, len(item))
                # Of the errors before a row.
                width = np.concatenate([[1.0], np.sqrt(square[:-1])]).clip(np.exp(-4.5))
                weights = np.ones((len(item) - 1, 1))
                places, widths = rows[:-1, :1], width[:, None]
            else:
                logits, moved, logs = np.split(forecasts[column][:-1], 3, axis=1)
                weights = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
                places, widths = rows[:-1, :1] + 0.3 * moved, np.exp(logs.clip(-4.5, 3.0))
            z = (targets[:-1, None] - places) / widths
            above, below = ((weights * erfc(sign * z / np.sqrt(2))).sum(axis=1) for sign in (1, -1))
            tail = np.minimum(above, below)
            size = np.where(
                tail > 1e-300,
                np.sqrt(np.maximum(0.0, -2 * np.log(np.maximum(tail, 1e-300)))),
                np.maximum(np.abs(z).min(axis=1), 37.0),
            )
            expected = mean[:-1] + deviation[:-1] * np.sinh((weights * places).sum(axis=1))
            end = len(item)
            self.value[:end, column] = item
            self.mean[1:end, column] = mean[:-1]
            self.deviation[1:end, column] = deviation[:-1]
            self.error[1:end, column] = item[1:] - expected
            self.surprise[1:end, column] = np.where(above < below, size, -size)

    def scores(self, spec: AnomalyDetectorSpec) -> list[np.ndarray]:
        """Return what the package's `Surprise` makes of it, for all series side by side.

        Args:
            spec: arguments of the task.
        """
        count = self.value.shape[1]
        error, surprise = np.zeros(count), np.zeros(count)
        level, slow = self.value[0].copy(), self.value[0].copy()
        largest = np.zeros((4, 2, count))
        found = np.zeros(self.value.shape)
        forget, power = 1.0 - 0.5 ** (1.0 / spec.memory), spec.power
        weights = np.array(spec.weights)[:, None, None]
        for row in range(1, len(self.value)):
            x, usual = self.value[row], spec.floor * self.deviation[row]
            error += max(1 / row, 1 / spec.error_steps) * (self.error[row] - error)
            surprise += max(1 / row, 1 / spec.surprise_steps) * (self.surprise[row] - surprise)
            level += max(1 / (row + 1), 1 / spec.level_steps) * (x - level)
            slow += max(1 / (row + 1), 0.1 / spec.level_steps) * (x - slow)
            kinds = np.stack([error, surprise, level - slow, x - self.mean[row]])
            least = np.stack([usual, np.full(count, spec.floor), usual, usual])
            sizes = np.stack([np.maximum(kinds, 0), np.maximum(-kinds, 0)], axis=1)
            ratios = weights * sizes / (largest + least[:, None])
            found[row] = ratios.max(axis=(0, 1)) if row >= BEGIN else 0.0
            share, top = max(1 / row, forget), np.maximum(largest, sizes)
            top[top == 0] = 1.0
            mean = (1 - share) * (largest / top) ** power + share * (sizes / top) ** power
            largest = top * mean ** (1 / power)
        found = np.minimum(found, MOST)
        return [self._silenced(found[:end, at], spec) for at, end in enumerate(self.lengths)]

    @staticmethod
    def _silenced(found: np.ndarray, spec: AnomalyDetectorSpec) -> np.ndarray:
        padded = np.concatenate([np.zeros(spec.hold), found])
        recent = np.lib.stride_tricks.sliding_window_view(padded, spec.hold)[:-1].max(axis=1)
        rise = np.where(recent > 0, (found / np.maximum(recent, 1e-300) - 1) / RISE, 1.0)
        counted = np.where(found > recent, found * rise.clip(0, 1), 0.0)
        scores: np.ndarray = counted / (1 + counted)
        return scores


def scalings(series: np.ndarray, spec: AnomalyDetectorSpec) -> tuple[np.ndarray, np.ndarray]:
    """Return running mean and deviation after every row."""
    scaling: tuple[float, ...] = (0.0,) * SCALING_SIZE
    found = []
    for row, x in enumerate(series.tolist()):
        scaling, _, _ = scale_row(scaling, x, row, spec.scaling_rows)
        found.append((scaling[0], deviation_of(scaling)))
    mean, deviation = np.array(found).T
    return mean, deviation


def replaced(spec: AnomalyDetectorSpec, name: str, value: float) -> AnomalyDetectorSpec:
    """Return arguments with one of them, or one of the weights, replaced."""
    if name.startswith("weight "):
        weights = list(spec.weights)
        weights[int(name[-1])] = value
        return msgspec.structs.replace(spec, weights=tuple(weights))
    return msgspec.structs.replace(spec, **{name: value})


def chosen(
    rows: Rows, windows: list, spec: AnomalyDetectorSpec, inside: list[int]
) -> AnomalyDetectorSpec:
    """Return arguments chosen on some of the series by coordinate descent, once over all."""

    def value(candidate: AnomalyDetectorSpec) -> float:
        scores = rows.scores(candidate)
        return best([scores[at] for at in inside], [windows[at] for at in inside])[1]

    highest = value(spec)
    for name, candidates in GRID.items():
        for candidate in candidates:
            changed = replaced(spec, name, candidate)
            if (reached := value(changed)) > highest + 0.05:
                spec, highest = changed, reached
    return spec


def best(scores: list[np.ndarray], windows: list) -> tuple[float, float]:
    """Return the best threshold, and what it scores."""
    found: Sweep = sweep(scores, windows)
    return found.best, found.normalized(found.at(found.best).raw)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entry", default="gru-nab")
    parser.add_argument("--leave-out", action="store_true")
    arguments = parser.parse_args()
    data, pipeline = load_dataset("nab", "test"), zoo.pipeline(arguments.entry)
    spec, series = pipeline.model.spec, [item[:, 0] for item in data.series]
    windows = [[(int(first), int(last)) for first, last in item] for item in data.windows]
    own = [pipeline.model.scores_and_forecasts(item) for item in series]
    rows = Rows(series, [forecasts for _, forecasts in own], spec)
    scores = rows.scores(spec)
    worst = max(float(np.abs(a - b).max()) for a, (b, _) in zip(scores, own, strict=True))
    print(f"the stage here and the pipeline's differ by {worst:.1e} at most")
    for name, found in {
        arguments.entry: scores,
        "nothing changes": Rows(series, None, spec).scores(spec),
        "no forecast": rows.scores(
            msgspec.structs.replace(spec, weights=(0.0, 0.0, *spec.weights[2:]))
        ),
    }.items():
        threshold, value = best(found, windows)
        print(f"{name:<20} {value:6.2f} at {threshold:.4f}", flush=True)
    for name, kind, start in (
        (arguments.entry, rows, spec),
        *(
            [
                (f"{arguments.entry}, all chosen", rows, AnomalyDetectorSpec()),
                ("nothing changes, all chosen", Rows(series, None, spec), AnomalyDetectorSpec()),
            ]
            if arguments.leave_out
            else []
        ),
    ):
        total = count = 0.0
        for group in sorted({item.split("/")[0] for item in data.names}):
            inside = [at for at, item in enumerate(data.names) if not item.startswith(group)]
            out = [at for at in range(len(data.names)) if at not in inside]
            used = start if start is spec else chosen(kind, windows, start, inside)
            found = kind.scores(used)
            threshold, _ = best([found[at] for at in inside], [windows[at] for at in inside])
            held = sweep([found[at] for at in out], [windows[at] for at in out])
            total, count = total + held.at(threshold).raw, count + held.windows
        value = 100 * (total + count) / (2 * count)
        print(f"{name:<30} {value:6.2f} by what was chosen on the other groups", flush=True)


if __name__ == "__main__":
    main()
