"""The chaotic series against a second integrator, and their splits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from zoo.datasets.lorenz import load_lorenz
from zoo.datasets.mackey_glass import load_mackey_glass
from zoo.errors import InputError
from zoo.series.chaos import integrate_lorenz, integrate_mackey_glass


def mackey_glass_by_steps(steps, tau=17.0):
    """Solve delay after delay as ordinary equations, of eighth order, with dense output."""
    pieces = []

    def history(time):
        if time <= 0:
            return 1.2
        return pieces[min(int(time / tau), len(pieces) - 1)](time)[0]

    def slope(time, x):
        delayed = history(time - tau)
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

    x = [1.2]
    while len(pieces) * tau < steps:
        start = len(pieces) * tau
        solution = solve_ivp(
            slope, (start, start + tau), x, "DOP853", dense_output=True, rtol=1e-12, atol=1e-12
        )
        pieces.append(solution.sol)
        x = solution.y[:, -1]
    return np.array([history(time) for time in range(steps)])


def test_mackey_glass_agrees_with_a_second_integrator():
    expected = mackey_glass_by_steps(200)
    received = integrate_mackey_glass(200, transient=0)[:, 0]
    np.testing.assert_allclose(received, expected, atol=1e-8)


def test_mackey_glass_converges_with_the_fourth_power_of_the_step():
    finest = integrate_mackey_glass(100, transient=0, substeps=80)
    coarse, fine = (
        np.abs(integrate_mackey_glass(100, transient=0, substeps=substeps) - finest).max()
        for substeps in (10, 20)
    )
    assert 12 < coarse / fine < 20


def test_lorenz_agrees_with_a_second_integrator():
    def slope(time, point):
        x, y, z = point
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    times = np.arange(300) * 0.02
    solution = solve_ivp(
        slope, (0, times[-1]), [1, 1, 1], "DOP853", t_eval=times, rtol=1e-13, atol=1e-13
    )
    received = integrate_lorenz(300, transient=0)
    np.testing.assert_allclose(received, solution.y.T, atol=1e-6)


@pytest.mark.parametrize("load", [load_mackey_glass, load_lorenz])
def test_the_splits_lie_apart_on_one_trajectory(load):
    train, validation, test = (load(split).series[0] for split in ("train", "validation", "test"))
    integrate = integrate_mackey_glass if load is load_mackey_glass else integrate_lorenz
    total = len(train) + len(validation) + len(test) + 2 * 1_000
    whole = integrate(total)
    np.testing.assert_array_equal(whole[: len(train)], train)
    start = len(train) + 1_000
    np.testing.assert_array_equal(whole[start : start + len(validation)], validation)
    np.testing.assert_array_equal(whole[-len(test) :], test)


def test_arguments_out_of_range_are_refused():
    with pytest.raises(InputError, match="'train', 'validation' or 'test'"):
        load_lorenz("dev")
    with pytest.raises(InputError, match="whole number of substeps"):
        integrate_mackey_glass(10, tau=17.03)
    with pytest.raises(InputError, match="steps of at least 1"):
        integrate_lorenz(0)
