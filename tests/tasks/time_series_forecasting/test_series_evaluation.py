"""How forecasts are scored, on forecasters whose errors are known."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.errors import InputError
from zoo.series.protocol import ForecastProtocol
from zoo.tasks.time_series_forecasting.scoring import forecast_metrics, roll_out, score


class Drifting:
    """Knows the series, but for an error that grows by a factor with every free step."""

    channels = 1
    washout = 10

    def __init__(self, series, first=1e-3, factor=2.0):
        self.series, self.first, self.factor = series, first, factor

    def zeros(self):
        return np.zeros(1)

    def run(self, series, state):
        """The state is the number of steps taken in."""
        after = int(state[0]) + 1 + np.arange(len(series))
        known = self.series[np.minimum(after, len(self.series) - 1)]
        return known + self.first, state + len(series)

    def roll(self, states, first, horizon):
        steps = states[0].astype(int)[:, None] + np.arange(horizon)
        errors = self.first * self.factor ** np.arange(horizon)
        assert np.allclose(first[:, 0], self.series[steps[:, 0], 0] + self.first)
        return self.series[steps] + errors[None, :, None]


SERIES = np.sin(np.arange(400) * 0.7)[:, None]


def test_the_error_of_the_last_step():
    protocol = ForecastProtocol(horizon=5, first=50, stride=20)
    figure, one = forecast_metrics(Drifting(SERIES), SERIES, protocol, "test")
    assert (figure.name, figure.split) == ("nrmse_5", "test")
    # Starts at 50, 70, ... 390; all miss by 1e-3 * 2^4.
    assert figure.num_examples == 18
    assert figure.value == pytest.approx(1e-3 * 16 / SERIES.std(), rel=1e-5)
    assert figure.confidence_interval == pytest.approx((figure.value, figure.value), rel=1e-5)
    assert one.name == "rmse_1" and one.value == pytest.approx(1e-3, rel=1e-5)
    # The steps of the washout are not counted, nor those after the last start.
    assert one.num_examples == 390 - 10
    assert score(Drifting(SERIES), SERIES, protocol) == pytest.approx(figure.value, rel=1e-5)


def test_valid_times():
    protocol = ForecastProtocol(horizon=30, first=50, stride=20, lyapunov_steps=2.0, threshold=0.4)
    model = Drifting(SERIES, first=1e-3 * SERIES.std())
    # 1e-3 * 2^k exceeds 0.4 from k = 9 on: nine steps are valid, at two a Lyapunov time.
    rollouts = roll_out(model, SERIES, protocol)
    assert (rollouts.valid_times(protocol) == 4.5).all()
    figure, _ = forecast_metrics(model, SERIES, protocol, "test")
    assert (figure.name, figure.value) == ("valid_time", 4.5)
    assert score(model, SERIES, protocol) == -4.5
    never_wrong = Drifting(SERIES, first=0.0)
    assert (roll_out(never_wrong, SERIES, protocol).valid_times(protocol) == 15).all()
    wrong_at_once = Drifting(SERIES, first=1.0)
    assert (roll_out(wrong_at_once, SERIES, protocol).valid_times(protocol) == 0).all()


def test_what_diverges_is_not_valid_and_scores_worst():
    protocol = ForecastProtocol(horizon=30, first=50, stride=20)
    with np.errstate(over="ignore", invalid="ignore"):
        model = Drifting(SERIES, factor=1e40)
        assert score(model, SERIES, protocol) == np.inf
        chaotic = ForecastProtocol(horizon=30, first=50, stride=20, lyapunov_steps=1.0)
        assert (roll_out(model, SERIES, chaotic).valid_times(chaotic) == 1).all()


def test_too_short_a_series_is_refused():
    with pytest.raises(InputError, match=r"at least 1084 steps. Received: 400"):
        roll_out(Drifting(SERIES), SERIES, ForecastProtocol(horizon=84))
