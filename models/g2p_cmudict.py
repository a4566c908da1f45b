r"""Letters to sounds on CMUdict with additive attention (Yao & Zweig 2015).

    KERAS_BACKEND=jax python -m training.train g2p-cmudict
    python -m training.evaluate g2p-cmudict --checkpoint runs/g2p-cmudict-seed-1

Two bidirectional GRU layers of 256 units a direction read the letters; a GRU of 256 units with
additive attention and input feeding writes the sounds, 39 without stress. What it has in common
with its inverse is in `models/common/cmudict.py`.
"""

from models.common.cmudict import cmudict_recipe

RECIPE = cmudict_recipe(
    "g2p-cmudict",
    "cmudict",
    description=(
        "An encoder-decoder with additive attention that tells how an English word sounds: its "
        "phones in the symbols of the CMU Pronouncing Dictionary, without stress."
    ),
)
