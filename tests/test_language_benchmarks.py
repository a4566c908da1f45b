"""The benchmarks of language models: what they count, choose, and say of their figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.language_training import arithmetic
from benchmarks.language_tuning import best_ngrams, page, pieces
from benchmarks.performance_steps import language
from models import load_recipe
from zoo.networks.recurrent.spec import RecurrentBackboneSpec
from zoo.specs import make_spec
from zoo.tasks.text_generation.specs import CausalLMSpec, language_model_tensor_shapes


@pytest.mark.parametrize("entry", ["lstm-ptb", "lstm-shakespeare"])
def test_a_token_takes_three_products_with_every_matrix_of_the_network(entry):
    recipe = load_recipe(entry)
    backbone = make_spec(RecurrentBackboneSpec, vocabulary_size=90, **recipe.backbone)
    shapes = language_model_tensor_shapes(backbone, make_spec(CausalLMSpec, tied=recipe.tied))
    if not recipe.tied:  # the table is looked up alone
        del shapes["token_embedding/embeddings"]
    numbers = sum(np.prod(shape) for shape in shapes.values() if len(shape) == 2)
    assert arithmetic(recipe, 90) == 3 * 2 * numbers


def test_the_section_on_training_sets_the_zoo_against_torch_and_the_limit():
    def way(milliseconds, operations):
        spread = dict.fromkeys(("median", "low", "high"), milliseconds / 1e3)
        return {"seconds": spread, "cpu": spread, "memory": 100.0, "operations": operations}

    ways = {
        "torch": way(100.0, 1e6),
        "zoo, all words": way(80.0, 1e6),
        "zoo, sampled words": way(50.0, 5e5),
    }
    entry = {"batch": [10, 20], "vocabulary": 9, "limit": {"cpu": 5e9}, "ways": ways}
    found = {
        "hardware": "a core",
        "cores": 1,
        "versions": {"torch": "2"},
        "rounds": 3,
        "entries": {"lstm-ptb": entry},
    }
    told = language({"language training": found})
    lines = told.splitlines()
    torch, exact, sampled = (
        next(line for line in lines if f"| {name} |" in line).split(" | ") for name in ways
    )
    assert torch[3:7] == ["2,000", "1.00", "2,000", "1.00"] and torch[7] == "40%"
    assert exact[3:7] == ["2,500", "1.25", "2,500", "1.25"] and exact[7] == "50%"
    assert sampled[3:7] == ["4,000", "2.00", "4,000", "2.00"] and sampled[7] == "40%"
    assert "on one core" in told and "5 GFLOP/s beside lstm-ptb" in told
    assert "did other work" not in told
    ways["torch"]["seconds"] = dict.fromkeys(("median", "low", "high"), 1.0)
    assert "did other work all the while" in language({"language training": found})
    assert language({}) == ""


def test_the_text_that_is_scored_is_not_learnt_from():
    articles = [f"article {number} " + "x" * 2_000 for number in range(60)]
    train, test = pieces(articles, 10_000)
    assert len(train) == 10_000 and len(test) >= 50_000
    assert f"{test}\n\n{train}" == "\n\n".join(articles)[: len(test) + 2 + len(train)]
    assert pieces(articles, 100)[1] == test


def test_the_ngrams_are_those_that_tell_the_held_back_text_best():
    draw = np.random.default_rng(0)
    # Of two tokens before, the sum says what comes: shorter contexts say nothing.
    ids = [1, 0]
    for noise in draw.uniform(size=3_000):
        ids.append((ids[-1] + ids[-2] + (noise < 0.1)) % 5)
    model, order, _ = best_ngrams(np.array(ids[:2_500]), np.array(ids[2_500:]), 5)
    assert order == 3
    assert -model.log_probabilities([np.array(ids[2_500:])])[0].mean() < 0.6


@pytest.mark.parametrize(
    ("new", "words"), [(2.2, "0.20 better than the same"), (1.9, "0.10 worse than the same")]
)
def test_the_page_says_what_tuning_is_worth(new, words):
    arms = {"before": {"nats": 2.5, "interval": [2.4, 2.6]}, "ngrams": {"nats": 2.1}}
    for arm, nats in (("new", new), ("tuned", 2.0)):
        arms[arm] = {"nats": nats, "interval": [nats - 0.1, nats + 0.1], "seconds": 60}
        arms[arm] |= {"epochs": 30, "best_epoch": 30}
    cells = {f"bbc/10/{arm}": cell for arm, cell in arms.items()}
    results = {
        "base": "lstm-shakespeare",
        "hardware": "a core",
        "vocabulary": 67,
        "unknown": {"bbc": 0.02},
        "cells": cells | {"bbc/100/before": arms["before"]},
    }
    told = page(results)
    assert words.replace(" ", " nats ", 1) in told
    assert f"from {np.exp(2.5):.2f} to {np.exp(2.0):.2f}" in told
    assert told.count("Its last pass was the best one") == 1
    assert "2.0% (`bbc`)" in told and "100,000 |" not in told  # which has not been measured
    best = f"from nothing, comes to {np.exp(1.9):.2f}"
    best = best if new < 2.1 else f"n-grams, comes to {np.exp(2.1):.2f}"
    assert best in told
