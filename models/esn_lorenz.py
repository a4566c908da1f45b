"""Echo state network on the Lorenz system, three channels, free-running (Pathak et al. 2018).

    python -m training.train esn-lorenz
    python -m training.evaluate esn-lorenz --checkpoint runs/esn-lorenz-seed-1

1,000 leaky units, ten connections each, that read x, y and z every 0.02 time units; the readout
hears the states, the last values and the squares of both, which tell the attractor's two wings
apart from their mirror images. Found by random search, as in
`python -m training.search_reservoirs esn-lorenz`, on the validation stretch.

Expected: free-running forecasts that stay valid for 12.8 to 13.7 Lyapunov times in the median over
ten seeds, from 96 points of the test stretch (error at most 0.4 deviations), after about 40
seconds on one core of an AMD EPYC.
"""

from models.common.papers import ECHO_STATE, LORENZ, MODEL_FREE, PRACTICAL_GUIDE
from zoo.datasets.lorenz import DATASETS
from zoo.schema import Licenses
from zoo.tasks.time_series_forecasting.recipe import ForecastingRecipe

(DATA,) = DATASETS

RECIPE = ForecastingRecipe(
    name="esn-lorenz",
    architecture="esn",
    description="An echo state network that forecasts the Lorenz system from its three channels.",
    method=(
        "The reservoir's weights are drawn from a seed, scaled to a spectral radius and never "
        "trained. Its states over the training stretch, after a washout, give the readout in "
        "closed form: ridge regression in float64 on the next step (Jaeger 2001). The ridge, and "
        "before it the hyperparameters, were chosen by the mean time for which free-running "
        "forecasts of the validation stretch stay valid."
    ),
    dataset=DATA.name,
    dataset_info=DATA.info,
    licenses=Licenses(weights="apache-2.0", data=DATA.terms),
    papers=(MODEL_FREE, ECHO_STATE, PRACTICAL_GUIDE, LORENZ),
    backbone={
        "channels": 3,
        "units": 1_000,
        "spectral_radius": 0.65,
        "leak_rate": 0.4,
        "density": 0.01,
        "input_scaling": 0.3,
        "bias_scaling": 0.05,
    },
    squares=True,
    washout=300,
    ridges=(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10),
    seed=1,
)
