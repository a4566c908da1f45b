"""Schedules, clipping, and a plateau that a run that was killed does not forget."""

from __future__ import annotations

import dataclasses

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import zoo
import zoo.fitting.loop
from models import load_recipe
from zoo.fitting.choices import SCHEDULES
from zoo.fitting.devices import on_devices
from zoo.fitting.loop import train
from zoo.fitting.optimizer import LayerwiseAdamW, MonitoredAdamW, make_optimizer, optimizer_of
from zoo.fitting.schedules import make_schedule
from zoo.learning.settings import FineTuningSettings

COMMON = {
    "steps": 100,
    "learning_rate": 0.1,
    "warmup": 0.1,
    "final_rate": 0.2,
    "weight_decay": 0.0,
    "clipnorm": 1.0,
    "average_decay": 0.0,
}


def numpy(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def expected_rate(schedule, step, *, steps, learning_rate, warmup, final_rate):
    rise = max(1, int(steps * warmup))
    if step < rise:
        return learning_rate * (0.05 + 0.95 * step / rise)
    done = min(1.0, (step - rise) / max(1, steps - rise))
    if schedule == "linear":
        return learning_rate * (1 - (1 - final_rate) * done)
    if schedule == "cosine":
        half = 0.5 * (1 + np.cos(np.pi * done))
        return learning_rate * ((1 - final_rate) * half + final_rate)
    return learning_rate


@pytest.mark.parametrize("schedule", SCHEDULES)
@given(
    steps=st.integers(1, 300), warmup=st.floats(0, 1), final=st.floats(0, 1), at=st.floats(0, 1.5)
)
@settings(deadline=None, max_examples=25)
def test_the_rates_are_those_of_the_formulas(schedule, steps, warmup, final, at):
    arguments = {"steps": steps, "learning_rate": 0.3, "warmup": warmup, "final_rate": final}
    step = int(at * steps)
    received = float(numpy(make_schedule(schedule, **arguments)(step)))
    assert received == pytest.approx(expected_rate(schedule, step, **arguments), abs=1e-6)


def test_the_schedules_turn_where_they_should():
    rates = {
        schedule: [
            float(
                numpy(
                    make_schedule(
                        schedule, steps=100, learning_rate=1.0, warmup=0.1, final_rate=0.2
                    )(step)
                )
            )
            for step in (0, 5, 10, 55, 100, 130)
        ]
        for schedule in SCHEDULES
    }
    start = [0.05, 0.525, 1.0]
    np.testing.assert_allclose(rates["cosine"], [*start, 0.6, 0.2, 0.2], rtol=1e-5)
    np.testing.assert_allclose(rates["linear"], [*start, 0.6, 0.2, 0.2], rtol=1e-5)
    np.testing.assert_allclose(rates["constant"], [*start, 1, 1, 1], rtol=1e-5)
    np.testing.assert_allclose(rates["plateau"], [*start, 1, 1, 1], rtol=1e-5)
    with pytest.raises(zoo.InputError, match=r"cosine, linear, constant, plateau.*'cubic'"):
        make_optimizer(**COMMON, schedule="cubic")


def clipped(gradients, value, norm):
    """Clip in NumPy: every number, then the norm of all together."""
    if value is not None:
        gradients = [np.clip(gradient, -value, value) for gradient in gradients]
    length = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    if norm is not None and length > norm:
        gradients = [gradient * norm / length for gradient in gradients]
    return gradients


def seen_by_adam(optimizer, gradients):
    """Return what a first step made of gradients, from the first moments it left."""
    variables = [keras.Variable(np.zeros_like(g), name=f"v_{i}") for i, g in enumerate(gradients)]
    optimizer.build(variables)
    optimizer.apply([ops.convert_to_tensor(gradient) for gradient in gradients])
    moments = [variable for variable in optimizer.variables if "momentum" in variable.path]
    return [numpy(moment) / 0.1 for moment in moments]


@pytest.mark.parametrize("layerwise", [False, True])
@pytest.mark.parametrize("value", [None, 0.3])
@pytest.mark.parametrize("norm", [None, 0.5, 1e3])
def test_gradients_are_clipped_by_value_and_then_by_norm(layerwise, value, norm):
    generator = np.random.default_rng(0)
    gradients = [generator.normal(size=shape).astype("float32") for shape in ((3, 4), (4,))]
    options = {**COMMON, "clipnorm": norm, "clipvalue": value}
    optimizer = make_optimizer(**options, layerwise=layerwise)
    received = seen_by_adam(optimizer, gradients)
    for one, other in zip(received, clipped(gradients, value, norm), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    # The norms that are reported are those before.
    norms = [np.linalg.norm(gradient) for gradient in gradients]
    np.testing.assert_allclose([numpy(n) for n in optimizer.gradient_norms], norms, rtol=1e-5)
    copy = type(optimizer).from_config(optimizer.get_config())
    for one, other in zip(seen_by_adam(copy, gradients), received, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_what_is_frozen_does_not_count_in_the_norm_after_values_were_clipped():
    gradients = [np.full(4, 9.0, "float32"), np.array([0.6, -9.0], "float32")]
    optimizer = LayerwiseAdamW(0.1, clip=0.5, clipvalue=0.8)
    optimizer.build([keras.Variable(np.zeros_like(g)) for g in gradients])
    optimizer.set_shares([0.0, 1.0])
    optimizer.apply([ops.convert_to_tensor(gradient) for gradient in gradients])
    moments = [numpy(v) / 0.1 for v in optimizer.variables if "momentum" in v.path]
    np.testing.assert_allclose(moments[1], np.array([0.6, -0.8]) / 2, rtol=1e-5)


def test_the_gradient_of_a_word_that_occurs_twice_is_clipped_as_one():
    embedding = keras.layers.Embedding(3, 1, embeddings_initializer="zeros")
    model = keras.Sequential([keras.Input((None,), dtype="int32"), embedding])
    optimizer = make_optimizer(**{**COMMON, "clipnorm": None, "clipvalue": 0.5})
    loss = lambda y, outputs: 0.4 * ops.sum(outputs)  # noqa: E731
    model.compile(optimizer, loss=loss, metrics=[])
    model.train_on_batch(np.array([[0, 1, 1, 1]]), np.zeros((1, 4)))
    (moment,) = [numpy(v) / 0.1 for v in optimizer.variables if "momentum" in v.path]
    # 0.4 once and 1.2 for the word of three times, not three times at most 0.5.
    np.testing.assert_allclose(moment[:, 0], [0.4, 0.5, 0.0], rtol=1e-5)


def test_the_rate_falls_after_every_so_many_stale_epochs():
    optimizer = make_optimizer(
        **{**COMMON, "warmup": 0.0}, schedule="plateau", plateau_factor=0.1, plateau_patience=3
    )
    optimizer.build([keras.Variable([0.0])])
    optimizer.apply([ops.convert_to_tensor([1.0])])
    rates = []
    for stale in (0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3):
        optimizer.end_epoch(stale)
        rates.append(float(numpy(optimizer.learning_rate)))
    expected = [0.1] * 3 + [0.01] * 3 + [0.001] * 4 + [0.0001]
    np.testing.assert_allclose(rates, expected, rtol=1e-5)
    before = numpy(optimizer._trainable_variables[0])
    optimizer.apply([ops.convert_to_tensor([1.0])])
    moved = numpy(optimizer._trainable_variables[0]) - before
    np.testing.assert_allclose(moved, -0.0001, rtol=0.05)  # a step of Adam is as long as the rate
    other = make_optimizer(**COMMON)
    other.build([keras.Variable([0.0])])
    other.end_epoch(3)
    assert not any("rate_left" in variable.path for variable in other.variables)


class Rows:
    """Points and their labels, as `train` reads them."""

    def __init__(self):
        draw = np.random.default_rng(0)
        self.x = draw.normal(size=(40, 3)).astype("float32")
        self.y = (self.x.sum(1, keepdims=True) > 0).astype("float32")

    @property
    def lengths(self):
        return np.ones(len(self.x), int)

    def batch(self, rows):
        return self.x[rows], self.y[rows]


def run(path, schedule="plateau", **options):
    """Train on scores that stop to improve after the second epoch."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dropout(0.2), keras.layers.Dense(1, "sigmoid")]
    )
    optimizer = make_optimizer(
        **{**COMMON, "steps": 80, "average_decay": 0.9},
        schedule=schedule,
        plateau_patience=2,
        **options,
    )
    model.compile(optimizer, loss="binary_crossentropy", metrics=[])
    epochs = []

    def validation():
        # By the optimiser's steps, so that a run that goes on sees what it would have seen.
        epoch = int(numpy(optimizer.iterations)) // 10
        epochs.append(epoch)
        return {"log_loss": 1.0 / min(epoch, 2)}

    rows = Rows()
    train(
        model,
        lambda epoch: rows,
        validation,
        epochs=8,
        batch_size=4,
        patience=8,
        seed=1,
        state=path / "state.npz",
        logs=path / "logs",
        identity={},
        console=None,
    )
    return [numpy(v) for v in [*model.trainable_variables, *optimizer.variables]], optimizer


def logged_rates(path):
    events = EventAccumulator(str(path / "logs"), size_guidance={"tensors": 0})
    events.Reload()
    return {
        event.step: float(event.tensor_proto.float_val[0])
        for event in events.Tensors("step/learning_rate")
    }


def test_a_run_on_a_plateau_that_was_killed_ends_as_one_that_was_not(tmp_path, monkeypatch):
    monkeypatch.setattr(zoo.fitting.loop, "SAVE_SECONDS", 0.0)  # after every step
    monkeypatch.setattr(zoo.fitting.loop, "LOG_EVERY", 5)
    straight, optimizer = run(tmp_path / "straight")
    # Stale from the third epoch on: halved after the fourth, the sixth and the eighth.
    assert float(numpy(optimizer.learning_rate)) == pytest.approx(0.1 / 8)
    rates = logged_rates(tmp_path / "straight")
    for step, rate in ((40, 0.1), (45, 0.05), (60, 0.05), (65, 0.025), (80, 0.025)):
        assert rates[step] == pytest.approx(rate)

    original, calls = zoo.fitting.loop._Run.save, []

    def killed(state):
        original(state)
        calls.append(state.step)
        if len(calls) == 45:
            raise KeyboardInterrupt

    monkeypatch.setattr(zoo.fitting.loop._Run, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "killed")
    resumed, _ = run(tmp_path / "killed")
    for one, other in zip(straight, resumed, strict=True):
        np.testing.assert_array_equal(one, other)


def test_recipes_and_fine_tuning_say_what_the_optimiser_is():
    recipe = dataclasses.replace(
        load_recipe("lstm-imdb"), schedule="linear", clipvalue=0.25, warmup=0.1, final_rate=0.0
    )
    chosen = FineTuningSettings(schedule="linear", clipvalue=0.25, final_rate=0.0).complete(100)
    for settings_, layerwise in ((recipe, False), (chosen, True)):
        optimizer = optimizer_of(settings_, steps=100, layerwise=layerwise)
        assert isinstance(optimizer, LayerwiseAdamW if layerwise else MonitoredAdamW)
        assert optimizer.clipvalue == 0.25
        optimizer.build([keras.Variable([0.0])])
        for _ in range(55):
            optimizer.apply([ops.convert_to_tensor([1.0])])
        peak = settings_.learning_rate
        assert float(numpy(optimizer.learning_rate)) == pytest.approx(peak / 2, rel=1e-4)
    late = dataclasses.replace(recipe, schedule="plateau", patience=2)
    with pytest.raises(zoo.InputError, match="plateau_patience below patience, 2"):
        optimizer_of(late, steps=100)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("schedule", "cubic", "schedule out of cosine, linear, constant, plateau"),
        ("clipvalue", 0.0, "clipvalue from"),
        ("precision", "float16", "precision out of float32, mixed_bfloat16, auto"),
        ("plateau_factor", 2.0, "plateau_factor from"),
        ("plateau_patience", 0, "plateau_patience of at least 1"),
    ],
)
def test_settings_out_of_bounds_are_refused(field, value, words):
    with pytest.raises(zoo.InputError, match=words):
        FineTuningSettings(**{field: value}).check()


@pytest.mark.parametrize("layerwise", [False, True])
def test_the_norm_of_a_table_counts_a_word_that_comes_three_times_as_one_row(layerwise):
    """TensorFlow hands the gradient of an embedding out row by row, a repeated word's too."""
    table = keras.layers.Embedding(6, 3)
    model = keras.Sequential(
        [table, keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(1, use_bias=False)]
    )
    read, target = np.array([[1, 1, 1, 2]]), np.array([[3.0]])
    output = float(np.asarray(model(read))[0, 0])
    kernel = np.asarray(model.layers[-1].kernel)
    common = {"learning_rate": 0.1, "warmup": 0.1, "final_rate": 0.0, "weight_decay": 0.0}
    optimizer = make_optimizer(
        steps=10, clipnorm=1.0, average_decay=0.0, layerwise=layerwise, **common
    )
    model.compile(optimizer=optimizer, loss="mse")
    model.train_on_batch(read, target)
    expected = 2 * abs(output - 3.0) * np.linalg.norm(kernel) * np.hypot(0.75, 0.25)
    assert float(optimizer.gradient_norms[0]) == pytest.approx(expected, rel=1e-4)


@pytest.mark.skipif(keras.backend.backend() == "jax", reason="jax trains on several devices")
def test_only_jax_trains_on_several_devices():
    with on_devices(None):
        assert keras.distribution.distribution() is None
    with pytest.raises(zoo.InputError, match=r"set KERAS_BACKEND=jax. Received: tensorflow"):
        on_devices(2).__enter__()


def variables_after_steps(optimizer):
    """Return the variables that three steps leave, of a table of words and a bias, and the own."""
    draw = np.random.default_rng(0)
    table, bias = (
        keras.Variable(draw.normal(size=shape).astype("float32"), name=name)
        for name, shape in (("table", (30, 4)), ("bias", (6,)))
    )
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build([table, bias])
    for _ in range(3):
        ids, rows = draw.integers(0, 9, 20), draw.normal(size=(20, 4)).astype("float32")
        if keras.backend.backend() == "tensorflow":  # as it hands the gradient of a table out
            import tensorflow as tf

            gradient = tf.IndexedSlices(tf.constant(rows), tf.constant(ids), tf.constant([30, 4]))
        else:
            gradient = ops.convert_to_tensor(np.eye(30, dtype="float32")[ids].T @ rows)
        optimizer.apply([gradient, ops.convert_to_tensor(rows[:6, 0])])
    added = ("gradient_norm", "share")
    kept = [v for v in optimizer.variables if not any(name in v.path for name in added)]
    return {variable.path: numpy(variable) for variable in [*kept, table, bias]}


@pytest.mark.parametrize("clip", [None, 0.5])
def test_a_step_in_one_pass_is_that_of_keras(clip, monkeypatch):
    if keras.backend.backend() == "tensorflow":
        import zoo.fitting.fused_adamw

        monkeypatch.setattr(zoo.fitting.fused_adamw, "SMALLEST", 100)  # the table, not the bias
    common = {"weight_decay": 0.1, "use_ema": True, "ema_momentum": 0.8, "name": "adamw"}
    expected = variables_after_steps(keras.optimizers.AdamW(0.05, global_clipnorm=clip, **common))
    for optimizer in (
        MonitoredAdamW(0.05, global_clipnorm=clip, **common),
        LayerwiseAdamW(0.05, clip=clip, **common),
    ):
        received = variables_after_steps(optimizer)
        # Their names and order too: the state of a run that was begun before fits.
        assert list(received) == list(expected)
        for name, value in expected.items():
            np.testing.assert_allclose(received[name], value, atol=2e-6, err_msg=name)
