"""What a linear classifier of character n-grams comes to on the surnames of `gru-names`.

    python -m benchmarks.surnames

Logistic regression of scikit-learn on the TF-IDF of up to five characters in a row, the ends of a
name marked: once as it comes, once with all languages counting the same. How strongly it is
regularised is chosen on the validation part, by accuracy and by macro F1.
"""

from __future__ import annotations

import warnings

from zoo.cli.errors import one_line_errors
from zoo.datasets import load_dataset

STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0)
NGRAMS = (1, 5)


def main() -> None:
    """Print accuracy and macro F1 on the test part, and on the validation part before."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score

    parts = {split: load_dataset("surnames", split) for split in ("train", "validation", "test")}
    counter = TfidfVectorizer(
        analyzer="char", ngram_range=NGRAMS, lowercase=False, sublinear_tf=True
    )
    marked = {split: [f"<{name}>" for name in part.texts] for split, part in parts.items()}
    given = {"train": counter.fit_transform(marked["train"])}
    given |= {split: counter.transform(marked[split]) for split in ("validation", "test")}

    def scores(model: LogisticRegression, split: str) -> tuple[float, float]:
        found, truth = model.predict(given[split]), parts[split].labels
        macro = f1_score(truth, found, average="macro", zero_division=0)
        return float(accuracy_score(truth, found)), float(macro)

    for weighting, chosen_by in ((None, 0), ("balanced", 1)):
        models = []
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, class_weight=weighting, max_iter=1_000)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # where it has not converged after so many steps
                models.append(model.fit(given["train"], parts["train"].labels))
            accuracy, macro = scores(model, "validation")
            print(weighting, strength, f"{accuracy:.4f}", f"{macro:.4f}", sep="\t", flush=True)
        best = max(models, key=lambda model: scores(model, "validation")[chosen_by])
        accuracy, macro = scores(best, "test")
        print(f"test, C={best.C:g}: accuracy {accuracy:.4f}, macro F1 {macro:.4f}", flush=True)


if __name__ == "__main__":
    with one_line_errors():
        main()
