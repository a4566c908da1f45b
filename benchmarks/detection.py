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

import zoo
from zoo.datasets import load_dataset
from zoo.tasks.time_series_anomaly_detection.specs import AnomalyDetectorSpec
from zoo.tasks.time_series_anomaly_detection.together import Mixtures, ReadRows, Stage
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


def stage_of(
    series: Sequence[np.ndarray],
    forecasts: Sequence[np.ndarray] | None,
    spec: AnomalyDetectorSpec,
) -> Stage:
    """Return what makes scores of all series at once.

    Args:
        series: float arrays of shape (time,).
        forecasts: of each the outputs of the head after every row; None forecasts that nothing
            changes, with the width that its errors had so far.
        spec: arguments of the task.
    """
    reads = [ReadRows.of(item, spec) for item in series]
    if forecasts is None:
        return Stage(series, reads, [_unchanged(read) for read in reads])
    told = [Mixtures.of(read, outputs) for read, outputs in zip(reads, forecasts, strict=True)]
    return Stage(series, reads, told)


def _unchanged(read: ReadRows) -> Mixtures:
    places = read.rows[:-1, :1]
    square = np.cumsum((read.targets - places[:, 0]) ** 2) / np.arange(1, len(read.rows))
    # Of the errors before a row.
    width = np.concatenate([[1.0], np.sqrt(square[:-1])]).clip(np.exp(-4.5))
    return Mixtures(np.ones_like(places), places, width[:, None])


def replaced(spec: AnomalyDetectorSpec, name: str, value: float) -> AnomalyDetectorSpec:
    """Return arguments with one of them, or one of the weights, replaced."""
    if name.startswith("weight "):
        weights = list(spec.weights)
        weights[int(name[-1])] = value
        return msgspec.structs.replace(spec, weights=tuple(weights))
    return msgspec.structs.replace(spec, **{name: value})


def chosen(
    rows: Stage, windows: list, spec: AnomalyDetectorSpec, inside: list[int]
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
    rows = stage_of(series, [forecasts for _, forecasts in own], spec)
    scores = rows.scores(spec)
    worst = max(float(np.abs(a - b).max()) for a, (b, _) in zip(scores, own, strict=True))
    print(f"the stage here and the pipeline's differ by {worst:.1e} at most")
    for name, found in {
        arguments.entry: scores,
        "nothing changes": stage_of(series, None, spec).scores(spec),
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
                (
                    "nothing changes, all chosen",
                    stage_of(series, None, spec),
                    AnomalyDetectorSpec(),
                ),
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
