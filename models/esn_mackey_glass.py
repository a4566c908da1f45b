"""Echo state network on the Mackey-Glass series, tau = 17 (Jaeger & Haas 2004).

    python -m training.train esn-mackey-glass
    python -m training.evaluate esn-mackey-glass --checkpoint runs/esn-mackey-glass-seed-1

1,000 leaky units, ten connections each, that read the series step by step; the readout hears
the states, the last value and the squares of both. Found by random search, as in
`python -m training.search_reservoirs esn-mackey-glass`, on the validation stretch.

Expected: a free-running error at 84 steps (NRMSE) of 2.5e-6 to 7.4e-6 over ten seeds, 10^-5.6 to
10^-5.1, from 110 points of the test stretch, and of 1.1e-7 to 2.4e-7 at one step, after about 20
seconds on one core of an AMD EPYC.
"""

from models.common.papers import ECHO_STATE, HARNESSING, MACKEY_GLASS, PRACTICAL_GUIDE
from zoo.datasets.mackey_glass import DATASETS
from zoo.schema import Licenses
from zoo.tasks.time_series_forecasting.recipe import ForecastingRecipe

(DATA,) = DATASETS

RECIPE = ForecastingRecipe(
    name="esn-mackey-glass",
    architecture="esn",
    description="An echo state network that forecasts the Mackey-Glass series (tau = 17).",
    method=(
        "The reservoir's weights are drawn from a seed, scaled to a spectral radius and never "
        "trained. Its states over the training stretch, after a washout, give the readout in "
        "closed form: ridge regression in float64 on the next step (Jaeger 2001). The ridge, and "
        "before it the hyperparameters, were chosen by the free-running error at 84 steps on the "
        "validation stretch."
    ),
    dataset=DATA.name,
    dataset_info=DATA.info,
    licenses=Licenses(weights="apache-2.0", data=DATA.terms),
    papers=(HARNESSING, ECHO_STATE, PRACTICAL_GUIDE, MACKEY_GLASS),
    backbone={
        "channels": 1,
        "units": 1_000,
        "spectral_radius": 1.1,
        "leak_rate": 0.7,
        "density": 0.01,
        "input_scaling": 0.25,
        "bias_scaling": 0.07,
    },
    squares=True,
    washout=300,
    ridges=(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10),
    seed=1,
)
