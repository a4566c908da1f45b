"""Users' words and tags made ready for fine-tuning: cut in two, cleaned, and told of."""

from __future__ import annotations

import warnings

import pytest

from zoo import checkpoint
from zoo.errors import DataError, InputError
from zoo.interfaces import UserData
from zoo.tasks.token_classification.data import prepare, prepare_tagged, settings
from zoo.tasks.token_classification.testing import make_tagger

NAMES = ["Ann", "Bo", "Cy", "Dee", "Ed", "Flo", "Gus", "Hal", "Ivy", "Jo"]
WORDS = [*([name, "left"] for name in NAMES), *(["it", "rained", name.lower()] for name in NAMES)]
TAGS = [*([["B-PER", "O"]] * 10), *([["O"] * 3] * 10)]


def quiet(*given, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return prepare_tagged(*given, **options)


def keys(data):
    return {tuple(words) for words in data.sentences}


def test_documents_are_cut_in_two_with_and_without_names():
    data = quiet((WORDS, TAGS), seed=1)
    assert (len(data.train), len(data.validation)) == (16, 4)
    assert keys(data.train).isdisjoint(keys(data.validation))
    assert len([tags for tags in data.validation.sentence_tags if "B-PER" in tags]) == 2
    assert data.labels == ("PER",)
    (source,) = data.sources
    assert (source.rows, source.used) == (20, {"train": 16, "validation": 4})
    assert quiet((WORDS, TAGS), seed=1).train == data.train
    assert quiet((WORDS, TAGS), seed=2).train != data.train
    assert len(quiet((WORDS, TAGS), share=0.5).validation) == 10


def test_a_validation_part_of_ones_own_is_kept_apart():
    with pytest.warns(UserWarning, match="1 of 20 documents of .* are left out of training"):
        data = prepare_tagged((WORDS, TAGS), (WORDS[:1], TAGS[:1]))
    assert (len(data.train), len(data.validation)) == (19, 1)
    assert [source.used for source in data.sources] == [{"train": 19}, {"validation": 1}]
    with pytest.warns(UserWarning, match="1 type of the .* part, such as 'LOC', never occurs in"):
        data = prepare_tagged((WORDS, TAGS), ([["in", "Rome"]], [["O", "B-LOC"]]))
    assert data.labels == ("LOC", "PER")
    with pytest.warns(UserWarning, match="2 types of the .* part, such as 'LOC', never occur in"):
        prepare_tagged((WORDS, TAGS), ([["Rome", "EU"]], [["B-LOC", "B-ORG"]]))


def test_a_type_that_the_head_knows_already_need_not_occur_in_training():
    held = ([["in", "Rome"]], [["O", "B-LOC"]])
    assert quiet((WORDS, TAGS), held, known=("PER", "LOC")).labels == ("PER", "LOC")
    # A head that lacks one of the types begins anew, and forgets.
    for known in (("LOC",), ("PER",), ("LOC", "ORG")):
        with pytest.warns(UserWarning, match="such as 'LOC', never occurs in training"):
            prepare_tagged((WORDS, TAGS), held, known=known)


def test_what_repeats_is_left_out_and_told():
    with pytest.warns(UserWarning, match="2 of 22 documents .* repeat an earlier one"):
        data = prepare_tagged(([*WORDS, *WORDS[:2]], [*TAGS, *TAGS[:2]]))
    assert len(data.train) + len(data.validation) == 20


def test_types_of_the_model_are_kept_where_they_are_those_of_the_data():
    assert quiet((WORDS, TAGS), known=("PER", "LOC")).labels == ("PER", "LOC")
    assert quiet((WORDS, TAGS), known=("LOC", "ORG")).labels == ("PER",)


def test_a_file_of_one_document_is_cut_by_its_sentences(tmp_path):
    pairs = zip(WORDS, TAGS, strict=True)
    rows = ["\n".join(f"{w} {t}" for w, t in zip(*pair, strict=True)) for pair in pairs]
    path = tmp_path / "one.conll"
    path.write_text("-DOCSTART- O\n\n" + "\n\n".join(rows), encoding="utf-8")
    with pytest.warns(UserWarning, match="one.conll is 1 document of 20 sentences"):
        data = prepare_tagged(path)
    assert (len(data.train), len(data.validation)) == (16, 4)
    # With a part of one's own it stays whole.
    assert len(quiet(path, ([["Kim", "came"]], [["B-PER", "O"]])).train) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (([["it"], ["rained"]], [["O"], ["O"]]), "with an entity"),
        (([["Ann"]], [["B-PER"]]), "at least two different documents"),
        (([["Ann"], ["Ann"]], [["B-PER"], ["B-PER"]]), "at least two different documents"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*repeat an earlier:UserWarning")
def test_what_nothing_can_be_learnt_of_is_refused(given, words):
    with pytest.raises(DataError, match=words):
        prepare_tagged(given)


def test_too_many_types_and_shares_out_of_bounds_are_refused():
    tags = [[f"B-{number}", "O"] for number in range(1_001)]
    words = [[f"w{number}", "x"] for number in range(1_001)]
    with pytest.raises(DataError, match=r"at most 1,000 types.*Received: 1,001"):
        prepare_tagged((words, tags), (words[:1], tags[:1]))
    with pytest.raises(InputError, match="between 0 and 1"):
        prepare_tagged((WORDS, TAGS), share=1.5)


def test_settings_that_do_nothing_to_a_tagger_are_refused(tmp_path):
    source = checkpoint.read(make_tagger(tmp_path / "tagger"))
    chosen = settings(source, {"epochs": 3})
    assert (chosen.strategy, chosen.epochs) == ("full", 3)
    for given, words in (
        ({"strategy": "gradual"}, "full or head"),
        ({"bptt_steps": 5}, "no bptt_steps"),
        ({"class_weights": True}, "class_weights"),
        ({"epochs": 0}, "epochs"),
        ({"units": 3}, "units"),
    ):
        with pytest.raises(InputError, match=words):
            settings(source, given)
    data = UserData(train=(WORDS, TAGS), options={"tag_scheme": "IOB2", "strict_tags": True})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prepared = prepare(source, data, settings(source, {}))
    assert prepared.labels == ("LOC", "PER") and prepared.settings.epochs >= 8
    broken = UserData(train=(WORDS, [["I-PER", "O"], *TAGS[1:]]), options={"strict_tags": True})
    with pytest.raises(DataError, match="break no rule"):
        prepare(source, broken, settings(source, {}))
