"""The n-gram teacher against scikit-learn's own counting, and the lessons it gives."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

import zoo
from helpers import edit_json
from zoo.tasks.text_classification.recipe import TeacherSettings
from zoo.tasks.text_classification.teacher import Committee, NgramTeacher, teach
from zoo.tasks.text_classification.testing import SENTENCES, make_checkpoint
from zoo.text.encoding import START, UNKNOWN, TextEncoder, parse_tokenizer


def texts(count=60, seed=0):
    """Return token ids in which 5 and 6 lean to class 1, unless 9 stands before them."""
    generator = np.random.default_rng(seed)
    sequences = [
        np.concatenate([[START], generator.integers(3, 12, generator.integers(1, 40))])
        for _ in range(count)
    ]
    score = [np.isin(ids, (5, 6)).sum() - np.isin(ids, (7, 8)).sum() for ids in sequences]
    return sequences, (np.array(score) > 0).astype(np.int32)


def probability(teacher, ids):
    """Return the teacher's probability of class 1 for one sequence."""
    return float(1 / (1 + np.exp(-teacher.logits([ids])[0])))


@pytest.mark.parametrize(("ngrams", "min_count"), [(1, 1), (2, 2), (3, 2)])
def test_the_teacher_is_that_of_wang_and_manning(ngrams, min_count):
    sequences, labels = texts()
    settings = TeacherSettings(ngrams=ngrams, min_count=min_count, strength=0.3)
    teacher = NgramTeacher(sequences, labels, settings)
    words = [" ".join(map(str, ids[1:])) for ids in sequences]
    counter = CountVectorizer(
        ngram_range=(1, ngrams), min_df=min_count, binary=True, token_pattern=r"\d+"
    )
    x = counter.fit_transform(words)
    p, q = (1 + np.asarray(x[labels == label].sum(axis=0))[0] for label in (1, 0))
    ratio = np.log((p / p.sum()) / (q / q.sum()))
    reference = LogisticRegression(C=0.3, tol=1e-8, solver="newton-cg")
    reference.fit(x @ sparse.diags(ratio), labels)
    expected = reference.predict_proba(x @ sparse.diags(ratio))[:, 1]
    received = [probability(teacher, ids) for ids in sequences]
    np.testing.assert_allclose(received, expected, atol=5e-3)


def test_ids_that_the_teacher_never_saw_are_unknown_words():
    sequences, labels = texts()
    teacher = NgramTeacher(sequences, labels, TeacherSettings())
    for known in ([], [5], [5, 6]):
        received = probability(teacher, np.array([START, *known, 99]))
        assert received == probability(teacher, np.array([START, *known, UNKNOWN]))


def test_a_teacher_that_cannot_be_is_refused():
    sequences, _ = texts()
    with pytest.raises(zoo.InputError, match="two classes"):
        NgramTeacher(sequences, np.arange(60) % 3, TeacherSettings())
    with pytest.raises(zoo.InputError, match="min_count"):
        NgramTeacher(sequences, np.arange(60) % 2, TeacherSettings(min_count=61))
    with pytest.raises(zoo.InputError, match="64 bits"):
        NgramTeacher(sequences, np.arange(60) % 2, TeacherSettings(ngrams=20))


def lessons(seed=1, **settings):
    sequences, labels = texts()
    chosen = TeacherSettings(shortest=4, **settings)
    teacher = NgramTeacher(sequences, labels, chosen)
    drawn, targets = teach(
        sequences, labels, teacher, chosen, longest=20, generator=np.random.default_rng(seed)
    )
    return sequences, labels, teacher, drawn, targets


def test_whole_texts_have_targets_between_label_and_teacher():
    sequences, labels, teacher, drawn, targets = lessons(whole=1.0, label_share=0.25)
    assert all(np.array_equal(a, b) for a, b in zip(sequences, drawn, strict=True))
    answers = np.array([probability(teacher, ids) for ids in sequences])
    np.testing.assert_allclose(targets[:, 1], 0.75 * answers + 0.25 * labels, atol=1e-6)
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)


