"""Scores of language models against a network and a count that are written out here."""

from __future__ import annotations

import itertools
import math
import warnings

import msgspec
import numpy as np
import pytest

import zoo
from helpers import zoo_command
from zoo import checkpoint
from zoo.interfaces import Scoring
from zoo.schema import Metric
from zoo.tasks.text_generation.plots import surprise_by_kind
from zoo.tasks.text_generation.scoring import evaluate, score
from zoo.tasks.text_generation.testing import TEXT, make_language_model
from zoo.text.corpora import TextCorpus
from zoo.text.examples import TextDataset

every_unit = pytest.mark.parametrize("unit", ["words", "characters"])


@pytest.fixture
def model(unit, tmp_path):
    return zoo.pipeline(make_language_model(tmp_path / "tiny", unit))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def expected_nats(path, ids):
    """Return -ln p of every token by an LSTM that is computed step by step in float64."""
    tensors = {
        name.removeprefix("recurrent_0/lstm_cell/"): np.float64(value)
        for name, value in checkpoint.read(path).tensors.items()
    }
    table = tensors["token_embedding/embeddings"]
    h = c = np.zeros(6)
    found, last = [], 2
    for token in ids:
        gates = table[last] @ tensors["kernel"] + h @ tensors["recurrent_kernel"]
        i, f, g, o = np.split(gates + tensors["bias"], 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        logits = h @ table.T + tensors["logits/bias"]
        logits[0] = -np.inf
        found.append(np.log(np.exp(logits).sum()) - logits[token])
        last = token
    return np.array(found)


def tokens_of(model, text):
    """Return the tokens of a text by the tokenizers library."""
    return model.encoder.tokenizer.encode(text).ids


@every_unit
def test_the_figures_are_those_of_every_token_after_all_before_it(unit, model, tmp_path):
    texts = [TEXT * 70, "the old cat\n", "a", "\n\nthe zebra\n"]
    sums, counts = 0.0, 0
    for text in texts:
        nats = expected_nats(tmp_path / "tiny", tokens_of(model, text))
        nats = nats if unit == "words" else nats[1:]
        sums, counts = sums + nats.sum(), counts + len(nats)
    found = {metric.name: metric for metric in zoo.evaluate(model, TextCorpus(texts))}
    mean = sums / counts
    expected = {
        "words": {"perplexity": math.exp(mean)},
        "characters": {"nats_per_character": mean, "bits_per_character": mean / math.log(2)},
    }[unit]
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, rel=1e-5)
        low, high = found[name].confidence_interval
        assert low < found[name].value < high
    # A text is not what it is in pieces: its state goes on.
    cut = [line for text in texts for line in text.splitlines(keepends=True)]
    assert zoo.evaluate(model, TextCorpus(cut))[0].value != found[next(iter(found))].value


