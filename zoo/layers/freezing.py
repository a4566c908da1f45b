"""Which weights are frozen, as part of a model's configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zoo.errors import InputError, shown

__all__ = ["KeepsFrozen"]


class KeepsFrozen:
    """A base of functional models, before Keras' own, whose configuration tells what is frozen.

    Keras tells it layer by layer, but a model that is built from arguments of its own has no
    layers in its configuration; and it takes `trainable` before there are layers to freeze. So a
    copy of a frozen backbone, by a `.keras` file or otherwise, would train again.

    Args:
        trainable: whether the model is trained at all.
        frozen: paths of the weights that are not trained; None leaves that as the layers have it.

    Raises:
        InputError: the model has no weight of a path in `frozen`.

    Example:
        >>> from zoo.networks.recurrent.backbone import RecurrentBackbone
        >>> backbone = RecurrentBackbone(9, embedding_dim=2, cell="gru", units=3)
        >>> backbone.token_embedding.trainable = False
        >>> backbone.get_config()["frozen"]
        ['token_embedding/embeddings']
    """

    def __init__(
        self,
        *args: Any,
        trainable: bool = True,
        frozen: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._frozen_at_first = tuple(_frozen(self))
        if frozen is not None:
            _freeze(self, frozen)
        if not trainable:
            self.trainable = False

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()  # type: ignore[misc]
        config["trainable"] = self.trainable
        frozen = _frozen(self)
        if self.trainable and tuple(frozen) != self._frozen_at_first:
            config["frozen"] = frozen
        return config


def _frozen(model: Any) -> list[str]:
    return sorted(weight.path for weight in model.weights if not weight.trainable)


def _freeze(model: Any, frozen: Sequence[str]) -> None:
    unknown = sorted(set(frozen) - {weight.path for weight in model.weights})
    if unknown:
        raise InputError(
            f"Expected frozen weights out of those of the model, such as {model.weights[0].path!r}"
            f". Received: {shown(unknown[0])}"
        )
    for layer in model._flatten_layers(include_self=False):
        if layer.weights:
            layer.trainable = not all(weight.path in frozen for weight in layer.weights)
    for weight in model.weights:
        weight.trainable = weight.path not in frozen