def occurs(piece, text):
    return any(
        np.array_equal(piece, text[i : i + len(piece)]) for i in range(len(text) - len(piece) + 1)
    )


def test_pieces_and_mixtures_carry_the_teachers_answer():
    sequences, _, teacher, drawn, targets = lessons(whole=0.0)
    whole_pieces = 0
    for own, read, target in zip(sequences, drawn, targets, strict=True):
        assert read[0] == START and 1 < len(read) <= 21 and START not in read[1:]
        assert target[1] == pytest.approx(probability(teacher, read), abs=1e-6)
        whole_pieces += occurs(read[1:], own)
    assert 10 < whole_pieces < 50  # about one half; the others go on with another text


def test_lessons_follow_from_the_seed():
    first, again, other = (lessons(seed)[3] for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


def test_its_weights_add_up_to_its_answer():
    sequences, labels = texts()
    teacher = NgramTeacher(sequences, labels, TeacherSettings(ngrams=3, min_count=2))
    bias = np.log(1 / (1 / probability(teacher, np.array([START])) - 1))
    for ids in sequences[:20]:
        tokens, logit = ids[1:], bias
        for length in (1, 2, 3):
            windows = [tokens[i : i + length] for i in range(len(tokens) - length + 1)]
            if windows:
                logit += teacher.weights(np.unique(windows, axis=0)).sum()
        assert probability(teacher, ids) == pytest.approx(1 / (1 + np.exp(-logit)))
    assert teacher.weights(np.full((2, 4), 5)).tolist() == [0, 0]


def committee(paths, **settings):
    """Return a committee over checkpoints of `make_checkpoint`, what teaches in it, and texts."""
    tokenizer = (paths[0] / "assets/tokenizer/tokenizer.json").read_bytes()
    encode = TextEncoder(parse_tokenizer(tokenizer, 60), 12, 20)
    sequences, labels = texts()
    teacher = NgramTeacher(sequences, labels, TeacherSettings(**settings))
    members = {path: zoo.pipeline(path) for path in paths}
    return Committee(teacher, members, tokenizer, encode), teacher, sequences


def test_a_committee_averages_log_odds(tmp_path):
    paths = [
        make_checkpoint(tmp_path / str(seed), num_classes=2, seed=seed, cell="gru")
        for seed in (1, 2)
    ]
    answers, teacher, sequences = committee(paths)
    read = [np.concatenate([ids[:12], ids[12:][-20:]]) for ids in sequences]
    scores = [zoo.pipeline(path).score_ids(read)[:, 1] for path in paths]
    networks = np.mean([np.log(score / (1 - score)) for score in scores], axis=0)
    expected = (teacher.logits(sequences) + networks) / 2
    np.testing.assert_allclose(answers.logits(sequences), expected, atol=1e-4)
    alone = committee(paths)[0]
    alone.networks = []
    np.testing.assert_array_equal(alone.logits(sequences), teacher.logits(sequences))


def test_a_committee_reads_what_its_tokenizer_gave(tmp_path):
    path = make_checkpoint(tmp_path / "gru", num_classes=2, cell="gru")
    answers, *_ = committee([path])
    network = zoo.pipeline(path)
    read = [answers.encode.truncate(ids) for ids in answers.encode(SENTENCES, truncate=False)]
    np.testing.assert_allclose(network.score_ids(read), network.predict_proba(SENTENCES), atol=1e-6)


def test_a_member_of_another_tokenizer_is_refused(tmp_path):
    paths = [make_checkpoint(tmp_path / name, num_classes=2, cell="gru") for name in "ab"]

    def swap(content):
        words = content["model"]["vocab"]
        words["film"], words["a"] = words["a"], words["film"]

    edit_json(paths[1], "assets/tokenizer/tokenizer.json", swap)
    with pytest.raises(zoo.InputError, match="own tokenizer"):
        committee(paths)
