"""How KerasHub's samplers write with a recurrent network, whose state is the cache."""

from __future__ import annotations

import zoo.common.keras_first  # noqa: F401

from collections.abc import Sequence
from typing import Any

import keras_hub
import numpy as np
from keras import ops

from zoo.errors import InputError, shown
from zoo.text.language import PAD, UNKNOWN

__all__ = ["check_sampler", "write", "written_ids"]

# In place of the logit of a token that is not to be written: its probability is 0 at any
# temperature.
_NEVER = -1e30


def written_ids(model: Any) -> np.ndarray:
    """Return which token ids a model writes, bool of shape (tokens,).

    Padding and the unknown token are none, nor what no token of the vocabulary has the id of.

    Args:
        model: a `RecurrentCausalLM`.
    """
    written = np.ones(model.logits.size, bool)
    if model.preprocessor is not None:
        vocabulary = model.preprocessor.tokenizer.hf_tokenizer.get_vocab()
        written = np.isin(np.arange(len(written)), list(vocabulary.values()))
    written[[PAD, UNKNOWN]] = False
    return written


def check_sampler(sampler: Any, count: int) -> None:
    """Refuse a sampler that would write what is not to be written, or give something else.

    Args:
        sampler: one of KerasHub's.
        count: number of tokens that are written at all.

    Raises:
        InputError: it chooses out of more tokens than there are, or returns several texts.
    """
    k = getattr(sampler, "k", None)
    if k is not None and k > count:
        raise InputError(
            f"Expected a sampler with a k of at most {count}, the number of tokens that the model "
            f"writes, such as keras_hub.samplers.TopKSampler(k={min(5, count)}). "
            f"Received: k={shown(k)}"
        )
    if getattr(sampler, "return_all_beams", False):
        raise InputError(
            "Expected a sampler that returns one text for each, such as "
            "keras_hub.samplers.BeamSampler(num_beams=5). Received: return_all_beams=True"
        )


class _Network:
    """A language model one step at a time.

    Args:
        model: a `RecurrentCausalLM`.
    """

    def __init__(self, model: Any) -> None:
        self._backbone = model.backbone
        self._layers = [
            model.backbone.get_layer(f"recurrent_{index}")
            for index in range(model.backbone.spec.num_layers)
        ]
        self._projection = model.projection
        # Once for all steps: a transposed table is another table.
        self._matrix = model.logits.matrix()
        biases = model.logits.biases()
        written = ops.convert_to_tensor(written_ids(model))
        self._biases = ops.where(written, biases, ops.cast(_NEVER, biases.dtype))

    def start(self, count: int) -> list[list[Any]]:
        """Return the state before a text, of so many texts."""
        units = self._backbone.spec.units
        return [
            [ops.zeros((count, units), dtype=layer.compute_dtype)] * len(layer.state_size)
            for layer in self._layers
        ]

    def step(self, token_ids: Any, states: Any) -> tuple[Any, list[list[Any]]]:
        """Return what the last layer gives, (batch, units), and the states after a token."""
        x, after = self._backbone.token_embedding(token_ids), []
        for layer, state in zip(self._layers, states, strict=True):
            x, new = layer.cell(x, list(state), training=False)
            after.append([ops.cast(part, layer.compute_dtype) for part in new])
        return x, after

    def logits(self, outputs: Any) -> Any:
        """Return the logits, (batch, size), of what `step` returned."""
        x = outputs if self._projection is None else self._projection(outputs)
        return ops.matmul(ops.cast(x, self._matrix.dtype), self._matrix) + self._biases


def write(model: Any, token_ids: Any, given: Any, stop_token_ids: Sequence[int] | None) -> Any:
    """Return token ids with a continuation of each row, and which of them are of its text.

    Args:
        model: a `RecurrentCausalLM`, whose sampler chooses.
        token_ids: integer tensor of shape (batch, time); in each row the line end, the prompt, and
            then what is to be replaced.
        given: boolean tensor of that shape, where that is line end and prompt.
        stop_token_ids: ids that end a text; None lets all go on to the last step.
    """
    network = _Network(model)
    count, steps = ops.shape(token_ids)
    given = ops.cast(given, "bool")
    # Where the shortest prompt ends. What all have is read without asking what follows.
    shortest = ops.min(ops.sum(ops.cast(given, "int32"), axis=-1))
    shortest = ops.maximum(ops.cast(shortest, "int32"), 1)

    def token(at: Any, rows: Any) -> Any:
        return ops.slice(rows, (0, at), (ops.shape(rows)[0], 1))[:, 0]

    # Only one of the samplers compares what the network made of earlier tokens.
    compares = isinstance(model.sampler, keras_hub.samplers.ContrastiveSampler)
    seen = ops.zeros((count, steps if compares else 0, model.backbone.spec.units), "float32")

    def note(outputs: Any, at: Any, seen: Any) -> Any:
        if not compares:
            return seen
        return ops.slice_update(seen, (0, at, 0), ops.cast(outputs, "float32")[:, None])

    def read(at: Any, states: Any, seen: Any) -> tuple[Any, Any, Any]:
        outputs, states = network.step(token(at, token_ids), states)
        return at + 1, states, note(outputs, at, seen)

    at, states, seen = ops.while_loop(
        lambda at, states, seen: at < shortest - 1,
        read,
        (ops.zeros((), "int32"), network.start(count), seen),
        maximum_iterations=steps,
    )
    if compares:
        outputs, _ = network.step(token(at, token_ids), states)
        seen = note(outputs, at, seen)

    def following(prompt: Any, cache: Any, index: Any) -> tuple[Any, Any, Any]:
        outputs, cache = network.step(token(index - 1, prompt), cache)
        return network.logits(outputs), ops.cast(outputs, "float32"), cache

    written = model.sampler(
        next=following,
        prompt=token_ids,
        cache=states,
        index=shortest,
        mask=given,
        stop_token_ids=stop_token_ids,
        hidden_states=seen if compares else None,
        model=model,
    )
    inside = ops.ones_like(given)
    if stop_token_ids is not None:
        ends = ops.zeros_like(given)
        for stop in stop_token_ids:
            ends = ops.logical_or(ends, written == stop)
        ends = ops.cast(ops.logical_and(ends, ops.logical_not(given)), "int32")
        # Up to the first of them, itself included.
        inside = ops.cumsum(ends, axis=-1) - ends == 0
    return written, inside
