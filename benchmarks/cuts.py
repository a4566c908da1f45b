"""What a random forest comes to on a data set of labelled series that is cut in several ways.

    python -m benchmarks.cuts hmp/m1

For every cut of the data a forest of scikit-learn is fitted to summaries of the training series,
and scored on the test series: all answers together, as cards tell the figures of a network over
all cuts. Summaries are figures of whole series: mean, deviation, extremes and quantiles of
channels, steps and size, means and deviations of their quarters, correlations, and the length of a
series or not. Nothing is chosen.
"""

from __future__ import annotations

import warnings
from typing import Annotated

import numpy as np
import typer

from zoo.cli.errors import one_line_errors, run_script
from zoo.datasets import dataset_named, load_dataset
from zoo.errors import InputError, shown

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


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


def pooled(cuts: tuple[str, ...], *, length: bool) -> tuple[int, float, float]:
    """Return how many figures there are, and accuracy and macro F1 over the test parts of all cuts.

    Args:
        cuts: names of the data sets.
        length: whether the length of a series is among the figures.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import accuracy_score, f1_score

    asked, answered = [], []
    for cut in cuts:
        parts = [load_dataset(cut, split) for split in ("train", "test")]
        known, given = (
            np.stack([summary(series) for series in part.series])[:, : None if length else -1]
            for part in parts
        )
        forest = RandomForestClassifier(300, random_state=0).fit(known, parts[0].labels)
        asked.append(parts[1].labels)
        answered.append(forest.predict(given))
    truth, found = np.concatenate(asked), np.concatenate(answered)
    macro = f1_score(truth, found, average="macro", zero_division=0)
    return known.shape[1], float(accuracy_score(truth, found)), float(macro)


@app.command()
def main(dataset: Annotated[str, typer.Argument(help="One of the cuts.")]) -> None:
    """Print accuracy and macro F1 over all cuts, with the length of series known and not."""
    with one_line_errors():
        known = dataset_named(dataset)
        cuts = known.folds if known is not None else ()
        if not cuts:
            raise InputError(
                f"Expected one cut of a data set, such as hmp/m1. Received: {shown(dataset)}"
            )
        for length in (True, False):
            count, accuracy, macro = pooled(cuts, length=length)
            print(count, f"accuracy {accuracy:.4f}", f"f1 {macro:.4f}", sep="\t", flush=True)


if __name__ == "__main__":
    run_script(app, "benchmarks.cuts")
