"""Weights of recurrent layers and text classifiers in PyTorch's form, and back.

Keras and PyTorch compute the same recurrences with weights of another layout: PyTorch transposes
them, orders a GRU's gates otherwise, and always keeps two biases. PyTorch itself is not needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from zoo.common.optional import tells_what_is_missing
from zoo.errors import InputError, shown
from zoo.specs import NetworkSpec

__all__ = ["from_torch_state_dict", "to_torch_state_dict"]

# Where the gates of PyTorch's layers stand in Keras': of a GRU it is reset, update, new against
# update, reset, new; of an LSTM input, forget, cell, output in both.
_GATES = {"SimpleRNN": (0,), "LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2)}


@tells_what_is_missing
def to_torch_state_dict(model: Any) -> dict[str, Any]:
    """Return the weights of a recurrent layer or classifier as PyTorch's modules hold them.

    A layer's weights have the names and shapes of `torch.nn.LSTM`, `torch.nn.GRU` or
    `torch.nn.RNN`. Those of a text classifier or tagger over a recurrent backbone stand under
    `embedding`, `rnn` and `classifier`: a `torch.nn.Embedding`, one of these layers with all
    layers and directions, and a `torch.nn.Linear` over the states, pooled or not.

    Args:
        model: a `keras.layers.LSTM`, `GRU` or `SimpleRNN`, a `Bidirectional` of one, a list of
            such layers, one on top of the other, or such a model of the zoo.

    Returns:
        float32 arrays by name: tensors where torch is installed, NumPy arrays otherwise.

    Raises:
        InputError: the model is another, was not built, or computes what PyTorch's layers do
            not, as a GRU with `reset_after=False` or an activation of another kind.

    Example:
        >>> import zoo
        >>> list(zoo.to_torch_state_dict(zoo.load("lstm-imdb")))[:3]
        ['embedding.weight', 'rnn.weight_ih_l0', 'rnn.weight_hh_l0']
        >>> module = torch.nn.LSTM(8, 4, batch_first=True)  # doctest: +SKIP
        >>> module.load_state_dict(zoo.to_torch_state_dict(layer))  # doctest: +SKIP
    """
    arrays: dict[str, np.ndarray] = {}
    embedding, layers, classifier = _parts(model)
    prefix = "rnn." if embedding is not None else ""
    if embedding is not None:
        arrays["embedding.weight"] = _array(embedding.embeddings)
    for suffix, layer in _directions(layers):
        for name, array in _to_torch(layer).items():
            arrays[f"{prefix}{name}_{suffix}"] = array
    if classifier is not None:
        arrays["classifier.weight"] = _array(classifier.kernel).T
        arrays["classifier.bias"] = _array(classifier.bias)
    make = _tensor_maker()
    return {name: make(np.ascontiguousarray(array, np.float32)) for name, array in arrays.items()}


def _tensor_maker() -> Callable[[np.ndarray], Any]:
    """Return what makes a tensor of an array: nothing does where torch is not really there."""
    try:
        import torch
    except ImportError:
        return lambda array: array
    # A module that only has the name, such as the stubs of other packages' tests, makes none.
    return getattr(torch, "from_numpy", lambda array: array)


@tells_what_is_missing
def from_torch_state_dict(model: Any, state_dict: Mapping[str, Any]) -> Any:
    """Give a recurrent layer or classifier the weights that a PyTorch module holds.

    Args:
        model: as for `to_torch_state_dict`; its weights are replaced, all or none.
        state_dict: tensors or arrays by the names that `to_torch_state_dict` gives. PyTorch's
            two biases become one where Keras keeps one: their sum.

    Returns:
        The model.

    Raises:
        InputError: as for `to_torch_state_dict`; or a name is missing or unknown, or an array
            has another shape or holds NaN.

    Example:
        >>> import zoo
        >>> model = zoo.load("gru-imdb")
        >>> zoo.from_torch_state_dict(model, zoo.to_torch_state_dict(model)) is model
        True
    """
    expected = to_torch_state_dict(model)
    arrays = _checked(state_dict, expected)
    embedding, layers, classifier = _parts(model)
    prefix = "rnn." if embedding is not None else ""
    if embedding is not None:
        embedding.embeddings.assign(arrays["embedding.weight"])
    for suffix, layer in _directions(layers):
        own = {
            name: arrays[f"{prefix}{name}_{suffix}"]
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            if f"{prefix}{name}_{suffix}" in arrays
        }
        _from_torch(layer, own)
    if classifier is not None:
        classifier.kernel.assign(arrays["classifier.weight"].T)
        classifier.bias.assign(arrays["classifier.bias"])
    return model


def _checked(state_dict: Mapping[str, Any], expected: Mapping[str, Any]) -> dict[str, np.ndarray]:
    if not isinstance(state_dict, Mapping):
        raise InputError(
            "Expected a state_dict, tensors or arrays by name, such as module.state_dict(). "
            f"Received: {type(state_dict).__name__}"
        )
    for name in (*(expected.keys() - state_dict.keys()), *(state_dict.keys() - expected.keys())):
        fault = "lacks" if name in expected else "has beyond the model's"
        raise InputError(
            f"Expected a state_dict of {', '.join(expected)}. Received: one that {fault} "
            f"{shown(name)}"
        )
    arrays = {}
    for name, value in state_dict.items():
        if tuple(np.shape(value)) != tuple(expected[name].shape):
            raise InputError(
                f"Expected the shape {tuple(expected[name].shape)} for {name!r}. "
                f"Received: {tuple(np.shape(value))}"
            )
        array = _numbers(value, name)
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            raise InputError(
                f"Expected finite numbers for {name!r}, as float32 holds them. Received: "
                f"{array.dtype} with NaN, infinity or no numbers"
            )
        arrays[name] = array.astype(np.float32)
    return arrays


def _numbers(value: Any, name: str) -> np.ndarray:
    """Return a tensor or an array as an array, floats as float32."""
    if not hasattr(value, "detach"):
        array = np.asarray(value)
        with np.errstate(over="ignore"):
            return array.astype(np.float32) if array.dtype.kind == "f" else array
    try:
        # NumPy knows neither PyTorch's short floats nor views that are negated when they are read.
        value = value.detach().cpu().resolve_neg()
        return np.asarray((value.float() if value.is_floating_point() else value).numpy())
    except (NotImplementedError, RuntimeError, TypeError) as error:
        raise InputError(
            f"Expected a tensor of numbers for {name!r}. Received: {value.dtype} on "
            f"{value.device}, which gives none: {shown(str(error))}. Load the module's weights "
            "first, or convert them with .float()"
        ) from None


def _array(variable: Any) -> np.ndarray:
    import keras

    return np.asarray(keras.ops.convert_to_numpy(variable))


def _parts(model: Any) -> tuple[Any, list[Any], Any]:
    """Return the embedding, the recurrent layers and the last layer of a model."""
    import keras

    kinds = keras.layers.LSTM | keras.layers.GRU | keras.layers.SimpleRNN

    def is_recurrent(layer: Any) -> bool:
        both = isinstance(layer, keras.layers.Bidirectional)
        return isinstance(layer.forward_layer if both else layer, kinds)

    backbone: Any = getattr(model, "backbone", None)
    if isinstance(getattr(backbone, "spec", None), NetworkSpec):
        embedding, *layers = (layer for layer in backbone.layers if layer.weights)
        last = [layer for layer in model.layers if layer.weights and layer is not backbone]
        if (
            isinstance(embedding, keras.layers.Embedding)
            and [type(layer) for layer in last] == [keras.layers.Dense]
            and all(map(is_recurrent, layers))
        ):
            return embedding, layers, last[0]
    layers = list(model) if isinstance(model, list | tuple) else [model]
    for layer in layers or [None]:
        if not is_recurrent(layer):
            raise InputError(
                "Expected an LSTM, GRU or SimpleRNN layer, a Bidirectional of one, a list of "
                "these, or a model over a recurrent backbone whose other weights are those of an "
                "embedding and of one dense layer, such as zoo.load('lstm-imdb'). Received: "
                f"{type(model).__name__}"
                + (f" of {type(layer).__name__}" if layer is not model else "")
            )
    return None, layers, None


def _directions(layers: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield every layer and direction with PyTorch's end of their names."""
    import keras

    shapes = set()
    for index, layer in enumerate(layers):
        both = isinstance(layer, keras.layers.Bidirectional)
        parts = [layer.forward_layer, layer.backward_layer] if both else [layer]
        shapes.add((type(parts[0]), parts[0].units, parts[0].use_bias, both))
        if len(shapes) > 1:
            raise InputError(
                "Expected layers of one kind, size and direction, as one PyTorch module has. "
                f"Received: {', '.join(sorted(f'{s[0].__name__} of {s[1]} units' for s in shapes))}"
            )
        if both and layer.merge_mode != "concat" and index < len(layers) - 1:
            raise InputError(
                "Expected Bidirectional layers with merge_mode='concat' below others. "
                f"Received: merge_mode={layer.merge_mode!r}"
            )
        for part, suffix in zip(parts, (f"l{index}", f"l{index}_reverse"), strict=False):
            yield suffix, _computes_as_torch(part)


