"""GRU on the Numenta Anomaly Benchmark (Lavin & Ahmad 2015).

    python -m training.train gru-nab
    python -m training.evaluate gru-nab --checkpoint runs/gru-nab-seed-1

32 GRU units read where a value lies among those before it and how far it moved, and forecast the
next value as a mixture of three normal distributions. What makes scores of forecasts and values is
no network: running averages, each against the largest of its past.
"""

from models.common.papers import GRU, HTM_DETECTOR, MIXTURE_DENSITY, NAB
from zoo.datasets.nab import DATASETS
from zoo.schema import Licenses
from zoo.tasks.time_series_anomaly_detection.recipe import AnomalyDetectionRecipe

(DATA,) = DATASETS

RECIPE = AnomalyDetectionRecipe(
    name="gru-nab",
    architecture="gru",
    description="A GRU that forecasts a metric row by row, and scores how unusual every row is.",
    method="@METHOD@",
    dataset=DATA.name,
    dataset_info=DATA.info,
    licenses=Licenses(weights="apache-2.0", data=DATA.terms),
    papers=(GRU, NAB, HTM_DETECTOR, MIXTURE_DENSITY),
    backbone={"channels": 2, "cell": "gru", "units": 32},
    head={},
    window=384,
    windows=4_800,
    synthetic=500,
    batch_size=48,
    epochs=15,
    patience=15,
    learning_rate=3e-3,
    warmup=0.03,
    final_rate=0.01,
    weight_decay=0.0,
    clipnorm=1.0,
    label_smoothing=0.0,
    average_decay=0.98,
    seed=1,
)
