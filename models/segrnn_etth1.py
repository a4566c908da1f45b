"""SegRNN on the hourly transformer temperatures ETTh1 (Lin et al. 2023)."""

from zoo.datasets.ett import DATASETS
from zoo.schema import Licenses
from zoo.tasks.time_series_forecasting.recipe import TrainedForecastingRecipe

DATA = DATASETS[0]

RECIPE = TrainedForecastingRecipe(
    name="segrnn-etth1",
    architecture="segrnn",
    description="One GRU over segments of a series that forecasts an electricity transformer.",
    method="Absolute error.",
    dataset=DATA.name,
    dataset_info=DATA.info,
    licenses=Licenses(weights="apache-2.0", data=DATA.terms),
    papers=(),
    backbone={"look_back": 720, "horizon": 720, "segment": 48, "units": 128},
    horizons=(24, 96, 192, 336, 720),
    windows=2_048,
    dropout=0.5,
    batch_size=64,
    epochs=12,
    patience=12,
    learning_rate=1e-3,
    warmup=0.1,
    final_rate=0.02,
    weight_decay=0.0,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.99,
    seed=1,
)
