"""Series that arrive step by step, classified by a trained network as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from zoo.classes.ranking import best_first
from zoo.errors import InputError, shown
from zoo.formats import Checkpoint
from zoo.graphs.pooling import pooled_sizes
from zoo.networks.recurrent.series_steps import SeriesFeatureSteps
from zoo.networks.recurrent.steps import RecurrentSteps
from zoo.series.arrays import check_step
from zoo.sessions.packing import Part
from zoo.sessions.session import fingerprint
from zoo.tasks.time_series_classification.network import softmax
from zoo.tasks.time_series_classification.trained_network import TrainedClassifier

__all__ = ["TrainedState", "TrainedStream", "stream_of"]


class TrainedState(msgspec.Struct, frozen=True, eq=False):
    """What a network has read of a series.

    Attributes:
        steps: how many steps.
        network: the states of its layers, float32 (size,), and beside them what was pooled.
        recent: the last steps as far as differences need them, scaled, float32 (steps, channels).
        pending: what was made of the steps of a frame that is not complete, float32 (steps,
            features).
    """

    steps: int
    network: np.ndarray
    recent: np.ndarray
    pending: np.ndarray


class TrainedStream:
    """The step of a trained classifier of series: a state and steps in, a state and scores out.

    Args:
        source: a verified checkpoint.
        network: what `network_of` made of it.

    Attributes:
        first: the state before the first step.

    Raises:
        InputError: the network needs all of a series before it can take a step.
    """

    def __init__(self, source: Checkpoint, network: TrainedClassifier) -> None:
        spec, name = source.backbone, source.info.name
        if spec.ahead:
            raise InputError(
                "Expected a network that reads from the start to the end alone, for a series that "
                f"arrives step by step. Received: {shown(name)}: {spec.ahead}. Give it whole series"
            )
        self.model = fingerprint(source.info)
        self._source, self._network = source, network
        self._labels, self._spec = source.info.labels, spec
        self._features = SeriesFeatureSteps(spec, source.tensors)
        self._steps = RecurrentSteps(spec, source.tensors)
        self._pooling = _Pooling(source.head, source.tensors, spec.features)
        self._kernel = source.tensors["logits/kernel"].astype(np.float32)
        self._bias = source.tensors["logits/bias"].astype(np.float32)
        self._size = self._steps.size + self._pooling.size
        self.first = TrainedState(
            0,
            np.zeros(self._size, np.float32),
            np.zeros((0, spec.channels), np.float32),
            np.zeros((0, spec.step_features), np.float32),
        )

    def __reduce__(self) -> Any:
        # Its steps are closures over folded weights: they are made anew from what was read.
        return type(self), (self._source, self._network)

    def step_many(
        self, states: Sequence[TrainedState], inputs: Sequence[Any]
    ) -> tuple[list[TrainedState], list[Any]]:
        """Do what `zoo.sessions.session.Stream` says of it; answers are all labels, best first.

        An input is a step, of shape (channels,), or several, of shape (time, channels).
        """
        given = [np.atleast_2d(check_step(x, self._network.channels)) for x in inputs]
        after = [self._read(*pair) for pair in zip(states, given, strict=True)]
        return after, [best_first(self._labels, self._classify(state)) for state in after]

    def _read(self, state: TrainedState, steps: np.ndarray) -> TrainedState:
        if not len(steps):
            return state
        mean, scale = self._network.scaling
        scaled = ((steps - mean) / scale).astype(np.float32)
        features, recent = self._features(scaled, state.recent)
        frame, pending = self._spec.frame, np.concatenate([state.pending, features])
        whole = len(pending) // frame
        network = state.network
        for row in pending[: whole * frame].reshape(whole, frame * self._spec.step_features):
            network = self._advance(network, row)
        kept = pending[whole * frame :].copy()
        for array in (network, recent, kept):
            array.flags.writeable = False
        return TrainedState(state.steps + len(steps), network, recent, kept)

    def _advance(self, before: np.ndarray, frame: np.ndarray) -> np.ndarray:
        after = np.empty_like(before)
        size = self._steps.size
        given = np.dot(frame, self._steps.kernel) + self._steps.bias
        states = self._steps(given, before[:size], after[:size])
        self._pooling.add(states, before[size:], after[size:])
        return after

    def _classify(self, state: TrainedState) -> np.ndarray:
        if not state.steps:
            raise InputError(
                f"Expected a step of shape ({self._network.channels},). Received: none, in a "
                "session that has read nothing"
            )
        network = state.network
        if len(state.pending):
            rest = np.zeros(self._spec.frame * self._spec.step_features, np.float32)
            rest[: state.pending.size] = state.pending.ravel()
            network = self._advance(network, rest)
        pooled = self._pooling.pooled(network[self._steps.size :])
        return softmax((pooled @ self._kernel + self._bias).astype(np.float64))

    def shown(self, state: TrainedState) -> TrainedState:
        """Do what `zoo.sessions.session.Stream` says of it; nothing in a state is writable."""
        for array in (state.network, state.recent, state.pending):
            array.flags.writeable = False
        return state

    def checked(self, value: Any) -> TrainedState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        if not isinstance(value, TrainedState) or value.network.shape != (self._size,):
            raise InputError(
                "Expected a state of this network, as session.state gives it. "
                f"Received: {shown(value, 60)}"
            )
        return value

    def parts(self, state: TrainedState) -> dict[str, Part]:
        """Do what `zoo.sessions.session.Stream` says of it."""
        return msgspec.structs.asdict(state)

    def of_parts(self, parts: Mapping[str, Any]) -> TrainedState:
        """Do what `zoo.sessions.session.Stream` says of it."""
        try:
            state = TrainedState(**parts)
            good = self._is_state(state)
        except (TypeError, AttributeError):
            good = False
        if not good:
            raise InputError(
                "Expected the state of a session of this checkpoint, as session.to_bytes() "
                "returns it. Received: one that it cannot be in"
            )
        return self.shown(state)

    def _is_state(self, state: TrainedState) -> bool:
        spec, steps = self._spec, state.steps
        if type(steps) is not int or not 0 <= steps < 1 << 53:
            return False
        shapes = {
            "network": (self._size,),
            "recent": (self._features.kept if steps else 0, spec.channels),
            "pending": (steps % spec.frame, spec.step_features),
        }
        arrays = {name: getattr(state, name) for name in shapes}
        return all(
            array.dtype == np.float32
            and array.shape == shapes[name]
            and bool(np.isfinite(array).all())
            for name, array in arrays.items()
        ) and self._pooling.holds(state.network[self._steps.size :], steps // spec.frame)


class _Pooling:
    """Pools states one after another, into a vector of what must be kept of them."""

    def __init__(self, head: Any, tensors: Mapping[str, np.ndarray], features: int) -> None:
        self._kinds = head.plain_pooling
        sizes = pooled_sizes(self._kinds, features) if self._kinds else {}
        sizes["count"] = 1
        self._attention = None
        if head.attends:
            # The highest score, and relative to it the sum of all weights and of what they weigh.
            sizes |= {"top": 1, "weights": 1, "weighted": features}
            self._attention = [
                tensors[f"attention/{part}"].astype(np.float32)
                for part in ("kernel", "bias", "context")
            ]
        ends = np.cumsum([0, *sizes.values()])
        self._parts = {name: slice(*ends[at : at + 2]) for at, name in enumerate(sizes)}
        self.size = int(ends[-1])

    def add(self, states: np.ndarray, before: np.ndarray, after: np.ndarray) -> None:
        """Write to `after` what is kept when a step's states are pooled too."""
        parts = self._parts
        begun = before[parts["count"]][0] > 0
        after[parts["count"]] = before[parts["count"]] + 1.0
        if "sum" in parts:
            after[parts["sum"]] = before[parts["sum"]] + states
        if "max" in parts:
            after[parts["max"]] = np.maximum(before[parts["max"]], states) if begun else states
        if "last" in parts:
            after[parts["last"]] = states
        if self._attention is None:
            return
        kernel, bias, context = self._attention
        score = (np.tanh(states @ kernel + bias) @ context)[0]
        old = before[parts["top"]][0]
        top = np.maximum(old, score) if begun else score
        fade = np.exp(old - top) if begun else np.float32(0.0)
        weight = np.exp(score - top)
        after[parts["top"]] = top
        after[parts["weights"]] = before[parts["weights"]] * fade + weight
        after[parts["weighted"]] = before[parts["weighted"]] * fade + weight * states

    def pooled(self, kept: np.ndarray) -> np.ndarray:
        """Return the pooled vector."""
        parts, found = self._parts, []
        for kind in self._kinds:
            if kind in ("mean", "sqrtn"):
                count = kept[parts["count"]]
                found.append(kept[parts["sum"]] / (count if kind == "mean" else np.sqrt(count)))
            else:
                found.append(kept[parts[kind]])
        if self._attention is not None:
            found.append(kept[parts["weighted"]] / kept[parts["weights"]])
        return np.concatenate(found)

    def holds(self, kept: np.ndarray, count: int) -> bool:
        """Return whether numbers can be what is kept after so many frames."""
        counted = kept[self._parts["count"]][0] == np.float32(count)
        weighed = self._attention is None or not count or kept[self._parts["weights"]][0] > 0
        return bool(counted and weighed)


def stream_of(source: Checkpoint, network: TrainedClassifier) -> TrainedStream:
    """Return what classifies a series step by step.

    Args:
        source: a verified checkpoint over a network that is trained.
        network: what `network_of` made of it.

    Raises:
        InputError: the network needs all of a series before it can take a step.
    """
    return TrainedStream(source, network)
