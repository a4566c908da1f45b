"""Bidirectional GRU on daily activities by an accelerometer on the wrist, leaving a volunteer out.

    python -m training.train bigru-hmp --fold hmp/f1 --output runs/bigru-hmp-f1
    python -m training.evaluate bigru-hmp --checkpoint runs/bigru-hmp-f1

and so for each of the sixteen volunteers; then what all of them come to is written into the record
by `python -m training.evaluate bigru-hmp --checkpoint runs/bigru-hmp-m1` with every other run
after a `--fold-run`.

The network reads a quarter of a second at a time: eight steps of the three axes, and how they
differ from one and from four steps before. In training pieces of at most sixteen seconds are cut
out of recordings, stretched, turned and mixed, anew in every epoch.
"""

from models.common.papers import BIDIRECTIONAL, GRU, MIXUP, SENSOR_AUGMENTATION, WRIST_ACTIVITIES
from zoo.datasets.hmp import DATASETS
from zoo.schema import Licenses
from zoo.series.augmentation import SeriesAugmentation
from zoo.tasks.time_series_classification.recipe import SeriesNetworkRecipe

DATA = next(data for data in DATASETS if data.name == "hmp/m1")

RECIPE = SeriesNetworkRecipe(
    name="bigru-hmp",
    architecture="bigru",
    description="A bidirectional GRU that tells fourteen daily activities apart by an "
    "accelerometer on the wrist.",
    method=(
        "Cross-entropy with smoothed labels over pieces of recordings that are cut, stretched, "
        "turned and mixed anew in every epoch. The weights are those of the epoch with the lowest "
        "loss on the volunteers that were held back from training. The settings were chosen on "
        "recordings of eight of the volunteers, each left out in turn of the others."
    ),
    dataset=DATA.name,
    dataset_info=DATA.info,
    labels=DATA.labels,
    licenses=Licenses(weights="apache-2.0", data=DATA.terms),
    papers=(BIDIRECTIONAL, GRU, SENSOR_AUGMENTATION, MIXUP, WRIST_ACTIVITIES),
    backbone={
        "channels": 3,
        "cell": "gru",
        "units": 64,
        "bidirectional": True,
        "lags": (1, 4),
        "frame": 8,
    },
    pooling=("mean", "max"),
    dropout=0.4,
    augmentation=SeriesAugmentation(
        speed=0.2,
        warp=0.2,
        crop=0.5,
        longest=512,
        rotation=0.3,
        scaling=0.1,
        noise=0.05,
        mixup=0.2,
    ),
    scaled_together=True,
    held=0.1,
    batch_size=32,
    epochs=16,
    patience=16,
    learning_rate=3e-3,
    warmup=0.1,
    final_rate=0.02,
    weight_decay=0.01,
    clipnorm=1.0,
    label_smoothing=0.05,
    average_decay=0.99,
    seed=1,
)
