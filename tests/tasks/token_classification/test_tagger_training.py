"""What a tagger learns from: documents whole and cut, and rare words as unknown ones."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

import zoo
from helpers import to_numpy
from zoo.tasks.token_classification.rows import HeldRows, TrainingRows
from zoo.tasks.token_classification.testing import DATA, LABELS, make_tagger
from zoo.tasks.token_classification.training import scorer, word_reader
from zoo.text.tagged import TaggedDataset
from zoo.text.tags import iobes_names
from zoo.text.word_features import PAD, UNKNOWN, WordFeatures, document_pieces, learn_vocabularies

FEATURES = WordFeatures(*learn_vocabularies(DATA.sentences, affix_count=1).values())
# Documents of many lengths, of whose words most stand there once.
NUMBERS = [(document, at) for document in range(1, 8) for at in range(document)]
MANY = TaggedDataset(
    [
        [
            ["Ann", *("abcdefgh"[k] + "xyz" * at + "w" * document for k in range(at + 1)), "."]
            for at in range(document)
        ]
        for document in range(1, 8)
    ],
    [[["B-PER", *["O"] * (at + 2)] for at in range(document)] for document in range(1, 8)],
)
RARE = sum(at + 1 for _, at in NUMBERS)


def rows_of(data=MANY, **changes):
    given = {
        "places": 60,
        "document_length": 40,
        "cut": 0.5,
        "word_dropout": 0.0,
        "seed": 1,
    }
    features = WordFeatures(*learn_vocabularies(data.sentences, affix_count=1).values())
    return TrainingRows(data, features, LABELS, **{**given, **changes}), features


def batches_of(rows, epoch):
    drawn = rows(epoch)
    return [drawn.batch(np.array([number])) for number in range(len(drawn.lengths))]


@pytest.mark.parametrize("recased", [0.0, 0.6])
def test_every_word_is_read_once_an_epoch_with_its_tag(recased):
    rows, features = rows_of(recased=recased)
    names = iobes_names(LABELS)
    for epoch in range(3):
        found = []
        for x, y in batches_of(rows, epoch):
            ids = x["word_token_ids"][x["places"]]
            found += [(int(a), names[b]) for a, b in zip(ids[y >= 0], y[y >= 0], strict=True)]
            # An end of a sentence has no tag, and neither has padding.
            assert ((y >= 0) <= x["padding_mask"]).all()
        pairs = zip(MANY.sentences, MANY.sentence_tags, strict=True)
        words = [(w, t) for sentence, tags in pairs for w, t in zip(sentence, tags, strict=True)]
        ids = features.table([word for word, _ in words]).token_ids.tolist()
        tags = [tag if tag == "O" else f"S{tag[1:]}" for _, tag in words]
        assert sorted(found) == sorted(zip(ids, tags, strict=True))


def test_an_epoch_has_as_many_batches_as_any_and_is_drawn_by_seed_and_number():
    rows, _ = rows_of()
    assert {len(rows(epoch).lengths) for epoch in range(6)} == {rows.batches}
    for a, b in zip(batches_of(rows, 2), batches_of(rows_of()[0], 2), strict=True):
        assert all(np.array_equal(a[0][name], b[0][name]) for name in a[0])
        assert np.array_equal(a[1], b[1])
    again = [x["places"].tobytes() for x, _ in batches_of(rows, 2)]
    assert again != [x["places"].tobytes() for x, _ in batches_of(rows, 3)]


def test_documents_stay_whole_unless_they_are_cut_or_too_long():
    lengths = {"whole": set(), "cut": set()}
    for name, share in (("whole", 0.0), ("cut", 1.0)):
        rows, _ = rows_of(cut=share, document_length=1_000)
        for x, _ in batches_of(rows, 0):
            lengths[name] |= set(x["padding_mask"].sum(axis=1).tolist())
    whole = {sum(len(words) + 1 for words in document) for document in MANY.words}
    assert lengths["whole"] == whole
    assert max(lengths["cut"]) < max(whole)
    rows, _ = rows_of(cut=0.0, document_length=20)
    assert max(x["padding_mask"].sum(axis=1).max() for x, _ in batches_of(rows, 0)) <= 20


def test_rare_words_are_read_as_unknown_ones_as_often_as_asked():
    rows, _ = rows_of(word_dropout=1.0)
    unknown = known = 0
    for epoch in range(30):
        for x, y in batches_of(rows, epoch):
            read = x["word_token_ids"][x["places"]][y >= 0]
            unknown, known = unknown + (read == UNKNOWN).sum(), known + (read != UNKNOWN).sum()
    # Of the two frequent words, of which there are as many as sentences, hardly any.
    assert unknown / (30 * RARE) == pytest.approx(0.5, abs=0.06)
    assert unknown + known == 30 * (RARE + 2 * len(NUMBERS))
    plain, _ = rows_of(word_dropout=0.0)
    assert not any((x["word_token_ids"] == UNKNOWN).any() for x, _ in batches_of(plain, 0))


CASES = {
    "as it is": str,
    "lower": str.lower,
    "upper": str.upper,
    "capitalized": lambda word: word[0].upper() + word[1:],
}


@pytest.mark.parametrize(("share", "some"), [(0.0, {"as it is"}), (0.5, {*CASES}), (1.0, None)])
def test_what_is_read_together_is_in_one_case(share, some):
    rows, features = rows_of(recased=share)
    words = sorted({word for sentence in MANY.sentences for word in sentence})
    written = {
        name: {(tuple(row), shape) for row, shape in zip(table.letters, table.shapes, strict=True)}
        for name, change in CASES.items()
        for table in [features.table([change(word) for word in words])]
    }
    found = set()
    for epoch in range(8):
        for x, y in batches_of(rows, epoch):
            for places, tags in zip(x["places"], y, strict=True):
                read = places[tags >= 0]
                pairs = zip(x["word_letters"][read], x["word_shapes"][read], strict=True)
                own = {(tuple(letters), shape) for letters, shape in pairs}
                found.add(next(name for name, known in written.items() if own <= known))
    assert found == (some or {*CASES} - {"as it is"})


def test_reading_every_word_once_gives_what_reading_every_place_gives(tmp_path):
    model = zoo.load(make_tagger(tmp_path / "tiny", num_layers=2))
    features = model.preprocessor.features
    rows = TrainingRows(
        DATA, features, LABELS, places=60, document_length=40, cut=0.0, word_dropout=0.0, seed=1
    )
    reader = word_reader(model)
    for x, _ in batches_of(rows, 0):
        names = ("token_ids", "letters", "shapes", "affixes")
        place = {name: x[f"word_{name}"][x["places"]] for name in names}
        place["token_ids"] = np.where(x["padding_mask"], place["token_ids"], 0)
        place |= {name: x[name] for name in ("groups", "padding_mask")}
        inside = x["padding_mask"]
        found, expected = (to_numpy(one(given)) for one, given in ((reader, x), (model, place)))
        np.testing.assert_allclose(found[inside], expected[inside], atol=1e-5)


def test_a_held_document_is_scored_as_the_model_tags_it(tmp_path):
    model = zoo.load(make_tagger(tmp_path / "tiny", length=9))
    held = HeldRows(DATA, model.preprocessor.features, LABELS, document_length=9, places=30)
    tagged = model.tag(DATA.words)
    scores = scorer(held)(model)
    assert scores == held.score(tagged)
    assert held.score(DATA.tags) == {"f1": 1.0, "precision": 1.0, "recall": 1.0}


def test_the_document_is_seen_and_other_documents_are_not(tmp_path):
    """The same sentence with another before it; and beside another in its batch."""
    model = zoo.load(make_tagger(tmp_path / "tiny", num_layers=1, document_dim=3))
    one, other = ["Mary", "left", "London"], ["London", "rained"]
    (alone,), (_, within), both = (
        model.predict([[one]])[0],
        model.predict([[other, one]])[0],
        model.predict([[one], [other]]),
    )
    assert np.abs(alone - within).max() > 1e-3
    np.testing.assert_allclose(alone, both[0][0], atol=1e-5)


def test_pieces_hold_every_word_once_and_are_never_too_long():
    generator = np.random.default_rng(0)
    for most in (2, 3, 10, 50):
        lengths = generator.integers(1, 30, 20).tolist()
        pieces = document_pieces(lengths, most)
        assert max(map(len, pieces)) <= most
        words = [
            (sentence, word)
            for piece in pieces
            for sentence, first, stop in piece.parts
            for word in range(first, stop)
        ]
        assert words == [(n, word) for n, length in enumerate(lengths) for word in range(length)]


def test_tags_of_the_wrong_number_or_kind_are_refused(tmp_path):
    model = zoo.load(make_tagger(tmp_path / "tiny"))
    model.compile()
    for x, y, message in (
        ([[["Mary"]]], [[["B-ORG"]]], "the model's types, LOC, PER.*'B-ORG'"),
        ([[["Mary", "left"]]], [[["B-PER"]]], "a tag for every word"),
        ([[["Mary"]]], [], "tags of 1 documents.*0"),
        ([[[""]]], [[["O"]]], "a word ''"),
    ):
        with pytest.raises(zoo.InputError, match=message):
            model.fit(x, y, verbose=0)


def test_a_tagger_is_saved_by_keras_and_comes_back_compiled(tmp_path):
    model = zoo.load(make_tagger(tmp_path / "tiny"))
    model.compile()
    model.fit(DATA.words, DATA.tags, verbose=0)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.tag(DATA.words) == model.tag(DATA.words)
    found, expected = (one.evaluate(DATA.words, DATA.tags, verbose=0) for one in (again, model))
    assert found == pytest.approx(expected, abs=1e-5)


def test_new_words_and_types_are_learnt_from_a_few_sentences(tmp_path):
    base = make_tagger(tmp_path / "tiny")
    people, towns = ("Ærø", "Ulla", "Ivo"), ("Oslo", "Lund", "Bergen")
    sentences = [
        ([person, "went", "to", town, f"on{number}"], ["B-ANY", "O", "O", "O", "O"])
        for number, (person, town) in enumerate(itertools.product(people, towns))
    ]
    words, tags = map(list, zip(*sentences, strict=True))
    held = [[person, "went", "to", "Bergen"] for person in people], [["B-ANY", "O", "O", "O"]] * 3
    with pytest.warns(UserWarning, match="New to tiny-tagger are.*words.*letter"):
        zoo.finetune(
            base,
            (words, tags),
            valid=held,
            output=tmp_path / "mine",
            epochs=40,
            patience=40,
            batch_size=3,
            learning_rate=0.03,
            seed=1,
        )
    pipeline = zoo.pipeline(tmp_path / "mine")
    assert zoo.info(tmp_path / "mine").labels == ("ANY",)
    assert pipeline.tag([["Ulla", "went", "to", "Bergen"]]) == [["B-ANY", "O", "O", "O"]]
    assert pipeline.reader.features.words["ulla"] > UNKNOWN
    assert "Æ" in pipeline.reader.features.letters


def test_a_beginning_is_never_taken_for_an_end():
    """Words of marks alone too: what they begin with and what they end with are told apart."""
    words = ["---", "^^^", "$$$", "-$-", "^$^", "ab-", "-ab"]
    features = WordFeatures(*learn_vocabularies([words], affix_count=1).values())
    sides = np.split(features.table(words).affixes, 2, axis=1)
    beginnings, ends = (set(side.ravel()) - {PAD} for side in sides)
    assert beginnings and ends and not beginnings & ends
