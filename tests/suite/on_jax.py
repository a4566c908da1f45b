"""What the tests ask of jax, computed in one process, for its start is slow.

`KERAS_BACKEND=jax python -m suite.on_jax FOLDER` writes a pickle of all answers there.
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

import zoo
from suite.cases import TASKS, cases_of, one_entry_of, tiny
from zoo import checkpoint
from zoo.datasets import load_dataset
from zoo.errors import DataError, InputError
from zoo.fitting.devices import on_devices
from zoo.fitting.loop import Examples
from zoo.networks.echo_state.layers import EchoState

TEXT = "a moving film , a waste of time , so so"
RESERVOIR = {
    "units": 24,
    "reservoirs": 2,
    "spectral_radius": 0.8,
    "leak_rate": 0.4,
    "density": 0.3,
    "input_scaling": 0.7,
    "bias_scaling": 0.2,
    "feedback_size": 2,
    "feedback_scaling": 0.6,
    "seed": 5,
}


def one_of_a_family(task: str) -> list[str]:
    """Return a variant of every family that a task takes, and the one that stands for all."""
    cases, chosen = cases_of(task), {}
    for variant in (cases.shallow, *cases.variants):
        chosen.setdefault(type(checkpoint.read(tiny(task, variant)).backbone), variant)
    return sorted(chosen.values())


def reservoir() -> dict[str, np.ndarray]:
    """Return the weights of a reservoir, and its states."""
    layer = EchoState(**RESERVOIR)
    inputs = np.random.default_rng(0).normal(size=(3, 30, 5)).astype(np.float32)
    states = np.array(keras.ops.convert_to_numpy(layer(inputs)))
    return {"states": states} | {
        variable.name: np.array(keras.ops.convert_to_numpy(variable)) for variable in layer.weights
    }


def translations() -> tuple[list[str], list[str]] | None:
    """Return test sentences and what the smallest translator writes; None without the data."""
    name = one_entry_of("translation")
    try:
        data = load_dataset(zoo.info(name).dataset.name, "test", download=False)
    except DataError:
        return None
    sources = data.sources[::50]
    return sources, zoo.load(name).generate(sources)


def trained(devices: int | list[str] | None) -> dict[str, Any]:
    """Return the losses and weights of a few steps; the last batch divides by no two devices."""
    keras.utils.set_random_seed(0)  # of dropout
    with on_devices(devices):
        # The network that compiles soonest: what is tested does not know which it is.
        model = zoo.load(tiny("text-classification", "one width"))
        model.preprocessor = None
        model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy())
        random, losses = np.random.default_rng(0), []
        for rows in (4, 3):
            ids = [random.integers(2, 9, length) for length in random.integers(1, 9, rows)]
            examples = Examples(ids, random.integers(0, 2, rows))
            losses.append(float(model.train_on_batch(*examples.batch(np.arange(rows)))[0]))
        on = {len(variable.value.sharding.device_set) for variable in model.variables}
        shared = keras.distribution.distribution()
        split = [shared and shared.get_data_layout((rows, 5)).axes[0] for rows in (4, 3)]
        weights = [keras.ops.convert_to_numpy(value) for value in model.trainable_variables]
    return {"losses": losses, "weights": weights, "on": on, "split": split}


def refused(devices: int | list[str]) -> str:
    """Return why devices are refused."""
    try:
        with on_devices(devices):
            return ""
    except InputError as error:
        return str(error)


def main(folder: Path) -> None:
    assert keras.backend.backend() == "jax"
    answers, fitted = {}, {}
    for task in TASKS:
        cases = cases_of(task)
        asked = [*cases.inputs, *cases.odd]
        for variant in one_of_a_family(task):
            model = zoo.load(tiny(task, variant))
            answers[task, variant] = cases.ask_model(model, asked)
            if variant == cases.shallow:
                # The same model is asked the same again: nothing is compiled anew.
                cases.fit(model, cases.data())
                fitted[task] = zoo.save(model, folder / task), cases.ask_model(model, asked)
    flow = zoo.gradient_flow(zoo.load(tiny("text-classification")), TEXT, distance=9)
    everything = {"answers": answers, "fitted": fitted, "flow": flow, "reservoir": reservoir()}
    everything["devices"] = [trained(devices) for devices in (None, ["cpu:1", "cpu:0"])]
    everything["refused"] = [refused(devices) for devices in (3, ["gpu:0"])]
    everything["translations"] = translations()
    (folder / "jax.pickle").write_bytes(pickle.dumps(everything))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
