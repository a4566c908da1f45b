"""Irregular series that arrive measurement by measurement, classified as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.classes.ranking import best_first
from zoo.errors import InputError, shown
from zoo.series.irregular import IrregularSeries, check_irregular
from zoo.series.irregular_features import Summary
from zoo.series.irregular_steps import State
from zoo.sessions.packing import Part
from zoo.tasks.irregular_time_series_classification.network import IrregularNetwork

__all__ = ["IrregularState", "IrregularStream"]

_SUMMARY = ("last", "total", "least", "most", "count")


class IrregularState(msgspec.Struct, frozen=True, eq=False):
    """What is known of a series that goes on; its size does not grow.

    Attributes:
        hidden: the state of the network, float64 arrays of shape (1, size).
        summary: the figures of every variable.
        static: the static features, float64 (statics,), NaN where unknown.
        time: when the last step was, or None before the first.
    """

    hidden: State
    summary: Summary
    static: np.ndarray
    time: float | None = None


class IrregularStream:
    """The step of a classifier of irregular series: a state and measurements in, scores out.

    Args:
        network: what takes the steps.
        model: fingerprint of the checkpoint.
        labels: names of the classes.

    Attributes:
        first: the state before the first step.
    """

    def __init__(self, network: IrregularNetwork, model: str, labels: Sequence[str]) -> None:
        self.model, self._network, self._labels = model, network, labels
        self.first = IrregularState(
            network.steps.start(1),
            Summary.start(1, len(network.names.variables)),
            np.full(len(network.names.statics), np.nan),
        )

    def step_many(
        self, states: Sequence[IrregularState], inputs: Sequence[Any]
    ) -> tuple[list[IrregularState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it; answers are all labels, best first.

        An input is a pair of a time and what was measured then, an array of shape (variables,) or a
        dictionary by name; or several steps, as one series in the form of the pipeline. What it
        says of static features is known from then on.
        """
        given = [self._given(x) for x in inputs]
        after = [self._read(*pair) for pair in zip(states, given, strict=True)]
        probabilities = self._network.classify(
            np.concatenate([state.hidden[0] for state in after]),
            np.concatenate([state.summary.figures for state in after]),
            np.stack([state.static for state in after]),
        )
        return after, [best_first(self._labels, row) for row in probabilities]

    def _given(self, x: Any) -> IrregularSeries:
        names = self._network.names
        if isinstance(x, tuple | list) and len(x) == 2 and not isinstance(x[0], list | tuple):
            time, values = x
            if isinstance(values, Mapping):
                values = {name: [value] for name, value in values.items()}
            else:
                values = [values]
            x = {"times": [time], "values": values}
        elif not isinstance(x, Mapping | IrregularSeries):
            raise InputError(
                'Expected a step, a pair of a time and values such as (0.5, {"HR": 80}), or several'
                f" as one series. Received: {shown(x)}"
            )
        (series,), _ = check_irregular(x, names)
        return series

    def _read(self, state: IrregularState, series: IrregularSeries) -> IrregularState:
        assert series.static is not None
        hidden, summary, time = state.hidden, state.summary, state.time
        if series.steps and time is not None and series.times[0] <= time:
            raise InputError(
                "Expected times after the last one of the session, with all that was measured at "
                f"one time in one step. Received: {series.times[0]:g} after {time:g}"
            )
        for moment, values in zip(series.times, series.values, strict=True):
            gap = 0.0 if time is None else float(moment - time)
            hidden, summary = self._network.after(hidden, summary, values, gap)
            time = float(moment)
        static = np.where(np.isnan(series.static), state.static, series.static)
        after = IrregularState(hidden, summary, static, time)
        for part in _arrays(after):
            part.flags.writeable = False
        return after

    def shown(self, state: IrregularState) -> IrregularState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return state

    def checked(self, value: Any) -> IrregularState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if not isinstance(value, IrregularState) or [x.shape for x in _arrays(value)] != [
            x.shape for x in _arrays(self.first)
        ]:
            raise InputError(
                "Expected a state of this network, as session.state gives it. "
                f"Received: {shown(value, 60)}"
            )
        return value

    def parts(self, state: IrregularState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        time = np.array([] if state.time is None else [state.time], np.float64)
        return {**_named(state), "time": time}

    def of_parts(self, parts: Mapping[str, Any]) -> IrregularState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        expected = self.parts(self.first)
        fits = parts.keys() == expected.keys() and all(
            _fits(name, parts[name], own) for name, own in expected.items()
        )
        if not fits:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        hidden = tuple(parts[f"hidden_{index}"] for index in range(len(self.first.hidden)))
        time = float(parts["time"][0]) if len(parts["time"]) else None
        summary = Summary(*(parts[name] for name in _SUMMARY))
        return IrregularState(hidden, summary, parts["static"], time)


def _fits(name: str, part: Any, own: Part) -> bool:
    """Return whether a part can be what `own`, of the first state, has become."""
    if not isinstance(part, np.ndarray) or part.dtype != np.float64:
        return False
    shapes = [(0,), (1,)] if name == "time" else [np.shape(own)]
    unknown = np.isnan(part) if name == "static" else np.zeros(part.shape, bool)
    return part.shape in shapes and bool((np.isfinite(part) | unknown).all())


def _named(state: IrregularState) -> dict[str, np.ndarray]:
    hidden = {f"hidden_{index}": part for index, part in enumerate(state.hidden)}
    summary = {name: getattr(state.summary, name) for name in _SUMMARY}
    return {**hidden, **summary, "static": state.static}


def _arrays(state: IrregularState) -> list[np.ndarray]:
    return list(_named(state).values())
