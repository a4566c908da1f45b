"""The pictures show what they are given."""

from __future__ import annotations

import numpy as np
import pytest

from zoo.common.figures import png
from zoo.errors import InputError
from zoo.series.chaos import integrate_lorenz
from zoo.series.plots import draw_attractor, draw_forecast, draw_states
from zoo.tasks.time_series_forecasting.testing import fitted, waves


def test_a_forecast_is_drawn_with_its_growing_error():
    truth = np.sin(np.arange(120) * 0.3).reshape(3, 40, 1)
    errors = np.array([1e-4, 1e-3, 1e-2])[:, None, None] * 1.2 ** np.arange(40)[:, None]
    figure = draw_forecast(truth + errors, truth, time_unit=10, unit="periods")
    series, error = figure.axes
    shown, forecast = (line.get_ydata() for line in series.lines)
    np.testing.assert_array_equal(shown, truth[1, :, 0])  # the one in the middle
    np.testing.assert_array_equal(forecast, (truth + errors)[1, :, 0])
    curve = error.lines[0]
    np.testing.assert_allclose(curve.get_ydata(), errors[1, :, 0] / truth.std())
    assert curve.get_xdata()[-1] == 4 and error.get_yscale() == "log"
    assert png(figure) == png(draw_forecast(truth + errors, truth, time_unit=10, unit="periods"))
    with pytest.raises(InputError, match="one shape"):
        draw_forecast(truth, truth[:2])


def test_an_attractor_is_drawn_true_and_generated():
    points = integrate_lorenz(200)
    figure = draw_attractor(points + 1, points)
    for axes, expected in zip(figure.axes, (points, points + 1), strict=True):
        np.testing.assert_allclose(np.stack(axes.lines[0].get_data_3d(), 1), expected)
    assert [axes.get_title() for axes in figure.axes] == ["true", "generated"]
    with pytest.raises(InputError, match=r"shape \(time, 3\)"):
        draw_attractor(points[:, :2], points)


def test_states_are_drawn_over_time():
    model = fitted()[0]
    figure = draw_states(model, waves(60), units=7)
    image = figure.axes[0].images[0].get_array()
    assert image.shape == (7, 60)
    (chunk, _), *_ = model.features(waves(60))
    np.testing.assert_allclose(image[0], chunk[:, 0])
    np.testing.assert_allclose(image[-1], chunk[:, 39])