@every_unit
@pytest.mark.parametrize(
    ("times", "sizes"), [(60, (107, 370)), (660, (1_000, 1_000)), (9, (100, 100))]
)
@pytest.mark.filterwarnings("ignore:.*too few for an interval:UserWarning")
def test_the_interval_is_that_of_pieces(unit, model, times, sizes):
    data = TextCorpus([TEXT * times, TEXT * 10])
    found = score(model, data.texts)
    # About thirty, of 100 to 1,000 tokens each.
    size = sizes[unit == "characters"]
    assert size == np.clip(sum(map(len, found.nats)) // 30, 100, 1_000)
    pieces = [item[at : at + size] for item in found.nats for at in range(0, len(item), size)]
    metric = zoo.evaluate(model, data)[0]
    assert metric.num_examples == len(pieces)
    generator = np.random.default_rng(7)
    means = []
    for _ in range(1_000):
        drawn = [pieces[row] for row in generator.integers(0, len(pieces), len(pieces))]
        means.append(np.concatenate(drawn).mean())
    ends = np.quantile(means, [0.025, 0.975])
    if unit == "words":
        ends = np.exp(ends)
    low, high = metric.confidence_interval
    assert (low, high) == pytest.approx(tuple(ends), abs=0.2 * (high - low))


@every_unit
def test_a_users_file_and_lists_are_scored_as_their_text(unit, model, tmp_path):
    expected = zoo.evaluate(model, TextCorpus([TEXT * 90]))
    file = tmp_path / "mine.txt"
    file.write_text(TEXT * 90)
    for own in (file, str(file), [TEXT * 90], {"text": [TEXT * 90]}):
        assert zoo.evaluate(model, own) == expected
    with pytest.warns(UserWarning, match="too few for an interval"):
        assert zoo.evaluate(model, ["the cat saw the dog by the old door and ran\n"])


@every_unit
def test_the_command_scores_a_file_and_draws_what_was_expected_least(unit, model, tmp_path):
    file, picture = tmp_path / "mine.txt", tmp_path / "mine.png"
    file.write_text(TEXT * 90)
    done = zoo_command("evaluate", tmp_path / "tiny", "--data", file, "--plot", picture, "--json")
    assert done.returncode == 0, done.stderr
    expected = zoo.evaluate(model, file, split="mine.txt")
    assert msgspec.json.decode(done.stdout, type=tuple[Metric, ...]) == expected
    assert picture.read_bytes().startswith(b"\x89PNG")
    (tmp_path / "verses.csv").write_text("verse\n" + "the cat saw the dog\n" * 40)
    verses = ["--data", tmp_path / "verses.csv", "--text-column", "verse"]
    done = zoo_command("evaluate", tmp_path / "tiny", *verses)
    assert done.returncode == 0 and "40" in done.stdout.split()
    done = zoo_command("evaluate", tmp_path / "tiny", "--data", picture)
    assert done.returncode == 1 and "Expected a text" in done.stderr


@pytest.mark.parametrize("unit", ["words"])
def test_unknown_words_of_a_users_text_are_told(unit, model):
    text = TEXT * 70 + "Two zebras\n"
    with pytest.warns(
        UserWarning, match=r"2 of 3,223 \(0\.1%\), such as 'Two', 'zebras'.*not comp"
    ):
        zoo.evaluate(model, [text])
    text = TEXT.upper() * 70
    told = r"Many words.*\(89\.1%\).*say little of this text\. In small letters 0 of them"
    for data in ([text], TextCorpus([text])):
        with pytest.warns(UserWarning, match=told):
            zoo.evaluate(model, data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # What a text spells out is a word like others.
        zoo.evaluate(model, [TEXT * 70 + "<unk>\n"])


@pytest.mark.parametrize("unit", ["characters"])
def test_characters_of_another_script_are_told(unit, model):
    with pytest.warns(UserWarning, match=r"Many characters.*'м'.*say little of this text"):
        zoo.evaluate(model, ["мы не рабы рабы не мы\n" * 200])


@every_unit
def test_what_cannot_be_scored_is_refused(unit, model, tmp_path):
    for texts in ([], [""]):
        with pytest.raises(zoo.InputError, match=r"at least (2 characters|1 word) to score"):
            zoo.evaluate(model, TextCorpus(texts))
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(zoo.DataError, match=r"more than white space in empty\.txt"):
        zoo.evaluate(model, tmp_path / "empty.txt")
    for other in (TextDataset(["the cat"], np.zeros(1, np.int32)), 3):
        with pytest.raises(zoo.InputError, match=r"Expected a file of text.*Received"):
            zoo.evaluate(model, other)
    with pytest.raises(zoo.InputError, match="surrogate"):
        zoo.evaluate(model, TextCorpus(["the \ud800"]))


@every_unit
def test_the_least_expected_lines_and_kinds_are_told_and_shown(unit, model):
    told, shown = [], {}
    how = Scoring(tell=told.append, show=shown.__setitem__)
    strange = "door door by by shut shut ran ran"
    evaluate(model, TextCorpus([TEXT * 3 + strange + "\n", "an eel\n", ""]), how)
    found = score(model, [TEXT * 3 + strange + "\n", "an eel\n", ""])
    lines = "".join(told).splitlines()
    assert lines[0].startswith("1 of " if unit == "words" else "0 of ")
    listed = [(float(line.split()[0]), line.split("'")[1]) for line in lines[2:]]
    assert len(listed) == 3 and listed == sorted(listed, key=lambda item: -item[0])
    nats, ids = found.nats[0], found.ids[0]
    ends = [0, *(np.flatnonzero(ids == 2) + 1)]
    means = [nats[a:b].mean() for a, b in itertools.pairwise(ends)]
    assert listed[0][0] == pytest.approx(max(means), abs=0.006)
    assert listed[0][1] in (TEXT + strange)
    assert list(shown) == ["surprise"]
    kinds = surprise_by_kind(model.encoder, found.ids, found.nats)
    everything = np.concatenate(found.nats).mean()
    assert sum(share for _, _, share in kinds) == pytest.approx(1)
    assert sum(mean * share for _, mean, share in kinds) == pytest.approx(everything)


def test_what_was_expected_least_stands_as_it_is_in_the_text(tmp_path):
    model = zoo.pipeline(make_language_model(tmp_path / "tiny", "characters"))
    told: list[str] = []
    line = "\u041c\u044b \u043d\u0435 \u0440\u0430\u0431\u044b, the cat saw the dog"
    evaluate(model, TextCorpus([f"{line}\n" * 9]), Scoring(tell=told.append))
    assert "\ufffd" not in "".join(told) and f"'{line}'" in "".join(told)


def test_kinds_are_told_apart_by_frequency_and_by_place(tmp_path):
    words = zoo.pipeline(make_language_model(tmp_path / "words", "words"))
    text = "the zebra ran\n"
    ids = words.encoder.encode(text)
    nats = np.array([1.0, 2.0, 4.0, 8.0])
    assert surprise_by_kind(words.encoder, [ids], [nats]) == [
        ("line end", 8.0, 0.25),
        ("words 1-10", 1.0, 0.25),
        ("words 11-100", 4.0, 0.25),
        ("unknown", 2.0, 0.25),
    ]
    characters = zoo.pipeline(make_language_model(tmp_path / "characters", "characters"))
    ids = characters.encoder.encode("a dog\n")
    kinds = surprise_by_kind(characters.encoder, [ids], [np.arange(6.0)])
    assert kinds == [
        ("white space", 3.0, 2 / 6),
        ("character 1 of a word", 1.0, 2 / 6),
        ("character 2 of a word", 3.0, 1 / 6),
        ("character 3 of a word", 4.0, 1 / 6),
    ]