def _computes_as_torch(layer: Any) -> Any:
    """Return a layer that PyTorch has too, built."""
    kind = type(layer).__name__
    names = {"activation": getattr(layer.activation, "__name__", "?")}
    allowed = {"activation": ("tanh", "relu") if kind == "SimpleRNN" else ("tanh",)}
    if kind != "SimpleRNN":
        names["recurrent_activation"] = getattr(layer.recurrent_activation, "__name__", "?")
        allowed["recurrent_activation"] = ("sigmoid",)
    for argument, name in names.items():
        if name not in allowed[argument]:
            raise InputError(
                f"Expected {argument} of {' or '.join(allowed[argument])}, which PyTorch's layer "
                f"computes. Received: {shown(name)} in {layer.name!r}"
            )
    if kind == "GRU" and not layer.reset_after:
        raise InputError(
            "Expected a GRU with reset_after=True, which PyTorch's computes. "
            f"Received: reset_after=False in {layer.name!r}"
        )
    if not layer.built:
        raise InputError(
            f"Expected a layer that was built. Received: {layer.name!r} without weights. "
            "Call it on data first, or its build method with the input's shape"
        )
    return layer


def _to_torch(layer: Any) -> dict[str, np.ndarray]:
    cell, gates = layer.cell, _GATES[type(layer).__name__]

    def rows(matrix: np.ndarray) -> np.ndarray:
        parts = np.split(matrix, len(gates), axis=-1)
        return np.concatenate([parts[gate] for gate in gates], axis=-1).T

    weights = {
        "weight_ih": rows(_array(cell.kernel)),
        "weight_hh": rows(_array(cell.recurrent_kernel)),
    }
    if layer.use_bias:
        bias = _array(cell.bias)
        # Keras' GRU keeps both biases, the others their sum.
        first, second = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        weights |= {"bias_ih": rows(first), "bias_hh": rows(second)}
    return weights


def _from_torch(layer: Any, arrays: Mapping[str, np.ndarray]) -> None:
    cell, gates = layer.cell, _GATES[type(layer).__name__]

    def columns(matrix: np.ndarray) -> np.ndarray:
        parts = np.split(matrix.T, len(gates), axis=-1)
        return np.concatenate([parts[gates.index(gate)] for gate in range(len(gates))], axis=-1)

    cell.kernel.assign(columns(arrays["weight_ih"]))
    cell.recurrent_kernel.assign(columns(arrays["weight_hh"]))
    if layer.use_bias:
        first, second = columns(arrays["bias_ih"]), columns(arrays["bias_hh"])
        both = len(cell.bias.shape) == 2
        cell.bias.assign(np.stack([first, second]) if both else first + second)
