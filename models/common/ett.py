"""What the recipes of the electricity transformer temperatures have in common.

One network learns all horizons: it forecasts 720 hours at once, of which shorter horizons are the
first, and every horizon counts alike in the loss. Whatever was chosen was chosen on the validation
part.
"""

from __future__ import annotations

from typing import Any

from models.common.papers import CONFORMAL, INFORMER, SEGRNN
from zoo.datasets.common import DataSet
from zoo.schema import Licenses
from zoo.tasks.time_series_forecasting.recipe import TrainedForecastingRecipe

__all__ = ["ett_recipe"]

METHOD = (
    "SegRNN (Lin et al. 2023): the last 720 hours of a channel, without its last value and in "
    "segments of 48, go through one GRU, and one more step of it for every segment to come, with "
    "an embedding of its place and of the channel, gives all 720 hours that follow at once. It "
    "learns the absolute error on windows from all places of the training part, drawn anew in "
    "every epoch; the means over 24, 96, 192, 336 and 720 hours count alike. The quantiles .1 and "
    ".9 are read from the same features and teach them nothing; at the end each is put as far from "
    "the median, by a factor for every segment, as it must be to hold on the validation part what "
    "it says (after Romano et al. 2019). Adam "
    "with warm-up, cosine decay and gradient clipping; dropout before the readout; the weights "
    "are averaged over steps, and those of the epoch with the lowest sum of squared and absolute "
    "error in validation are kept."
)
COMMON: dict[str, Any] = {
    "architecture": "segrnn",
    "method": METHOD,
    "papers": (SEGRNN, INFORMER, CONFORMAL),
    "backbone": {"look_back": 720, "horizon": 720, "segment": 48, "units": 128},
    "horizons": (24, 96, 192, 336, 720),
    "windows": 4_096,
    "dropout": 0.5,
    "quantiles": (0.1, 0.5, 0.9),
    "batch_size": 16,
    "epochs": 5,
    "patience": 5,
    "learning_rate": 1e-3,
    "warmup": 0.05,
    "final_rate": 0.02,
    "weight_decay": 0.0,
    "clipnorm": 1.0,
    "label_smoothing": 0.0,
    "average_decay": 0.995,
    "seed": 1,
}


def ett_recipe(dataset: DataSet, **own: Any) -> TrainedForecastingRecipe:
    """Return a recipe on one of the transformers.

    Args:
        dataset: which.
        **own: what is special about it, by the names of `TrainedForecastingRecipe`.
    """
    data: dict[str, Any] = {
        "dataset": dataset.name,
        "dataset_info": dataset.info,
        "licenses": Licenses(weights="apache-2.0", data=dataset.terms),
    }
    return TrainedForecastingRecipe(**{**COMMON, **data, **own})
