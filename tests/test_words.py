"""The words of the records: those of the recipes, brought up to date without touching a figure."""

from __future__ import annotations

import shutil

import msgspec
import pytest
from typer.testing import CliRunner

import zoo
from helpers import edit_record
from models import list_recipes, load_recipe
from training.words import app, refresh_words
from zoo import registry


@pytest.mark.parametrize("name", list_recipes())
def test_the_words_of_a_record_are_those_of_its_recipe(name):
    assert refresh_words(zoo.info(name), load_recipe(name)) == zoo.info(name)


def test_words_are_brought_up_to_date_and_nothing_else(tmp_path):
    source, copy = registry.resolve("esn-mackey-glass"), tmp_path / "copy"
    shutil.copytree(source, copy)

    def change(record):
        record.update(description="Old words.", papers=[])
        record["training"].update(method="Old words.", minutes=77.0)

    edit_record(copy, change)
    result = CliRunner().invoke(app, [str(copy)])
    assert result.exit_code == 0 and result.output.endswith("words refreshed\n"), result.output
    info = zoo.info(source)
    training = msgspec.structs.replace(info.training, minutes=77.0)
    assert zoo.info(copy) == msgspec.structs.replace(info, training=training)
    for file in info.files:
        assert (copy / file).read_bytes() == (source / file).read_bytes(), file
    assert CliRunner().invoke(app, [str(copy)]).output.endswith("up to date\n")


def test_what_has_no_recipe_is_refused_in_a_line(tmp_path):
    shutil.copytree(registry.resolve("esn-mackey-glass"), tmp_path / "copy")
    edit_record(tmp_path / "copy", lambda record: record.update(name="mine"))
    result = CliRunner().invoke(app, [str(tmp_path / "copy")])
    assert result.exit_code == 2 and "Expected the name of a recipe" in result.stderr
