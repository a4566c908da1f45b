"""What else forecasts and classifies series, from well-kept libraries, for `own_series.py`.

A library that is not installed leaves its ways out. None is tuned: they are taken as they come.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.own_series_data import Forecast

__all__ = ["CLASSIFIERS", "FORECASTERS", "Peer", "installed"]

# What of the past a local model is fitted to before every forecast: steps, or the longest of
# several seasons.
HISTORY, SEASONS = 365, 4


@dataclass(frozen=True)
class Peer:
    """Another way.

    Attributes:
        run: of a forecaster from the data, the first step to learn from and a seed to forecasts of
            shape (origins, horizon, channels); of a classifier from training series, their labels,
            test series and a seed to labels.
        package: what it needs; empty where that is nothing.
        told: how it is described.
        seeded: whether it draws anything, so that several seeds say more than one.
        sized: whether it learns from a training part, and not from the steps before a forecast.
    """

    run: Callable[..., Any]
    package: str
    told: str
    seeded: bool = False
    sized: bool = True


def installed(peers: dict[str, Peer]) -> dict[str, Peer]:
    """Return those whose package is installed, and tell of the others.

    Args:
        peers: by their names.
    """
    found = {}
    for name, peer in peers.items():
        if peer.package and importlib.util.find_spec(peer.package) is None:
            print(f"{name}: left out, {peer.package} is not installed", flush=True)
        else:
            found[name] = peer
    return found


def last_value(data: Forecast, first: int, seed: int) -> np.ndarray:
    """Forecast that nothing changes."""
    ends = np.stack([data.values[place - 1] for place in data.origins])
    return np.repeat(ends[:, None], data.horizon, axis=1)


def last_season(data: Forecast, first: int, seed: int) -> np.ndarray:
    """Forecast that the last season is repeated, by the longest."""
    season = data.seasons[-1]
    back = np.arange(data.horizon) % season - season
    return np.stack([data.values[place + back] for place in data.origins])


def smoothing(data: Forecast, first: int, seed: int) -> np.ndarray:
    """Forecast every channel by exponential smoothing, its form chosen anew at every place."""
    from statsforecast.models import MSTL, AutoETS

    season, *more = data.seasons
    history = SEASONS * data.seasons[-1] if more else HISTORY
    model = (
        MSTL(season_length=list(data.seasons), trend_forecaster=AutoETS(model="ZZN"))
        if more
        else AutoETS(season_length=season)
    )
    found = np.empty((len(data.origins), data.horizon, data.values.shape[1]))
    for row, place in enumerate(data.origins):
        for channel in range(found.shape[2]):
            before = data.values[place - history : place, channel]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found[row, :, channel] = model.forecast(y=before, h=data.horizon)["mean"]
    return found


def boosted_steps(data: Forecast, first: int, seed: int) -> np.ndarray:
    """Forecast step by step by boosted trees over the steps before, all channels alike."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    season = data.seasons[0]
    lags = sorted({*range(1, max(season, data.horizon) + 1), *(season * k for k in range(1, 8))})
    back, scaled = np.array(lags), data.values / data.scale

    def read(series: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Return what lies before places, less the last value: (channels * places, lags)."""
        before = series[places[:, None] - back]
        return (before - before[:, :1]).transpose(2, 0, 1).reshape(-1, len(back))

    places = np.arange(first + back[-1], data.end)
    change = (scaled[places] - scaled[places - 1]).T.ravel()
    model = HistGradientBoostingRegressor(random_state=seed).fit(read(scaled, places), change)
    # All forecasts side by side: of each the steps before it, and what was forecast so far.
    windows = np.stack([scaled[place - back[-1] : place] for place in data.origins])
    for _ in range(data.horizon):
        before = windows[:, windows.shape[1] - back]
        less = (before - before[:, :1]).transpose(0, 2, 1)
        moved = model.predict(less.reshape(-1, len(back))).reshape(len(windows), 1, -1)
        windows = np.concatenate([windows, windows[:, -1:] + moved], axis=1)
    return windows[:, -data.horizon :] * data.scale


def nearest(
    train: Sequence[np.ndarray], labels: Sequence[str], test: Sequence[np.ndarray], seed: int
) -> Any:
    """Give the class of the nearest series by dynamic time warping."""
    from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier

    model = KNeighborsTimeSeriesClassifier(n_neighbors=1, distance="dtw")
    return model.fit(_cases(train), np.array(labels)).predict(_cases(test))


def rocket(
    train: Sequence[np.ndarray], labels: Sequence[str], test: Sequence[np.ndarray], seed: int
) -> Any:
    """Give the class by a linear classifier of MiniRocket's features."""
    from aeon.classification.convolution_based import MiniRocketClassifier

    model = MiniRocketClassifier(random_state=seed)
    return model.fit(_cases(train), np.array(labels)).predict(_cases(test))


def boosted(
    train: Sequence[np.ndarray], labels: Sequence[str], test: Sequence[np.ndarray], seed: int
) -> Any:
    """Give the class by boosted trees over figures of the channels."""
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(random_state=seed)
    return model.fit(_summaries(train), list(labels)).predict(_summaries(test))


def _cases(series: Sequence[np.ndarray]) -> np.ndarray:
    return np.stack([item.T for item in series])


def _summaries(series: Sequence[np.ndarray]) -> np.ndarray:
    """Return mean, deviation, quantiles, ends and steps of every channel."""
    return np.array(
        [
            np.concatenate(
                [
                    item.mean(axis=0),
                    item.std(axis=0),
                    np.quantile(item, (0, 0.25, 0.5, 0.75, 1), axis=0).ravel(),
                    item[0],
                    item[-1],
                    np.abs(np.diff(item, axis=0)).mean(axis=0),
                    np.diff(item, axis=0).std(axis=0),
                ]
            )
            for item in series
        ]
    )


FORECASTERS = {
    "last value": Peer(last_value, "", "what was last is repeated", sized=False),
    "last season": Peer(
        last_season, "", "the same step of the last season, the longest there is", sized=False
    ),
    "exponential smoothing": Peer(
        smoothing,
        "statsforecast",
        f"statsforecast's AutoETS, fitted before every forecast to the last {HISTORY} steps; of a "
        f"series with two seasons over its MSTL decomposition, of {SEASONS} of the longer one",
        sized=False,
    ),
    "boosting": Peer(
        boosted_steps,
        "sklearn",
        "scikit-learn's HistGradientBoostingRegressor on the steps before and the same step of the "
        "last seasons, which forecasts one step after another",
        seeded=True,
    ),
}
CLASSIFIERS = {
    "1-NN DTW": Peer(nearest, "aeon", "aeon's nearest neighbour with dynamic time warping"),
    "MiniRocket": Peer(
        rocket, "aeon", "aeon's MiniRocketClassifier with its 10,000 kernels", seeded=True
    ),
    "boosting": Peer(
        boosted,
        "sklearn",
        "scikit-learn's GradientBoostingClassifier on mean, deviation, quantiles, ends and steps "
        "of every channel",
        seeded=True,
    ),
}
