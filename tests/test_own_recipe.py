"""A recipe of one's own, on a table of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

import zoo
from training.train import app

RECIPE = """
from zoo.tasks.text_classification.recipe import TextClassificationRecipe
from zoo.schema import Licenses

RECIPE = TextClassificationRecipe(
    name="my-films",
    architecture="gru",
    description="A GRU that tells good films from bad ones.",
    method="Cross-entropy.",
    dataset="films.csv",
    text_column="review",
    label_column="stars",
    labels={labels},
    licenses=Licenses(weights="apache-2.0", data="mine"),
    papers=(),
    vocabulary_size=30,
    head_length=16,
    tail_length=0,
    backbone={{"cell": "gru", "embedding_dim": 6, "units": 8}},
    pooling=("max",),
    dropout=0.0,
    batch_size=16,
    epochs=2,
    patience=2,
    learning_rate=0.03,
    warmup=0.1,
    final_rate=0.1,
    weight_decay=0.0,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.5,
    seed=1,
)
"""


@pytest.fixture
def films(tmp_path, monkeypatch):
    generator = np.random.default_rng(1)
    words = {"bad": ["dull", "waste", "boring", "poor"], "good": ["moving", "great", "fine", "fun"]}
    rows = [
        f"{' '.join(generator.choice(words[label], 6))} {number},{label}"
        for number in range(40)
        for label in words
    ]
    (tmp_path / "films.csv").write_text("\n".join(["review,stars", *rows]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def train(folder, name, content):
    (folder / name).write_text(content, encoding="utf-8")
    return CliRunner().invoke(app, [name, "--output", "mine"])


def test_a_recipe_of_ones_own_is_trained_on_a_table(films):
    result = train(films, "my_films.py", RECIPE.format(labels=("bad", "good")))
    assert result.exit_code == 0, result.output
    info = zoo.info(films / "mine")
    assert info.training.recipe == "my_films.py" and info.dataset is None
    (source,) = info.training.data
    assert source.name == "films.csv" and sum(source.used.values()) == 80
    assert info.training.command == "python -m training.train my_films.py"
    assert zoo.pipeline(films / "mine")("great fun")[0]["label"] in ("bad", "good")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("my_films.py", RECIPE.format(labels=("no", "yes")), "with the labels of films.csv"),
        ("other.py", RECIPE.format(labels=("bad", "good")), "named as its file, other"),
        ("my_films.py", "RECIPE = 1", "Expected RECIPE ="),
        ("my_films.py", "import nothing_of_this_name", "ModuleNotFoundError"),
    ],
)
def test_a_recipe_that_is_none_is_refused_in_one_line(films, name, content, told):
    result = train(films, name, content)
    assert result.exit_code == 2 and not (films / "mine").exists()
    assert told in " ".join(result.stderr.split()) and "Traceback" not in result.stderr
