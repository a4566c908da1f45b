"""The chaotic series against a second integrator, and their splits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from zoo.datasets import lorenz, mackey_glass
from zoo.datasets.lorenz import load_lorenz
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


@pytest.mark.parametrize("integrate", [integrate_mackey_glass, integrate_lorenz])
def test_a_trajectory_begins_as_a_shorter_one(integrate):
    np.testing.assert_array_equal(integrate(300)[:200], integrate(200))


@pytest.mark.parametrize("data_set", [mackey_glass, lorenz])
def test_the_splits_lie_apart_on_one_trajectory(data_set, monkeypatch):
    """Of one that counts its steps, from the start or from the last step that was taken."""
    name = data_set.__name__.rpartition(".")[2]

    def count(steps, start=(-1,), transient=0):
        return np.arange(steps)[:, None] + start[0] + (1 if start == (-1,) else transient)

    monkeypatch.setattr(data_set, f"integrate_{name}", count)
    monkeypatch.setattr(data_set, "_trajectory", data_set._trajectory.__wrapped__)
    load = getattr(data_set, f"load_{name}")
    train, validation, test = (load(split).series[0] for split in ("train", "validation", "test"))
    total = len(train) + len(validation) + len(test) + 2 * 1_000
    whole = np.arange(total)[:, None]
    np.testing.assert_array_equal(whole[: len(train)], train)
    start = len(train) + 1_000
    np.testing.assert_array_equal(whole[start : start + len(validation)], validation)
    np.testing.assert_array_equal(whole[-len(test) :], test)


def test_lorenz_goes_on_from_any_point_as_if_it_had_not_stopped():
    begun = integrate_lorenz(100)
    further = integrate_lorenz(150, start=tuple(begun[-1]), transient=1)
    np.testing.assert_array_equal(np.concatenate([begun, further]), integrate_lorenz(250))


def test_arguments_out_of_range_are_refused():
    with pytest.raises(InputError, match="'train', 'validation' or 'test'"):
        load_lorenz("dev")
    with pytest.raises(InputError, match="whole number of substeps"):
        integrate_mackey_glass(10, tau=17.03)
    with pytest.raises(InputError, match="steps of at least 1"):
        integrate_lorenz(0)
