"""What plain ways come to on a data set of labelled series that is cut in several ways.

    python -m benchmarks.cuts hmp/m1
    python -m benchmarks.cuts jhmdb/1 --points 2

For every cut of the data a forest of scikit-learn is fitted to summaries of the training series,
and scored on the test series: all answers together, as cards tell the figures of a network over
all cuts. Summaries are figures of whole series: mean, deviation, extremes and quantiles of
channels, steps and size, means and deviations of their quarters, correlations, and the length of a
series or not. Where channels are the coordinates of points there is a logistic regression too, on
eight moments of every series: where the points lie about their middle, how far they move from one
moment to the next, and how far apart all pairs are. Nothing is chosen.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np
import typer

from zoo.cli.errors import one_line_errors, run_script
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError, shown

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
_MOMENTS, _C = 8, 0.01


def summary(series: np.ndarray) -> np.ndarray:
    """Return figures of a whole series, its length last.

    Args:
        series: float array of shape (time, channels).
    """
    size = np.linalg.norm(series, axis=1)[:, None]
    parts = []
    for one in (series, np.diff(series, axis=0), size):
        parts += [one.mean(0), one.std(0), one.min(0), one.max(0)]
        parts += [*np.quantile(one, _QUANTILES, axis=0)]
    for quarter in np.array_split(series, 4):
        parts += [quarter.mean(0), quarter.std(0)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a channel that never changes
        related = np.corrcoef(series.T)[np.tril_indices(series.shape[1], -1)]
    parts += [np.nan_to_num(related), [len(series)]]
    return np.concatenate([np.ravel(part) for part in parts])


def poses(series: np.ndarray, point_dims: int) -> np.ndarray:
    """Return where points are at eight moments of a series, how they move, and how far apart.

    Args:
        series: float array of shape (time, channels), the coordinates of one point after another.
        point_dims: coordinates of a point.
    """
    at = np.linspace(0.0, len(series) - 1.0, _MOMENTS)
    columns = [np.interp(at, np.arange(len(series)), column) for column in series.T]
    points = np.stack(columns, axis=1).reshape(_MOMENTS, -1, point_dims)
    one, other = np.tril_indices(points.shape[1], -1)
    apart = np.linalg.norm(points[:, one] - points[:, other], axis=-1)
    around = points - points.mean(axis=1, keepdims=True)
    return np.concatenate([np.ravel(part) for part in (around, np.diff(points, axis=0), apart)])


def pooled(
    cuts: tuple[str, ...],
    figures: Callable[[np.ndarray], np.ndarray],
    make: Callable[[], Any],
) -> tuple[int, float, float, list[float]]:
    """Return how many figures there are, and accuracy and macro F1 over the test parts of all cuts.

    Args:
        cuts: names of the data sets.
        figures: what is known of a series.
        make: returns what learns, new for every cut.

    Returns:
        The number, accuracy and macro F1 over all answers, and the accuracy of every cut.
    """
    from sklearn.metrics import accuracy_score, f1_score

    asked, answered = [], []
    for cut in cuts:
        parts = [load_dataset(cut, split) for split in ("train", "test")]
        known, given = (np.stack([figures(series) for series in part.series]) for part in parts)
        asked.append(parts[1].labels)
        answered.append(make().fit(known, parts[0].labels).predict(given))
    truth, found = np.concatenate(asked), np.concatenate(answered)
    macro = f1_score(truth, found, average="macro", zero_division=0)
    single = [float(accuracy_score(*pair)) for pair in zip(asked, answered, strict=True)]
    return known.shape[1], float(accuracy_score(truth, found)), float(macro), single


def _forest() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, random_state=0)


def _regression() -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=_C, max_iter=1_000))


@app.command()
def main(
    dataset: Annotated[str, typer.Argument(help="One of the cuts.")],
    points: Annotated[
        int, typer.Option(min=0, max=3, help="Coordinates of a point, where channels are points.")
    ] = 0,
) -> None:
    """Print accuracy and macro F1 over all cuts, and the mean accuracy of the cuts."""
    with one_line_errors():
        known = dataset_named(dataset)
        cuts = known.folds if known is not None else ()
        if not cuts:
            raise InputError(
                f"Expected one cut of a data set, such as hmp/m1. Received: {shown(dataset)}"
            )
        ways: dict[str, tuple[Callable[[np.ndarray], np.ndarray], Callable[[], Any]]] = {
            "forest, length known": (summary, _forest),
            "forest": (lambda series: summary(series)[:-1], _forest),
        }
        if points:
            ways["regression on poses"] = (lambda series: poses(series, points), _regression)
        for name, way in ways.items():
            count, accuracy, macro, single = pooled(cuts, *way)
            figures = (f"accuracy {accuracy:.4f}", f"f1 {macro:.4f}", f"mean {np.mean(single):.4f}")
            print(name, count, *figures, sep="\t", flush=True)


if __name__ == "__main__":
    run_script(app, "benchmarks.cuts")
