"""What a learning came to, and the one way by which it becomes a checkpoint directory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from zoo import checkpoint
from zoo.schema import ModelInfo

__all__ = ["Fitted", "rounded", "write_fitted"]


@dataclass(frozen=True)
class Fitted:
    """A model that has learnt, as it is stored.

    Attributes:
        tensors: its weights by name, in the types they are stored in.
        backbone: arguments of its network.
        head: arguments of its task.
        preprocessor: arguments of what makes its input, if it has any.
        assets: the files that this reads, by name.
    """

    tensors: Mapping[str, np.ndarray]
    backbone: Any
    head: Any
    preprocessor: Any = None
    assets: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, model: Any) -> Fitted:
        """Return what is stored of a Keras model, with its preprocessor if it has one.

        Args:
            model: a model of the zoo.
        """
        preprocessor = getattr(model, "preprocessor", None)
        return cls(
            _values(model),
            model.backbone.spec,
            model.spec,
            None if preprocessor is None else preprocessor.spec,
            {} if preprocessor is None else preprocessor.assets,
        )

    @cached_property
    def weights(self) -> bytes:
        """The safetensors file."""
        return checkpoint.serialize_tensors(dict(self.tensors))


def rounded(model: Any, weights: Sequence[np.ndarray]) -> Any:
    """Return a model with weights as they are stored, in half precision; it computes in float32.

    What is scored afterwards is what everybody reads from the checkpoint.

    Args:
        model: a model of the zoo, which gets the weights.
        weights: those that were learnt, in the order of its trainable variables.
    """
    from zoo.fitting.building import in_float32

    for variable, value in zip(model.trainable_variables, weights, strict=True):
        variable.assign(value.astype(np.float16).astype(np.float32))
    return in_float32(model)


def write_fitted(output: Path, info: ModelInfo, fitted: Fitted, *, overwrite: bool) -> ModelInfo:
    """Write what was learnt as a checkpoint directory; return the record that lies in it.

    Args:
        output: the directory to make.
        info: the record.
        fitted: the model.
        overwrite: whether a checkpoint that is there is replaced.

    Raises:
        OutputError: the place cannot be written or is full. Nothing is left behind.
    """
    written = checkpoint.write(
        output,
        info=info,
        backbone=fitted.backbone,
        head=fitted.head,
        preprocessor=fitted.preprocessor,
        assets=dict(fitted.assets),
        weights=fitted.weights,
        overwrite=overwrite,
    )
    return written.info


def _values(model: Any) -> dict[str, np.ndarray]:
    import keras

    from zoo.fitting.building import adapted, tensor_variables

    values = {
        name: np.asarray(keras.ops.convert_to_numpy(variable))
        for name, variable in tensor_variables(model).items()
    }
    for layer in adapted(model):
        # What the layer computes with: its own weights and the adaptation in one.
        name = "embeddings" if hasattr(layer, "embeddings") else "kernel"
        path = getattr(layer, f"_{name}").path
        values[path] = np.asarray(keras.ops.convert_to_numpy(getattr(layer, name)))
    return values
