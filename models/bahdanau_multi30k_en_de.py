r"""An encoder-decoder with additive attention on Multi30k, en to de (Bahdanau et al. 2015).

    KERAS_BACKEND=jax python -m training.train bahdanau-multi30k-en-de
    python -m training.evaluate bahdanau-multi30k-en-de \
        --checkpoint runs/bahdanau-multi30k-en-de-seed-1

A bidirectional GRU of 256 units a direction reads the source; a GRU of 256 units with additive
attention and input feeding writes the translation, over subwords learnt from the 29,000 training
pairs. What the two directions share is in `models/common/multi30k.py`.

Expected: BLEU 36.4 on test_2016_flickr by beam search (sacreBLEU, cased; one seed, 95 % interval
34.8 to 37.9), after about 40 minutes of one core of an AMD EPYC (Zen 4) with the jax backend.
"""

from models.common.multi30k import multi30k_recipe

RECIPE = multi30k_recipe("en", "de")
