"""ODE-RNN on the intensive-care stays of PhysioNet 2012 (Rubanova et al. 2019).

    python -m training.train odernn-physionet2012
    python -m training.evaluate odernn-physionet2012 --checkpoint runs/odernn-physionet2012-seed-1

One layer of 48 units, whose state follows a differential equation from one measurement to the next,
solved by one step of Euler's method; at load any number of steps, or the Runge-Kutta method, may be
chosen. What the recipes of these stays share is in `models/common/physionet2012.py`.

Expected: an AUC of 0.861 on set b, and an average precision of 0.54, after 2 to 5 minutes on one
core of an AMD EPYC with KERAS_BACKEND=jax, most of it to compile.
"""

from models.common.papers import ODE_RNN
from models.common.physionet2012 import physionet2012_recipe
from zoo.networks.odernn.spec import ODERNNBackboneSpec

RECIPE = physionet2012_recipe(
    name="odernn-physionet2012",
    architecture="odernn",
    description="An ODE-RNN, taught by a linear model and trees, that tells from the first 48 "
    "hours in intensive care whether a patient died in hospital.",
    kind=ODERNNBackboneSpec,
    backbone={"hidden_units": 50, "solver": "euler", "solver_steps": 1},
    papers=(ODE_RNN,),
)
