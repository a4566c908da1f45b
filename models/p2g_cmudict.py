r"""Sounds to letters on CMUdict with additive attention, the inverse of g2p-cmudict.

    KERAS_BACKEND=jax python -m training.train p2g-cmudict
    python -m training.evaluate p2g-cmudict --checkpoint runs/p2g-cmudict-seed-1

The network is that of `g2p-cmudict` with its sides exchanged: sounds are read, 39 without stress,
and letters are written. What both have in common is in `models/common/cmudict.py`.

Expected: a word error rate of .475 and a character error rate of .104 on the test part, one seed,
with .399 and .089 on the validation part by greedy search, after 63 minutes of one core of an AMD
EPYC (Zen 5) that was shared, with the jax backend. The test part is the harder one: it leaves in
pronunciations that words of the training part have, too, of which only the test part's own
spellings are right.
"""

from models.common.cmudict import cmudict_recipe

RECIPE = cmudict_recipe(
    "p2g-cmudict",
    "cmudict/spelling",
    description=(
        "An encoder-decoder with additive attention that spells an English word from its sounds, "
        "given as phones in the symbols of the CMU Pronouncing Dictionary, without stress."
    ),
    source_unit="words",
    target_unit="characters",
)
