"""SegRNN on the hourly transformer temperatures ETTh2 (Lin et al. 2023).

    python -m training.train segrnn-etth2
    python -m training.evaluate segrnn-etth2 --checkpoint runs/segrnn-etth2-seed-1

One GRU of 128 units over segments of 48 hours, for all seven channels and all horizons.
What the recipes of the transformers share is in `models/common/ett.py`.

Expected: over three seeds a mean squared and a mean absolute error of .272 and .330 at 96 hours
over all windows of the test part (.165 and .257 at 24, .340 and .373 at 192, .377 and .402 at 336,
.394 and .423 at 720), after about two minutes on one core of a Xeon with the tensorflow backend.
The weights of an early epoch are kept: on this transformer more passes do not help.
"""

from models.common.ett import ett_recipe
from zoo.datasets.ett import DATASETS

RECIPE = ett_recipe(
    DATASETS[1],
    name="segrnn-etth2",
    description="A SegRNN that forecasts the hours to come of an electricity transformer "
    "(ETTh2), as one number or as quantiles.",
)
