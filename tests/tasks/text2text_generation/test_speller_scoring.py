"""How spellers are scored: the nearest of several references counts, what is left out is told."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import zoo
from helpers import zoo_command
from zoo.interfaces import Scoring
from zoo.pairs.edits import edits
from zoo.pairs.examples import VariantDataset
from zoo.tasks.text2text_generation.scoring import errors, metrics_of, read
from zoo.tasks.text2text_generation.testing import make_speller


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return make_speller(tmp_path_factory.mktemp("spellers") / "tiny", seed=4)


@given(st.text("ab", max_size=4), st.text("ab", max_size=4))
@settings(deadline=None, max_examples=60)
def test_edits_are_the_fewest_that_there_are(one, other):
    """By a search over all scripts of edits, breadth first."""
    seen, fringe, steps = {one}, {one}, 0
    while other not in fringe:
        more = set()
        for text in fringe:
            for at in range(len(text) + 1):
                more |= {text[:at] + letter + text[at:] for letter in "ab"}
                more |= {text[:at] + text[at + 1 :]}
                more |= {text[:at] + letter + text[at + 1 :] for letter in "ab" if at < len(text)}
        fringe = more - seen
        seen |= fringe
        steps += 1
    assert edits(one, other) == steps == edits(other, one)


def test_the_nearest_reference_counts_and_its_length():
    data = VariantDataset(
        ["tomato", "read", "a"],
        [("T AH M EY T OW", "T AH M AA T OW"), ("R EH D", "R IY D"), ("AH",)],
    )
    wrong, size = errors(["T AH M AA T", "R IY D", ""], data, "words")
    assert (wrong.tolist(), size.tolist()) == ([1, 0, 1], [6, 3, 1])
    word, phone = metrics_of(wrong, size, "test", "words")
    assert (word.name, word.value) == ("word_error_rate", pytest.approx(2 / 3, abs=1e-6))
    assert (phone.name, phone.value) == ("phone_error_rate", pytest.approx(2 / 10))
    for metric in (word, phone):
        low, high = metric.confidence_interval
        assert low <= metric.value <= high and metric.num_examples == 3
    by_letter, _ = errors(
        ["ab", "b", ""], VariantDataset(list("xyz"), [("abc",), ("b",), ("q",)]), "characters"
    )
    assert by_letter.tolist() == [1, 0, 1]
    with pytest.raises(zoo.InputError, match=r"to each\. Received: 1 answers to 3 texts"):
        errors(["a"], data, "words")
    with pytest.raises(zoo.InputError, match="at least two texts"):
        errors(["a"], VariantDataset(["a"], [("b",)]), "words")


def test_rows_of_one_text_are_its_references_and_rows_without_a_side_are_told(tmp_path):
    table = tmp_path / "mine.tsv"
    table.write_text(
        "word\tsounds\nread\tR EH D\nread\tR IY D\ncat\t\n\tK\nread\tR EH D\n", "utf-8"
    )
    how = Scoring(options={"text_column": "word", "label_column": "sounds"})
    with pytest.warns(UserWarning, match="2 of 5 rows have no text or no target .the first: row 3"):
        data = read(None, table, how)
    assert (data.sources, data.targets) == (["read"], [("R EH D", "R IY D")])
    with pytest.raises(zoo.DataError, match=r"the other way round\. Received: 2 rows"):
        read(None, (["a", ""], ["", "b"]), Scoring())


def test_scoring_answers_as_the_pipeline_and_tells_what_can_never_be_right(path):
    pipeline = zoo.pipeline(path)
    words = ["".join(some) for some in itertools.permutations("cat")]
    right = [answer["generated_text"] for answer in pipeline(words)]
    data = VariantDataset([*words, "dogs"], [*((one, "K") for one in right), ("D AO1 G Z",)])
    with pytest.warns(UserWarning, match="1 of 7 texts holds what the model never writes, such as"):
        word, phone = zoo.evaluate(path, data)
    assert word.value == pytest.approx(1 / 7, abs=1e-6) and 0 < phone.value < 1
    with pytest.warns(UserWarning, match="leaves out"):
        zoo.evaluate(path, VariantDataset(["c4t", "cat"], [("K",), ("K",)]))


def test_the_command_scores_a_file_and_draws_errors_by_length(path, tmp_path):
    rows = [("word", "sounds"), ("cat", "K AE T"), ("dogs", "D AO G Z"), ("zoology", "Z OW")]
    table, picture = tmp_path / "mine.tsv", tmp_path / "errors.png"
    table.write_text("".join("\t".join(row) + "\n" for row in rows), "utf-8")
    columns = ("--text-column", "word", "--label-column", "sounds")
    done = zoo_command("evaluate", path, "--data", table, *columns, "--plot", picture)
    assert done.returncode == 0, done.stderr
    assert "word_error_rate" in done.stdout and "phone_error_rate" in done.stdout
    assert picture.read_bytes().startswith(b"\x89PNG")
    page = picture.with_suffix(".html")
    done = zoo_command("evaluate", path, "--data", table, *columns, "--plot", page)
    assert done.returncode == 2 and "Expected a file name in .png" in done.stderr
    assert not page.exists()
    done = zoo_command("evaluate", path, "--data", table)
    assert done.returncode == 1 and "Expected a column" in done.stderr
    assert "--text-column" in done.stderr and done.stderr.count("\n") == 1


def test_intervals_are_over_the_texts_and_the_same_each_time():
    generator = np.random.default_rng(0)
    wrong, size = generator.integers(0, 3, 400), generator.integers(1, 9, 400)
    first, second = (
        metrics_of(wrong, size, "test", "words"),
        metrics_of(wrong, size, "test", "words"),
    )
    assert first == second
    low, high = first[0].confidence_interval
    expected = 1.96 * np.sqrt(first[0].value * (1 - first[0].value) / 400)
    assert (high - low) / 2 == pytest.approx(expected, rel=0.15)
