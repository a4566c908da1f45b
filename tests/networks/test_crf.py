"""Linear-chain CRFs, in Keras and in NumPy: against all chains of tags, one by one."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest
from keras import ops

import zoo
from helpers import to_numpy, weight_gradients
from zoo.layers.chain import Chain, Constraints, scheme_constraints
from zoo.layers.crf import CRF

IOB2 = ["O", "B-A", "I-A", "B-B", "I-B"]
IOBES = ["O", "B-A", "I-A", "E-A", "S-A"]
TAGS = {"any": 5, "IOB2": IOB2, "IOBES": IOBES}


def constraints_of(tags):
    return Constraints.none(tags) if isinstance(tags, int) else scheme_constraints(tags)


def drawn(seed, tags, rows=3, steps=4, scale=2.0):
    """Return the scores of emissions, transitions, starts and ends."""
    generator = np.random.default_rng(seed)
    count = tags if isinstance(tags, int) else len(tags)
    shapes = ((rows, steps, count), (count, count), (count,), (count,))
    return [generator.normal(0, scale, shape).astype(np.float32) for shape in shapes]


def layer_of(tags, transitions, start, end):
    layer = CRF(tags)
    layer.build((None, None, len(start)))
    for variable, value in zip(layer.weights, (transitions, start, end), strict=True):
        variable.assign(value)
    return layer


def every_chain(emissions, transitions, start, end, allowed):
    """Return all chains of tags that are allowed, with the score of each."""
    found = {}
    for path in itertools.product(range(len(start)), repeat=len(emissions)):
        pairs = list(itertools.pairwise(path))
        if not (allowed.start[path[0]] and allowed.end[path[-1]]):
            continue
        if not all(allowed.transitions[pair] for pair in pairs):
            continue
        score = float(start[path[0]]) + float(end[path[-1]])
        score += sum(float(emissions[step, tag]) for step, tag in enumerate(path))
        found[path] = score + sum(float(transitions[pair]) for pair in pairs)
    return found


def by_hand(emissions, weights, allowed):
    """Return the log-partition, the marginals, the best chain and all likelihoods."""
    scores = every_chain(emissions, *weights, allowed)
    partition = np.logaddexp.reduce(list(scores.values()))
    marginals = np.zeros(emissions.shape)
    for path, score in scores.items():
        marginals[range(len(path)), path] += np.exp(score - partition)
    return partition, marginals, max(scores, key=scores.get), scores


@pytest.mark.parametrize("name", TAGS)
def test_the_chain_in_numpy_sums_over_all_chains(name):
    tags = TAGS[name]
    emissions, *weights = drawn(1, tags)
    lengths, allowed = [4, 3, 1], constraints_of(tags)
    chain = Chain(*weights, allowed)
    marginals, partitions = (
        chain.marginals(emissions, lengths),
        chain.log_partition(emissions, lengths),
    )
    paths = chain.decode(emissions, lengths)
    for row, length in enumerate(lengths):
        partition, shares, best, scores = by_hand(emissions[row, :length], weights, allowed)
        assert partitions[row] == pytest.approx(partition, abs=1e-6)
        np.testing.assert_allclose(marginals[row, :length], shares, atol=1e-6)
        assert not marginals[row, length:].any()
        assert tuple(paths[row]) == best
        given = np.zeros((1, 4), int)
        given[0, :length] = best
        likelihood = chain.log_likelihood(emissions[row : row + 1], given, [length])
        assert likelihood[0] == pytest.approx(scores[best] - partition, abs=1e-6)


def test_the_probability_of_a_span_sums_over_all_chains_that_hold_it():
    emissions, *weights = drawn(2, IOBES)
    allowed, lengths = scheme_constraints(IOBES), [4, 3, 1]
    spans = [(0, 1, (1, 2, 3)), (0, 0, (4,)), (1, 1, (1, 3)), (2, 0, (0,)), (1, 0, (1, 2, 3))]
    found = Chain(*weights, allowed).span_probabilities(emissions, lengths, spans)
    for (row, first, tags), probability in zip(spans, found, strict=True):
        partition, _, _, scores = by_hand(emissions[row, : lengths[row]], weights, allowed)
        held = [
            score
            for path, score in scores.items()
            if path[first : first + len(tags)] == tuple(tags)
        ]
        expected = np.exp(np.logaddexp.reduce(held) - partition)
        assert probability == pytest.approx(expected, abs=1e-9)


# Whole rows, padding on either side, holes that part a row into chains, and nothing at all.
MASKS = np.array(
    [[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [1, 0, 1, 1, 0], [0, 0, 0, 0, 0]], bool
)


def runs_of(mask):
    steps = [(inside, list(run)) for inside, run in itertools.groupby(range(len(mask)), mask.item)]
    return [(run[0], run[-1] + 1) for inside, run in steps if inside]


@pytest.mark.parametrize("name", TAGS)
def test_the_layer_sums_over_all_chains_of_every_run_inside_the_mask(name):
    tags = TAGS[name]
    emissions, *weights = drawn(3, tags, rows=len(MASKS), steps=MASKS.shape[1])
    emissions[~MASKS] = 1e9  # what stands outside is of no matter
    layer, allowed = layer_of(tags, *weights), constraints_of(tags)
    partitions = to_numpy(layer.log_partition(emissions, MASKS))
    marginals = to_numpy(layer.marginals(emissions, MASKS))
    decoded = to_numpy(layer.decode(emissions, MASKS))
    likelihoods = to_numpy(layer.log_likelihood(emissions, decoded, MASKS))
    for row, mask in enumerate(MASKS):
        partition = likelihood = 0.0
        shares, path = np.zeros(emissions[row].shape), np.full(len(mask), -1)
        for first, stop in runs_of(mask):
            one, own, best, scores = by_hand(emissions[row, first:stop], weights, allowed)
            partition, likelihood = partition + one, likelihood + scores[best] - one
            shares[first:stop], path[first:stop] = own, best
        assert partitions[row] == pytest.approx(partition, abs=1e-4)
        assert likelihoods[row] == pytest.approx(likelihood, abs=1e-4)
        np.testing.assert_allclose(marginals[row], shares, atol=1e-5)
        assert decoded[row].tolist() == path.tolist()


def test_marginals_are_the_gradient_of_the_log_partition():
    emissions, *weights = drawn(4, IOB2, rows=len(MASKS), steps=MASKS.shape[1])
    layer = layer_of(IOB2, *weights)
    variable = keras.Variable(emissions)

    def total():
        return ops.sum(layer.log_partition(variable, MASKS))

    of_emissions, _, of_start, of_end = weight_gradients([variable, *layer.weights], total)
    marginals = to_numpy(layer.marginals(emissions, MASKS))
    np.testing.assert_allclose(of_emissions, marginals, atol=1e-5)
    firsts = [(row, first) for row, mask in enumerate(MASKS) for first, _ in runs_of(mask)]
    lasts = [(row, stop - 1) for row, mask in enumerate(MASKS) for _, stop in runs_of(mask)]
    np.testing.assert_allclose(of_start, sum(marginals[at] for at in firsts), atol=1e-5)
    np.testing.assert_allclose(of_end, sum(marginals[at] for at in lasts), atol=1e-5)


def test_large_scores_neither_overflow_nor_vanish():
    emissions, *weights = drawn(5, IOBES, scale=300.0)
    layer, chain = layer_of(IOBES, *weights), Chain(*weights, scheme_constraints(IOBES))
    found, expected = (
        to_numpy(layer.log_partition(emissions)),
        chain.log_partition(emissions, [4] * 3),
    )
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert np.isfinite(to_numpy(layer.marginals(emissions))).all()


def test_what_a_scheme_forbids_is_never_given():
    generator = np.random.default_rng(6)
    for tags in (IOB2, IOBES, ["O", "B-A", "I-A", "L-A", "U-A"]):
        allowed = scheme_constraints(tags)
        emissions, *weights = drawn(7, tags, rows=20, steps=9, scale=50.0)
        lengths = generator.integers(1, 10, 20)
        for path in Chain(*weights, allowed).decode(emissions, lengths):
            assert allowed.start[path[0]] and allowed.end[path[-1]]
            assert all(allowed.transitions[pair] for pair in itertools.pairwise(path))


def test_a_model_learns_what_only_neighbours_tell():
    """Two tags that take turns, of which the words say nothing but where they begin."""
    keras.utils.set_random_seed(1)
    words = keras.Input((None,), dtype="int32")
    vectors = keras.layers.Embedding(4, 8, mask_zero=True)(words)
    crf = CRF(2, name="crf")
    model = keras.Model(words, crf(keras.layers.Dense(2)(vectors)))
    model.compile(keras.optimizers.Adam(0.1), loss=crf.loss)
    sentences = np.array([[2, 1, 1, 1, 1], [3, 1, 1, 1, 0]])
    tags = np.array([[0, 1, 0, 1, 0], [1, 0, 1, 0, -1]])
    before = float(model.evaluate(sentences, tags, verbose=0))
    model.fit(sentences, tags, epochs=60, verbose=0)
    after = float(model.evaluate(sentences, tags, verbose=0))
    assert after < 0.2 < before
    found = to_numpy(crf.decode(model.predict(sentences, verbose=0), sentences > 0))
    assert found.tolist() == tags.tolist()


def test_the_loss_is_the_mean_over_steps_and_rows_may_weigh_more():
    emissions, *weights = drawn(8, IOB2, rows=2, steps=3)
    layer = layer_of(IOB2, *weights)
    tags = np.array([[1, 2, 0], [0, 3, -1]])
    likelihoods = to_numpy(layer.log_likelihood(emissions, tags, tags >= 0))
    assert float(layer.loss(tags, emissions)) == pytest.approx(-likelihoods.sum() / 5, abs=1e-5)
    weighted = float(layer.loss(tags, emissions, np.array([1.0, 3.0])))
    assert weighted == pytest.approx(-(likelihoods * [1, 3]).sum() / (3 + 3 * 2), abs=1e-5)
    column = float(layer.loss(tags, emissions, np.array([[1.0], [3.0]])))
    assert column == pytest.approx(weighted, abs=1e-6)
    with pytest.raises(zoo.InputError, match=r"of shape \(batch,\).*\(2, 3\)"):
        layer.loss(tags, emissions, np.ones((2, 3)))


def test_what_stands_beyond_a_chain_may_be_anything():
    emissions, *weights = drawn(12, IOB2, rows=2, steps=4)
    chain, lengths, tags = Chain(*weights), [2, 4], np.zeros((2, 4), int)
    padded = emissions.copy()
    padded[0, 2:] = np.nan
    for one, other in (
        (chain.marginals(padded, lengths), chain.marginals(emissions, lengths)),
        (
            chain.log_likelihood(padded, tags, lengths),
            chain.log_likelihood(emissions, tags, lengths),
        ),
        tuple(np.concatenate(chain.decode(some, lengths)) for some in (padded, emissions)),
    ):
        assert np.isfinite(one).all()
        np.testing.assert_array_equal(one, other)


def test_an_emission_of_minus_infinity_forbids_a_tag_there_alone():
    emissions, *weights = drawn(11, 3, rows=1, steps=5)
    emissions[0, 0, 1] = -np.inf
    layer = layer_of(3, *weights)
    inside = np.array([[True, True, False, True, True]])
    shares = to_numpy(layer.marginals(emissions, inside))
    assert shares[0, 0, 1] == 0
    np.testing.assert_allclose(shares[inside].sum(axis=-1), 1, atol=1e-5)
    assert to_numpy(layer.decode(emissions, inside))[0, 0] != 1


def test_a_layer_comes_back_from_its_configuration():
    emissions, *weights = drawn(9, IOB2)
    layer = layer_of(IOB2, *weights)
    again = CRF.from_config(layer.get_config())
    again.build((None, None, 5))
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(
        to_numpy(again.decode(emissions)), to_numpy(layer.decode(emissions))
    )


def test_numbers_that_are_no_tags_have_no_likelihood():
    emissions, *weights = drawn(5, IOB2)
    layer = layer_of(IOB2, *weights)
    tags, mask = np.zeros((3, 4), int), np.ones((3, 4), bool)
    fine = to_numpy(layer.log_likelihood(emissions, tags))
    for wrong in (5, -1, 0.5):
        given = tags.astype(type(wrong))
        given[1, 2] = wrong
        for one in (given, given.tolist()):
            with pytest.raises(zoo.InputError, match=rf"from 0 to 4.*Received: {wrong}\."):
                layer.log_likelihood(emissions, one)
            with pytest.raises(zoo.InputError, match=rf"from 0 to 4.*Received: {wrong}\."):
                layer.log_likelihood(emissions, one, mask)
        # Outside of the mask anything may stand.
        hole = mask.copy()
        hole[1, 2:] = False
        assert np.isfinite(to_numpy(layer.log_likelihood(emissions, given, hole))).all()
        if wrong == 0.5:
            continue
        # What nobody can look at before it is computed makes nothing of its row.
        found = to_numpy(layer.log_likelihood(emissions, ops.convert_to_tensor(given), mask))
        assert np.isnan(found).tolist() == [False, True, False]
        np.testing.assert_allclose(found[[0, 2]], fine[[0, 2]], rtol=1e-6)


def test_shapes_that_do_not_fit_are_refused_by_all_that_reads_them():
    emissions, *weights = drawn(6, IOB2)
    layer = layer_of(IOB2, *weights)
    mask, tags = np.ones((3, 4), bool), np.zeros((3, 4), int)
    for ask in (layer.decode, layer.marginals, layer.log_partition):
        for wrong in (emissions[:, :, :2], emissions[0]):
            with pytest.raises(zoo.InputError, match=r"emissions of 5 tags, of shape"):
                ask(wrong, mask)
        for wrong in (mask[:, :1], mask[0], mask[:, :, None]):
            with pytest.raises(zoo.InputError, match=r"a mask of every step.*\(3, 4\)"):
                ask(emissions, wrong)
    for wrong in (tags[:, :1], tags[:, :, None]):
        with pytest.raises(zoo.InputError, match=r"tags of every step.*\(3, 4\)"):
            layer.log_likelihood(emissions, wrong, mask)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: CRF(0), "Expected the names of tags"),
        (lambda: CRF("O"), "Expected the names of tags"),
        (lambda: CRF(None), "Expected the names of tags"),
        (lambda: CRF(["O", "B-A", "B-A"]), "Expected the names of tags"),
        (lambda: CRF(["O", "I-A", "I-B"]), "'I-A' without 'B-A'"),
        (lambda: CRF(["O", "B-A", "I-A", "E-B", "B-B"]), "'B-A' without 'E-A'"),
        (lambda: CRF(["O", "PER"]), "Expected tags of one scheme.*'PER'"),
        (lambda: CRF(3)(np.zeros((1, 2, 4), "float32")), "emissions of 3 tags.*4"),
        (lambda: Chain(*drawn(1, 3)[1:]).decode(np.zeros((1, 2, 3)), [3]), "from 1 to 2.*3"),
        (lambda: Chain(*drawn(1, 3)[1:]).decode(np.zeros((2, 3)), [3]), "of shape"),
        (
            lambda: Chain(*drawn(1, 3)[1:]).span_probabilities(
                np.zeros((1, 4, 3)), [2], [(0, 1, [0, 0])]
            ),
            "within the 2 steps.*1 to 3",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(zoo.InputError, match=message):
        make()
