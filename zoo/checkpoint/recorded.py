"""What the zoo's tasks have in common: the record of their checkpoint goes where they go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from zoo.checkpoint.directory import read_info
from zoo.errors import InputError, shown
from zoo.formats import RECORD
from zoo.layers.freezing import KeepsFrozen
from zoo.schema import ModelInfo

__all__ = ["RecordedTask"]

# What Keras rounds weights to without data of its own to choose by.
_ROUNDED = ("int8", "int4", "float8")
# What a saved optimiser says beside what Keras has it say.
_OWN = "zoo"


class RecordedTask(KeepsFrozen):
    """Base of the zoo's tasks, before a class of KerasHub's.

    Attributes:
        info: the record of the checkpoint that the model came from, or None for a model that was
            built from arguments. It is part of the configuration, so that what Keras and KerasHub
            save, copy and load can be given to `zoo.save`, `zoo.explain` and so on.

    Args:
        info: a record, or what JSON holds of one.

    Raises:
        InputError: `info` is not a record.
    """

    info: ModelInfo | None

    def __init__(self, *args: Any, info: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.info = _record(info)

    def get_config(self) -> dict[str, Any]:
        config: dict[str, Any] = super().get_config()
        if self.info is not None:
            config["info"] = msgspec.to_builtins(self.info)
        return config

    def quantize(self, mode: Any = None, config: Any = None, **kwargs: Any) -> None:
        """Round the weights of the backbone's embeddings and dense layers.

        See `keras.Model.quantize`. The head, which is small, stays as it is, and so do recurrent
        layers and convolutions, of which Keras rounds none: `zoo.export` does.

        Args:
            mode: `"int8"`, `"int4"` or `"float8"`.
            config: as for `keras.Model.quantize`.
            **kwargs: as for `keras.Model.quantize`.

        Raises:
            InputError: the mode is unknown, or the model is rounded already. Nothing has changed.
        """
        _check_rounding(self, mode, config)
        backbone: Any = self.backbone  # type: ignore[attr-defined]
        backbone.quantize(mode, config, **kwargs)
        # What was compiled holds the weights as they were, and Keras forgets that of the backbone.
        for name in ("train", "test", "predict", "generate"):
            if getattr(self, f"{name}_function", None) is not None:
                setattr(self, f"{name}_function", None)

    def make_train_function(self, force: bool = False) -> Any:
        """Make what `fit` and `train_on_batch` call; see `keras.Model`.

        The optimiser is built before: TensorFlow traces a step a second time that makes variables,
        which takes most of the time of a short training.

        Args:
            force: whether it is made anew.
        """
        optimizer = getattr(self, "optimizer", None)
        if optimizer is not None and not optimizer.built:
            optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]
        return super().make_train_function(force)  # type: ignore[misc]

    def get_compile_config(self) -> dict[str, Any]:
        """Return how the model was compiled, for what Keras saves and clones; see `keras.Model`."""
        import keras

        config: dict[str, Any] = super().get_compile_config()  # type: ignore[misc]
        optimizer = getattr(self, "optimizer", None)
        if not config or optimizer is None:
            return config
        own: dict[str, Any] = {"built": optimizer.built}
        sampler = getattr(self, "sampler", None)
        if sampler is not None:
            own["sampler"] = keras.saving.serialize_keras_object(sampler)
        # Within the optimiser's, where Keras passes it over: its clones are compiled by no more
        # than any model is.
        said = keras.saving.serialize_keras_object(optimizer)
        return {**config, "optimizer": {**said, _OWN: own}}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as the model was that was saved; see `keras.Model`.

        Args:
            config: what `get_compile_config` returned.
        """
        import keras

        said, own = config.get("optimizer"), {}
        if isinstance(said, dict):
            own = said.get(_OWN, {})
            plain = {name: value for name, value in said.items() if name != _OWN}
            config = {**config, "optimizer": plain}
        given = keras.saving.deserialize_keras_object(config)
        if "sampler" in own:
            given["sampler"] = keras.saving.deserialize_keras_object(own["sampler"])
        self.compile(**given)  # type: ignore[attr-defined]
        optimizer = getattr(self, "optimizer", None)
        # What it has kept of a training is read after this, if there was any.
        if optimizer is not None and own.get("built", True):
            optimizer.build(self.trainable_variables)  # type: ignore[attr-defined]

    def load_assets(self, dir_path: str) -> None:
        """Read what stands beside the weights; called by `keras.saving.load_model`.

        Args:
            dir_path: the directory `assets` of a saved model, or where one would be. Of a
                checkpoint directory the record stands beside it.
        """
        path = Path(dir_path).parent
        if self.info is None and (path / RECORD).is_file():
            self.info = read_info(path)
        # What the class of the task below reads: vocabularies, where it has any.
        below = getattr(super(), "load_assets", None)
        if below is not None:
            below(dir_path)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        # KerasHub's own replaces the parts inside the dictionary, which belongs to the caller.
        model: Any = super().from_config(dict(config))  # type: ignore[misc]
        return model


def _check_rounding(model: Any, mode: Any, config: Any) -> None:
    """Refuse what would fail when some of the layers were rounded."""
    asked = mode if config is None else getattr(config, "mode", None)
    if asked not in _ROUNDED:
        raise InputError(
            f"Expected a mode out of {', '.join(map(repr, _ROUNDED))}, such as "
            f"model.quantize('int8'). Received: {shown(asked if mode is None else mode)}"
        )
    layers = model._flatten_layers()
    done = {str(known) for one in layers if (known := getattr(one, "quantization_mode", None))}
    if done:
        raise InputError(
            "Expected a model with floating-point weights. Received: one quantized to "
            f"{', '.join(sorted(done))}. Load it anew"
        )


def _record(info: Any) -> ModelInfo | None:
    if info is None or isinstance(info, ModelInfo):
        return info
    try:
        return msgspec.convert(info, ModelInfo)
    except msgspec.ValidationError as error:
        raise InputError(
            "Expected the record of a checkpoint, as zoo.info returns it, or nothing. "
            f"Received: {error}"
        ) from None
