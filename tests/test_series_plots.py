"""The pictures show what they are given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from zoo.common.figures import png
from zoo.common.quiet import not_again
from zoo.errors import InputError
from zoo.insight import trace
from zoo.series.chaos import integrate_lorenz
from zoo.series.gaps import Series
from zoo.series.plots import (
    MOST_PANELS,
    date_axis,
    draw_attractor,
    draw_continuation,
    draw_forecast,
    draw_rows,
    draw_states,
    write_picture,
)
from zoo.series.saliency import step_names
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


def test_a_series_is_drawn_with_what_follows_and_its_quantiles():
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-04-01")).astype("M8[ms]")
    wave = np.sin(np.arange(len(days) + 5) * 0.3)[:, None] * np.arange(1, 11)
    past, ahead = wave[: len(days)], wave[len(days) :]
    names = [f"column {number}" for number in range(10)]
    figure = draw_continuation(
        past,
        ahead,
        names=names,
        dates=days,
        following=days[-1] + np.arange(1, 6) * np.timedelta64(1, "D"),
        quantiles={0.1: ahead - 1, 0.9: ahead + 1, 0.99: ahead + 9},
        title="$sales$.csv",
    )
    assert [axes.get_ylabel() for axes in figure.axes] == names[:MOST_PANELS]
    told = figure.get_suptitle()
    assert told == r"\$sales\$.csv, the last 48 of 91 steps, the first 8 of 10 channels"
    history, upper, forecast = figure.axes[2].lines
    np.testing.assert_array_equal(history.get_ydata(), past[-48:, 2])
    np.testing.assert_array_equal(history.get_xdata(orig=True), days[-48:])
    # Both go on from the last value that is known.
    np.testing.assert_array_equal(forecast.get_ydata(), [past[-1, 2], *ahead[:, 2]])
    np.testing.assert_array_equal(upper.get_ydata()[1:], ahead[:, 2] + 9)
    (band,) = figure.axes[2].collections
    ends = band.get_paths()[0].vertices[:, 1]
    assert ends.min() == min(past[-1, 2], ahead[:, 2].min() - 1)
    assert band.get_label() == "quantiles 0.1 to 0.9" and upper.get_label() == "quantile 0.99"
    assert png(figure).startswith(b"\x89PNG")


def test_a_forecast_that_runs_away_does_not_hide_what_was():
    past = np.sin(np.arange(9_000.0))[:, None]
    ahead = np.array([[1e9], [np.inf], [np.nan]])
    (axes,) = draw_continuation(past, ahead, names=["x"]).axes
    low, high = axes.get_ylim()
    assert low < -1 and 1 < high < 7
    assert axes.get_xlabel() == "row"
    # What is longer than a line can show is the range of each stretch.
    (axes,) = draw_continuation(past, past[:3_000], names=["x"]).axes
    assert len(axes.collections) == 1 and len(axes.lines[0].get_xdata()) == 3_001


def test_one_row_is_seen_and_its_date_is_a_day(tmp_path, caplog):
    figure = Figure()
    axes = figure.subplots()
    draw_rows(axes, np.array(["2021-03-01"], "M8[D]"), np.array([20.0]))
    date_axis(axes)
    (line,) = axes.lines
    assert line.get_marker() == "." and np.diff(axes.get_xlim()) == 1
    with caplog.at_level("INFO", "zoo"):
        write_picture(figure, tmp_path / "one.svg")
        with not_again():
            write_picture(figure, tmp_path / "again.svg")
    assert caplog.messages == [f"Wrote {tmp_path / 'one.svg'}"]


def test_steps_are_named_by_what_their_dates_tell():
    hours = np.datetime64("2018-01-10T11:00", "ms") + np.arange(2) * np.timedelta64(1, "h")
    series = Series("a.csv", np.zeros((2, 1)), dates=hours)
    assert step_names(series) == ("2018-01-10T11:00", "2018-01-10T12:00")
    # A tick says all of it, also of seconds.
    names = ["2018-01-10T11:00:00", "2018-01-10T11:00:01"]
    found = trace.Trace(names, [trace.LayerTrace("gru", np.eye(2), {}, None)], unit="step")
    axes = trace.draw_states(found).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == names
