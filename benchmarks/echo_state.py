"""Reservoirs of 1,000 units: one step, a fit against reservoirpy, and cost against length.

    python benchmarks/echo_state.py [--runs 5] [--longest 1000000] [--density 0.02]

Prints the median time of one step of a streaming session; the seconds to harvest 10,000 steps and
solve the ridge regression, here and in reservoirpy where it is installed (`pip install
reservoirpy`; the two take turns, with the same matrices, after one uncounted run of each), with
the largest difference of their states; and seconds and peak memory of fits to ever more steps,
each in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from zoo.networks.echo_state.closed_form import draw_tensors
from zoo.networks.echo_state.readout import RidgeRegression
from zoo.networks.echo_state.spec import CELL, EchoStateBackboneSpec
from zoo.sessions.session import Session
from zoo.tasks.time_series_forecasting.fitting import fit_forecaster
from zoo.tasks.time_series_forecasting.network import ReservoirForecaster
from zoo.tasks.time_series_forecasting.specs import ForecasterSpec
from zoo.tasks.time_series_forecasting.streaming import ForecastingStream

UNITS, STEPS, WASHOUT, RIDGE = 1_000, 10_000, 100, 1e-6
HEAD = ForecasterSpec(washout=WASHOUT)


def make_spec(density: float) -> EchoStateBackboneSpec:
    return EchoStateBackboneSpec(channels=1, units=UNITS, density=density, leak_rate=0.5, seed=1)


def make_series(steps: int) -> np.ndarray:
    """Return sums of waves whose periods have no common multiple."""
    time_ = np.arange(steps)
    return (np.sin(0.2 * time_) + np.sin(0.311 * time_) * np.cos(0.05 * time_))[:, None]


def measure_step(spec: EchoStateBackboneSpec) -> None:
    series = make_series(STEPS)
    fit = fit_forecaster(spec, HEAD, [series[:2000]], ridge=RIDGE)
    stream = ForecastingStream(ReservoirForecaster(fit.tensors, spec, HEAD))
    session = Session(stream, stream.first)
    times = []
    for x in series:
        start = time.perf_counter()
        session.step(x)
        times.append(time.perf_counter() - start)
    times = times[STEPS // 10 :]
    low, high = np.quantile(times, [0.5, 0.99])
    print(f"one step              median {low * 1e6:.1f} us   99 % {high * 1e6:.1f} us")


def measure_fit(spec: EchoStateBackboneSpec, runs: int) -> None:
    series = make_series(STEPS + 1)
    tensors = draw_tensors(spec, [series], standardize=False)
    model = ReservoirForecaster(tensors, spec, HEAD)
    states = {}

    def ours() -> None:
        regression = RidgeRegression(UNITS, 1)
        start = 0
        for features, _ in model.features(series[:-1]):
            skip = max(0, WASHOUT - start)
            end = start + len(features)
            regression.add(features[skip:, :UNITS], series[start + skip + 1 : end + 1])
            start = end
        regression.solve(RIDGE)

    runners = {"rnn-zoo": ours}
    try:
        from reservoirpy.nodes import Reservoir, Ridge
    except ImportError:
        print("reservoirpy           not installed: pip install reservoirpy")
    else:
        weights = {name: tensors[f"{CELL}/{name}"] for name in ("input_kernel", "bias")}
        # Everything in float64, and the sparse matrix in the form that it prefers itself.
        node = Reservoir(
            units=UNITS,
            lr=spec.leak_rate,
            W=model.states.recurrent,
            Win=weights["input_kernel"].T.astype(np.float64),
            bias=weights["bias"].astype(np.float64),
        )

        def theirs() -> None:
            if node.initialized:
                node.reset()
            states["theirs"] = node.run(series[:-1])
            Ridge(ridge=RIDGE).fit(states["theirs"], series[1:], warmup=WASHOUT)

        runners["reservoirpy"] = theirs
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    for run in range(runs + 1):
        for name, runner in runners.items():
            start = time.perf_counter()
            runner()
            if run:
                seconds[name].append(time.perf_counter() - start)
    for name, values in seconds.items():
        print(f"{STEPS:,} steps and ridge  {name:12s} median {statistics.median(values):.3f} s")
    if "theirs" in states:
        pairs = zip(seconds["reservoirpy"], seconds["rnn-zoo"], strict=True)
        print(f"ratio {statistics.median(theirs / ours for theirs, ours in pairs):.2f}")
        difference = np.abs(model.states.run(series[:-1]) - states["theirs"]).max()
        print(f"largest difference of a state {difference:.1e}")


def fit_once(steps: int, density: float) -> None:
    """Fit to so many steps and print seconds and memory; run in a process of its own."""
    series = make_series(steps)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    fit_forecaster(make_spec(density), HEAD, [series], ridge=RIDGE)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1024 if sys.platform == "linux" else 1024**2
    print(json.dumps({"seconds": seconds, "before": before / unit, "peak": peak / unit}))


def measure_length(longest: int, density: float) -> None:
    steps = 10_000
    while steps <= longest:
        command = [sys.executable, __file__, "--fit-once", str(steps), "--density", str(density)]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH")])
            ),
        }
        output = subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment
        ).stdout
        result = json.loads(output)
        print(
            f"fit to {steps:>9,} steps  {result['seconds']:8.2f} s   "
            f"{result['seconds'] / steps * 1e6:6.1f} us a step   "
            f"peak {result['peak']:.0f} MB, {result['before']:.0f} MB of it before the fit"
        )
        steps *= 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--longest", type=int, default=1_000_000)
    parser.add_argument("--density", type=float, default=0.02)
    parser.add_argument("--fit-once", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fit_once:
        fit_once(arguments.fit_once, arguments.density)
        return
    spec = make_spec(arguments.density)
    measure_step(spec)
    measure_fit(spec, arguments.runs)
    measure_length(arguments.longest, arguments.density)


if __name__ == "__main__":
    main()
