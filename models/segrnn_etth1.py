"""SegRNN on the hourly transformer temperatures ETTh1 (Lin et al. 2023).

    python -m training.train segrnn-etth1
    python -m training.evaluate segrnn-etth1 --checkpoint runs/segrnn-etth1-seed-1

One GRU of 128 units over segments of 48 hours, for all seven channels and all horizons.
What the recipes of the transformers share is in `models/common/ett.py`.

Expected: over three seeds a mean squared and a mean absolute error of .364 and .392 at 96 hours
over all windows of the test part (.307 and .355 at 24, .402 and .414 at 192, .425 and .427 at 336,
.432 and .447 at 720), after about two minutes on one core of a Xeon with the tensorflow backend.
"""

from models.common.ett import ett_recipe
from zoo.datasets.ett import DATASETS

RECIPE = ett_recipe(
    DATASETS[0],
    name="segrnn-etth1",
    description="A SegRNN that forecasts the hours to come of an electricity transformer "
    "(ETTh1), as one number or as quantiles.",
)
