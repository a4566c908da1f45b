"""GRU-D on the intensive-care stays of PhysioNet 2012 (Che et al. 2018).

    python -m training.train grud-physionet2012
    python -m training.evaluate grud-physionet2012 --checkpoint runs/grud-physionet2012-seed-1

One layer of 48 units, whose state and last values fade while nothing is measured.
What the recipes of these stays share is in `models/common/physionet2012.py`.

Expected: an AUC of 0.861 on set b, and an average precision of 0.54, after 2 to 5 minutes on one
core of an AMD EPYC with KERAS_BACKEND=jax, most of it to compile.
"""

from models.common.papers import GRU_D
from models.common.physionet2012 import physionet2012_recipe
from zoo.networks.grud.spec import GRUDBackboneSpec

RECIPE = physionet2012_recipe(
    name="grud-physionet2012",
    architecture="grud",
    description="A GRU-D, taught by a linear model and trees, that tells from the first 48 hours "
    "in intensive care whether a patient died in hospital.",
    kind=GRUDBackboneSpec,
    backbone={},
    papers=(GRU_D,),
)
