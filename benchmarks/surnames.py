"""What a linear classifier of character n-grams comes to on the surnames, beside `gru-names`.

    python -m benchmarks.surnames

Logistic regression of scikit-learn on the TF-IDF of up to five characters in a row, the ends of a
name marked: once as it comes, once with all languages counting the same. How strongly it is
regularised is chosen on the validation part, by accuracy and by macro F1. Both it and the entry
are also scored on the names alone that stand in one language: those of several have several rows,
of which one at most can be answered rightly.
"""

from __future__ import annotations

import warnings
from collections import Counter

import numpy as np

import zoo
from zoo.cli.errors import one_line_errors
from zoo.datasets import load_dataset

ENTRY = "gru-names"
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
NGRAMS = (1, 5)


def scores(truth: np.ndarray, found: np.ndarray) -> tuple[float, float]:
    """Return accuracy and macro F1 over the languages that there are."""
    from sklearn.metrics import accuracy_score, f1_score

    macro = f1_score(truth, found, average="macro", labels=np.unique(truth), zero_division=0)
    return float(accuracy_score(truth, found)), float(macro)


def told(name: str, truth: np.ndarray, found: np.ndarray, alone: np.ndarray) -> None:
    """Print the figures of answers, of all rows and of the names of one language."""
    for what, rows in (("all names", slice(None)), ("names of one language", alone)):
        accuracy, macro = scores(truth[rows], found[rows])
        print(f"test, {name}, {what}: accuracy {accuracy:.4f}, macro F1 {macro:.4f}", flush=True)


def main() -> None:
    """Print the figures of the validation part, and of the test part for what was chosen."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    parts = {split: load_dataset("surnames", split) for split in ("train", "validation", "test")}
    languages = Counter(name for part in parts.values() for name in part.texts)
    test = parts["test"]
    alone = np.array([languages[name] == 1 for name in test.texts])
    answers = zoo.pipeline(ENTRY).predict_proba(test.texts, batch_size=64).argmax(axis=1)
    told(ENTRY, test.labels, answers, alone)

    counter = TfidfVectorizer(
        analyzer="char", ngram_range=NGRAMS, lowercase=False, sublinear_tf=True
    )
    marked = {split: [f"<{name}>" for name in part.texts] for split, part in parts.items()}
    given = {"train": counter.fit_transform(marked["train"])}
    given |= {split: counter.transform(marked[split]) for split in ("validation", "test")}
    for weighting, chosen_by in ((None, 0), ("balanced", 1)):
        found = []
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, class_weight=weighting, max_iter=300)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where it has not converged after so many steps
                model.fit(given["train"], parts["train"].labels)
            figures = scores(parts["validation"].labels, model.predict(given["validation"]))
            print(weighting, strength, *(f"{one:.4f}" for one in figures), sep="\t", flush=True)
            found.append((figures[chosen_by], model))
        best = max(found, key=lambda pair: pair[0])[1]
        name = f"logistic regression, class weights {weighting}, C={best.C:g}"
        told(name, test.labels, best.predict(given["test"]), alone)


if __name__ == "__main__":
    with one_line_errors():
        main()
