"""The page on fine-tuning says what was measured, how often, and what was not."""

from __future__ import annotations

import pytest

from benchmarks.finetuning_data import TextSet
from benchmarks.finetuning_page import Settings, write_page

LABELS = ["bad", "good", "good", "bad", "good", "bad", "bad", "good"]
SETTINGS = Settings(
    data={
        name: TextSet(f"{name}: texts", (["a"], ["b"]), (["text"] * 8, LABELS))
        for name in ("sst-binary", "names")
    },
    sizes=("100", "all"),
    seeds=2,
    rate=3e-3,
    epochs=2,
    corpus="Some Books, in words",
    read="2,000 tokens",
    parameters=2_500_000,
    letters="letters-model",
)


def cells(name, size, arm, values):
    examples = 100 if size == "100" else 700
    return {
        f"{name}/{size}/{arm}/{seed}": {
            "accuracy": value,
            "examples": examples,
            "best_epoch": seed,
        }
        for seed, value in enumerate(values, 1)
    }


@pytest.fixture
def page(tmp_path):
    found = {
        **cells("sst-binary", "100", "new", [0.50, 0.52]),
        **cells("sst-binary", "100", "tuned", [0.75, 0.77]),
        **cells("sst-binary", "100", "language", [0.60, 0.64]),
        **cells("sst-binary", "all", "new", [0.80, 0.82]),
        **cells("sst-binary", "all", "tuned", [0.81, 0.83]),
        **cells("sst-binary", "all", "language", [0.90]),
        **cells("names", "100", "new", [0.1, 0.1]),
        **cells("names", "100", "tuned", [0.2, 0.2]),
        **cells("names", "all", "new", [0.1, 0.1]),
        **cells("names", "all", "tuned", [0.2, 0.4]),
        **cells("names", "100", "characters", [0.3, 0.3]),
        **cells("names", "all", "characters", [0.6, 0.8]),
        **cells("names", "all", "letters", [0.7]),
    }
    results = {
        "base": "reviewer",
        "language": {"name": "reader", "weights": "0"},
        "hardware": "a machine",
        "untuned": 0.7,
        "cells": found,
    }
    write_page(results, SETTINGS, tmp_path)
    assert (tmp_path / "finetuning.png").read_bytes().startswith(b"\x89PNG")
    return (tmp_path / "finetuning.md").read_text(encoding="utf-8")


def test_ways_to_begin_stand_beside_one_another(page):
    rows = [line for line in page.splitlines() if line.startswith("| sst-binary")]
    assert rows == [
        "| sst-binary | 100 | 50.0% | 51.0% ± 1.4 | 76.0% ± 1.4 | 62.0% ± 2.8 | +25.0 * | +11.0 * "
        "| -14.0 * |",
        "| sst-binary | 700 | 50.0% | 81.0% ± 1.4 | 82.0% ± 1.4 | 90.0% (1 seed) | +1.0  | +9.0  "
        "| +8.0  |",
    ]
    ours, language, against = (
        page.split(start)[1].split("\n\n")[1]
        for start in ("`reviewer` tuned, against", "body, against the net", "body, against `rev")
    )
    assert "**helps** on sst-binary with 100 examples (+25.0 points)." in ours
    assert "**makes no difference** on sst-binary with 700 examples" in ours
    assert "**helps** on sst-binary with 100 examples (+11.0 points)." in language
    assert "2 of its 3 runs kept the weights of the\n  first epoch" in page
    # Of one seed nothing is said of the noise.
    assert "**was measured once** on sst-binary with 700 examples (+9.0 points)." in language
    assert "**hurts** on sst-binary with 100 examples (-14.0 points)." in against


def test_what_was_not_measured_is_not_there(page):
    assert "| names | 100 | 50.0% | 10.0% ± 0.0 | 20.0% ± 0.0 | - | +10.0  | - | - |" in page
    assert "teaches nothing, like the other way,** on names with 100 examples" in page
    assert "`letters-model`, a language model of characters, reaches\n  70.0 % with 700" in page
    assert "more than the majority class with 700 examples." in page
