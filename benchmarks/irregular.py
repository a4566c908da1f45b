"""What plain methods come to on irregular series that the zoo's networks are scored on.

    python benchmarks/irregular.py physionet2012

Logistic regression and boosted trees read six figures of every variable (the last value, the mean,
the least, the largest, how often it was measured and whether at all) and the static features, and
nothing of the course of a series. Both keep the settings of scikit-learn but for the strength of
the regression, chosen by cross-validation of the training split. The test split is scored once.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import typer

from zoo.cli.errors import one_line_errors, run_script
from zoo.datasets import load_dataset
from zoo.series.irregular import IrregularDataset
from zoo.tasks.irregular_time_series_classification.examples import Facts

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def methods() -> dict[str, Any]:
    """Return the methods by what they are."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    strengths = [0.001, 0.003, 0.01, 0.03, 0.1]
    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1_000))
    chosen = {"logisticregression__C": strengths}
    return {
        "logistic regression": GridSearchCV(regression, chosen, scoring="roc_auc", cv=5),
        "boosted trees": HistGradientBoostingClassifier(
            learning_rate=0.05, max_leaf_nodes=8, early_stopping=True, random_state=0
        ),
    }


def compare(train: IrregularDataset, test: IrregularDataset) -> dict[str, dict[str, float]]:
    """Return the figures of every method on the test series.

    Args:
        train: series of two classes that the methods are fitted to.
        test: series that they are scored on.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    facts = Facts.fit(train.series)
    known, asked = facts(train.series), facts(test.series)
    found = {}
    for name, method in methods().items():
        scores = method.fit(known, train.labels).predict_proba(asked)[:, 1]
        found[name] = {
            "auc": float(roc_auc_score(test.labels, scores)),
            "average_precision": float(average_precision_score(test.labels, scores)),
        }
    return found


@app.command()
def main(
    dataset: Annotated[str, typer.Argument(help="A data set of irregular series.")],
) -> None:
    """Print AUC and average precision of every method on the test split."""
    with one_line_errors():
        parts = [load_dataset(dataset, split) for split in ("train", "test")]
        assert all(np.unique(part.labels).tolist() == [0, 1] for part in parts)
        for name, figures in compare(*parts).items():
            print(name, *(f"{figure} {value:.4f}" for figure, value in figures.items()), sep="\t")


if __name__ == "__main__":
    run_script(app, "benchmarks.irregular")
